// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "fed/federation.h"
#include "fed/followers.h"
#include "model/community_log.h"
#include "store/writer.h"
#include "unit/fed/document_support.h"
#include "unit/fed/signature_support.h"
#include "unit/http/server_support.h"
#include "unit/ops/ops_support.h"

namespace camp::fed {

/// Another server on this machine: documents at paths, and a count of what was asked.
class Peer {
 public:
  struct Document {
    int status = 200;
    std::string body = {};
    std::string type = "application/activity+json";
    http::Headers more = {};
  };

  Peer()
      : server_({.workers = 4}, [this](const http::Request& request) { return answer(request); }) {}

  std::string host() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  std::string origin() const { return "http://" + host(); }
  std::string url(const std::string& path) const { return origin() + path; }

  void put(const std::string& target, Document document) {
    const std::lock_guard lock(mutex_);
    documents_[target] = std::move(document);
  }
  void put(const std::string& target, const Json& json) {
    put(target, Document{.body = json.dump()});
  }
  void remove(const std::string& target) {
    const std::lock_guard lock(mutex_);
    documents_.erase(target);
  }
  /// What posts to inboxes are answered with.
  void answer_posts(Document document) {
    const std::lock_guard lock(mutex_);
    posts_answer_ = std::move(document);
  }
  int asked(const std::string& target) {
    const std::lock_guard lock(mutex_);
    return asked_[target];
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    int all = 0;
    for (const auto& [target, count] : asked_) all += count;
    return all;
  }
  std::vector<http::Request> posts() {
    const std::lock_guard lock(mutex_);
    return posts_;
  }

  /// A person of this server, with their WebFinger.
  Json person(const std::string& user, const std::string& pem = peer_public_pem()) const {
    const std::string id = url("/users/" + user);
    return {{"@context", Json::array({"https://www.w3.org/ns/activitystreams",
                                      "https://w3id.org/security/v1"})},
            {"id", id},
            {"type", "Person"},
            {"preferredUsername", user},
            {"inbox", id + "/inbox"},
            {"followers", id + "/followers"},
            {"endpoints", {{"sharedInbox", url("/inbox")}}},
            {"publicKey", {{"id", id + "#main-key"}, {"owner", id}, {"publicKeyPem", pem}}}};
  }
  std::string webfinger_target(const std::string& user, const std::string& host) const {
    return "/.well-known/webfinger?resource=" + http::percent_encode("acct:" + user + "@" + host);
  }
  Json jrd(const std::string& subject, const std::string& self) const {
    return {
        {"subject", subject},
        {"links",
         Json::array({{{"rel", "self"}, {"type", "application/activity+json"}, {"href", self}}})}};
  }
  std::string settle(const std::string& user, const std::string& pem = peer_public_pem()) {
    put("/users/" + user, person(user, pem));
    put(webfinger_target(user, host()),
        Document{.body = jrd("acct:" + user + "@" + host(), url("/users/" + user)).dump(),
                 .type = "application/jrd+json"});
    return url("/users/" + user);
  }

 private:
  http::Response answer(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    Document document{.status = 404};
    if (request.method == "POST") {
      posts_.push_back(request);
      document = posts_answer_;
    } else {
      ++asked_[request.target];
      if (const auto found = documents_.find(request.target); found != documents_.end()) {
        document = found->second;
      }
    }
    http::Response response{.status = document.status};
    response.headers = document.more;
    response.headers.set("Content-Type", document.type);
    response.body = document.body;
    return response;
  }

  std::mutex mutex_;
  std::map<std::string, Document> documents_;
  std::map<std::string, int> asked_;
  std::vector<http::Request> posts_;
  Document posts_answer_{.status = 202};
  http::TestServer server_;
};

/// A directory with ana, bo and cy, copied from one that is made once: keys cost time.
class CopiedCamp {
 public:
  CopiedCamp() {
    // Thousands of small durable writes need not wait for a disk.
    const std::filesystem::path memory = "/dev/shm", other = std::filesystem::temp_directory_path();
    place_ = (std::filesystem::exists(memory) ? memory : other) / "camp-fed-XXXXXX";
    REQUIRE(::mkdtemp(place_.data()) != nullptr);
    std::filesystem::copy(original().directory(), directory(),
                          std::filesystem::copy_options::recursive);
    stage = original().stage;
  }
  ~CopiedCamp() { std::filesystem::remove_all(place_); }
  CopiedCamp(const CopiedCamp&) = delete;
  CopiedCamp& operator=(const CopiedCamp&) = delete;

  std::string directory() const { return place_ + "/camp"; }
  store::Community open() { return need(store::Community::open(directory(), stage.env())); }

  ops::Stage stage;

