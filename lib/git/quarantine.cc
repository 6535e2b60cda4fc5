// SPDX-License-Identifier: MIT
#include "git/quarantine.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/terminal.h"
#include "git/edit_tree.h"
#include "git/git_program.h"
#include "git/libgit2.h"
#include "git/packs.h"
#include "git/reachable.h"

namespace camp::git {
namespace {

namespace fs = std::filesystem;

/// What index-pack may allocate: for its work, and for each object that it has to remember.
constexpr std::uint64_t kIndexPackMemory = 48u << 20;
constexpr std::uint64_t kIndexPackMemoryPerObject = 400;
/// A file of more bytes is never held whole in memory; camp's own are far smaller.
constexpr const char* kBigFile = "core.bigFileThreshold=1m";
constexpr std::size_t kCountAt = 8;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxCommit = 64 << 10;

/// The bytes of a pack on their way into `git index-pack`, which starts when its size is known.
class Intake {
 public:
  Intake(std::string repository, const TransferLimits& limits)
      : repository_(std::move(repository)), limits_(limits) {}

  Result<void> take(std::string_view piece) {
    if (program_) return pass_on(piece);
    head_ += piece;
    if (head_.size() < kHeaderBytes) return {};
    for (const char c : head_.substr(kCountAt, 4))
      count_ = count_ << 8 | static_cast<unsigned char>(c);
    program_ = CAMP_TRY(ChildProcess::start(index_pack(count_)));
    return pass_on(head_);
  }

  /// The number of objects that the pack says it holds.
  std::uint64_t count() const { return count_; }

  /// Whether the pack is whole and sound.
  Result<void> finish() {
    if (!program_) return fail(Kind::network, "the other side sent no pack", "try again later");
    const ProcessResult result = CAMP_TRY(program_->finish());
    return result.ok() ? Result<void>() : unsound(result);
  }

 private:
  ProcessSpec index_pack(std::uint64_t count) const {
    GitCall call{.arguments = {"-c", kBigFile, "-c", "core.deltaBaseCacheLimit=8m", "index-pack",
                               "--stdin", "--fsck-objects", "--threads=1",
                               "--max-input-size=" + std::to_string(limits_.pack_bytes)},
                 .repository = repository_};
    call.timeout = limits_.timeout;
    call.limits.data_bytes = kIndexPackMemory + kIndexPackMemoryPerObject * count;
    call.limits.file_bytes = 2 * limits_.pack_bytes;
    call.limits.cpu_seconds = static_cast<std::uint64_t>(limits_.timeout.count()) / 1000 + 1;
    return git_process(call);
  }

  Result<void> pass_on(std::string_view piece) {
    auto written = program_->write(piece);
    if (written || written.error().kind != Kind::closed_pipe) return written;
    return unsound(CAMP_TRY(program_->finish()));  // it has seen enough
  }

  static tl::unexpected<Error> unsound(const ProcessResult& result) {
    std::string words = result.errors.substr(0, result.errors.find('\n'));
    for (const std::string_view start : {"fatal: ", "error: "}) {
      if (words.starts_with(start)) words.erase(0, start.size());
    }
    words = for_terminal_line(words.substr(0, 200));
    if (result.signal != 0 || words.find("memory") != std::string::npos) {
      words = "it needs more memory than such a thing should";
    }
    return fail(Kind::refused, "what the other side sent is not sound: " + words,
                "nothing was taken from it");
  }

