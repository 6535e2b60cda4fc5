// SPDX-License-Identifier: MIT
#include "store/community.h"

#include <algorithm>
#include <filesystem>

#include "crypto/did_key.h"
#include "store/catch_up.h"
#include "store/fill_index.h"
#include "store/outbox.h"
#include "store/writer.h"

namespace camp::store {
namespace {

constexpr std::string_view kIndexFile = "state/index.db";
constexpr std::string_view kMachineFile = "state/config.toml";
constexpr std::string_view kGitSuffix = ".git";
constexpr std::int64_t kLockWaitMs = 10'000;
constexpr std::size_t kMostVerified = 100;

/// Names of the repositories directly below a directory.
Result<void> add_repositories(const Directory& root, const std::string& below,
                              std::vector<std::string>& names) {
  if (!below.empty()) {
    const auto status = root.status(below);
    if (!status && status.error().kind == Kind::not_found) return {};
    if (CAMP_TRY(status).type != FileStatus::Type::directory) {
      return fail(Kind::refused, root.path() + "/" + below + " is no directory of its own",
                  "put the directory itself there instead of a link");
    }
  }
  for (const std::string& entry : CAMP_TRY(root.list(below.empty() ? "." : below))) {
    if (!entry.ends_with(kGitSuffix)) continue;
    const std::string name = entry.substr(0, entry.size() - kGitSuffix.size());
    names.push_back(below.empty() ? name : below + "/" + name);
  }
  return {};
}

/// A missing file is no error; what the branch names and is not there is damage.
Result<std::optional<std::string>> file_of_main(const git::Repository& repository,
                                                std::string_view path) {
  auto bytes = repository.read_file("main", path);
  if (!bytes && bytes.error().kind == Kind::not_found) {
    return fail(Kind::damaged, bytes.error().message, "run 'camp fsck'");
  }
  return bytes;
}

/// A file that is no index any more is thrown away: all in it can be made again.
Result<index::Index> open_index(const Directory& root) {
  const std::string path = root.path() + "/" + std::string(kIndexFile);
  auto index = index::Index::open(path);
  if (index) return index;
  if (index.error().kind != Kind::damaged) {
    CAMP_TRY(with_space_hint(root, tl::unexpected<Error>(index.error())));
  }
  const FileLock lock = CAMP_TRY(FileLock::acquire(root, "lock", kLockWaitMs));
  CAMP_TRY(index::Index::discard(path));
  return index::Index::open(path);
}

}  // namespace

std::string member_keys_file(const OwnerId& member) {
  return "members/" + member.text() + "/keys.jsonl";
}

std::string admission_file(const OwnerId& member) {
  return "members/" + member.text() + "/admission.jsonl";
}

std::string vouched_file(const OwnerId& owner, const crypto::PublicKey& key) {
  return "members/" + owner.text() + "/vouched-" + crypto::to_multibase(key);
}

std::vector<std::string> vouched_entries(std::string_view list) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find('\n', at), list.size());
    entries.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return entries;
}

Community::Community(Community&&) noexcept = default;
Community& Community::operator=(Community&&) noexcept = default;
Community::~Community() = default;

Result<std::string> Community::find(const std::string& from) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(from, error);
  for (; !error && !path.empty(); path = path.parent_path()) {
    if (std::filesystem::exists(path / kMachineFile, error)) return path.string();
    if (path == path.root_path()) break;
  }
  return fail(Kind::not_found,
              (from == "." ? "there is no community here" : from + " is in no community"),
              "name one with -C DIR or CAMP_DIR, or make one with 'camp init'");
}

Result<void> Community::discard_index(const std::string& path) {
  const Directory root = CAMP_TRY(Directory::open_private(path));
  const FileLock lock = CAMP_TRY(FileLock::acquire(root, "lock", kLockWaitMs));
  return index::Index::discard(root.path() + "/" + std::string(kIndexFile));
}