 private:
  static ops::Camp& original() {
    static ops::Camp camp;
    static const bool keys = [] {
      const store::Community community = camp.open();
      need(community.keyring().instance_key(community.id()));
      return true;
    }();
    REQUIRE(keys);
    return camp;
  }
  std::string place_;
};

/// A community that federates on loopback, as localhost:4000.
class FedCamp : public CopiedCamp {
 public:
  const std::string kHost = "localhost:4000";
  Site site = need(Site::make(kHost, true));
  http::Client client{{.user_agent = "camp/test",
                       .policy = {.loopback = true},
                       .connections = 16,
                       .connections_per_host = 2}};
  store::Community community = open();
  std::unique_ptr<Federation> federation = need(Federation::open(community, site, client));

  index::ServerDb& db() { return federation->db(); }
  Remote& remote() { return federation->remote(); }
  std::int64_t now() { return stage.now; }

  ops::Actor who(const std::string& handle) const { return ops::Camp::who(community, handle); }
  std::string id(const std::string& handle) const { return who(handle).id.text(); }
  std::string actor(const std::string& handle) const { return site.actor(handle); }
  /// Writes a post; its object's id.
  ObjectId say(const std::string& handle, const ops::Draft& draft) {
    const std::string id = need(ops::post(community, who(handle), draft)).post.id;
    if (const auto full = FullId::parse(id)) return full->object;
    return need(ObjectId::parse(id));
  }
  /// A private object of a member: a follow, a block.
  ObjectId relate(const std::string& handle, model::Type type, const std::string& about,
                  bool ask = true) {
    const ops::Actor actor = who(handle);
    const model::Maker maker = ops::maker_for(community, actor);
    Json json = model::make_relation(maker, type, about);
    if (ask && type == model::Type::follow) json["camp:ask"] = true;
    auto made = need(ops::finish_object(community, actor, maker, std::move(json)));
    auto writer = need(community.write());
    const ObjectId id = made.object.id.object;
    need(ops::write_object(writer, actor, "relate", std::move(made), {}));
    return id;
  }
  /// A decision of the community about somebody elsewhere, or a host.
  void block_for_all(const std::string& about, bool end = false) {
    const std::string log_file(store::kCommunityLog);
    const std::string log = need(model::append_entry(
        need(community.state_file(log_file)),
        {.kind = end ? "unblock" : "block", .reason = "spam", .about = about},
        need(community.keys_of(community.id())), need(ops::community_key(community)), now()));
    auto writer = need(community.write());
    need(writer.put_state({{"local", log_file, log}}, "decide"));
  }
  std::vector<Follower> followers(const std::string& handle) {
    return need(read_followers(community, who(handle).id));
  }
  void put_follower(const std::string& handle, const Follower& follower) {
    const std::string own = model::private_repository(who(handle).id);
    auto writer = need(community.write());
    need(writer.put_state({{own, follower_file(follower.id), need(encode_follower(follower))}},
                          "follower"));
  }
  std::vector<std::string> notices(const std::string& handle) {
    std::vector<std::string> all;
    for (const auto& notice : need(db().notices(id(handle), false, 100))) {
      all.push_back(std::string(index::notice_name(notice.kind)) + " " + notice.actor);
    }
    return all;
  }
  std::vector<index::Delivery> queue() { return need(db().queued(10'000)); }

  /// Everything that a message may change, in words.
  std::string state() {
    Json all;
    for (const char* handle : {"ana", "bo", "cy"}) {
      Json& one = all[handle];
      for (const auto& each : followers(handle)) one["followers"].push_back(each.id);
      for (const auto& each : need(db().following_of(id(handle)))) {
        one["following"].push_back(each.actor + std::to_string(static_cast<int>(each.state)));
      }
      for (const auto& each : need(db().requests_of(id(handle)))) {
        one["requests"].push_back(each.actor);
      }
      one["notices"] = notices(handle);
      index::ServerDb::Page page{.member = id(handle), .limit = 1000};
      for (const auto& each : need(db().timeline(page, actor(handle)))) {
        one["home"].push_back(each.post.id + each.post.content + each.boosted_by);
      }
      page.home = false;
      for (const auto& each : need(db().timeline(page, actor(handle)))) {
        one["public"].push_back({each.post.id, each.likes, each.boosts});
      }
    }
    for (const auto& each : need(db().reports(100))) all["reports"].push_back(each.activity);
    for (const auto& each : queue()) all["queue"].push_back(each.inbox + each.body);
    for (const ObjectId& post : watched) {
      for (const auto kind : {index::ReactionKind::like, index::ReactionKind::boost}) {
        all["reactions"].push_back(need(db().count_reactions(kind, site.object(post))));
      }
    }
    return all.dump(1);
  }

  std::vector<ObjectId> watched;  ///< posts of ours whose reactions count in state()
};

}  // namespace camp::fed
