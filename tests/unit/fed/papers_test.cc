// SPDX-License-Identifier: MIT
// What another side's `main` adds to ours, and what of it is refused.
#include "fed/papers.h"

#include <map>

#include "crypto/did_key.h"
#include "fed/followers.h"
#include "model/community_log.h"
#include "model/profile.h"
#include "store/community.h"
#include "unit/git/support.h"
#include "unit/model/log_support.h"
#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::fed;
using model::Hands;
using model::kTime;

namespace {

using git::test::need;

/// A community, a member of it, and a `main` that somebody offers.
struct Fixture {
  git::test::TempDir place;
  git::Repository theirs = need(git::Repository::create(place.path("theirs.git")));
  std::string community_keys = model::community_log(1);
  OwnerId community = need(model::verify_key_log(community_keys)).owner;
  std::string member_keys = model::member_log();
  OwnerId member = need(model::verify_key_log(member_keys)).owner;
  std::string log = entry("", {.kind = "join", .member = member, .handle = "ana"});
  std::map<std::string, std::string> ours;
  int offers = 0;

  Fixture() {
    ours = {{std::string(store::kCommunityKeys), community_keys},
            {std::string(store::kCommunityLog), log},
            {store::member_keys_file(member), member_keys}};
  }

  std::string entry(const std::string& before, const model::LogEntry& entry, char signer = 'c') {
    return need(model::append_entry(before, entry, need(model::verify_key_log(community_keys)),
                                    model::secret(signer), kTime));
  }
  /// The member's log with one more key, signed by the member's device.
  std::string longer(const std::string& before, char key) {
    const model::KeyState state = need(model::verify_key_log(before));
    return need(model::append_operation(before, model::adding(state, model::device(key)),
                                        Hands{'d'}, kTime));
  }
  std::string revoked(const std::vector<std::string>& vouched) {
    const model::KeyState state = need(model::verify_key_log(member_keys));
    return need(model::append_operation(
        member_keys, model::revoking(state, model::pub('a'), vouched), Hands{'d'}, kTime));
  }
  /// A file by the member, signed with a key by its letter.
  static std::string sealed(Json json, const model::Maker& maker, char key) {
    const auto secret = model::secret(key);
    return need(model::seal(std::move(json), maker, &secret)).bytes;
  }
  std::string profile(const std::string& name, std::int64_t now_ms, char key = 'a') const {
    const model::Maker maker{member, community, now_ms, std::string(16, 'n')};
    return sealed(model::make_profile(maker, {.name = name}), maker, key);
  }
  Result<PapersMerge> merge(std::map<std::string, std::string> offered,
                            std::string_view name = "local") {
    git::Change change{.files = {}, .removed = {}, .message = "offer", .time = 1};
    for (auto& [path, bytes] : offered) change.files.push_back({path, bytes});
    const git::Oid tip = need(theirs.commit("offer-" + std::to_string(++offers), change));
    git::Change held{.files = {}, .removed = {}, .message = "held", .time = 1};
    for (auto& [path, bytes] : ours) held.files.push_back({path, bytes});
    const git::Oid before =
        ours.empty() ? git::Oid() : need(theirs.commit("held-" + std::to_string(offers), held));
    const OwnFile own = [this](const std::string& path) -> Result<std::string> {
      const auto found = ours.find(path);
      return found == ours.end() ? std::string() : found->second;
    };
    const Authority authority = [this](const OwnerId& owner) -> std::optional<model::KeyState> {
      const auto found = ours.find(owner == community ? std::string(store::kCommunityKeys)
                                                      : store::member_keys_file(owner));
      if (found == ours.end()) return std::nullopt;
      return need(model::verify_key_log(found->second));
    };
    return merge_papers(community, theirs, need(theirs.difference(before, tip)), name, own,
                        authority);
  }
  /// Ours, with other files.
  std::map<std::string, std::string> with(const std::string& path, const std::string& bytes) {
    auto files = ours;
    files[path] = bytes;
    return files;
  }
  void refused(const std::string& path, const std::string& bytes, const std::string& reason,
               std::string_view name = "local") {
    const PapersMerge merged = need(merge(with(path, bytes), name));
    CHECK(merged.files.empty());
    REQUIRE(merged.rejected.size() == 1);
    CHECK(merged.rejected[0].object == path);
    CHECK(merged.rejected[0].reason.find(reason) != std::string::npos);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "papers that we have are no news") {
  const PapersMerge merged = need(merge(ours));
  CHECK(merged.files.empty());
  CHECK(merged.rejected.empty());
  CHECK_FALSE(merged.other_is_behind);
}

TEST_CASE_METHOD(Fixture, "a first main is taken whole") {
  const auto all = std::exchange(ours, {});
  const PapersMerge merged = need(merge(all));
  CHECK(merged.files.size() == all.size());
  CHECK(merged.rejected.empty());
}

TEST_CASE_METHOD(Fixture, "a longer key log is taken") {
  const std::string path = store::member_keys_file(member), longer_log = longer(member_keys, 'b');
  const PapersMerge merged = need(merge(with(path, longer_log)));
  REQUIRE(merged.files.size() == 1);
  CHECK(merged.files[0].path == path);
  CHECK(merged.files[0].bytes == longer_log);
  CHECK_FALSE(merged.other_is_behind);
}

TEST_CASE_METHOD(Fixture, "E63 a shorter one is kept from, and told") {
  const std::string path = store::member_keys_file(member);
  ours[path] = longer(member_keys, 'b');
  const PapersMerge merged = need(merge(with(path, member_keys)));
  CHECK(merged.files.empty());
  CHECK(merged.rejected.empty());
  CHECK(merged.other_is_behind);
}

TEST_CASE_METHOD(Fixture, "E63 a paper that is not there any more is kept, and told") {
  auto files = ours;
  const std::string path =
      GENERATE(std::string(store::kCommunityKeys), std::string(store::kCommunityLog));
  files.erase(path);
  const PapersMerge merged = need(merge(files));
  CHECK(merged.files.empty());
  CHECK(merged.other_is_behind);
}

TEST_CASE_METHOD(Fixture, "keys that went two ways stay where both agree") {
  const std::string path = store::member_keys_file(member);
  ours[path] = longer(member_keys, 'b');
  refused(path, longer(member_keys, 'e'), "two ways");
}

TEST_CASE_METHOD(Fixture, "a key log that is another owner's, or nobody's, is refused") {
  const std::string path = store::member_keys_file(member);
  refused(path, community_keys, "another owner");
  refused(path, "noise\n", "another owner");
  auto files = ours;
  const std::string elsewhere = "members/" + std::string(32, '0') + "/keys.jsonl";
  files[elsewhere] = member_keys;
  const PapersMerge merged = need(merge(files));
  REQUIRE(merged.rejected.size() == 1);
  CHECK(merged.rejected[0].reason == "the community never admitted its owner");
  refused("members/x/keys.jsonl", member_keys, "nothing stands there");
}

TEST_CASE_METHOD(Fixture, "the list of members grows by what the community signed") {
  const std::string path(store::kCommunityLog);
  const std::string more = entry(log, {.kind = "rules", .text = "be kind"});
  const PapersMerge merged = need(merge(with(path, more)));
  REQUIRE(merged.files.size() == 1);
  CHECK(merged.files[0].bytes == more);
  refused(path, log + "noise\n", "entry 1");
}

TEST_CASE_METHOD(Fixture, "a list of members that went two ways is frozen") {
  const std::string path(store::kCommunityLog);
  ours[path] = entry(log, {.kind = "rules", .text = "be kind"});
  refused(path, entry(log, {.kind = "rules", .text = "be quiet"}), "two ways");
  const PapersMerge behind = need(merge(with(path, log)));
  CHECK(behind.other_is_behind);
  CHECK(behind.files.empty());
}

TEST_CASE_METHOD(Fixture, "without the community's keys nothing can be judged") {
  ours.clear();
  const auto merged = merge({{store::member_keys_file(member), member_keys}});
  REQUIRE_FALSE(merged);
  CHECK(merged.error().kind == Kind::refused);
}

TEST_CASE_METHOD(Fixture, "an admission is of whom it stands for, and by the community") {
  const std::string path = store::admission_file(member);
  const std::string line = model::admission_line(log, member) + "\n";
  const PapersMerge merged = need(merge(with(path, line), "public"));
  REQUIRE(merged.files.size() == 1);
  CHECK(merged.files[0].path == path);
  const OwnerId other = model::cy();
  refused(store::admission_file(other), line, "it admits somebody else", "public");
  refused(path, "noise\n", "", "public");
}

TEST_CASE_METHOD(Fixture, "keys of somebody whom the community never admitted are nobody's") {
  const std::string log_of = need(model::make_key_log({.subject = model::Subject::member,
                                                       .unclaimed = false,
                                                       .threshold = 1,
                                                       .rotation = {model::pub('q')},
                                                       .next = {model::commitment(model::pub('r'))},
                                                       .signing = {model::device('s')},
                                                       .salt = std::string(16, 'z')},
                                                      Hands{'q'}, kTime));
  const OwnerId stranger = need(model::verify_key_log(log_of)).owner;
  refused(store::member_keys_file(stranger), log_of, "never admitted");
  ours.erase(std::string(store::kCommunityLog));  // as in the main of public
  refused(store::member_keys_file(stranger), log_of, "never admitted", "public");
  auto files = with(store::member_keys_file(stranger), log_of);
  files[store::admission_file(stranger)] =
      model::admission_line(entry(log, {.kind = "join", .member = stranger, .handle = "cy"}),
                            stranger) +
      "\n";
  CHECK(need(merge(files, "public")).files.size() == 2);
}

TEST_CASE_METHOD(Fixture, "an older admission does not replace a newer one") {
  const std::string path = store::admission_file(member);
  const std::string first = model::admission_line(log, member) + "\n";
  const std::string left =
      entry(entry(log, {.kind = "join", .member = model::cy(), .handle = "cy"}),
            {.kind = "remove", .member = member});
  const std::string later = entry(left, {.kind = "join", .member = member, .handle = "anna"});
  const std::string second = model::admission_line(later, member) + "\n";
  REQUIRE(second != first);
  ours[path] = second;
  refused(path, first, "it is older than the one that is here", "public");
}

TEST_CASE_METHOD(Fixture, "a list of vouched objects is the one that a revocation names") {
  const std::string entry_of = model::vouched_entry("an id");
  const std::string keys_path = store::member_keys_file(member);
  const std::string path = store::vouched_file(member, model::pub('a'));
  refused(path, entry_of + "\n", "no revocation names it");
  ours[keys_path] = revoked({entry_of});
  refused(path, model::vouched_entry("another") + "\n", "it is not the list");
  const PapersMerge merged = need(merge(with(path, entry_of + "\n")));
  REQUIRE(merged.files.size() == 1);
  CHECK(merged.files[0].path == path);
  refused(store::vouched_file(model::cy(), model::pub('a')), entry_of + "\n", "nobody's keys");
}

TEST_CASE_METHOD(Fixture,
                 "the transport key stands in a private repository and is never replaced") {
  const std::string path(store::kTransportKey), pem = "-----BEGIN PRIVATE KEY-----\n";
  refused(path, pem, "nothing stands there");
  const std::string own = "private/" + member.text();
  CHECK(need(merge(with(path, pem), own)).files.size() == 1);
  refused(path, "noise", "it is no key", own);
  ours[path] = pem;
  refused(path, pem + "x", "it differs from the one that is here", own);
}

TEST_CASE_METHOD(Fixture, "followers come into their member's private repository alone") {
  Follower follower{.id = "https://other.example/users/eve",
                    .inbox = "https://other.example/users/eve/inbox",
                    .since_ms = kTime};
  const std::string path = follower_file(follower.id), bytes = need(encode_follower(follower));
  const std::string own = "private/" + member.text();
  refused(path, bytes, "nothing stands there");
  CHECK(need(merge(with(path, bytes), own)).files.size() == 1);
  refused(path, "noise", "the follower", own);
  refused("followers/x.json", bytes, "nothing stands there", own);
  refused(follower_file("https://other.example/users/mallory"), bytes, "not the place", own);

  ours[path] = bytes;  // moved to another inbox, then gone: the origin's word replaces ours
  follower.inbox = "https://other.example/inbox/7";
  const PapersMerge changed = need(merge(with(path, need(encode_follower(follower))), own));
  REQUIRE(changed.files.size() == 1);
  CHECK(need(decode_follower(changed.files[0].bytes)).inbox == follower.inbox);
  const PapersMerge left = need(merge(with(path, ""), own));
  REQUIRE(left.files.size() == 1);
  CHECK(left.files[0].bytes.empty());
  CHECK(left.rejected.empty());
}

TEST_CASE_METHOD(Fixture, "a profile is taken where it stands, by a key of its member's") {
  const std::string path = model::profile_path(member), bytes = profile("Ana", kTime);
  const PapersMerge merged = need(merge(with(path, bytes), "public"));
  REQUIRE(merged.files.size() == 1);
  CHECK(merged.files[0].bytes == bytes);
  CHECK(merged.rejected.empty());
  CHECK_FALSE(merged.other_is_behind);
  // A mirror that knows nobody yet: the keys come with it.
  auto all = with(path, bytes);
  all.erase(std::string(store::kCommunityLog));
  all[store::admission_file(member)] = model::admission_line(log, member) + "\n";
  ours.clear();
  CHECK(need(merge(all, "public")).files.size() == all.size());
}

TEST_CASE_METHOD(Fixture, "a profile that is not where and what it must be is refused") {
  const std::string path = model::profile_path(member), bytes = profile("Ana", kTime);
  refused(path, bytes, "nothing stands there", "local");
  refused(path, bytes, "nothing stands there", "private/" + member.text());
  refused("profiles/ana.json", bytes, "nothing stands there", "public");
  refused(model::profile_path(model::cy()), bytes, "not the place of the object", "public");
  refused(path, profile("Ana", kTime, 'b'), "its signature is not its author's", "public");
  refused(path, "{}", "the object has no type", "public");
  refused(path, profile(std::string(101, 'x'), kTime), "breaks a rule of profiles", "public");
  Json json = Json::parse(bytes);
  json.erase("proof");
  refused(path, need(canonical_json(json)), "its signature does not hold", "public");
  const model::Maker elsewhere{member, model::cy(), kTime, std::string(16, 'n')};
  refused(path, sealed(model::make_profile(elsewhere, {}), elsewhere, 'a'), "another community",
          "public");
  const model::Maker here{member, community, kTime, std::string(16, 'n')};
  refused(path, sealed(model::make_note(here, model::to_public(), {.content = "x"}), here, 'a'),
          "not the place of the object", "public");
  const model::Maker stranger{model::cy(), community, kTime, std::string(16, 'n')};
  refused(model::profile_path(model::cy()),
          sealed(model::make_profile(stranger, {}), stranger, 'a'), "its author is no member",
          "public");
}

TEST_CASE_METHOD(Fixture, "of two profiles the newer stays, whoever has it") {
  const std::string path = model::profile_path(member);
  const std::string older = profile("older", kTime), newer = profile("newer", kTime + 1);
  ours[path] = older;
  const PapersMerge forward = need(merge(with(path, newer), "public"));
  REQUIRE(forward.files.size() == 1);
  CHECK(forward.files[0].bytes == newer);
  CHECK_FALSE(forward.other_is_behind);
  ours[path] = newer;
  const PapersMerge replay = need(merge(with(path, older), "public"));
  CHECK(replay.files.empty());
  CHECK(replay.rejected.empty());
  CHECK(replay.other_is_behind);
  // A newer one that somebody else made takes nobody's place.
  refused(path, profile("forged", kTime + 2, 'b'), "its signature is not its author's", "public");
}

TEST_CASE_METHOD(Fixture, "profiles under a revoked key merge all the same") {
  // Whether they count is asked at each read: a set that depended on it would differ by the order.
  const std::string path = model::profile_path(member);
  ours[store::member_keys_file(member)] = revoked({});
  CHECK(need(merge(with(path, profile("Ana", kTime)), "public")).files.size() == 1);
}

TEST_CASE_METHOD(Fixture, "what stands nowhere is named, a hundred times at most") {
  refused("README.md", "hello", "nothing stands there");
  auto files = ours;
  for (int i = 0; i < 300; ++i) files["x/" + std::to_string(i)] = "x";
  const PapersMerge merged = need(merge(files));
  CHECK(merged.files.empty());
  CHECK(merged.rejected.size() == 100);
}