Result<Community> Community::open(const std::string& path, const Env& env) {
  Community community;
  community.directory_ = std::make_unique<Directory>(CAMP_TRY(Directory::open_private(path)));
  const Directory& root = *community.directory_;
  if (!root.exists(kMachineFile)) {
    return fail(Kind::not_found, path + " is no community",
                "name one with -C DIR or CAMP_DIR, or make one with 'camp init'");
  }
  community.env_ = std::make_unique<Env>(env);
  community.settings_ = CAMP_TRY(read_settings(root));
  community.keyring_ = std::make_unique<Keyring>(root);
  community.index_ = std::make_unique<index::Index>(CAMP_TRY(open_index(root)));
  community.recall_ = std::make_unique<Recall>(*community.index_);
  if (community.index_->read_only() || !CAMP_TRY(is_behind(community))) return community;
  auto lock = FileLock::try_acquire(root, "lock");
  // A writer at work brings the index up itself; only an empty one is worth waiting for.
  if (!lock && CAMP_TRY(community.index_->repositories()).empty()) {
    lock = FileLock::acquire(root, "lock", kLockWaitMs);
  }
  if (!lock) return community;
  {
    Writer writer(community, *std::move(lock));
    // A full disk keeps nobody from reading what there is; the next writer is told.
    const auto recovered = writer.recover();
    if (!recovered && recovered.error().kind != Kind::failed) {
      return tl::unexpected<Error>(recovered.error());
    }
  }
  return community;
}

