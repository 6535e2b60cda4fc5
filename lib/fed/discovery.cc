// SPDX-License-Identifier: MIT
#include "fed/discovery.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/digest.h"
#include "fed/activities.h"
#include "fed/collections.h"
#include "fed/negotiate.h"
#include "fed/nodeinfo.h"
#include "fed/shown.h"
#include "fed/webfinger.h"

namespace camp::fed {
namespace {

constexpr std::string_view kWellKnown = "/.well-known/";
constexpr std::string_view kJrd = "application/jrd+json";
constexpr std::string_view kXrd = "application/xrd+xml";
constexpr std::string_view kJson = "application/json";
/// How long others may keep an answer: what was deleted should be gone soon.
constexpr std::string_view kShort = "public, max-age=60";
constexpr std::string_view kLong = "public, max-age=1800";
constexpr std::size_t kEtagDigits = 32;

/// An address in parts: "/o/<id>/replies" is id and "replies".
struct Address {
  std::string_view name, rest;
};

std::optional<Address> below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view rest = path.substr(std::min(slash + 1, path.size()));
  if (slash + 1 == path.size()) return std::nullopt;  // "/u/bo/" is no spelling of ours
  return Address{path.substr(0, slash), rest};
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Whether the client has these bytes already (RFC 9110 13.1.2).
bool is_known(const http::Request& request, std::string_view etag) {
  for (const std::string_view field : request.headers.all("If-None-Match")) {
    if (field == "*" || field.find(etag) != std::string_view::npos) return true;
  }
  return false;
}

class Discovery {
 public:
  Discovery(const DiscoveryContext& context, const http::Request& request)
      : context_(context), request_(request), shown_(context) {}

  std::optional<http::Response> serve() {
    if (request_.method != "GET" && request_.method != "HEAD") return std::nullopt;
    auto answer = route();
    if (!answer) {
      answer = answer.error().kind == Kind::not_found ? not_found() : broken(answer.error());
    }
    return *std::move(answer);
  }

 private:
  using Answer = Result<std::optional<http::Response>>;

  // --- answers

  http::Response document(std::string_view type, std::string body, std::string_view cache) const {
    const std::string etag = "\"" + crypto::sha256_hex(body).substr(0, kEtagDigits) + "\"";
    http::Response response;
    response.headers = {{"ETag", etag}, {"Cache-Control", std::string(cache)}};
    if (is_known(request_, etag)) {
      response.status = 304;
      return response;
    }
    response.headers.set("Content-Type", type);
    response.body = std::move(body);
    return response;
  }

  /// For WebFinger and NodeInfo, which pages of other hosts may read.
  static http::Response for_everybody(http::Response response) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    return response;
  }

  http::Response negotiated(http::Response response) const {
    response.headers.set("Vary", context_.authorized_fetch ? "Accept, Signature" : "Accept");
    return response;
  }

  std::string_view cache() const {
    return context_.authorized_fetch && !is_open_ ? "private, no-store" : kShort;
  }

  http::Response activity(const Json& json) const {
    return negotiated(document(kActivityType, json.dump(), cache()));
  }

  http::Response gone(const Json& tombstone) const {
    return negotiated(
        {410,
         {{"Content-Type", std::string(kActivityType)}, {"Cache-Control", std::string(cache())}},
         tombstone.dump()});
  }

  /// The one answer for all that a stranger may not see and for what never was.
  http::Response not_found() const {
    return negotiated({404,
                       {{"Content-Type", std::string(kJson)}, {"Cache-Control", "no-store"}},
                       "{\"error\":\"not found\"}"});
  }

  static http::Response said(int status, std::string_view error) {
    return {status,
            {{"Content-Type", std::string(kJson)}, {"Cache-Control", "no-store"}},
            Json{{"error", error}}.dump()};
  }

  static http::Response broken(const Error& error) {
    if (error.kind != Kind::busy) return said(500, "something is wrong here");
    http::Response response = said(503, "busy");
    response.headers.set("Retry-After", "10");
    return response;
  }

  // --- who asks

  /// What keeps a request from objects and collections; nothing if it may read them.
  std::optional<http::Response> barrier() {
    if (!context_.authorized_fetch) return std::nullopt;
    auto signer =
        context_.signer ? context_.signer(request_) : fail(Kind::refused, "nobody can tell");
    if (!signer) {
      http::Response response = negotiated(said(401, "sign the request"));
      response.headers.set("WWW-Authenticate", "Signature headers=\"(request-target) host date\"");
      return response;
    }
    signer_ = *std::move(signer);
    return std::nullopt;
  }

