// SPDX-License-Identifier: MIT
#include "ops/init.h"

#include <filesystem>
#include <optional>

#include "base/encoding.h"
#include "base/file_system.h"
#include "base/text.h"
#include "model/community_log.h"
#include "model/handle.h"
#include "ops/identity.h"
#include "store/community.h"
#include "store/create.h"
#include "store/settings.h"

namespace camp::ops {
namespace {

/// A directory under construction; removed unless it was moved to its place.
class Staging {
 public:
  static Result<Staging> begin(const Env& env, const std::string& target) {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::absolute(target, error).lexically_normal();
    std::string name = path.has_filename() ? path.filename() : path.parent_path().filename();
    const auto parent = path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
    Staging staging(CAMP_TRY(Directory::open(parent)), std::move(name));
    staging.temporary_ = "." + staging.name_ + kMark + to_base32(env.random_bytes(5));
    CAMP_TRY(staging.require_free());
    CAMP_TRY(staging.remove_abandoned());
    const Directory root = CAMP_TRY(staging.parent_.create(staging.temporary_));
    staging.lock_.emplace(CAMP_TRY(FileLock::try_acquire(root, kLockFile)));
    return staging;
  }
  Staging(Staging&& other) noexcept
      : parent_(std::move(other.parent_)),
        name_(std::move(other.name_)),
        temporary_(std::exchange(other.temporary_, {})),
        lock_(std::move(other.lock_)) {}
  ~Staging() {
    if (!temporary_.empty()) static_cast<void>(parent_.remove_tree(temporary_));
  }

  std::string path() const { return parent_.path() + "/" + temporary_; }
  std::string target() const { return parent_.path() + "/" + name_; }

  Result<void> finish() {
    CAMP_TRY(require_free());
    if (parent_.exists(name_)) CAMP_TRY(parent_.remove_tree(name_));  // an empty directory
    CAMP_TRY(parent_.remove_file(temporary_ + "/" + std::string(kLockFile)));
    CAMP_TRY(parent_.rename(temporary_, name_));
    temporary_.clear();
    return {};
  }

 private:
  Staging(Directory parent, std::string name)
      : parent_(std::move(parent)), name_(std::move(name)) {}

  Result<void> require_free() const {
    const auto status = parent_.status(name_);
    if (!status && status.error().kind == Kind::not_found) return {};
    if (status && status->type == FileStatus::Type::directory) {
      if (CAMP_TRY(parent_.list(name_)).empty()) return {};
    }
    return fail(Kind::failed, target() + " exists already",
                "choose another directory, or an empty one");
  }

  /// What a killed init left: it holds secret keys. One at work holds its lock.
  Result<void> remove_abandoned() const {
    for (const std::string& entry : CAMP_TRY(parent_.list("."))) {
      if (!entry.starts_with("." + name_ + kMark)) continue;
      const auto root = parent_.open_beneath(entry);
      if (!root || !FileLock::try_acquire(*root, kLockFile)) continue;
      CAMP_TRY(parent_.remove_tree(entry));
    }
    return {};
  }

  static constexpr const char* kMark = ".new-";
  static constexpr std::string_view kLockFile = "init.lock";

  Directory parent_;
  std::string name_, temporary_;
  std::optional<FileLock> lock_;
};

Result<std::string> first_entries(const Env& env, const InitRequest& request,
                                  const std::string& handle, const OwnerId& admin,
                                  const NewOwner& community) {
  const model::KeyState keys = CAMP_TRY(model::verify_key_log(community.log));
  const crypto::SecretKey& key = community.kept.front();
  std::string log;
  for (const model::LogEntry& entry :
       {model::LogEntry{.kind = "name", .name = request.name},
        model::LogEntry{.kind = "join", .member = admin, .handle = handle, .name = {}},
        model::LogEntry{.kind = "role", .member = admin, .role = "admin"}}) {
    log = CAMP_TRY(model::append_entry(log, entry, keys, key, env.now_ms()));
  }
  return log;
}

}  // namespace

Result<Initialized> init(const Env& env, const InitRequest& request) {
  CAMP_TRY(model::require_display_name(request.name, "a community's name"));
  const std::string handle = CAMP_TRY(model::parse_handle(request.admin));
  Staging staging = CAMP_TRY(Staging::begin(env, request.directory));
  const Directory root = CAMP_TRY(Directory::open_private(staging.path()));
  if (is_network_file_system(root.fd())) {
    return fail(Kind::refused, staging.target() + " is on a network or FUSE file system",
                "locks do not hold there; choose a local disk");
  }
  for (const char* name : {"keys", "media", "private", "neighborhood", "state"}) {
    CAMP_TRY(root.create(name));
  }
  const NewMember admin = CAMP_TRY(new_claimed_member(env));
  const NewOwner community = CAMP_TRY(new_community(env, admin.owner.kept.front()));
  const store::Keyring keyring(root);
  CAMP_TRY(keep_keys(keyring, admin.owner));
  const std::string transport_key = CAMP_TRY(make_transport_key(keyring, admin.owner.id));
  CAMP_TRY(keep_keys(keyring, community));
  const std::string log = CAMP_TRY(first_entries(env, request, handle, admin.owner.id, community));
  CAMP_TRY(store::create_repositories(
      root, {community.log, log, admin.owner.log, transport_key, admin.owner.id}, env.now_ms()));
  store::Settings settings;
  settings.format = store::kFormat;
  settings.community = community.id;
  settings.own_member = admin.owner.id;
  CAMP_TRY(store::write_settings(root, settings));
  CAMP_TRY(root.write_file_atomically("camp.toml",
                                      store::initial_camp_toml(request.name, request.host)));
  CAMP_TRY(store::Community::open(staging.path(), env));
  CAMP_TRY(
      request.hand_over(CAMP_TRY(paper_sheet(admin.paper, handle, admin.owner.id, request.name))));
  CAMP_TRY(staging.finish());
  return Initialized{community.id, admin.owner.id, staging.target()};
}

}  // namespace camp::ops