  std::string repository_;
  TransferLimits limits_;
  std::string head_;
  std::uint64_t count_ = 0;
  std::optional<ChildProcess> program_;
};

/// Commits are read whole, so one must not be longer than camp and git make them.
Result<void> check_sizes(const Handle& handle, const std::vector<Oid>& commits) {
  for (const Oid& commit : commits) {
    const git_oid id = CAMP_TRY(parse_oid(commit));
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    const int code = git_odb_read_header(&size, &type, handle.odb.get(), &id);
    if (code == GIT_ENOTFOUND) continue;  // whoever needs it will say so
    if (code < 0) return git_failure(code, "reading commit " + commit);
    if (size > kMaxCommit) {
      return fail(Kind::refused, "the other side sent a commit that is too large: " + commit,
                  "nothing was taken from it");
    }
  }
  return {};
}

/// Gives a finished pack a second name in our directory: first the index, then the pack, for which
/// readers look.
Result<void> link_pack(const std::string& base, const std::string& directory) {
  const std::string name = directory + "/" + fs::path(base).filename().string();
  for (const char* end : {".idx", ".pack"}) {
    if (::link((base + end).c_str(), (name + end).c_str()) != 0 && errno != EEXIST) {
      return file_failure(errno, "taking over " + name + end);
    }
  }
  return sync_directory(directory);
}

/// Objects that the commits reach and that are the quarantine's own, each once.
Result<std::vector<git_oid>> own_objects(const Handle& handle, const std::vector<Pack>& packs,
                                         const std::vector<git_oid>& commits) {
  const auto is_own = [&](const git_oid& id) {
    const bool packed = std::any_of(packs.begin(), packs.end(),
                                    [&id](const Pack& pack) { return pack.contains(id); });
    return packed || ::access(loose_path(handle.objects(), id).c_str(), F_OK) == 0;
  };
  IdSet met;
  std::vector<git_oid> found;
  CAMP_TRY(walk_reachable(handle, commits, Missing::fail, [&](const git_oid& id, git_object_t) {
    if (!met.insert(id).second) return true;
    if (!is_own(id)) return true;  // ours already, with all below it
    found.push_back(id);
    return false;
  }));
  return found;
}

/// So few that a pack of their own would be a burden to every later look-up.
constexpr std::size_t kFew = 100;

/// Writes each object as a file of its own, what is referred to before what refers to it.
Result<void> write_loose(git_odb* from, Handle& to, const std::vector<git_oid>& objects) {
  for (auto id = objects.rbegin(); id != objects.rend(); ++id) {
    git_odb_object* read = nullptr;
    int code = git_odb_read(&read, from, &*id);
    const ObjectPtr object(read);
    git_oid written{};
    if (code == 0) {
      code = git_odb_write(&written, to.odb.get(), git_odb_object_data(read),
                           git_odb_object_size(read), git_odb_object_type(read));
    }
    if (code < 0) return git_failure(code, "taking over an object");
  }
  return sync_directory(to.objects());
}

}  // namespace

Quarantine::Quarantine(std::string path, Repository repository)
    : path_(std::move(path)), repository_(std::make_unique<Repository>(std::move(repository))) {}

Quarantine::Quarantine(Quarantine&&) noexcept = default;

Quarantine& Quarantine::operator=(Quarantine&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(repository_, other.repository_);
  std::swap(received_, other.received_);
  return *this;
}

Quarantine::~Quarantine() {
  if (!repository_) return;
  repository_.reset();
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<Quarantine> Quarantine::create(const std::string& path, const Repository& ours) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return file_failure(error.value(), "removing " + path);
  const std::string objects = fs::absolute(ours.path() + "/objects", error).string();
  if (error) return file_failure(error.value(), "finding " + ours.path());
  if (objects.find('\n') != std::string::npos) {
    return fail(Kind::refused, "a directory whose name has two lines cannot be synced",
                "give it another name");
  }
  Quarantine made(path, CAMP_TRY(Repository::create(path)));
  std::ofstream alternates(path + "/objects/info/alternates");
  alternates << objects << "\n";
  alternates.close();
  if (!alternates) return fail(Kind::failed, "cannot write below " + path);
  *made.repository_ = CAMP_TRY(Repository::open(path));
  return made;
}

Result<void> Quarantine::fetch(UploadPack& from, const std::vector<Oid>& wants,
                               const std::vector<Oid>& haves, const TransferLimits& limits) {
  Intake intake(path_, limits);
  CAMP_TRY(from.fetch(wants, haves, [&](std::string_view piece) { return intake.take(piece); }));
  CAMP_TRY(intake.finish());
  received_ += intake.count();
  *repository_ = CAMP_TRY(Repository::open(path_));
  return check_sizes(repository_->handle(), wants);
}

Result<Oid> Quarantine::graft(std::string_view branch, const Oid& base,
                              const std::vector<Entry>& files) {
  git_repository* repository = repository_->handle().repository.get();
  Edits edits;
  for (const Entry& file : files) edits[file.path] = CAMP_TRY(parse_oid(file.blob));
  git_oid tree{};
  if (base.empty()) {
    tree = CAMP_TRY(write_empty_tree(repository));
  } else {
    tree = CAMP_TRY(parse_oid(CAMP_TRY(repository_->tree_of(base))));
  }
  return repository_->squashed_commit(branch,
                                      to_text(CAMP_TRY(edit_tree(repository, tree, edits))));
}

Result<void> Quarantine::adopt(Repository& ours, const std::vector<Oid>& commits, Adopt what) {
  std::vector<git_oid> tips;
  for (const Oid& commit : commits) tips.push_back(CAMP_TRY(parse_oid(commit)));
  Handle& handle = repository_->handle();
  const std::vector<Pack> packs = CAMP_TRY(list_packs(path_ + "/objects"));
  auto found = CAMP_TRY(own_objects(handle, packs, tips));
  if (what == Adopt::files) {
    const IdSet left(tips.begin(), tips.end());
    std::erase_if(found, [&left](const git_oid& id) { return left.contains(id); });
  }
  if (found.empty()) return {};
  if (found.size() <= kFew) return write_loose(handle.odb.get(), ours.handle(), found);
  const std::string directory = ours.path() + "/objects/pack";
  if (packs.size() == 1 && CAMP_TRY(pack_objects(packs.front())).size() == found.size()) {
    CAMP_TRY(link_pack(packs.front().base, directory));
  } else {
    // Something came with it that nobody asked for.
    CAMP_TRY(write_pack_to(directory, handle, found));
  }
  return ours.handle().reopen();
}

}  // namespace camp::git
