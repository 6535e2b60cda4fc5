// SPDX-License-Identifier: MIT
// Whatever the order and grouping in which files come and go, the same set gives the same dump.
#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "catch.h"
#include "model/key_log.h"
#include "support.h"

using namespace camp;
using namespace camp::index;
using namespace camp::index::test;

namespace {

using Chance = std::mt19937_64;

std::size_t below(Chance& chance, std::size_t end) { return chance() % end; }
template <class T>
const T& one_of(Chance& chance, const std::vector<T>& list) {
  return list[below(chance, list.size())];
}

const std::vector<std::string> kMembers{"ana", "bo", "cy", "dee"};
const std::vector<std::string> kRepositories{"public", "local", "neighborhood/r", "private/ana"};

/// A file of any kind, so that a history can shuffle them together.
struct File {
  std::optional<ObjectRow> object;
  std::optional<TombstoneRow> stone;

  std::string repository() const { return object ? object->repository : stone->repository; }
  std::string branch() const { return object ? object->branch : stone->branch; }
  std::string path() const { return object ? object->path : stone->path; }
};

Directory random_directory(Chance& chance, const std::vector<File>& files) {
  Directory people = directory(kMembers);
  for (KeyRow& key : people.keys) {
    key.revoked = below(chance, 3) == 0;
    for (const File& file : files) {
      if (file.object && file.object->author == key.owner && below(chance, 2) == 0) {
        people.vouched.push_back({key.owner, key.key, model::vouched_entry(file.object->id)});
      } else if (file.stone && file.stone->by == key.owner && below(chance, 2) == 0) {
        people.vouched.push_back({key.owner, key.key, model::vouched_entry(file.stone->id)});
      }
    }
  }
  people.files.push_back({"public", "members.json", blob_id(std::to_string(chance()))});
  return people;
}

void spoil(Chance& chance, ObjectRow& row) {
  switch (below(chance, 8)) {
    case 0:
      row.verdict = Verdict::invalid;
      break;
    case 1:
      row.verdict = Verdict::none;
      row.key.clear();
      break;
    case 2:
      row.key = key_of(one_of(chance, kMembers));
      break;
    case 3:
      row.author = one_of(chance, kMembers);
      break;
    default:
      break;
  }
}

File random_object(Chance& chance, std::vector<ObjectRow>& posts, std::uint64_t number) {
  const std::string id = object_id(kDay + static_cast<std::int64_t>(below(chance, 5)), number);
  const std::string& author = one_of(chance, kMembers);
  const std::size_t kind = posts.empty() ? 0 : below(chance, 10);
  File file;
  if (kind < 4) {
    ObjectRow row =
        note(one_of(chance, kRepositories), author, id, "word" + std::to_string(number));
    row.listed = below(chance, 4) != 0;
    row.tags = {one_of(chance, std::vector<std::string>{"tea", "cake", "x"})};
    if (!posts.empty() && below(chance, 2) == 0) {
      const ObjectRow& parent = one_of(chance, posts);
      row.in_reply_to = full_id(parent.author, parent.id);
    }
    posts.push_back(row);
    file.object = row;
  } else if (kind < 7) {
    ObjectRow row = edit(one_of(chance, posts), id, "edit" + std::to_string(number));
    row.listed = below(chance, 4) != 0;
    row.tags = {one_of(chance, std::vector<std::string>{"tea", "rum"})};
    file.object = row;
  } else if (kind < 8) {
    const ObjectRow& about = one_of(chance, posts);
    file.object = relation(about.repository, author, id, "Like", full_id(about.author, about.id));
  } else {
    const ObjectRow& gone = one_of(chance, posts);
    TombstoneRow stone =
        tombstone(gone.repository, below(chance, 4) == 0 ? author : gone.author, id, gone.id);
    stone.author = below(chance, 4) == 0 ? author : gone.author;
    stone.counts = below(chance, 5) != 0;
    stone.verdict = below(chance, 6) == 0 ? Verdict::invalid : Verdict::valid;
    file.stone = stone;
  }
  if (file.object) {
    spoil(chance, *file.object);
  }
  return file;
}

/// Files at different places, some of them tombstones for edits, some copies elsewhere.
std::vector<File> random_files(Chance& chance) {
  std::vector<File> files;
  std::vector<ObjectRow> posts;
  std::set<std::pair<std::string, std::string>> places;
  const std::size_t wanted = 5 + below(chance, 30);
  for (std::uint64_t number = 0; files.size() < wanted; ++number) {
    File file = random_object(chance, posts, number);
    File stone;
    if (below(chance, 4) == 0 && file.object && file.object->id != file.object->target) {
      stone.stone = tombstone(file.object->repository, file.object->author,
                              object_id(kDay + 9, 1000 + number), file.object->id);
    }
    if (below(chance, 8) == 0 && file.object) {
      file.object->branch = "e/2026-12";  // the same object at a second place
    }
    std::array made_now{std::move(file), std::move(stone)};
    for (File& made : made_now) {
      if ((made.object || made.stone) &&
          places.emplace(made.repository() + "|" + made.branch(), made.path()).second) {
        files.push_back(std::move(made));
      }
    }
  }
  return files;
}

std::vector<Changes> changes_of(const std::vector<File>& files) {
  std::vector<ObjectRow> objects;
  std::vector<TombstoneRow> stones;
  for (const File& file : files) {
    if (file.object) {
      objects.push_back(*file.object);
    } else {
      stones.push_back(*file.stone);
    }
  }
  return bring(objects, stones);
}

/// Brings all files and takes some away, in any order and grouping; some are brought twice.
void live_through(Chance& chance, Index& index, const std::vector<File>& files,
                  const std::vector<File>& doomed, const Directory& people) {
  struct Step {
    const File* file;  // none: the directory
    bool comes;
  };
  std::vector<Step> steps{{nullptr, true}};
  for (const File& file : files) {
    steps.push_back({&file, true});
    if (below(chance, 6) == 0) {
      steps.push_back({&file, true});
    }
  }
  for (const File& file : doomed) {
    steps.push_back({&file, true});
  }
  std::shuffle(steps.begin(), steps.end(), chance);
  for (const File& file : doomed) {
    const auto came = std::find_if(steps.begin(), steps.end(),
                                   [&](const Step& step) { return step.file == &file; });
    const auto room = static_cast<std::size_t>(steps.end() - came);
    steps.insert(came + 1 + static_cast<std::ptrdiff_t>(below(chance, room)), {&file, false});
  }
  get(index.apply(know(random_directory(chance, files))));
  for (std::size_t at = 0; at < steps.size();) {
    // A removal never shares an apply with what it removes.
    std::vector<File> coming;
    std::vector<Changes> changes;
    const std::size_t end = std::min(steps.size(), at + 1 + below(chance, 6));
    for (; at < end && (coming.empty() || steps[at].comes); ++at) {
      if (steps[at].file == nullptr) {
        const auto more = know(people);
        changes.insert(changes.end(), more.begin(), more.end());
      } else if (steps[at].comes) {
        coming.push_back(*steps[at].file);
      } else {
        const auto more =
            take(steps[at].file->repository(), steps[at].file->branch(), steps[at].file->path());
        changes.insert(changes.end(), more.begin(), more.end());
      }
    }
    const auto more = changes_of(coming);
    changes.insert(changes.end(), more.begin(), more.end());
    get(index.apply(changes));
  }
}

}  // namespace

