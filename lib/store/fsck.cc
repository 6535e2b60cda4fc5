// SPDX-License-Identifier: MIT
#include "store/fsck.h"

#include "crypto/digest.h"
#include "store/fill_index.h"
#include "store/media.h"
#include "store/profile.h"

namespace camp::store {
namespace {

constexpr std::string_view kScratchIndex = "state/fsck.db";
constexpr std::string_view kFromElsewhere = "fetch it from a clone, or restore a backup";

/// The scratch index and what SQLite puts beside it, gone when the check ends.
class Scratch {
 public:
  explicit Scratch(const Directory& root) : root_(root) { remove(); }
  ~Scratch() { remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path() const { return root_.path() + "/" + std::string(kScratchIndex); }

 private:
  void remove() const {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      static_cast<void>(root_.remove_tree(std::string(kScratchIndex) + suffix));
    }
  }
  const Directory& root_;
};

Result<std::string> dump_digest(const index::Index& index) {
  crypto::Sha256 digest;
  CAMP_TRY(index.dump([&](std::string_view line) {
    digest.update(line);
    digest.update("\n");
  }));
  return digest.finish_hex();
}

Result<void> check_git(const Community& community, Report& report) {
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    const git::Repository repository = CAMP_TRY(community.repository(name));
    for (const git::Problem& problem : CAMP_TRY(repository.check())) {
      const bool named = problem.text.find(problem.object) != std::string::npos;
      report.problems.push_back({name + ".git" + (named ? "" : " " + problem.object), "git",
                                 problem.text, std::string(kFromElsewhere)});
    }
  }
  return {};
}

void check_logs(const Community& community, Report& report) {
  const auto add = [&](std::string_view path, const std::string& kind, const Error& error) {
    report.problems.push_back(
        {"local main:" + std::string(path), kind, error.message, std::string(kFromElsewhere)});
  };
  const auto keys = community.keys_of(community.id());
  if (!keys) return add(kCommunityKeys, "keys", keys.error());
  if (keys->owner != community.id()) {
    add(kCommunityKeys, "keys", {Kind::damaged, "these are another community's keys", ""});
  }
  const auto state = community.state();
  if (!state) return add(kCommunityLog, "log", state.error());
  for (const auto& [id, member] : state->members) {
    const auto own = community.keys_of(id);
    if (!own) {
      add(member_keys_file(id), "keys", own.error());
    } else if (own->owner != id) {
      add(member_keys_file(id), "keys", {Kind::damaged, "these are another member's keys", ""});
    }
  }
}

/// The reason by itself: the problem names the path.
std::string media_fault(const Error& error) {
  if (error.kind == Kind::not_found) return "it is missing";
  if (error.kind == Kind::damaged) return "it is not the file that its name says";
  return error.message;
}

Result<void> check_media(const Community& community, Report& report) {
  const Directory& root = community.directory();
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    for (const std::string& digest : CAMP_TRY(community.index().media_in(name))) {
      const auto bytes = read_media(root, name, digest);
      if (bytes) continue;
      // A clone fetches a picture when somebody looks at it.
      const bool elsewhere =
          community.settings().is_clone() && bytes.error().kind == Kind::not_found;
      if (elsewhere) continue;
      report.problems.push_back({media_path(name, digest), "media", media_fault(bytes.error()),
                                 std::string(kFromElsewhere)});
    }
  }
  return {};
}

Result<void> check_what_members_say(const Community& community, Report& report) {
  for (const WrongProfile& wrong : CAMP_TRY(check_profiles(community, report.objects))) {
    report.problems.push_back(
        {wrong.repository + " main:" + wrong.path, "object", wrong.reason,
         "it is not shown; its member can write it again with 'camp profile'"});
  }
  return {};
}

/// Reads and judges every object file anew; compares what comes out with the index in use.
Result<void> check_objects(Community& community, Report& report,
                           const std::function<void(std::size_t)>& progress) {
  if (community.index().read_only()) {
    return fail(Kind::failed, community.directory().path() + " is on a read-only disk",
                "the check makes an index of its own: remount it read-write or copy the directory");
  }
  const Scratch scratch(community.directory());
  auto fresh = CAMP_TRY(index::Index::open(scratch.path()));
  const FillWatch watch{
      .progress =
          [&](std::size_t done) {
            report.objects = done;
            if (progress) progress(done);
          },
      .refused =
          [&](const Found& found, const Error& error) {
            report.problems.push_back(
                {found.repository + " " + found.branch + ":" + found.path, "object", error.message,
                 "remove it with git, or restore the repository from a clone or a backup"});
          }};
  CAMP_TRY(fresh.rebuild([&] { return fill_index(community, fresh, watch); }));
  if (CAMP_TRY(dump_digest(fresh)) != CAMP_TRY(dump_digest(community.index()))) {
    report.problems.push_back({"state/index.db", "index", "the index differs from the repositories",
                               "run 'camp reindex'"});
  }
  for (const std::string& text : CAMP_TRY(community.index().check())) {
    report.problems.push_back({"state/index.db", "index", text, "run 'camp reindex'"});
  }
  for (const auto& row : CAMP_TRY(fresh.wrongly_signed())) {
    report.problems.push_back(
        {row.repository + " " + row.branch + ":" + row.path, "object",
         "its signature is not its author's",
         "it is shown as unsigned; remove it with git if nobody vouches for it"});
  }
  return {};
}

}  // namespace

Result<Report> fsck(Community& community, const std::function<void(std::size_t)>& progress) {
  Report report;
  CAMP_TRY(check_git(community, report));
  check_logs(community, report);
  // Without sound logs nothing else can be judged.
  if (!report.problems.empty()) return report;
  CAMP_TRY(check_objects(community, report, progress));
  CAMP_TRY(check_what_members_say(community, report));
  CAMP_TRY(check_media(community, report));
  return report;
}

}  // namespace camp::store