  /// Whether the member shuts out whoever signed the request.
  Result<bool> shuts_out(const OwnerId& member) const {
    if (signer_.empty() || !context_.is_blocked) return false;
    return context_.is_blocked(member, signer_);
  }
  Result<bool> shuts_out(const store::Released<store::Anyone>& object) const {
    return shuts_out(object.object().author());
  }

  // --- addresses

  Answer route() {
    const std::string_view path = request_.path;
    if (path.starts_with(kWellKnown)) return well_known(path.substr(kWellKnown.size()));
    if (path == "/nodeinfo/2.0") return nodeinfo(NodeInfoVersion::v2_0);
    if (path == "/nodeinfo/2.1") return nodeinfo(NodeInfoVersion::v2_1);
    if (path == "/actor") return instance_actor();
    if (path == "/actor/outbox") {
      return activity(ordered_collection(context_.site.instance_outbox(), 0, false));
    }
    const auto member = below(path, "/u/"), object = below(path, "/o/");
    const bool ours =
        (member && is_one_of(member->rest, {"", "outbox", "followers", "following"})) ||
        (object && is_one_of(object->rest, {"", "replies", "context", "create"}));
    if (!ours || wanted_form(request_.headers) != Form::activity) return nothing();
    return member ? serve_member(*member) : serve_object(*object);
  }

  static Answer nothing() { return std::optional<http::Response>(); }

  Answer well_known(std::string_view name) {
    if (name == "webfinger") return for_everybody(CAMP_TRY(webfinger()));
    if (name == "host-meta") {
      return for_everybody(document(kXrd, host_meta_document(context_.site), kLong));
    }
    if (name == "nodeinfo") {
      return for_everybody(document(kJson, nodeinfo_index(context_.site).dump(), kLong));
    }
    return nothing();
  }

  Result<http::Response> webfinger() {
    const auto name = request_.parameter("resource");
    if (!name || name->empty()) return said(400, "whom? give a resource");
    const Resource resource = parse_resource(context_.site, *name);
    if (resource.kind == Resource::Kind::malformed) return said(400, "that is no resource");
    if (resource.kind == Resource::Kind::instance) {
      return document(kJrd, instance_webfinger_document(context_.site).dump(), kShort);
    }
    if (resource.kind == Resource::Kind::elsewhere) return said(404, "not found");
    const auto member = CAMP_TRY(member_called(context_.community, resource.handle));
    if (!member) return said(404, "not found");
    if (member->state == "removed") return said(410, "gone");
    return document(kJrd, webfinger_document(context_.site, member->handle).dump(), kShort);
  }

  Answer nodeinfo(NodeInfoVersion version) {
    const index::Index& index = context_.community.index();
    NodeFacts facts{CAMP_TRY(index.community_name()), context_.version, {}};
    if (context_.publish_usage) {
      const auto members = CAMP_TRY(index.members());
      const auto here = std::count_if(members.begin(), members.end(),
                                      [](const auto& member) { return member.state != "removed"; });
      facts.usage = {here, CAMP_TRY(index.count_posts(store::kPublic, {}))};
    }
    return for_everybody(
        document(nodeinfo_type(version), nodeinfo_document(facts, version).dump(), kLong));
  }

  Answer instance_actor() {
    is_open_ = true;
    const store::Community& community = context_.community;
    const std::string key = CAMP_TRY(community.keyring().instance_key(community.id()));
    const std::string pem = CAMP_TRY(context_.community.keyring().public_half(key));
    const std::string name = CAMP_TRY(community.index().community_name());
    return activity(instance_actor_document(context_.site, name, pem));
  }

  // --- members

  Answer serve_member(const Address& address) {
    is_open_ = address.rest.empty();
    if (!is_open_) {
      if (auto refusal = barrier()) return refusal;
    }
    const auto member = CAMP_TRY(member_called(context_.community, address.name));
    if (!member) return not_found();
    if (member->state == "removed") {
      return gone(actor_tombstone(context_.site, member->handle));
    }
    if (address.rest.empty()) return serve_actor(*member);
    if (CAMP_TRY(shuts_out(CAMP_TRY(OwnerId::parse(member->id))))) return not_found();
    if (address.rest == "outbox") return serve_outbox(*member);
    return serve_people(*member, address.rest == "followers");
  }

  Result<ActorProfile> profile(const index::MemberRow& member) const {
    ActorProfile profile = CAMP_TRY(profile_of(context_.community, member));
    if (context_.describe) {
      CAMP_TRY(context_.describe(CAMP_TRY(OwnerId::parse(member.id)), profile));
    }
    return profile;
  }

  Answer serve_actor(const index::MemberRow& member) {
    const ActorProfile profile = CAMP_TRY(this->profile(member));
    Json json = actor_document(context_.site, profile);
    if (context_.prove) CAMP_TRY(context_.prove(CAMP_TRY(OwnerId::parse(member.id)), json));
    return activity(json);
  }

