// SPDX-License-Identifier: MIT
#include "store/outbox.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/digest.h"
#include "store/catch_up.h"
#include "store/community.h"
#include "store/row_reader.h"

namespace camp::store {
namespace {

constexpr std::string_view kOutbox = "outbox/";
constexpr std::string_view kRefused = "outbox/refused";
constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kOutboxMark = "@outbox";
constexpr std::string_view kRenewingFile = "state/renewing.json";
constexpr std::size_t kMaxRenewing = 256 << 20;

std::string directory_of(std::string_view repository) {
  return std::string(kOutbox) + std::string(repository);
}

std::string path_of(const Waiting& waiting) {
  return directory_of(waiting.repository) + "/" + waiting.id.text() + std::string(kSuffix);
}

tl::unexpected<Error> no_renewing() {
  return fail(Kind::damaged, std::string(kRenewingFile) + " is not what camp wrote",
              "move that file away and run 'camp sync'");
}

Result<std::vector<Renewal>> renewals_from(std::string_view text) {
  constexpr JsonLimits kOwnFile{.bytes = kMaxRenewing, .nodes = 10'000'000};
  const auto parsed = parse_json(text, kRenewingFile, kOwnFile);
  if (!parsed) return no_renewing();
  const Json& json = *parsed;
  std::vector<Renewal> renewals;
  try {
    for (const Json& row : json) {
      const std::string repository = row.at("repository");
      const auto before = ObjectId::parse(row.at("before").get<std::string>());
      const auto object = model::decode_object(row.at("bytes").get<std::string>());
      if (!before || !object || home_of(*object) != repository) return no_renewing();
      renewals.push_back({{repository, *before}, {repository, object->id.object}, object->bytes});
    }
  } catch (const Json::exception&) {
    return no_renewing();
  }
  return renewals;
}

/// Which files there are, as one number: names follow from the bytes.
Result<std::string> listing_digest(const Community& community) {
  crypto::Sha256 digest;
  bool any = false;
  for (const Waiting& waiting : CAMP_TRY(list_outbox(community))) {
    digest.update(path_of(waiting) + "\n");
    any = true;
  }
  return any ? digest.finish_hex() : std::string();
}

/// Whether another profile waits than the index knows: profiles are a part of what it knows of
/// members.
Result<bool> profile_moved(const Community& community) {
  std::set<std::string> known, waiting;
  for (const index::ProfileRow& row : CAMP_TRY(community.index().profiles())) {
    if (row.branch == index::kOutboxBranch) known.insert(row.id);
  }
  for (const Waiting& each : CAMP_TRY(list_outbox(community))) {
    if (each.repository != kPublic) continue;
    const auto object = model::decode_object(CAMP_TRY(read_waiting(community.directory(), each)));
    if (object && object->type == model::Type::person) waiting.insert(each.id.text());
  }
  return known != waiting;
}

}  // namespace

Result<std::vector<Waiting>> list_outbox(const Community& community) {
  std::vector<Waiting> all;
  const Directory& root = community.directory();
  if (!community.settings().is_clone()) return all;
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    if (!root.exists(directory_of(name))) continue;
    for (const std::string& file : CAMP_TRY(root.list(directory_of(name)))) {
      if (!file.ends_with(kSuffix)) continue;
      const auto id =
          ObjectId::parse(std::string_view(file).substr(0, file.size() - kSuffix.size()));
      if (id) all.push_back({name, *id});
    }
  }
  std::sort(all.begin(), all.end(), [](const Waiting& a, const Waiting& b) { return a.id < b.id; });
  return all;
}

Result<std::string> read_waiting(const Directory& root, const Waiting& waiting) {
  return root.read_file(path_of(waiting), kMaxObjectFile);
}

Result<std::string> find_waiting(const Community& community, std::string_view repository,
                                 std::string_view blob) {
  for (const Waiting& waiting : CAMP_TRY(list_outbox(community))) {
    if (waiting.repository != repository) continue;
    std::string bytes = CAMP_TRY(read_waiting(community.directory(), waiting));
    if (CAMP_TRY(git::blob_id(bytes)) == blob) return bytes;
  }
  return fail(Kind::not_found, "there is no object " + std::string(blob));
}

Result<void> put_waiting(const Directory& root, const Waiting& waiting, std::string_view bytes) {
  CAMP_TRY(root.create(directory_of(waiting.repository)));
  return root.write_file_atomically(path_of(waiting), bytes);
}

