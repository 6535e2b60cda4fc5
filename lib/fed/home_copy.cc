// SPDX-License-Identifier: MIT
#include "fed/home_copy.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "fed/federation.h"

namespace camp::fed {
namespace {

/// Under these names the digests stand in server.db: of a part under its name, with its size, and
/// of a record that was refused.
constexpr std::string_view kPart = "home part ", kRefused = "home refused ";
/// Up to which notice the member has read, by the origin.
constexpr std::string_view kReadThere = "home read";
constexpr std::size_t kMostParts = 2 * kMaxHomeRecords, kMostBytes = 2 * kMaxHomeBytes;

/// What stands under a name: a digest and a number of bytes.
std::pair<std::string, std::size_t> parse_value(std::string_view value) {
  const std::size_t space = std::min(value.find(' '), value.size());
  std::size_t bytes = 0;
  if (space < value.size()) {
    std::from_chars(value.data() + space + 1, value.data() + value.size(), bytes);
  }
  return {std::string(value.substr(0, space)), bytes};
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Result<HomeCopy> HomeCopy::open(const store::Community& clone, const std::string& host) {
  auto site = CAMP_TRY(Site::make(host, is_loopback_host(host)));
  auto db = CAMP_TRY(open_server_db(clone));
  HomeCopy copy(clone, std::move(site), std::move(db));
  CAMP_TRY(copy.load());
  return copy;
}

Result<void> HomeCopy::load() {
  parts_.clear();
  digests_.clear();
  bytes_ = 0;
  for (const auto& [name, value] : CAMP_TRY(db_.values(kPart))) {
    const auto [digest, bytes] = parse_value(value);
    const std::string part = name.substr(kPart.size());
    digests_[part] = digest;
    parts_[digest] = {part, bytes};
    bytes_ += bytes;
  }
  for (const auto& [name, value] : CAMP_TRY(db_.values(kRefused))) {
    const std::size_t bytes = parse_value(" " + value).second;
    parts_[name.substr(kRefused.size())] = {{}, bytes};
    bytes_ += bytes;
  }
  return {};
}

HomeQuestion HomeCopy::state() const { return {home_state(*held().held), std::nullopt}; }

HomeQuestion HomeCopy::held() const {
  std::vector<std::string> digests;
  digests.reserve(parts_.size());
  for (const auto& [digest, part] : parts_) digests.push_back(digest);
  return {{}, std::move(digests)};
}

Result<bool> HomeCopy::take(const HomePage& page, HomeNews& news) {
  HomeNews taken = news;
  bool changed = false;
  const auto act = [&]() -> Result<void> {
    for (const std::string& text : page.records) {
      if (parts_.contains(home_digest(text))) continue;
      CAMP_TRY(take_record(text, taken));
      changed = true;
    }
    for (const std::string& digest : page.gone) {
      if (!parts_.contains(digest)) continue;
      CAMP_TRY(forget(digest, taken));
      changed = true;
    }
    return {};
  };
  auto done = db_.together(act);
  if (!done) {
    CAMP_TRY(load());  // as it stands in the file
    return tl::unexpected<Error>(done.error());
  }
  news = std::move(taken);
  return changed;
}

Result<void> HomeCopy::scrub() {
  CAMP_TRY(db_.scrub());
  return {};
}

Result<void> HomeCopy::take_record(const std::string& text, HomeNews& news) {
  const std::string digest = home_digest(text);
  const auto record = decode_home_record(text, site_);
  if (record) CAMP_TRY(put(*record, news));
  if (!record) news.refused.push_back(record.error().message);
  CAMP_TRY(remember(digest, {record ? home_name(*record) : std::string(), text.size()}));
  if (parts_.size() <= kMostParts && bytes_ <= kMostBytes) return {};
  return fail(Kind::refused, "the origin sends more from elsewhere than there may be",
              "nothing of it was taken; tell the origin's admin");
}

Result<void> HomeCopy::put(const HomeRecord& record, HomeNews& news) {
  const std::string member = clone_.settings().own_member.text();
  const std::int64_t now = clone_.env().now_ms();
  if (const auto* actor = std::get_if<model::RemoteActor>(&record)) {
    return db_.put_actor(*actor, now);
  }
  if (const auto* post = std::get_if<model::RemotePost>(&record)) {
    ++news.posts;
    CAMP_TRY(db_.put_post(*post, now));
    return {};
  }
  if (const auto* reaction = std::get_if<index::Reaction>(&record)) {
    CAMP_TRY(db_.drop_reaction(reaction->activity));
    CAMP_TRY(db_.put_reaction(*reaction));
    return {};
  }
  if (const auto* following = std::get_if<index::Following>(&record)) {
    index::Following own = *following;
    own.member = member;
    return db_.put_following(own);
  }
  if (const auto* request = std::get_if<index::FollowRequest>(&record)) {
    index::FollowRequest own = *request;
    own.member = member;
    return db_.put_request(own);
  }
  if (const auto* read = std::get_if<ReadUpTo>(&record)) {
    CAMP_TRY(db_.set_value(kReadThere, std::to_string(read->number)));
    return db_.mark_read(member, read->number);
  }
  index::Notice own = std::get<index::Notice>(record);
  own.member = member;
  own.read = own.number <= std::max(number_in(CAMP_TRY(db_.value(kReadThere))),
                                    number_in(CAMP_TRY(db_.value(kReadHere))));
  ++news.notices;
  return db_.put_numbered_notice(own);
}

Result<void> HomeCopy::remember(const std::string& digest, Part part) {
  const std::string bytes = std::to_string(part.bytes);
  if (part.name.empty()) {
    CAMP_TRY(db_.set_value(std::string(kRefused) + digest, bytes));
  } else {
    CAMP_TRY(db_.set_value(std::string(kPart) + part.name, digest + " " + bytes));
    if (const auto old = digests_.find(part.name); old != digests_.end()) {
      bytes_ -= parts_[old->second].bytes;
      parts_.erase(old->second);
    }
    digests_[part.name] = digest;
  }
  bytes_ += part.bytes;
  parts_[digest] = std::move(part);
  return {};
}

Result<void> HomeCopy::forget(const std::string& digest, HomeNews& news) {
  const auto found = parts_.find(digest);
  const Part part = found->second;
  if (part.name.empty()) {
    CAMP_TRY(db_.drop_value(std::string(kRefused) + digest));
  } else {
    CAMP_TRY(db_.drop_value(std::string(kPart) + part.name));
    CAMP_TRY(drop(part.name));
    digests_.erase(part.name);
    ++news.gone;
  }
  bytes_ -= part.bytes;
  parts_.erase(found);
  return {};
}

/// The part of a name, as home_name() made it.
Result<void> HomeCopy::drop(std::string_view name) {
  const std::size_t space = std::min(name.find(' '), name.size());
  const std::string_view kind = name.substr(0, space);
  const std::string_view key = space < name.size() ? name.substr(space + 1) : std::string_view();
  const std::string member = clone_.settings().own_member.text();
  if (kind == "actor") return db_.drop_actor(key);
  if (kind == "post") return db_.drop_post(key);
  if (kind == "reaction") return db_.drop_reaction(key);
  if (kind == "following") return db_.remove_following(member, key);
  if (kind == "request") return db_.remove_request(member, key);
  if (kind == "notice") return db_.drop_notice(number_in(key));
  return {};  // how far was read
}

}  // namespace camp::fed
