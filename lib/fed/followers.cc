// SPDX-License-Identifier: MIT
#include "fed/followers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "model/foreign_text.h"
#include "model/object.h"

namespace camp::fed {
namespace {

constexpr std::string_view kEnding = ".json";
constexpr std::size_t kMaxSoftware = 100;
constexpr JsonLimits kLimits{
    .bytes = kMaxFollowerBytes, .depth = 4, .nodes = 100, .string_bytes = 4 << 10};

tl::unexpected<Error> broken(std::string_view what) {
  return fail(Kind::damaged, "the follower " + std::string(what));
}

/// A member that is an address; absent is empty.
Result<std::string> address_member(const Json& record, std::string_view name) {
  const auto member = record.find(name);
  if (member == record.end()) return std::string();
  if (!member->is_string() || !model::is_web_address(member->get_ref<const std::string&>())) {
    return broken("has an '" + std::string(name) + "' that is no address");
  }
  return member->get<std::string>();
}

bool is_software(const std::string& name) {
  return name.size() <= kMaxSoftware && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

/// The files that are no empty ones, as the tree has them.
Result<std::vector<git::Entry>> files_of(const git::Repository& repository) {
  std::vector<git::Entry> files;
  const auto tip = CAMP_TRY(repository.tip("main"));
  if (!tip) return files;
  const git::Oid nobody = CAMP_TRY(git::blob_id(""));
  const std::string_view directory = store::kFollowers.substr(0, store::kFollowers.size() - 1);
  CAMP_TRY(repository.for_each_file(*tip, directory, [&](const git::Entry& entry) -> Result<bool> {
    if (entry.blob != nobody) files.push_back(entry);
    return true;
  }));
  return files;
}

}  // namespace

std::string follower_file(std::string_view actor) {
  return std::string(store::kFollowers) + crypto::sha256_hex(actor) + std::string(kEnding);
}

Result<std::string> encode_follower(const Follower& follower) {
  Json json{
      {"id", follower.id}, {"inbox", follower.inbox}, {"since", format_time(follower.since_ms)}};
  if (!follower.shared_inbox.empty()) json["sharedInbox"] = follower.shared_inbox;
  if (!follower.software.empty()) json["software"] = follower.software;
  if (!follower.follow.empty()) json["follow"] = follower.follow;
  std::string bytes = CAMP_TRY(canonical_json(json));
  const auto read = decode_follower(bytes);
  if (!read) return fail(Kind::bug, read.error().message);
  return bytes;
}

Result<Follower> decode_follower(std::string_view bytes) {
  const auto json = parse_json(bytes, "the follower", kLimits);
  if (!json) return fail(Kind::damaged, json.error().message);
  if (!json->is_object()) return broken("is no record");
  Follower follower;
  follower.id = CAMP_TRY(address_member(*json, "id"));
  follower.inbox = CAMP_TRY(address_member(*json, "inbox"));
  if (follower.id.empty() || follower.inbox.empty()) return broken("has no id or no inbox");
  follower.shared_inbox = CAMP_TRY(address_member(*json, "sharedInbox"));
  if (const auto software = json->find("software"); software != json->end()) {
    if (!software->is_string() || !is_software(software->get_ref<const std::string&>())) {
      return broken("has a 'software' that is no name");
    }
    follower.software = software->get<std::string>();
  }
  if (const auto follow = json->find("follow"); follow != json->end()) {
    if (!follow->is_string() || !model::is_uri(follow->get_ref<const std::string&>())) {
      return broken("has a 'follow' that is no id");
    }
    follower.follow = follow->get<std::string>();
  }
  const auto since = json->find("since");
  if (since == json->end() || !since->is_string()) return broken("has no 'since'");
  const auto time = parse_time(since->get_ref<const std::string&>());
  if (!time) return broken("has a 'since' that is no time");
  follower.since_ms = *time;
  return follower;
}

std::string follower_file_fault(std::string_view path, std::string_view bytes) {
  constexpr std::size_t kDigits = 64;
  const bool in_place = path.starts_with(store::kFollowers) && path.ends_with(kEnding) &&
                        path.size() == store::kFollowers.size() + kDigits + kEnding.size();
  if (!in_place) return "nothing stands there";
  if (bytes.empty()) return {};  // somebody who follows no more
  const auto follower = decode_follower(bytes);
  if (!follower) return follower.error().message;
  return follower_file(follower->id) == path ? "" : "it is not the place of the follower in it";
}

Result<std::vector<Follower>> read_followers(const store::Community& community,
                                             const OwnerId& member) {
  const git::Repository repository =
      CAMP_TRY(community.repository(model::private_repository(member)));
  std::vector<Follower> followers;
  for (const git::Entry& entry : CAMP_TRY(files_of(repository))) {
    const auto bytes = repository.read_blob(entry.blob, kMaxFollowerBytes);
    if (!bytes && bytes.error().kind != Kind::refused) return tl::unexpected<Error>(bytes.error());
    auto follower = bytes ? decode_follower(*bytes) : Result<Follower>(broken("is too long"));
    if (follower && follower_file(follower->id) == entry.path) {
      followers.push_back(*std::move(follower));
    }
  }
  std::sort(followers.begin(), followers.end(), [](const Follower& a, const Follower& b) {
    return a.since_ms != b.since_ms ? a.since_ms < b.since_ms : a.id < b.id;
  });
  return followers;
}

Result<std::size_t> count_followers(const store::Community& community, const OwnerId& member) {
  const git::Repository repository =
      CAMP_TRY(community.repository(model::private_repository(member)));
  return CAMP_TRY(files_of(repository)).size();
}

}  // namespace camp::fed