Result<void> drop_waiting(const Directory& root, const Waiting& waiting) {
  const std::string path = path_of(waiting);
  return root.exists(path) ? root.remove_file(path) : Result<void>();
}

Result<std::string> set_aside(const Directory& root, const Waiting& waiting) {
  CAMP_TRY(root.create(kRefused));
  std::string kept = std::string(kRefused) + "/" + waiting.id.text() + std::string(kSuffix);
  CAMP_TRY(root.rename(path_of(waiting), kept));
  return kept;
}

Result<void> renew_waiting(const Directory& root, const std::vector<Renewal>& renewals) {
  if (renewals.empty()) return {};
  Json rows = Json::array();
  for (const Renewal& each : renewals) {
    rows.push_back({{"repository", each.before.repository},
                    {"before", each.before.id.text()},
                    {"bytes", each.bytes}});
  }
  CAMP_TRY(root.write_file_atomically(kRenewingFile, rows.dump()));
  return finish_renewing(root);
}

Result<void> finish_renewing(const Directory& root) {
  if (!root.exists(kRenewingFile)) return {};
  const auto renewals =
      CAMP_TRY(renewals_from(CAMP_TRY(root.read_file(kRenewingFile, kMaxRenewing))));
  for (const Renewal& each : renewals) CAMP_TRY(put_waiting(root, each.after, each.bytes));
  for (const Renewal& each : renewals) CAMP_TRY(drop_waiting(root, each.before));
  return root.remove_file(kRenewingFile);
}

Result<void> sweep_outbox(const Community& community) {
  const Directory& root = community.directory();
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    if (root.exists(directory_of(name))) CAMP_TRY(root.remove_temporaries(directory_of(name)));
  }
  return {};
}

Row waiting_row(const model::Object& object, std::string_view repository,
                const index::Index::Remembered& verdict) {
  const auto blob = git::blob_id(object.bytes);
  return make_row(object,
                  {std::string(repository), std::string(index::kOutboxBranch),
                   place_of(object).path, blob.value_or(git::Oid())},
                  verdict);
}

Result<std::vector<index::Changes>> outbox_rows(const Community& community) {
  std::vector<index::Changes> all;
  for (const Waiting& waiting : CAMP_TRY(list_outbox(community))) {
    const auto object =
        model::decode_object(CAMP_TRY(read_waiting(community.directory(), waiting)));
    // A file that is none of ours, or not at its place, waits for nothing.
    if (!object || object->id.object != waiting.id || home_of(*object) != waiting.repository) {
      continue;
    }
    if (object->type == model::Type::person) continue;  // see profile.h
    Row row = waiting_row(*object, waiting.repository, judge(*object));
    index::Changes changes{.repository = waiting.repository};
    if (row.object) changes.objects.push_back(*std::move(row.object));
    if (row.tombstone) changes.tombstones.push_back(*std::move(row.tombstone));
    all.push_back(std::move(changes));
  }
  return all;
}

Result<index::Changes> outbox_mark(const Community& community) {
  index::Changes changes{.repository = std::string(kOutboxMark)};
  changes.mark = CAMP_TRY(listing_digest(community));
  return changes;
}

Result<bool> outbox_moved(const Community& community) {
  if (!community.settings().is_clone()) return false;
  return CAMP_TRY(community.index().mark(kOutboxMark)) != CAMP_TRY(listing_digest(community));
}

Result<void> catch_up_outbox(Community& community) {
  std::vector<index::Changes> all;
  std::set<std::pair<std::string, std::string>> present;
  std::vector<index::Changes> rows = CAMP_TRY(outbox_rows(community));
  for (const index::Changes& changes : rows) {
    for (const auto& row : changes.objects) present.emplace(row.repository, row.path);
    for (const auto& row : changes.tombstones) present.emplace(row.repository, row.path);
  }
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    index::Changes gone{.repository = name};
    for (const auto& file : CAMP_TRY(community.index().files(name, index::kOutboxBranch))) {
      if (present.contains({name, file.path})) continue;
      gone.removed.push_back({std::string(index::kOutboxBranch), file.path});
    }
    if (!gone.removed.empty()) all.push_back(std::move(gone));
  }
  std::move(rows.begin(), rows.end(), std::back_inserter(all));
  all.push_back(CAMP_TRY(outbox_mark(community)));
  if (CAMP_TRY(profile_moved(community)))
    all.back().directory = CAMP_TRY(read_directory(community));
  return community.index().apply(all);
}

}  // namespace camp::store
