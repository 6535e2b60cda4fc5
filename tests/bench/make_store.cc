// SPDX-License-Identifier: MIT
// Communities of any size, made through the library in the shape that use would leave: every past
// month one commit in one kept pack, the present month packed.
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "base/parallel.h"
#include "base/time.h"
#include "bench.h"
#include "notes.h"
#include "ops/care.h"
#include "ops/init.h"
#include "ops/members.h"

namespace camp::bench {
namespace {

constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;

std::int64_t time_of(std::size_t number, std::size_t posts) {
  return kNowMs - static_cast<std::int64_t>(posts - number) * interval_ms(posts);
}

/// A community with its members, who have all written to everybody before.
Result<void> found(const Env& env, const std::string& path, std::size_t members) {
  CAMP_TRY(ops::init(env, {.directory = path,
                           .name = "Benchmark Camp",
                           .admin = "ana",
                           .host = {},
                           .hand_over = [](const std::string&) { return Result<void>(); }}));
  auto community = CAMP_TRY(store::Community::open(path, env));
  const ops::Actor admin = CAMP_TRY(ops::acting_member(community, ""));
  for (std::size_t i = 1; i < members; ++i) {
    CAMP_TRY(ops::add_member(community, admin, fmt::format("member{}", i), ""));
  }
  auto writer = CAMP_TRY(community.write());
  for (const index::MemberRow& member : CAMP_TRY(community.index().members())) {
    CAMP_TRY(writer.introduce(store::kPublic, CAMP_TRY(OwnerId::parse(member.id))));
  }
  return {};
}

/// One commit of a month in one repository; a month that is over is squashed and packed.
Result<void> write_month(const store::Community& community, const std::string& name,
                         const std::string& branch, git::Change change) {
  git::Repository repository = CAMP_TRY(community.repository(name));
  change.message = "posts";
  change.time = git::squash_time(branch);
  const git::Oid tip = CAMP_TRY(repository.commit(branch, change));
  if (branch == "e/" + month_of(kNowMs))
    return repository.pack(CAMP_TRY(repository.loose_objects()));
  CAMP_TRY(repository.squash(branch));
  CAMP_TRY(repository.pack_months({branch}));
  return repository.erase_objects({tip});
}

/// Posts `from` to `to`, all of one month.
Result<void> fill_month(const store::Community& community, const Notes& notes, std::size_t from,
                        std::size_t to, std::size_t posts) {
  struct Made {
    std::string repository, branch;
    git::NewFile file;
    std::optional<Error> error;
  };
  std::vector<Made> made(to - from);
  parallel_for(made.size(), [&](std::size_t i) {
    const std::size_t number = from + i;
    auto note = notes.make(number, time_of(number, posts), Notes::usual_reach(number));
    if (!note) {
      made[i].error = note.error();
      return;
    }
    const model::Place place = model::place_of(note->object);
    made[i] = {note->repositories[0], place.branch, {place.path, note->object.bytes}, {}};
  });
  std::map<std::string, git::Change> changes;
  for (Made& each : made) {
    if (each.error) return tl::unexpected<Error>(*each.error);
    changes[each.repository].files.push_back(std::move(each.file));
  }
  for (auto& [name, change] : changes) {
    CAMP_TRY(write_month(community, name, made.front().branch, std::move(change)));
  }
  return {};
}

Result<void> fill(const store::Community& community, std::size_t posts) {
  const Notes notes = CAMP_TRY(Notes::of(community));
  for (std::size_t from = 0; from < posts;) {
    std::size_t to = from;
    const std::string month = month_of(time_of(from, posts));
    while (to < posts && month_of(time_of(to, posts)) == month) ++to;
    CAMP_TRY(fill_month(community, notes, from, to, posts));
    from = to;
  }
  return {};
}

}  // namespace

Result<Stage> Stage::at(std::int64_t now_ms) {
  Stage stage{std::make_shared<std::int64_t>(now_ms), CAMP_TRY(system_env())};
  stage.env.now_ms = [clock = stage.now_ms] { return *clock; };
  return stage;
}

Result<store::Community> open_store(const Options& options, std::size_t posts,
                                    std::int64_t now_ms) {
  return store::Community::open(options.store(posts), CAMP_TRY(Stage::at(now_ms)).env);
}

/// Fifty people write a thousand posts a day; a small store is spread over a hundred days, so that
/// it has past months as well, and a tiny one is a single day.
std::int64_t interval_ms(std::size_t posts) {
  const std::size_t a_day = posts <= 1000 || posts >= 100'000 ? 1000 : posts / 100;
  return kDayMs / static_cast<std::int64_t>(a_day);
}

Result<std::int64_t> after_newest(const Options& options, std::size_t posts) {
  const auto community = CAMP_TRY(open_store(options, posts));
  return std::max(kNowMs, CAMP_TRY(community.index().newest_ms())) + 1000;
}

Result<void> make_store(const Options& options, std::size_t posts) {
  const std::string path = options.store(posts);
  const std::filesystem::path finished = path + ".made";
  if (std::filesystem::exists(finished)) return {};
  std::filesystem::remove_all(path);
  const Stopwatch watch;
  const Stage before = CAMP_TRY(Stage::at(time_of(0, posts) - kDayMs));
  // Making the members' keys takes a while: once is enough for all sizes.
  const std::string founded = options.scratch + "/founded-" + std::to_string(options.members);
  if (!std::filesystem::exists(founded)) {
    CAMP_TRY(found(before.env, path, options.members));
    std::filesystem::rename(path, founded);
  }
  std::filesystem::copy(founded, path, std::filesystem::copy_options::recursive);
  CAMP_TRY(fill(CAMP_TRY(store::Community::open(path, before.env)), posts));
  CAMP_TRY(index::Index::discard(path + "/state/index.db"));
  auto community = CAMP_TRY(open_store(options, posts));
  CAMP_TRY(ops::gc(community));
  std::FILE* const mark = std::fopen(finished.c_str(), "w");
  if (mark != nullptr) std::fclose(mark);
  fmt::print(stderr, "made a community of {} posts in {}\n", posts, duration(watch.us()));
  return {};
}

Result<void> make_stores(const Options& options) {
  for (const std::size_t posts : options.sizes) CAMP_TRY(make_store(options, posts));
  return {};
}

}  // namespace camp::bench
