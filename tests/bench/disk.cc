// SPDX-License-Identifier: MIT
// What a community takes on disk.
#include <fmt/core.h>

#include <filesystem>

#include "base/time.h"
#include "bench.h"
#include "ops/care.h"
#include "ops/write.h"
#include "raw_objects.h"

namespace camp::bench {
namespace {

/// The kept packs of a repository with their indexes, in bytes: its past months.
double kept_packs(const std::string& repository) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(repository + "/objects/pack")) {
    std::filesystem::path keep = entry.path();
    keep.replace_extension(".keep");
    if (entry.path() != keep && std::filesystem::exists(keep)) {
      bytes += static_cast<double>(entry.file_size());
    }
  }
  return bytes;
}

/// The JSON in a repository's past months.
struct Json {
  double bytes = 0;
  std::size_t posts = 0;
};

Result<Json> past_json(const git::Repository& repository) {
  Json json;
  const std::string now = "e/" + month_of(kNowMs);
  for (const git::Branch& branch : CAMP_TRY(repository.branches())) {
    if (!branch.name.starts_with("e/") || branch.name >= now) continue;
    CAMP_TRY(repository.for_each_file(branch.tip, "", [&](const git::Entry& entry) -> Result<bool> {
      json.bytes += static_cast<double>(CAMP_TRY(repository.read_blob(entry.blob)).size());
      ++json.posts;
      return true;
    }));
  }
  return json;
}

Result<void> report_past_months(const Options& options, std::size_t posts) {
  const auto community = CAMP_TRY(open_store(options, posts));
  double packed = 0;
  Json all;
  for (const auto name : {store::kLocal, store::kPublic}) {
    const Json json = CAMP_TRY(past_json(CAMP_TRY(community.repository(name))));
    all.bytes += json.bytes;
    all.posts += json.posts;
    packed += kept_packs(community.repository_path(name));
  }
  if (all.posts == 0) return {};
  const auto count = static_cast<double>(all.posts);
  report("disk: a past month, a post", posts, bytes_text(packed / count),
         bytes_text(all.bytes / count) + " JSON", {packed / all.bytes, "x", 0.6});
  return {};
}

/// Everything, after `camp gc`.
Result<void> report_whole(const Options& options, std::size_t posts) {
  auto community = CAMP_TRY(open_store(options, posts, CAMP_TRY(after_newest(options, posts))));
  CAMP_TRY(ops::gc(community));
  double count = 0;
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    count += static_cast<double>(CAMP_TRY(community.index().count(name)));
  }
  const double all = usage_of(options.store(posts)).blocks;
  const double index = usage_of(options.store(posts) + "/state").blocks;
  report("disk: the whole directory, a post", posts, bytes_text(all / count),
         bytes_text(index / count) + " of it index", {all / count / 1024, " KiB"});
  return {};
}

/// Posts one by one, with the care that every command takes, and watches the loose objects.
Result<void> report_loose(const Options& options, std::size_t posts, int count) {
  const Stage stage = CAMP_TRY(Stage::at(CAMP_TRY(after_newest(options, posts))));
  auto community = CAMP_TRY(store::Community::open(options.store(posts), stage.env));
  const ops::Actor ana = CAMP_TRY(ops::acting_member(community, ""));
  std::size_t most = 0;
  for (int i = 1; i <= count; ++i) {
    *stage.now_ms += 30'000;
    ops::Draft draft;
    draft.text = fmt::format("post {}", i);
    CAMP_TRY(ops::post(community, ana, draft));
    if (i % 25 == 0) {
      most = std::max(most, loose_names(community.repository_path(store::kLocal)).size());
    }
  }
  report("disk: most loose objects at rest", posts, fmt::format("{} posts, one by one", count),
         "the limit", {static_cast<double>(most), "", 7000.0});
  return {};
}

}  // namespace

Result<void> bench_disk(const Options& options) {
  CAMP_TRY(
      report_loose(options, options.sizes.front(), options.sizes.back() > 10'000 ? 1500 : 700));
  for (const std::size_t posts : options.sizes) {
    CAMP_TRY(report_past_months(options, posts));
    CAMP_TRY(report_whole(options, posts));
  }
  return {};
}

}  // namespace camp::bench