TEST_CASE("any history of the same files gives the dump of a rebuild from them") {
  const std::uint64_t seed = 20261123;
  const std::size_t histories = full_depth() ? 2000 : 200;
  INFO("seed " << seed);
  Chance chance(seed);
  const TempDir dir;
  Index built = get(Index::open(dir.path("built.db")));
  for (std::size_t history = 0; history < histories; ++history) {
    INFO("history " << history);
    std::vector<File> all = random_files(chance);
    const std::size_t stays = 1 + below(chance, all.size());
    const std::vector<File> doomed(all.begin() + static_cast<std::ptrdiff_t>(stays), all.end());
    all.resize(stays);
    const Directory people = random_directory(chance, all);

    const std::string path = dir.path("lived.db");
    get(Index::discard(path));
    Index lived = get(Index::open(path));
    live_through(chance, lived, all, doomed, people);

    const bool directory_last = below(chance, 2) == 0;
    get(built.rebuild([&]() -> Result<void> {
      if (!directory_last) {
        CAMP_TRY(built.apply(know(people)));
      }
      for (const File& file : all) {
        CAMP_TRY(built.apply(changes_of({file})));
      }
      return directory_last ? built.apply(know(people)) : Result<void>();
    }));
    REQUIRE(dump(lived) == dump(built));
    REQUIRE(get(lived.check()) == std::vector<std::string>{});
    REQUIRE(get(built.check()) == std::vector<std::string>{});
  }
}

TEST_CASE("what comes is news once, what a rebuild brings back is none") {
  const TempDir dir;
  Index index = get(Index::open(dir.path("index.db")));
  const std::string epoch = get(index.epoch());
  CHECK_FALSE(epoch.empty());
  const ObjectRow open = note("public", "ana", object_id(kDay, 1), "for everybody");
  const ObjectRow inside = note("local", "ana", object_id(kDay, 2), "for us");
  get(index.apply(bring({open})));
  get(index.apply(bring({inside})));
  const auto arrivals = get(index.arrivals(0, 10));
  REQUIRE(arrivals.size() == 1);  // what is local is nobody's business
  CHECK(arrivals[0].blob == open.blob);
  get(index.rebuild([&] { return index.apply(bring({open, inside})); }));
  CHECK(get(index.arrivals(arrivals[0].seq, 10)).empty());
  CHECK(get(index.last_arrival()) == arrivals[0].seq);
  CHECK(get(index.epoch()) == epoch);
}