Result<std::vector<std::string>> Community::repositories() const {
  std::vector<std::string> names;
  for (const std::string below : {"", "neighborhood", "private"}) {
    CAMP_TRY(add_repositories(*directory_, below, names));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Community::repository_path(std::string_view name) const {
  return directory_->path() + "/" + std::string(name) + std::string(kGitSuffix);
}

Result<git::Repository> Community::repository(std::string_view name) const {
  // git would follow a link to somebody else's repository.
  CAMP_TRY(directory_->open_beneath(std::string(name) + std::string(kGitSuffix)));
  return git::Repository::open(repository_path(name));
}

Result<model::Object> Community::read(std::string_view repository, std::string_view blob) const {
  const git::Repository opened = CAMP_TRY(this->repository(repository));
  auto bytes = opened.read_blob(std::string(blob));
  if (!bytes && bytes.error().kind == Kind::not_found && settings_.is_clone()) {
    bytes = find_waiting(*this, repository, blob);
  }
  return model::decode_object(CAMP_TRY(bytes));
}

Result<std::vector<std::optional<model::Object>>> Community::read_all(
    std::string_view repository, const std::vector<std::string>& blobs) const {
  const git::Repository opened = CAMP_TRY(this->repository(repository));
  std::vector<std::optional<model::Object>> objects;
  for (const std::string& blob : blobs) {
    auto bytes = opened.read_blob(blob);
    if (!bytes && bytes.error().kind == Kind::not_found && settings_.is_clone()) {
      bytes = find_waiting(*this, repository, blob);
    }
    if (!bytes && bytes.error().kind == Kind::not_found) {
      objects.emplace_back();
      continue;
    }
    objects.emplace_back(CAMP_TRY(model::decode_object(CAMP_TRY(std::move(bytes)))));
  }
  return objects;
}

Result<const git::Repository*> Community::papers() const {
  const std::string_view name = settings_.mirror ? kPublic : kLocal;
  if (!papers_) papers_ = std::make_unique<git::Repository>(CAMP_TRY(repository(name)));
  return papers_.get();
}

Result<std::string> Community::state_file(std::string_view path) const {
  auto bytes = CAMP_TRY(file_of_main(*CAMP_TRY(papers()), path));
  return std::move(bytes).value_or(std::string());
}

Result<std::string> Community::main_file(std::string_view name, std::string_view path) const {
  const index::Snapshot snapshot = CAMP_TRY(index_->look());
  const git::Repository opened = CAMP_TRY(repository(name));
  const auto tip = CAMP_TRY(opened.tip("main"));
  if (!tip) return std::string();
  if (*tip != CAMP_TRY(index_->tip(name, "main"))) {
    auto bytes = CAMP_TRY(file_of_main(opened, path));
    return std::move(bytes).value_or(std::string());
  }
  const auto blob = CAMP_TRY(index_->state_file(name, path));
  if (!blob) return std::string();
  auto bytes = opened.read_blob(*blob);
  if (!bytes && bytes.error().kind == Kind::not_found) {
    return fail(Kind::damaged, bytes.error().message, "run 'camp fsck'");
  }
  return bytes;
}

Result<bool> Community::has_state_file(std::string_view name, std::string_view path) const {
  const git::Repository opened = CAMP_TRY(repository(name));
  return CAMP_TRY(file_of_main(opened, path)).has_value();
}

Result<model::KeyState> Community::keys_of(const OwnerId& owner) const {
  const std::string log =
      CAMP_TRY(state_file(owner == id() ? std::string(kCommunityKeys) : member_keys_file(owner)));
  if (log.empty()) {
    return fail(Kind::not_found, owner.text() + " is no member of this community");
  }
  const auto known = verified_.find(owner);
  if (known != verified_.end() && known->second.log == log) return known->second.state;
  auto state = model::verify_key_log(log);
  if (!state) return fail(Kind::damaged, state.error().message, "run 'camp fsck'");
  if (known == verified_.end() && verified_.size() >= kMostVerified) verified_.clear();
  verified_.insert_or_assign(owner, VerifiedKeys{log, *state});
  return state;
}

Result<model::CommunityState> Community::admitted(const model::KeyState& keys) const {
  model::CommunityState state;
  state.community = id();
  const git::Repository* papers = CAMP_TRY(this->papers());
  const auto tip = CAMP_TRY(papers->tip("main"));
  if (!tip) return state;
  CAMP_TRY(papers->for_each_file(*tip, "members", [&](const git::Entry& file) -> Result<bool> {
    if (!file.path.ends_with("/admission.jsonl")) return true;
    std::string line = CAMP_TRY(papers->read_blob(file.blob));
    if (line.ends_with('\n')) line.pop_back();
    const auto admission = model::read_admission(line, keys);
    if (!admission || file.path != admission_file(admission->entry.member)) return true;
    state.members[admission->entry.member] = {.handle = admission->entry.handle,
                                              .name = admission->entry.name,
                                              .joined_ms = admission->time_ms};
    return true;
  }));
  return state;
}

Result<model::CommunityState> Community::state() const {
  const model::KeyState keys = CAMP_TRY(keys_of(id()));
  if (settings_.mirror) return admitted(keys);
  auto state = model::verify_community_log(CAMP_TRY(state_file(kCommunityLog)), keys);
  if (!state) return fail(Kind::damaged, state.error().message, "run 'camp fsck'");
  return state;
}

Result<Writer> Community::write() {
  if (index_->read_only()) {
    return fail(Kind::failed, directory_->path() + " is on a read-only disk",
                "remount it read-write, or copy the directory elsewhere");
  }
  Writer writer(*this, CAMP_TRY(FileLock::acquire(*directory_, "lock", kLockWaitMs)));
  CAMP_TRY(writer.recover());
  return writer;
}

Result<void> Community::reindex(bool forget, const std::function<void(std::size_t)>& progress) {
  const FileLock lock = CAMP_TRY(FileLock::acquire(*directory_, "lock", kLockWaitMs));
  const auto rebuild = [&]() -> Result<void> {
    if (forget) CAMP_TRY(index_->forget_verdicts());
    return index_->rebuild(
        [&] { return fill_index(*this, *index_, {.progress = progress, .refused = {}}); });
  };
  const auto rebuilt = rebuild();
  if (rebuilt || rebuilt.error().kind != Kind::damaged)
    return with_space_hint(*directory_, rebuilt);
  const std::string path = directory_->path() + "/" + std::string(kIndexFile);
  CAMP_TRY(index::Index::discard(path));
  *index_ = CAMP_TRY(index::Index::open(path));
  recall_->forget();
  return with_space_hint(*directory_, rebuild());
}

}  // namespace camp::store
