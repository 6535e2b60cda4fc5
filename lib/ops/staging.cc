// SPDX-License-Identifier: MIT
#include "ops/staging.h"

#include <filesystem>
#include <utility>

#include "base/encoding.h"
#include "base/file_system.h"

namespace camp::ops {
namespace {

constexpr const char* kMark = ".new-";
constexpr std::string_view kLockFile = "init.lock";

}  // namespace

Staging::Staging(Directory parent, std::string name)
    : parent_(std::move(parent)), name_(std::move(name)) {}

Staging::Staging(Staging&& other) noexcept
    : parent_(std::move(other.parent_)),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      lock_(std::move(other.lock_)) {}

Staging::~Staging() {
  if (!temporary_.empty()) static_cast<void>(parent_.remove_tree(temporary_));
}

Result<Staging> Staging::begin(const Env& env, const std::string& target) {
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

Result<void> Staging::lay_out(const Directory& root) const {
  if (is_network_file_system(root.fd())) {
    return fail(Kind::refused, target() + " is on a network or FUSE file system",
                "locks do not hold there; choose a local disk");
  }
  for (const char* name : {"keys", "media", "private", "neighborhood", "state"}) {
    CAMP_TRY(root.create(name));
  }
  return {};
}

Result<void> Staging::finish() {
  CAMP_TRY(require_free());
  if (parent_.exists(name_)) CAMP_TRY(parent_.remove_tree(name_));  // an empty directory
  CAMP_TRY(parent_.remove_file(temporary_ + "/" + std::string(kLockFile)));
  CAMP_TRY(parent_.rename(temporary_, name_));
  temporary_.clear();
  return {};
}

Result<void> Staging::require_free() const {
  const auto status = parent_.status(name_);
  if (!status && status.error().kind == Kind::not_found) return {};
  if (status && status->type == FileStatus::Type::directory) {
    if (CAMP_TRY(parent_.list(name_)).empty()) return {};
  }
  return fail(Kind::failed, target() + " exists already",
              "choose another directory, or an empty one");
}

/// It holds secret keys. One at work holds its lock.
Result<void> Staging::remove_abandoned() const {
  for (const std::string& entry : CAMP_TRY(parent_.list("."))) {
    if (!entry.starts_with("." + name_ + kMark)) continue;
    const auto root = parent_.open_beneath(entry);
    if (!root || !FileLock::try_acquire(*root, kLockFile)) continue;
    CAMP_TRY(parent_.remove_tree(entry));
  }
  return {};
}

}  // namespace camp::ops