  bool wants_page() const { return request_.parameter("page").has_value(); }
  std::string cursor() const { return request_.parameter("before").value_or(std::string()); }

  Answer serve_outbox(const index::MemberRow& member) {
    const std::string id = context_.site.outbox(member.handle);
    if (!wants_page()) {
      const std::size_t total = CAMP_TRY(shown_.outbox_total(member));
      return activity(ordered_collection(id, total, true));
    }
    const std::string before = cursor();
    if (!before.empty() && !ObjectId::parse(before)) return not_found();
    const Page page = CAMP_TRY(shown_.outbox_page(member, before));
    Json json = ordered_page(id, before, page);
    json["@context"] = object_context();  // of the notes in it
    return activity(json);
  }

  Answer serve_people(const index::MemberRow& member, bool followers) {
    const bool is_open = CAMP_TRY(profile(member)).lists_open;
    const std::string id =
        followers ? context_.site.followers(member.handle) : context_.site.following(member.handle);
    Shown::Following people;
    if (!followers) {
      people = CAMP_TRY(shown_.following(member));
    } else {
      people.actors = CAMP_TRY(shown_.followers(member));
      people.total = people.actors.size();
    }
    if (!wants_page()) return activity(ordered_collection(id, people.total, is_open));
    if (!is_open) return not_found();
    const std::string before = cursor();
    return activity(ordered_page(id, before, CAMP_TRY(page_of(people.actors, before))));
  }

  // --- objects

  Answer serve_object(const Address& address) {
    if (auto refusal = barrier()) return refusal;
    const auto id = ObjectId::parse(address.name);
    if (!id) return not_found();
    const auto post = CAMP_TRY(shown_.post(*id));
    if (post) return serve_post(*id, address.rest, *post);
    if (!address.rest.empty()) return not_found();
    if (const auto reaction = CAMP_TRY(shown_.reaction(*id))) {
      if (CAMP_TRY(shuts_out(*reaction))) return not_found();
      return activity(CAMP_TRY(shown_.act(*reaction)));
    }
    if (const auto removal = CAMP_TRY(shown_.removal(*id))) {
      if (CAMP_TRY(shuts_out(*removal))) return not_found();
      return gone(tombstone_document(context_.site, *removal));
    }
    if (!CAMP_TRY(shown_.went_with_author(*id))) return not_found();
    return gone({{"@context", "https://www.w3.org/ns/activitystreams"},
                 {"id", context_.site.object(*id)},
                 {"type", "Tombstone"}});
  }

  Answer serve_post(const ObjectId& id, std::string_view rest,
                    const store::Released<store::Anyone>& post) {
    if (CAMP_TRY(shuts_out(post))) return not_found();
    const FullId full{post.object().author(), id};
    if (rest == "replies") {
      const auto ids = CAMP_TRY(shown_.replies(full));
      return activity(whole_collection(context_.site.replies(id), ids));
    }
    if (rest == "context") {
      const auto ids = CAMP_TRY(shown_.conversation(full));
      return activity(whole_collection(context_.site.context(id), ids));
    }
    const Json note = CAMP_TRY(shown_.note(post));
    return activity(rest == "create" ? create_activity(context_.site, id, note) : note);
  }

  const DiscoveryContext& context_;
  const http::Request& request_;
  const Shown shown_;
  bool is_open_ = false;  ///< whether this is for unsigned requests in any case
  std::string signer_;    ///< of the request, where it must be signed
};

/// The RSA key by which other software knows a member, from where this directory keeps it.
Result<std::string> transport_pem(const store::Community& community, const OwnerId& member) {
  if (auto held = CAMP_TRY(community.keyring().transport_key(member))) return *std::move(held);
  const git::Repository own = CAMP_TRY(community.repository(model::private_repository(member)));
  auto stored = CAMP_TRY(own.read_file("main", store::kTransportKey));
  if (stored) return *std::move(stored);
  return fail(Kind::damaged, "the transport key of " + member.text() + " is missing",
              "restore it from a backup");
}

}  // namespace

Result<ActorProfile> profile_of(const store::Community& community, const index::MemberRow& member) {
  const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
  ActorProfile profile;
  profile.handle = member.handle;
  profile.name = member.name;
  profile.published_ms = member.joined_ms;
  profile.public_key_pem =
      CAMP_TRY(community.keyring().public_half(CAMP_TRY(transport_pem(community, id))));
  for (const model::SigningKey& key : CAMP_TRY(community.keys_of(id)).signing) {
    profile.keys.push_back(key.key);
  }
  return profile;
}

std::optional<http::Response> serve_discovery(const DiscoveryContext& context,
                                              const http::Request& request) {
  return Discovery(context, request).serve();
}

}  // namespace camp::fed
