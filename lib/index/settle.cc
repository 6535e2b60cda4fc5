// SPDX-License-Identifier: MIT
// What follows from the facts about one target: which version shows, what was overtaken, which
// words and tags can be found.
#include <algorithm>
#include <tuple>

#include "index/ids.h"
#include "index/write.h"

namespace camp::index {

namespace {

std::optional<std::int64_t> live_value(Live live) { return static_cast<std::int64_t>(live); }

}  // namespace

struct Writer::Version {
  std::int64_t seq = 0;
  std::string id;  // of this version
  bool edit = false;
  std::int64_t repository = 0, author = 0, type = 0;
  bool listed = true;
  Verdict verdict = Verdict::none;
  Signature signature = Signature::none;
  std::optional<std::int64_t> live, overtaken;  // as stored
  std::string branch, directory;
  std::optional<std::int64_t> new_live, new_overtaken;  // as they should be
  std::optional<std::int64_t> removed;                  // when a tombstone of its own was signed
};

Result<void> Writer::settle_touched() {
  // A tombstone or a file of an edit concerns the object that was edited.
  std::vector<std::string> edited;
  Statement targets = CAMP_TRY(database_.statement("object_edit_targets"));
  for (const std::string& id : touched_) {
    targets.bind(id);
    while (CAMP_TRY(targets.next())) {
      edited.push_back(targets.string(0));
    }
  }
  touched_.insert(edited.begin(), edited.end());
  for (const std::string& target : touched_) {
    CAMP_TRY(settle(target));
  }
  touched_.clear();
  return {};
}

Result<std::vector<Writer::Version>> Writer::versions(const std::string& target) {
  std::vector<Version> all;
  Statement row = CAMP_TRY(database_.statement("object_versions"));
  row.bind(time_part(target), digest_part(target));
  while (CAMP_TRY(row.next())) {
    Version version;
    version.seq = row.integer(0);
    version.edit = !row.text(1).empty();
    version.id = version.edit ? row.string(1) : target;
    version.repository = row.integer(2);
    version.author = row.integer(3);
    version.type = row.integer(4);
    version.listed = row.integer(5) != 0;
    version.verdict = static_cast<Verdict>(row.integer(6));
    version.signature = static_cast<Signature>(row.integer(7));
    version.live = optional_integer(row, 8);
    version.overtaken = optional_integer(row, 9);
    version.branch = CAMP_TRY(names_.text(row.integer(10)));
    version.directory = row.string(11);
    all.push_back(std::move(version));
  }
  return all;
}

Result<void> Writer::settle(const std::string& target) {
  std::vector<Version> all = CAMP_TRY(versions(target));
  while (!all.empty()) {
    const std::int64_t repository = all.back().repository;
    std::vector<Version> group;
    while (!all.empty() && all.back().repository == repository) {
      group.push_back(std::move(all.back()));
      all.pop_back();
    }
    CAMP_TRY(settle_in(target, group));
  }
  return {};
}

Result<void> Writer::settle_in(const std::string& target, std::vector<Version>& group) {
  // The place decides between copies of one version, so that the order of arrival does not.
  std::sort(group.begin(), group.end(), [](const Version& a, const Version& b) {
    return std::tie(a.id, a.branch, a.directory) < std::tie(b.id, b.branch, b.directory);
  });
  for (Version& version : group) {
    version.new_overtaken = CAMP_TRY(removed_at(target, version));
  }
  const auto standing = std::stable_partition(
      group.begin(), group.end(),
      [](const Version& version) { return version.new_overtaken.has_value(); });
  if (standing != group.end()) {
    CAMP_TRY(find_current(target, std::span(standing, group.end())));
  }
  for (const Version& version : group) {
    CAMP_TRY(store_derived(version));
  }
  return {};
}

Result<void> Writer::find_current(const std::string& target, std::span<Version> group) {
  const bool letters = is_private(CAMP_TRY(names_.text(group.front().repository)));
  const Version* original = nullptr;
  for (Version& version : group) {
    if (version.id == target) {
      original = &version;
    } else {
      version.removed = CAMP_TRY(removed_at(version.id, version));
    }
  }
  const auto may_replace = [&](const Version& edit) {
    const bool unsigned_letter = edit.signature == Signature::none && letters &&
                                 (original == nullptr || original->verdict == Verdict::none);
    return (edit.signature == Signature::valid || unsigned_letter) &&
           (original == nullptr || original->author == edit.author);
  };
  Version* current = nullptr;
  Version* last_resort = nullptr;  // a bad edit, shown as what it is while nothing better is here
  for (Version& version : group) {
    if (version.removed) {
      version.new_overtaken = version.removed;
    } else if (!version.edit || may_replace(version)) {
      current = &version;
    } else {
      last_resort = &version;
    }
  }
  current = current != nullptr ? current : last_resort;
  if (current == nullptr) {
    return {};
  }
  current->new_live = CAMP_TRY(shown_as(current->type, current->listed, current->signature));
  // From the newest back, `due` is the oldest version of the author's that stands above.
  std::int64_t due = time_of_id(current->id);
  for (auto version = group.rbegin(); version != group.rend(); ++version) {
    if (version->removed || version->author != current->author || version->id >= current->id) {
      continue;
    }
    version->new_overtaken = due;
    if (!version->edit || may_replace(*version)) {
      due = time_of_id(version->id);
    }
  }
  return {};
}

/// When the author of a version, or the community, removed it, or what it is a version of.
Result<std::optional<std::int64_t>> Writer::removed_at(std::string_view id,
                                                       const Version& version) {
  Statement first = CAMP_TRY(database_.statement("tombstone_first"));
  CAMP_TRY(first.bind(id, version.repository, version.author).next());
  return first.is_null(0) ? std::nullopt : std::optional(time_of_id(first.text(0)));
}

Result<std::optional<std::int64_t>> Writer::shown_as(std::int64_t type, bool listed,
                                                     Signature signature) {
  if (is_post_type(CAMP_TRY(names_.text(type)))) {
    return live_value(listed ? Live::listed : Live::unlisted);
  }
  // A bad post is shown as bad; a bad reaction or relation simply has no effect.
  const bool bad = signature == Signature::invalid || signature == Signature::disowned;
  return bad ? std::nullopt : live_value(Live::other);
}

Result<void> Writer::store_derived(const Version& version) {
  if (version.live == version.new_live && version.overtaken == version.new_overtaken) {
    return {};
  }
  const bool words_change = version.live != version.new_live && !bulk_;
  if (words_change && is_shown(version.live)) {
    CAMP_TRY(withdraw(version.seq, *version.live));
  }
  if (words_change && is_shown(version.new_live)) {
    CAMP_TRY(publish(version.seq, *version.new_live));
  }
  return CAMP_TRY(database_.statement("object_derive"))
      .bind(version.seq, version.new_live, version.new_overtaken)
      .run();
}

Result<void> Writer::publish(std::int64_t seq, std::int64_t live) {
  Statement row = CAMP_TRY(database_.statement("object_text"));
  if (CAMP_TRY(row.bind(seq).next())) {
    Statement add = CAMP_TRY(database_.statement("fulltext_add"));
    CAMP_TRY(add.bind(seq, row.text(4)).run());
  }
  return tag(seq, live);
}

Result<void> Writer::tag(std::int64_t seq, std::int64_t live) {
  Statement row = CAMP_TRY(database_.statement("object_text"));
  if (!CAMP_TRY(row.bind(seq).next())) {
    return {};
  }
  for (const std::string& word : unpack(row.text(3))) {
    Statement add = CAMP_TRY(database_.statement("tagged_add"));
    CAMP_TRY(add.bind(word, row.integer(0), live, row.text(2), seq, row.integer(1)).run());
  }
  return {};
}

Result<void> Writer::withdraw(std::int64_t seq, std::int64_t live) {
  Statement row = CAMP_TRY(database_.statement("object_text"));
  if (!CAMP_TRY(row.bind(seq).next())) {
    return {};
  }
  Statement drop = CAMP_TRY(database_.statement("fulltext_drop"));
  CAMP_TRY(drop.bind(seq, row.text(4)).run());
  for (const std::string& word : unpack(row.text(3))) {
    Statement untag = CAMP_TRY(database_.statement("tagged_drop"));
    CAMP_TRY(untag.bind(word, row.integer(0), live, row.text(2), seq).run());
  }
  unclean_ = true;
  return {};
}

}  // namespace camp::index
