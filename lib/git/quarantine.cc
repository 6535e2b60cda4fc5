// SPDX-License-Identifier: MIT
#include "git/quarantine.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/terminal.h"
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

/// The bytes of a pack on their way into `git index-pack`, which starts when its size is known.
class Intake {
 public:
  Intake(std::string repository, const TransferLimits& limits)
      : repository_(std::move(repository)), limits_(limits) {}

  Result<void> take(std::string_view piece) {
    if (program_) return pass_on(piece);
    head_ += piece;
    if (head_.size() < kHeaderBytes) return {};
    std::uint64_t count = 0;
    for (const char c : head_.substr(kCountAt, 4))
      count = count << 8 | static_cast<unsigned char>(c);
    program_ = CAMP_TRY(ChildProcess::start(index_pack(count)));
    return pass_on(head_);
  }

  /// Whether the pack is whole and sound.
  Result<void> finish() {
    if (!program_) return fail(Kind::network, "the other side sent no pack", "try again later");
    const ProcessResult result = CAMP_TRY(program_->finish());
    return result.ok() ? Result<void>() : unsound(result);
  }

 private:
  ProcessSpec index_pack(std::uint64_t count) const {
    GitCall call{.arguments = {"-c", kBigFile, "-c", "core.deltaBaseCacheLimit=8m", "index-pack",
                               "--stdin", "--strict", "--threads=1",
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
  std::optional<ChildProcess> program_;
};

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

/// Objects that the commits reach and that stand in one of the packs, each once.
Result<std::vector<git_oid>> fetched_objects(const Handle& handle, const std::vector<Pack>& packs,
                                             const std::vector<git_oid>& commits) {
  IdSet met;
  std::vector<git_oid> found;
  CAMP_TRY(walk_reachable(handle, commits, Missing::fail, [&](const git_oid& id, git_object_t) {
    if (!met.insert(id).second) return true;
    for (const Pack& pack : packs) {
      if (!pack.contains(id)) continue;
      found.push_back(id);
      return false;
    }
    return true;  // ours already, with all below it
  }));
  return found;
}

}  // namespace

Quarantine::Quarantine(std::string path, Repository repository)
    : path_(std::move(path)), repository_(std::make_unique<Repository>(std::move(repository))) {}

Quarantine::Quarantine(Quarantine&&) noexcept = default;

Quarantine& Quarantine::operator=(Quarantine&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(repository_, other.repository_);
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
  *repository_ = CAMP_TRY(Repository::open(path_));
  return {};
}

Result<void> Quarantine::adopt(Repository& ours, const std::vector<Oid>& commits) {
  std::vector<git_oid> tips;
  for (const Oid& commit : commits) tips.push_back(CAMP_TRY(parse_oid(commit)));
  const std::vector<Pack> packs = CAMP_TRY(list_packs(path_ + "/objects"));
  const auto found = CAMP_TRY(fetched_objects(repository_->handle(), packs, tips));
  if (found.empty()) return {};
  const std::string directory = ours.path() + "/objects/pack";
  if (packs.size() == 1 && CAMP_TRY(pack_objects(packs.front())).size() == found.size()) {
    CAMP_TRY(link_pack(packs.front().base, directory));
  } else {
    // Something came with it that nobody asked for.
    CAMP_TRY(write_pack_to(directory, repository_->handle(), found));
  }
  return ours.handle().reopen();
}

}  // namespace camp::git
