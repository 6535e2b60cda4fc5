// SPDX-License-Identifier: MIT
// What becomes of an activity whose sender is proved: the rules by themselves, then chance.
#include "fed/inbox.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "base/time.h"
#include "fed/foreign.h"
#include "unit/fed/document_support.h"

using namespace camp;
using namespace camp::fed;
using index::FollowState;
using index::NoticeKind;
using index::ReactionKind;

namespace {

constexpr std::int64_t kNow = 1'795'514'400'000;
const std::string kAna = "https://friend.camp/u/ana";
const std::string kSal = "https://sal.example/users/sal";
const std::string kTom = "https://tom.example/users/tom";
/// On sal's host.
const std::string kMallory = "https://sal.example/users/mallory";
const std::string kOurPost = friend_camp().object(ObjectId::make(kNow, std::string(32, 'x')));

model::RemoteActor actor_at(const std::string& id) {
  return {.id = id,
          .user = id.substr(id.rfind('/') + 1),
          .host = host_of(id, {}),
          .inbox = id + "/inbox",
          .shared_inbox = "https://" + host_of(id, {}) + "/inbox"};
}

Activity read(const Json& json) { return need(read_activity(json, {})); }

Json act(const std::string& type, const std::string& actor, const Json& object,
         const std::string& name) {
  return {{"id", actor + "/acts/" + name}, {"type", type}, {"actor", actor}, {"object", object}};
}

Json note(const std::string& author, const std::string& name, std::int64_t edited_ms = 0) {
  Json json{{"id", author + "/posts/" + name},
            {"type", "Note"},
            {"attributedTo", author},
            {"to", Json::array({"as:Public", kAna})},
            {"content", "<p>" + name + " " + std::to_string(edited_ms) + "</p>"},
            {"published", format_time(kNow - 60'000)}};
  if (edited_ms > 0) json["updated"] = format_time(edited_ms);
  return json;
}

ConcernedMember ana(bool locked = false) {
  return {.id = model::ana(), .handle = "ana", .locked = locked};
}

/// Facts about an act of somebody's, that concern ana.
Facts facts_of(const std::string& actor) {
  Facts facts;
  facts.now_ms = kNow;
  facts.actor = actor_at(actor);
  return facts;
}
Facts with_member(const std::string& actor, bool locked = false) {
  Facts facts = facts_of(actor);
  facts.member = ana(locked);
  return facts;
}

model::RemotePost kept(const Json& json) { return need(read_post(json, {}, kNow)); }

template <class Kind>
std::vector<Kind> all(const Decision& decision) {
  std::vector<Kind> found;
  for (const Effect& effect : decision.effects) {
    if (const auto* each = std::get_if<Kind>(&effect)) found.push_back(*each);
  }
  return found;
}
template <class Kind>
bool has(const Decision& decision) {
  return !all<Kind>(decision).empty();
}

Decision decided(const Json& json, const Facts& facts) {
  return decide(read(json), facts, friend_camp());
}

/// Nothing happens, and the log says why.
bool nothing(const Decision& decision) {
  return decision.effects.empty() && !decision.ignored.empty();
}

const Json kFollow = act("Follow", kSal, kAna, "f1");

}  // namespace

TEST_CASE("statement 32: a Follow makes a follower and is accepted with its id") {
  const Decision decision = decided(kFollow, with_member(kSal));
  REQUIRE(all<AddFollower>(decision).size() == 1);
  CHECK(all<AddFollower>(decision)[0].follower.follow == kSal + "/acts/f1");
  CHECK(all<AddFollower>(decision)[0].follower.shared_inbox == "https://sal.example/inbox");
  REQUIRE(all<AnswerFollow>(decision).size() == 1);
  const AnswerFollow answer = all<AnswerFollow>(decision)[0];
  CHECK((answer.accept && answer.inbox == kSal + "/inbox" && answer.follow == kSal + "/acts/f1"));
  REQUIRE(all<Tell>(decision).size() == 1);
  CHECK(all<Tell>(decision)[0].notice.kind == NoticeKind::follow);
}

TEST_CASE("statement 33: a Follow with another id is accepted again and is no news") {
  Facts facts = with_member(kSal);
  facts.follower = Follower{.id = kSal, .inbox = kSal + "/inbox", .follow = "x", .since_ms = 5};
  const Decision decision = decided(act("Follow", kSal, kAna, "f2"), facts);
  REQUIRE(all<AddFollower>(decision).size() == 1);
  CHECK(all<AddFollower>(decision)[0].follower.follow == kSal + "/acts/f2");
  CHECK(all<AddFollower>(decision)[0].follower.since_ms == 5);
  CHECK(all<AnswerFollow>(decision).size() == 1);
  CHECK_FALSE(has<Tell>(decision));
}

TEST_CASE("statement 34: who approves by hand is asked, once") {
  Facts facts = with_member(kSal, true);
  Decision decision = decided(kFollow, facts);
  CHECK(has<AskMember>(decision));
  CHECK_FALSE(has<AddFollower>(decision));
  CHECK_FALSE(has<AnswerFollow>(decision));
  CHECK(all<Tell>(decision).at(0).notice.kind == NoticeKind::follow_request);
  facts.request = index::FollowRequest{.member = facts.member->id.text(), .actor = kSal};
  CHECK_FALSE(has<Tell>(decided(kFollow, facts)));
  // Who follows already is not asked about again.
  facts.follower = Follower{.id = kSal, .inbox = kSal + "/inbox"};
  CHECK(has<AnswerFollow>(decided(kFollow, facts)));
}

TEST_CASE("statement 55: who followed before a move is accepted again") {
  Facts facts = with_member(kSal);
  facts.member->moved = true;
  facts.follower = Follower{.id = kSal, .inbox = kSal + "/inbox"};
  const Decision decision = decided(kFollow, facts);
  REQUIRE(all<AnswerFollow>(decision).size() == 1);
  CHECK(all<AnswerFollow>(decision)[0].accept);
}

TEST_CASE("statement 49: whom a member blocks is rejected; who moved rejects everybody") {
  for (const bool blocks : {true, false}) {
    Facts facts = with_member(kSal);
    (blocks ? facts.member->blocks : facts.member->moved) = true;
    const Decision decision = decided(kFollow, facts);
    CHECK_FALSE(has<AddFollower>(decision));
    CHECK_FALSE(all<AnswerFollow>(decision).at(0).accept);
    CHECK_FALSE(has<Tell>(decision));
  }
  CHECK(nothing(decided(kFollow, facts_of(kSal))));
}

TEST_CASE("E73: of whom the community blocks nothing is taken but ends") {
  Facts facts = with_member(kSal);
  facts.barred = true;
  facts.followed_here = true;
  facts.followers_here = {{.member = facts.member->id.text(), .actor = kSal}};
  for (const char* type : {"Follow", "Accept", "Create", "Update", "Like", "Announce", "EmojiReact",
                           "Move", "Flag", "Add"}) {
    INFO(type);
    CHECK(nothing(decided(act(type, kSal, kAna, "x"), facts)));
  }
  facts.follower = Follower{.id = kSal, .inbox = kSal + "/inbox", .follow = kSal + "/acts/f1"};
  CHECK(has<DropFollower>(decided(act("Undo", kSal, kFollow, "x"), facts)));
  CHECK(has<ForgetActor>(decided(act("Delete", kSal, kSal, "x"), facts)));
}

TEST_CASE("statement 35: an Undo ends the follow, inline or by id; E20: of one's own alone") {
  Facts facts = with_member(kSal);
  facts.follower = Follower{.id = kSal, .inbox = kSal + "/inbox", .follow = kSal + "/acts/f1"};
  CHECK(has<DropFollower>(decided(act("Undo", kSal, kFollow, "u1"), facts)));
  CHECK(has<DropFollower>(decided(act("Undo", kSal, kSal + "/acts/f1", "u1"), facts)));
  Facts others = with_member(kMallory);
  others.follower = facts.follower;
  CHECK(nothing(decided(act("Undo", kMallory, kFollow, "u1"), others)));
  CHECK(nothing(
      decided(act("Undo", kMallory, act("Like", kSal, kOurPost, "l1"), "u2"), facts_of(kMallory))));
  // Of an older follow than the one that stands.
  facts.follower->follow = kSal + "/acts/f2";
  facts.seen = true;
  CHECK(nothing(decided(act("Undo", kSal, kFollow, "u1"), facts)));
  CHECK(nothing(decided(act("Undo", kSal, kSal + "/acts/f1", "u1"), facts)));
  facts.seen = false;  // some give it a new id each time
  CHECK(has<DropFollower>(decided(act("Undo", kSal, kFollow, "u1"), facts)));
}

TEST_CASE("an Undo that overtakes its Follow keeps it away, once") {
  Facts facts = with_member(kSal);
  const Decision undo = decided(act("Undo", kSal, kFollow, "u1"), facts);
  REQUIRE(all<Remember>(undo).size() == 1);
  CHECK(all<Remember>(undo)[0].name == undone_name(kSal, kSal + "/acts/f1"));
  facts.undone = true;
  const Decision follow = decided(kFollow, facts);
  CHECK_FALSE(has<AddFollower>(follow));
  CHECK_FALSE(has<AnswerFollow>(follow));
  CHECK(has<Unremember>(follow));
  // One whose Follow has come is no such thing: Misskey uses the id again.
  facts.seen = true;
  facts.undone = false;
  CHECK_FALSE(has<Remember>(decided(act("Undo", kSal, kFollow, "u1"), facts)));
}

TEST_CASE("the end of one request leaves what other members were told") {
  Facts facts = with_member(kSal, true);
  facts.request = index::FollowRequest{.member = facts.member->id.text(), .actor = kSal};
  const Decision decision = decided(act("Undo", kSal, kFollow, "u1"), facts);
  REQUIRE(all<TakeBackNotice>(decision).size() == 2);
  for (const auto& each : all<TakeBackNotice>(decision)) {
    CHECK(each.member == facts.member->id.text());
  }
}

TEST_CASE("statements 36 and 37, E21: answers count from whom we asked, and a rejection stays") {
  Facts facts = facts_of(kSal);
  const Json accept = act("Accept", kSal, act("Follow", kAna, kSal, "f"), "a1");
  const Json reject = act("Reject", kSal, act("Follow", kAna, kSal, "f"), "r1");
  CHECK(nothing(decided(accept, facts)));
  CHECK(nothing(decided(reject, facts)));
  facts.following = index::Following{.member = "m", .actor = kSal, .activity = "f"};
  Decision decision = decided(accept, facts);
  CHECK(all<SetFollowing>(decision).at(0).following.state == FollowState::accepted);
  facts.following->state = FollowState::accepted;
  decision = decided(reject, facts);
  CHECK(all<SetFollowing>(decision).at(0).following.state == FollowState::refused);
  facts.following->state = FollowState::refused;
  CHECK(nothing(decided(accept, facts)));
  // Somebody else's word.
  facts.following = index::Following{.member = "m", .actor = kTom, .activity = "f"};
  CHECK(nothing(decided(accept, facts)));
  CHECK(nothing(decided(reject, facts)));
}

TEST_CASE("a Block ends both follows and tells nobody") {
  Facts facts = with_member(kSal);
  facts.follower = Follower{.id = kSal, .inbox = kSal + "/inbox"};
  facts.following = index::Following{.member = "m", .actor = kSal, .state = FollowState::accepted};
  const Decision decision = decided(act("Block", kSal, kAna, "b1"), facts);
  CHECK(has<DropFollower>(decision));
  CHECK(all<SetFollowing>(decision).at(0).following.state == FollowState::refused);
  CHECK_FALSE(has<Tell>(decision));
  CHECK(nothing(decided(act("Block", kSal, kAna, "b1"), facts_of(kSal))));
}

TEST_CASE("statement 38: a post is kept if it concerns somebody, and whom it names hear of it") {
  Facts facts = facts_of(kSal);
  const Json create = act("Create", kSal, note(kSal, "p"), "c");
  CHECK(nothing(decided(create, facts)));
  facts.followed_here = true;
  CHECK(all<KeepPost>(decided(create, facts)).size() == 1);
  CHECK_FALSE(has<Tell>(decided(create, facts)));
  facts = facts_of(kSal);
  facts.addressed = {ana()};
  Decision decision = decided(create, facts);
  CHECK(all<KeepPost>(decision).size() == 1);
  CHECK(all<Tell>(decision).at(0).notice.kind == NoticeKind::mention);
  facts.answers_ours = true;
  facts.member = ana();
  decision = decided(create, facts);
  REQUIRE(all<Tell>(decision).size() == 1);
  CHECK(all<Tell>(decision)[0].notice.kind == NoticeKind::reply);
  facts.member->mutes = true;
  CHECK_FALSE(has<Tell>(decided(create, facts)));
  // What is old is kept, but no news.
  facts = facts_of(kSal);
  facts.addressed = {ana()};
  facts.now_ms = kNow + 2 * 86'400'000;
  CHECK_FALSE(has<Tell>(decided(create, facts)));
}

TEST_CASE("statement 41, E15: a post by somebody else than its sender is refused") {
  Facts facts = facts_of(kMallory);
  facts.followed_here = true;
  for (const std::string& author : {kSal, kTom}) {
    Json forged = note(kMallory, "p");
    forged["attributedTo"] = author;
    CHECK(nothing(decided(act("Create", kMallory, forged, "c"), facts)));
  }
}

TEST_CASE("E16: a post whose id is on another host is never kept as it was sent") {
  Facts facts = facts_of(kSal);
  facts.followed_here = true;
  Json forged = note(kSal, "p");
  forged["id"] = kTom + "/posts/1";
  CHECK(nothing(decided(act("Create", kSal, forged, "c"), facts)));
  forged["attributedTo"] = kTom;
  CHECK(nothing(decided(act("Create", kSal, forged, "c"), facts)));
}

TEST_CASE("a vote is nothing that camp has") {
  Facts facts = facts_of(kSal);
  facts.followed_here = true;
  Json vote = note(kSal, "v");
  vote["name"] = "tea";
  vote.erase("content");
  CHECK(nothing(decided(act("Create", kSal, vote, "c"), facts)));
}

TEST_CASE("statement 42, E17: an author's newer version replaces, nobody else's does") {
  Facts facts = facts_of(kSal);
  facts.post = kept(note(kSal, "p", kNow - 30'000));
  Decision decision = decided(act("Update", kSal, note(kSal, "p", kNow - 20'000), "u"), facts);
  REQUIRE(all<KeepPost>(decision).size() == 1);
  CHECK(all<KeepPost>(decision)[0].post.edited_ms == kNow - 20'000);
  CHECK(nothing(decided(act("Update", kSal, note(kSal, "p", kNow - 40'000), "u"), facts)));
  Json forged = note(kSal, "p", kNow);
  CHECK(nothing(decided(act("Update", kMallory, forged, "u"), facts_of(kMallory))));
  Facts mallorys = facts_of(kMallory);
  mallorys.post = facts.post;
  CHECK(nothing(decided(act("Update", kMallory, forged, "u"), mallorys)));
  forged["attributedTo"] = kMallory;
  CHECK(nothing(decided(act("Update", kMallory, forged, "u"), mallorys)));
}

TEST_CASE("an actor changes themselves alone") {
  const Json person{{"id", kSal},
                    {"type", "Person"},
                    {"preferredUsername", "sal"},
                    {"inbox", kSal + "/inbox"},
                    {"name", "Sal"}};
  const Decision own = decided(act("Update", kSal, person, "u"), facts_of(kSal));
  CHECK(all<KeepActor>(own).at(0).actor.name == "Sal");
  CHECK(nothing(decided(act("Update", kMallory, person, "u"), facts_of(kMallory))));
}

TEST_CASE("statement 43, E18: posts and persons are deleted by themselves") {
  Facts facts = facts_of(kSal);
  facts.post = kept(note(kSal, "p"));
  const Json tombstone{{"id", facts.post->id}, {"type", "Tombstone"}};
  CHECK(has<DropPost>(decided(act("Delete", kSal, facts.post->id, "d"), facts)));
  CHECK(has<DropPost>(decided(act("Delete", kSal, tombstone, "d"), facts)));
  for (const std::string& other : {kMallory, kTom}) {
    Facts theirs = facts_of(other);
    theirs.post = facts.post;
    CHECK(nothing(decided(act("Delete", other, facts.post->id, "d"), theirs)));
    CHECK_FALSE(has<ForgetActor>(decided(act("Delete", other, kSal, "d"), facts_of(other))));
  }
  CHECK(nothing(decided(act("Delete", kTom, facts.post->id, "d"), facts_of(kTom))));
  facts = facts_of(kSal);
  facts.followed = {ana()};
  const Decision gone = decided(act("Delete", kSal, kSal, "d"), facts);
  CHECK(has<ForgetActor>(gone));
  CHECK(all<DropFollower>(gone).size() == 1);  // nothing more is sent to them
}

TEST_CASE("statement 44: what its author deleted does not come back, and is no news") {
  Facts facts = facts_of(kSal);
  facts.addressed = {ana()};
  facts.removed = true;
  CHECK(nothing(decided(act("Create", kSal, note(kSal, "p"), "c"), facts)));
  CHECK(nothing(decided(act("Update", kSal, note(kSal, "p", kNow), "u"), facts)));
}

TEST_CASE("a Create that an Update overtook changes nothing and still is news") {
  Facts facts = facts_of(kSal);
  facts.addressed = {ana()};
  facts.post = kept(note(kSal, "p", kNow - 20'000));
  const Decision decision = decided(act("Create", kSal, note(kSal, "p"), "c"), facts);
  CHECK_FALSE(has<KeepPost>(decision));
  CHECK(all<Tell>(decision).size() == 1);
  Facts mallorys = facts_of(kMallory);
  mallorys.addressed = {ana()};
  mallorys.post = facts.post;
  Json forged = note(kSal, "p");
  forged["attributedTo"] = kMallory;
  CHECK(nothing(decided(act("Create", kMallory, forged, "c"), mallorys)));
}

TEST_CASE("statement 45: likes and boosts are kept, told, and taken back") {
  for (const char* type : {"Like", "EmojiReact", "Announce"}) {
    INFO(type);
    Facts facts = with_member(kSal);
    const Json reaction = act(type, kSal, kOurPost, "l1");
    CHECK(nothing(decided(reaction, facts_of(kSal))));
    facts.ours = true;
    CHECK(all<KeepReaction>(decided(reaction, facts)).size() == 1);
    CHECK(all<Tell>(decided(reaction, facts)).size() == 1);
    facts.undone = true;
    CHECK(nothing(decided(reaction, facts)));
    const Decision undo = decided(act("Undo", kSal, reaction, "u"), facts_of(kSal));
    CHECK(all<DropReaction>(undo).at(0).activity == kSal + "/acts/l1");
    CHECK(all<Remember>(undo).size() == 1);
  }
}

TEST_CASE("E19: what a boost carries is asked of its own host, never believed") {
  Facts facts = facts_of(kSal);
  facts.followed_here = true;
  const Json forged = note(kTom, "p");
  const Decision decision = decided(act("Announce", kSal, forged, "a"), facts);
  CHECK_FALSE(has<KeepPost>(decision));
  CHECK(all<FetchLater>(decision).at(0).uri == kTom + "/posts/p");
  CHECK(nothing(decided(act("Announce", kSal, forged, "a"), facts_of(kSal))));
}

TEST_CASE("statement 57, E22: a Move is obeyed if both accounts say so") {
  Facts facts = facts_of(kSal);
  facts.followers_here = {{.member = "m", .actor = kSal, .state = FollowState::accepted},
                          {.member = "n", .actor = kSal, .state = FollowState::refused}};
  facts.target = actor_at(kTom);
  Json move = act("Move", kSal, kSal, "m");
  move["target"] = kTom;
  CHECK(nothing(decided(move, facts)));
  facts.target->aliases = {kSal};
  const Decision decision = decided(move, facts);
  CHECK(all<MoveFollow>(decision).size() == 1);  // who was rejected follows nobody
  CHECK(has<NoteMove>(decision));

  Facts changed = facts;
  changed.moved_lately = true;
  CHECK(nothing(decided(move, changed)));
  changed = facts;
  changed.target->moved_to = kMallory;
  CHECK(nothing(decided(move, changed)));
  changed = facts;
  changed.target.reset();
  CHECK(nothing(decided(move, changed)));
  changed = facts;
  changed.target->id = kMallory;
  CHECK(nothing(decided(move, changed)));
  changed = facts;
  changed.followers_here.clear();
  CHECK(nothing(decided(move, changed)));
  Json others = act("Move", kMallory, kSal, "m");
  others["target"] = kTom;
  CHECK(nothing(decided(others, facts)));
  // Not even to whom the mover has made ready.
  Facts theirs = facts_of(kMallory);
  theirs.followers_here = {{.member = "m", .actor = kMallory, .state = FollowState::accepted}};
  theirs.target = actor_at(kTom);
  theirs.target->aliases = {kMallory, kSal};
  CHECK(nothing(decided(others, theirs)));
  Json nowhere = move;
  nowhere["target"] = kSal;
  changed = facts;
  changed.target = actor_at(kSal);
  changed.target->aliases = {kSal};
  CHECK(nothing(decided(nowhere, changed)));
}

TEST_CASE("of whom a member mutes or blocks they hear nothing") {
  for (const bool mutes : {false, true}) {
    for (const bool blocks : {false, true}) {
      INFO(mutes << blocks);
      Facts facts = with_member(kSal);
      facts.ours = true;
      facts.member->mutes = mutes;
      facts.member->blocks = blocks;
      const bool hears = !mutes && !blocks;
      for (const char* type : {"Like", "Announce"}) {
        CHECK(has<Tell>(decided(act(type, kSal, kOurPost, "x"), facts)) == hears);
      }
      facts = facts_of(kSal);
      facts.followed_here = true;
      facts.addressed = {ana()};
      facts.addressed[0].mutes = mutes;
      facts.addressed[0].blocks = blocks;
      CHECK(has<Tell>(decided(act("Create", kSal, note(kSal, "p"), "x"), facts)) == hears);
    }
  }
}

TEST_CASE("what carries nothing that can be read changes nothing, whatever is known") {
  Facts facts = with_member(kSal);
  facts.followed_here = true;
  Json bad = note(kSal, "p");
  for (const char* field : {"attributedTo", "type"}) {
    INFO(field);
    Json without = bad;
    without.erase(field);
    for (const bool known : {false, true}) {
      facts.post = known ? std::optional(kept(bad)) : std::nullopt;
      for (const char* type : {"Create", "Update"}) {
        CHECK_FALSE(has<KeepPost>(decided(act(type, kSal, without, "x"), facts)));
        CHECK_FALSE(has<Tell>(decided(act(type, kSal, without, "x"), facts)));
      }
    }
  }
  CHECK(nothing(decided(act("Update", kSal, {{"id", kSal}, {"type", "Person"}}, "x"), facts)));
  // Nobody could be told what a follower without an inbox follows.
  facts.actor.inbox.clear();
  CHECK(nothing(decided(kFollow, facts)));
}

TEST_CASE("statement 68: a report is kept with what it says of ours alone") {
  Json flag = act("Flag", "https://sal.example/actor",
                  Json::array({kAna, kOurPost, "https://else.example/1"}), "f");
  flag["content"] = std::string(6000, 'x') + "\xC3\xA9";
  const Decision decision = decided(flag, facts_of("https://sal.example/actor"));
  REQUIRE(all<KeepReport>(decision).size() == 1);
  CHECK(all<KeepReport>(decision)[0].objects == std::vector<std::string>{kAna, kOurPost});
  CHECK(all<KeepReport>(decision)[0].content.size() == 5000);
  flag["object"] = "https://else.example/1";
  CHECK(nothing(decided(flag, facts_of("https://sal.example/actor"))));
}

TEST_CASE("statement 29: what nobody knows is ignored") {
  for (const char* type : {"View", "Add", "Remove", "QuoteRequest", "as:Follow", "follow"}) {
    CHECK(nothing(decided(act(type, kSal, kAna, "x"), with_member(kSal))));
  }
}

TEST_CASE("an activity has an id on its actor's host, and E30 names that are none are refused") {
  const auto refused = [](const Json& json) { return !read_activity(json, {}); };
  CHECK_FALSE(refused(kFollow));
  for (const char* member : {"id", "type", "actor"}) {
    Json json = kFollow;
    json.erase(member);
    CHECK(refused(json));
    for (const Json& value : {Json(nullptr), Json(7), Json::array(), Json::object(), Json("")}) {
      json[member] = value;
      INFO(member << " " << value.dump());
      CHECK(refused(json));
    }
  }
  Json json = kFollow;
  json["id"] = kTom + "/acts/1";  // statement 25
  CHECK(refused(json));
  json = kFollow;
  json["type"] = std::string(1 << 20, 'x');
  CHECK(refused(json));
  json["type"] = "Fol\x1b[2Jlow";
  CHECK(refused(json));
  json["type"] = Json::array({"Follow", "Create"});
  CHECK(read(json).type == "Follow");
}

TEST_CASE("an object without an id does not stand for the next one's") {
  Json json = act("Undo", kSal, Json::array({Json{{"type", "Like"}}, kSal + "/acts/9"}), "u");
  const Activity activity = read(json);
  CHECK(activity.object.empty());
  CHECK(activity.object_type == "Like");
}

// ---------------------------------------------------------------------------------------------
// Chance: the acts of three persons, some of them forged, in every order and again and again.

namespace {

/// What a server knows, as simply as it can be written.
class Model {
 public:
  /// A message, under the name of its signature.
  void take(const Json& json) {
    if (!names_.insert(json.dump()).second) return;
    const Activity activity = read(json);
    const Decision decision = decide(activity, facts_of(activity), friend_camp());
    for (const Effect& effect : decision.effects) std::visit(*this, effect);
  }

  /// All that must not depend on the order.
  std::string state() const {
    Json all;
    all["followers"] = followers_;
    all["following"] = following_;
    all["posts"] = Json::object();
    for (const auto& [id, post] : posts_) {
      all["posts"][id] = {post.actor, post.content, post.edited_ms};
    }
    all["reactions"] = reactions_;
    all["notices"] = notices_;
    all["removed"] = removed_;
    all["reports"] = reports_;
    all["gone"] = gone_;
    return all.dump(1);
  }

  void operator()(const AddFollower& e) { followers_[e.follower.id] = e.follower.follow; }
  void operator()(const DropFollower& e) { followers_.erase(e.actor); }
  void operator()(const AskMember&) {}
  void operator()(const DropRequest&) {}
  void operator()(const AnswerFollow&) {}
  void operator()(const SetFollowing& e) {
    following_[e.following.actor] = static_cast<int>(e.following.state);
  }
  void operator()(const DropFollowing& e) { following_.erase(e.actor); }
  void operator()(const KeepPost& e) {
    if (!removed_.contains(e.post.id + " " + e.post.actor)) posts_[e.post.id] = e.post;
  }
  void operator()(const DropPost& e) {
    removed_.insert(e.uri + " " + e.actor);
    const auto found = posts_.find(e.uri);
    if (found == posts_.end() || found->second.actor != e.actor) return;
    posts_.erase(found);
    std::erase_if(notices_, [&](const std::string& n) { return n.ends_with(" " + e.uri); });
  }
  void operator()(const KeepReaction& e) {
    reactions_[e.reaction.activity] =
        (e.reaction.kind == ReactionKind::boost ? "boost " : "like ") + e.reaction.actor + " " +
        e.reaction.object;
  }
  void operator()(const DropReaction& e) {
    const auto found = reactions_.find(e.activity);
    if (found == reactions_.end() || found->second.find(" " + e.actor + " ") == std::string::npos) {
      return;
    }
    const std::string what = found->second;
    reactions_.erase(found);
    const bool another = std::any_of(reactions_.begin(), reactions_.end(),
                                     [&](const auto& each) { return each.second == what; });
    if (!another) notices_.erase(what);
  }
  void operator()(const Tell& e) {
    notices_.insert(std::string(index::notice_name(e.notice.kind)) + " " + e.notice.actor + " " +
                    e.notice.object);
  }
  void operator()(const TakeBackNotice& e) {
    notices_.erase(std::string(index::notice_name(e.kind)) + " " + e.actor + " " + e.object);
  }
  void operator()(const KeepActor&) {}
  void operator()(const ForgetActor& e) { gone_.insert(e.actor); }
  void operator()(const FetchLater&) {}
  void operator()(const PassOn&) {}
  void operator()(const KeepReport& e) { reports_.insert(e.activity); }
  void operator()(const MoveFollow&) {}
  void operator()(const NoteMove&) {}
  void operator()(const Remember& e) { remembered_.insert(e.name); }
  void operator()(const Unremember& e) { remembered_.erase(e.name); }

  Model() {
    for (const std::string& actor : {kSal, kTom, kMallory}) following_[actor] = 0;
  }

 private:
  Facts facts_of(const Activity& activity) const {
    Facts facts = ::facts_of(activity.actor);
    const std::string& actor = activity.actor;
    facts.followed_here = false;
    facts.member = ana();
    if (const auto found = followers_.find(actor); found != followers_.end()) {
      facts.follower =
          Follower{.id = actor, .inbox = actor + "/inbox", .follow = found->second, .since_ms = 1};
    }
    if (following_.contains(actor)) {
      facts.following = index::Following{
          .member = "m", .actor = actor, .state = static_cast<FollowState>(following_.at(actor))};
    }
    if (posts_.contains(activity.object)) facts.post = posts_.at(activity.object);
    facts.removed = removed_.contains(activity.object + " " + actor);
    facts.ours = activity.object == kOurPost;
    facts.addressed = {ana()};
    facts.seen = remembered_.contains(seen_name(actor, activity.object));
    facts.undone = remembered_.contains(undone_name(actor, activity.id));
    return facts;
  }

  std::set<std::string> names_, remembered_, notices_, removed_, reports_, gone_;
  std::map<std::string, std::string> followers_, reactions_;
  std::map<std::string, int> following_;
  std::map<std::string, model::RemotePost> posts_;
};

/// What three persons do, and what one of them only claims.
std::vector<Json> everything() {
  std::vector<Json> acts;
  for (const std::string& who : {kSal, kTom, kMallory}) {
    acts.push_back(act("Follow", who, kAna, "f1"));
    acts.push_back(act("Like", who, kOurPost, "l1"));
    acts.push_back(act("Undo", who, acts.back(), "ul1"));
    acts.push_back(act("Like", who, kOurPost, "l2"));
    acts.push_back(act("Announce", who, kOurPost, "a1"));
    acts.push_back(act("Create", who, note(who, "p1"), "c1"));
    acts.push_back(act("Update", who, note(who, "p1", kNow - 20'000), "e1"));
    acts.push_back(act("Update", who, note(who, "p1", kNow - 10'000), "e2"));
    acts.push_back(act("Create", who, note(who, "p2"), "c2"));
    acts.push_back(act("Update", who, note(who, "p2", kNow - 10'000), "e3"));
    acts.push_back(act("Delete", who, who + "/posts/p2", "d2"));
    acts.push_back(act("Accept", who, act("Follow", kAna, who, "f"), "ok"));
    acts.push_back(act("Flag", who, kAna, "flag"));
  }
  acts.push_back(act("Undo", kTom, act("Follow", kTom, kAna, "f1"), "uf1"));
  acts.push_back(act("Undo", kTom, act("Announce", kTom, kOurPost, "a1"), "ua1"));
  acts.push_back(act("Reject", kTom, act("Follow", kAna, kTom, "f"), "no"));
  // Not mallory's to say.
  acts.push_back(act("Update", kMallory, note(kSal, "p1", kNow), "x1"));
  acts.push_back(act("Delete", kMallory, kTom + "/posts/p1", "x3"));
  acts.push_back(act("Undo", kMallory, act("Like", kSal, kOurPost, "l2"), "x4"));
  acts.push_back(act("Undo", kMallory, kSal + "/acts/l2", "x5"));
  acts.push_back(act("Undo", kMallory, act("Follow", kSal, kAna, "f1"), "x6"));
  acts.push_back(act("Delete", kMallory, kSal, "x7"));
  return acts;
}

std::size_t rounds() {
  const char* full = std::getenv("CAMP_FULL_DEPTH");
  return full != nullptr && std::string(full) == "1" ? 5000 : 400;
}

}  // namespace

TEST_CASE("any order and any repetition of what three persons do ends in the same state") {
  const std::vector<Json> acts = everything();
  Model expected;
  for (const Json& each : acts) expected.take(each);
  const std::string state = expected.state();
  // It is the state that their words mean.
  CHECK(state.find("p1 " + std::to_string(kNow - 10'000)) != std::string::npos);
  CHECK(state.find("<p>p2") == std::string::npos);
  const Json json = Json::parse(state);
  CHECK(json["posts"].size() == 3);
  CHECK(json["reactions"].size() == 5);  // three likes, two boosts
  CHECK(json["followers"].size() == 2);
  CHECK(json["reports"].size() == 3);
  CHECK(json["gone"].empty());
  CHECK(json["following"][kTom] == static_cast<int>(FollowState::refused));
  const char* seed = std::getenv("CAMP_TEST_SEED");
  std::mt19937 chance(seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 20261126u);
  for (std::size_t round = 0; round < rounds(); ++round) {
    std::vector<Json> order = acts;
    for (int again = 0; again < 10; ++again) order.push_back(acts[chance() % acts.size()]);
    std::shuffle(order.begin(), order.end(), chance);
    Model model;
    for (const Json& each : order) model.take(each);
    INFO("round " << round);
    if (model.state() != state) {
      std::string said;
      for (const Json& each : order) said += each["id"].get<std::string>() + "\n";
      INFO(said);
      REQUIRE(model.state() == state);
    }
  }
}

TEST_CASE("Create, Update and Delete in every order end in the same state") {
  std::vector<Json> acts{act("Create", kSal, note(kSal, "p"), "c"),
                         act("Update", kSal, note(kSal, "p", kNow - 20'000), "u1"),
                         act("Update", kSal, note(kSal, "p", kNow - 10'000), "u2"),
                         act("Delete", kSal, kSal + "/posts/p", "d")};
  for (const std::size_t count : {std::size_t{3}, std::size_t{4}}) {
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    std::set<std::string> states;
    do {
      Model model;
      for (const std::size_t each : order) model.take(acts[each]);
      states.insert(model.state());
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(states.size() == 1);
    CHECK((states.begin()->find("/posts/p\": [") != std::string::npos) == (count == 3));
  }
}
