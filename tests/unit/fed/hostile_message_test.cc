// SPDX-License-Identifier: MIT
// A thousand messages that somebody makes who means harm, posted to the inbox with a good
// signature, with that of another, and without. Each is a message that works, changed in one to
// three places by chance.
//
// What may become of one: with a signature of another or with none, nothing at all. With mallory's
// own, only what is mallory's to do: mallory's posts, follow, likes and reports, and whom they
// name. Not one line about sal, about what sal did, about our posts or our follows changes, no
// member's repository but for the file that says that mallory follows, and no text is kept that is
// not harmless HTML.
#include <array>
#include <random>
#include <set>

#include "fed/remote_thread.h"
#include "index/sqlite.h"
#include "support/allowed_html.h"
#include "unit/fed/inbox_support.h"

using namespace camp;
using namespace camp::fed;

namespace {

bool full_depth() {
  const char* full = std::getenv("CAMP_FULL_DEPTH");
  return full != nullptr && std::string(full) == "1";
}
std::size_t count_of_messages() { return full_depth() ? 20'000 : 1000; }
/// After so many all is looked at.
std::size_t messages_together() { return full_depth() ? 1 : 8; }

unsigned seed_of_the_day() {
  const char* seed = std::getenv("CAMP_TEST_SEED");
  return seed != nullptr ? static_cast<unsigned>(std::atoi(seed)) : 20261126u;
}

/// sal and mallory of one server, fay of another; each follows ana, wrote to her, liked her post.
class World : public InboxCamp {
 public:
  Peer far;
  std::string fay = far.settle("fay");
  std::string eve = far.settle("eve");  ///< signs what is not hers, and is named nowhere
  std::string sals_post, fays_post, mallorys_post;

  World() {
    for (const auto& [who, kept] :
         {std::pair{&sal, &sals_post}, {&fay, &fays_post}, {&mallory, &mallorys_post}}) {
      CHECK(status(act("Follow", *who, ana_actor, "f")) == 202);
      CHECK(status(act("Like", *who, post_uri, "l")) == 202);
      const Json theirs = note(*who, "p");
      *kept = theirs["id"].get<std::string>();
      CHECK(status(act("Create", *who, theirs, "c")) == 202);
    }
    need(remote().fetch_actor(eve));
    follow("ana", sal);
    follow("bo", fay);
    need(db().put_request({id("cy"), sal, sal + "/acts/asked", now()}));
  }

  /// The first column of a query to server.db.
  std::vector<std::string> rows(const std::string& query) {
    auto statement = need(file_->prepare(query));
    std::vector<std::string> all;
    while (need(statement.next())) all.push_back(statement.string(0));
    return all;
  }

  /// What mallory may not change, in words: all lines that are not of mallory's own making.
  std::string others() {
    Json all;
    const auto put = [&](const char* name, const std::string& query) { all[name] = rows(query); };
    const std::string not_mallorys = " WHERE actor != '" + mallory + "'";
    put("actors", "SELECT id || document FROM actor WHERE id != '" + mallory + "' ORDER BY 1");
    put("keys", "SELECT key || ' ' || actor FROM actor_key" + not_mallorys + " ORDER BY 1");
    put("posts", "SELECT uri || document FROM post" + not_mallorys + " ORDER BY 1");
    put("reactions", "SELECT activity || object FROM reaction" + not_mallorys + " ORDER BY 1");
    put("following", "SELECT member || actor || activity || state FROM following ORDER BY 1");
    put("requests", "SELECT member || actor FROM request" + not_mallorys + " ORDER BY 1");
    put("notices",
        "SELECT member || kind || actor || object FROM notice" + not_mallorys + " ORDER BY number");
    put("removed", "SELECT uri FROM removed WHERE author != '" + mallory + "'");
    // Of what waits to be sent only answers to mallory's own Follow are new, and what is passed on
    // of mallory's own words.
    put("queue",
        "SELECT inbox || body FROM delivery WHERE coalesce(json_extract(body, "
        "'$.object.actor'), '') != '" +
            mallory + "' AND json_extract(body, '$.actor') != '" + mallory + "'");
    for (const char* handle : {"ana", "bo", "cy"}) {
      for (const auto& each : followers(handle)) {
        if (each.id != mallory) all["followers"][handle].push_back(each.id + each.follow);
      }
    }
    for (const std::string& name : need(community.repositories())) {
      for (const auto& branch : need(need(community.repository(name)).branches())) {
        all["git"][name + " " + branch.name] = files(name, branch.tip);
      }
    }
    return all.dump(1);
  }

  /// The first thing in what is kept that is not as it must be; empty if all is.
  std::string flaw() {
    for (const std::string& document : rows("SELECT document FROM post")) {
      const auto kept = model::remote_post_from(document);
      if (!kept) return "a post that cannot be read";
      if (const std::string found = test::intruder(kept->content); !found.empty()) {
        return found + " in " + kept->content;
      }
      if (!same_host_as(kept->id, kept->actor) || !same_host_as(kept->url, kept->actor)) {
        return kept->id + " of another host than " + kept->actor;
      }
      for (const std::string* text : {&kept->summary, &kept->content}) {
        if (!is_utf8(*text)) return "bytes that are no UTF-8";
      }
    }
    for (const std::string& document : rows("SELECT document FROM actor")) {
      const auto kept = model::remote_actor_from(document);
      if (!kept) return "an actor that cannot be read";
      if (const std::string found = test::intruder(kept->summary); !found.empty()) return found;
      if (!same_host_as(kept->inbox, kept->id)) return "an inbox elsewhere: " + kept->inbox;
    }
    for (std::string uri : rows("SELECT uri FROM errand")) {
      // Of our own errands only this one follows from what somebody sends.
      if (uri.starts_with(kThreadTask)) uri.erase(0, kThreadTask.size());
      if (!http::parse_url(uri, site.policy())) return "an errand to " + uri;
    }
    return {};
  }

 private:
  std::unique_ptr<index::Database> file_ =
      need(index::Database::open(directory() + "/state/server.db", index::Database::Access::read));

  /// The files of a commit but for the one that says that mallory follows.
  const Json& files(const std::string& repository, const git::Oid& commit) {
    const auto [at, is_new] = files_.try_emplace(commit, Json::array());
    const auto add = [&, at = at](const git::Entry& entry) {
      if (entry.path != follower_file(mallory)) at->second.push_back(entry.path + entry.blob);
      return true;
    };
    if (is_new) need(need(community.repository(repository)).for_each_file(commit, "", add));
    return at->second;
  }
  std::map<std::string, Json> files_;  ///< by commit

  bool same_host_as(const std::string& a, const std::string& b) const {
    const auto one = http::parse_url(a, site.policy()), two = http::parse_url(b, site.policy());
    return one && two && one->authority() == two->authority();
  }
};

/// Messages that work, all in mallory's name, and what chance makes of them.
class Mischief {
 public:
  Mischief(World& world, unsigned seed) : world_(world), chance_(seed) {
    names_ = {world.sal,
              world.fay,
              world.ana_actor,
              world.post_uri,
              world.sals_post,
              world.fays_post,
              world.mallory,
              world.mallorys_post,
              world.sal + "/acts/f",
              world.fay + "/acts/l",
              world.site.followers("ana"),
              "as:Public"};
  }

  std::string next(int number) {
    Json message = original(number);
    const std::size_t changes = 1 + pick(3);
    for (std::size_t i = 0; i < changes; ++i) change(message);
    // Whoever signs says so: the signature is of the actor that the message names, or it is not.
    return broken(message.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  std::size_t pick(std::size_t below) { return chance_() % below; }

 private:
  Json original(int number) {
    const std::string& who = world_.mallory;
    const std::string name = "m" + std::to_string(number);
    Json note = world_.note(who, name);
    note["tag"] = Json::array({{{"type", "Mention"}, {"href", world_.ana_actor}, {"name", "@ana"}},
                               {{"type", "Hashtag"}, {"name", "#x"}},
                               {{"type", "Emoji"}, {"name", ":x:"}, {"icon", {{"url", who}}}}});
    note["attachment"] = Json::array(
        {{{"type", "Image"}, {"mediaType", "image/png"}, {"url", who + "/1.png"}, {"name", "x"}}});
    note["summary"] = "warning";
    note["inReplyTo"] = world_.post_uri;
    note["updated"] = note["published"];
    if (pick(10) == 0) {
      Json passed_on = world_.act("Create", who, note, name);
      passed_on["signature"] = {{"type", "RsaSignature2017"}, {"creator", world_.sal}};
      return passed_on;
    }
    switch (pick(14)) {
      case 0:
        return world_.act("Follow", who, world_.ana_actor, name);
      case 1:
        return world_.act("Undo", who, world_.act("Follow", who, world_.ana_actor, "f"), name);
      case 2:
        return world_.act("Like", who, world_.post_uri, name);
      case 3:
        return world_.act("Announce", who, world_.sals_post, name);
      case 4:
        note["id"] = world_.mallorys_post;
        return world_.act("Update", who, note, name);
      case 5:
        return world_.act("Delete", who, world_.mallorys_post, name);
      case 6:
        return world_.act("Undo", who, world_.act("Like", who, world_.post_uri, "l"), name);
      case 7:
        return world_.act("Accept", who,
                          {{"id", world_.site.origin() + "/o/follow"},
                           {"type", "Follow"},
                           {"actor", world_.ana_actor},
                           {"object", who}},
                          name);
      case 8:
        return world_.act("Flag", who, Json::array({world_.ana_actor, world_.post_uri}), name);
      case 9: {
        Json move = world_.act("Move", who, who, name);
        move["target"] = world_.fay;
        return move;
      }
      case 10:
        return world_.act("Update", who, world_.peer.person("mallory"), name);
      case 11:
        return world_.act("Block", who, world_.ana_actor, name);
      default:
        return world_.act("Create", who, note, name);
    }
  }

  void places(const Json& json, const std::string& at, std::vector<std::string>& all) {
    if (!at.empty()) all.push_back(at);
    if (!json.is_structured() || all.size() > 500) return;
    for (const auto& [name, value] : json.items()) places(value, at + "/" + name, all);
  }

  /// Puts something else into one place, takes it out, doubles it, or puts one place into another.
  void change(Json& message) {
    std::vector<std::string> all;
    places(message, "", all);
    if (all.empty()) return;
    const Json::json_pointer at(all[pick(all.size())]);
    Json& here = message[at];
    switch (pick(8)) {
      case 0: {
        Json& parent = message[at.parent_pointer()];
        if (parent.is_object()) parent.erase(at.back());
        break;
      }
      case 1:
        here = Json::array({here, here});
        break;
      case 2:
        here = Json::array({value(), here});
        break;
      case 3:
        here = Json{{"id", here}, {"type", "Note"}, {"attributedTo", name()}};
        break;
      case 4:
        here = message[Json::json_pointer(all[pick(all.size())])];
        break;
      case 5:
      case 6:
        here = name();
        break;
      default:
        here = value();
    }
  }

  Json name() { return names_[pick(names_.size())]; }

  Json value() {
    static const std::array<const char*, 26> kTexts{
        "",
        " ",
        "javascript:alert(1)",
        "data:text/html,<script>x</script>",
        "file:///etc/passwd",
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest",
        "https://evil.example/users/sal",
        "//evil.example/",
        "../../keys",
        "http://127.0.0.1/../../keys",
        "\x1b[2J\x1b]52;c;eA==\x07",
        "\xE2\x80\xAE"
        "gnp.exe",
        "a\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:x\" onclick=y>z</a>",
        "<span class=\"overlay\" style=\"top:0\">x</span>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<p>\xF0\x9F\x98\x80</p>",
        "Delete",
        "Create",
        "9999-12-31T23:59:59Z",
        "cut x http://a/",
        "tell public 0"};
    switch (pick(10)) {
      case 0:
        return nullptr;
      case 1:
        return Json::array();
      case 2:
        return Json::object();
      case 3:
        return static_cast<std::int64_t>(chance_());
      case 4:
        return std::string(1 + pick(70'000), 'x');
      case 5: {
        Json deep = name();
        for (std::size_t i = pick(40); i > 0; --i) deep = Json::array({deep});
        return deep;
      }
      case 6: {
        Json many = Json::array();
        for (std::size_t i = pick(2000); i > 0; --i) many.push_back(name());
        return many;
      }
      default:
        return kTexts[pick(kTexts.size())];
    }
  }

  /// Of every eighth the bytes are changed as well.
  std::string broken(std::string text) {
    const auto with = [&](const std::string& member) {
      return text.substr(0, text.size() - 1) + "," + member + "}";
    };
    switch (pick(64)) {
      case 0:
        return with("\"actor\":\"" + world_.sal + "\"");
      case 1:
        return with("\"x\":\"\xff\"");
      case 2:
        return with("\"x\":\"\\u0000\"");
      case 3:
        return with("\"x\":\"\\ud800\"");
      case 4:
        return with("\"x\":1e400");
      case 5:
        return with("\"x\":" + std::string(5000, '[') + std::string(5000, ']'));
      case 6:
        return "\xEF\xBB\xBF" + text;
      case 7:
        text[pick(text.size())] = static_cast<char>(chance_());
        return text;
      default:
        return text;
    }
  }

  World& world_;
  std::mt19937 chance_;
  std::vector<std::string> names_;
};

}  // namespace

TEST_CASE("a thousand hostile messages change nothing that is not their sender's to change") {
  World world;
  const unsigned seed = seed_of_the_day();
  Mischief mischief(world, seed);
  const std::string others = world.others();
  std::map<int, int> answers;
  std::size_t silent = 0, effects = 0, number = 0;
  const auto post_one = [&](std::size_t how) {
    Plan plan = world.plan(Json{{"actor", world.mallory}});
    plan.target = mischief.pick(2) == 0 ? "/inbox" : "/u/ana/inbox";
    plan.body = mischief.next(static_cast<int>(number++));
    if (how == 0) plan.key_id = world.eve + "#main-key";
    http::Request request = send(plan);
    if (how == 1) request.headers.remove("Signature");
    const Received received = world.take(request);
    ++answers[received.answer.status];
    world.stage.now += 1000;
    return plan.body;
  };
  while (number < count_of_messages()) {
    const std::string before = world.state();
    const std::size_t how = mischief.pick(4);
    std::string said;
    for (std::size_t i = 0; i < messages_together(); ++i)
      said += post_one(how).substr(0, 2000) + "\n";
    INFO("seed " << seed << ", up to message " << number << "\n" << said);
    const std::string after = world.state();
    if (how < 2) {  // nobody who may say anything of mallory's has signed it
      silent += messages_together();
      REQUIRE(after == before);
    }
    effects += after != before ? 1 : 0;
    REQUIRE(world.others() == others);
    REQUIRE(world.flaw() == "");
  }
  INFO("seed " << seed);
  for (const auto& [status, count] : answers) {
    INFO(count << " answers of " << status);
    CHECK((status == 202 || status == 400 || status == 401 || status == 413));
  }
  CHECK(silent > count_of_messages() / 3);
  CHECK(answers[202] > 100);
  CHECK(answers[400] > 20);
  CHECK(answers[401] > 100);
  // It was no harmless noise: most of mallory's own did what mallory may do.
  CHECK(effects > count_of_messages() / messages_together() / 4);
  CHECK_FALSE(need(world.db().reports(10)).empty());
}
