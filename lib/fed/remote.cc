// SPDX-License-Identifier: MIT
#include "fed/remote.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/did_key.h"
#include "fed/foreign.h"
#include "fed/http_signature.h"
#include "fed/negotiate.h"
#include "fed/people_list.h"
#include "fed/share.h"

namespace camp::fed {
namespace {

constexpr std::string_view kAcceptActivity =
    "application/activity+json, application/ld+json; "
    "profile=\"https://www.w3.org/ns/activitystreams\"";
constexpr std::size_t kParsedKeys = 500;
constexpr std::string_view kAcceptJrd = "application/jrd+json, application/json";

/// Whether a Content-Type is one of ActivityStreams: anything else could be a file that somebody
/// uploaded there.
bool is_activity_type(std::string_view type) {
  const std::string_view trimmed = media_type_of(type);
  if (http::same_name(trimmed, "application/activity+json")) return true;
  return http::same_name(trimmed, "application/ld+json") &&
         type.find("https://www.w3.org/ns/activitystreams") != std::string_view::npos;
}

std::string without_fragment(const std::string& uri) { return uri.substr(0, uri.find('#')); }

}  // namespace

std::optional<Account> parse_account(std::string_view text) {
  if (text.starts_with("acct:")) {
    text.remove_prefix(5);
  } else if (text.starts_with('@')) {
    text.remove_prefix(1);
  }
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return std::nullopt;
  const std::string_view user = text.substr(0, at);
  if (!is_user_name(user)) return std::nullopt;
  // Loopback hosts are for tests; whoever is not to speak with them does not.
  const auto url =
      http::parse_url("https://" + std::string(text.substr(at + 1)) + "/", {.loopback = true});
  if (!url || url->path != "/" || !url->query.empty() || !url->fragment.empty()) {
    return std::nullopt;
  }
  return Account{std::string(user), url->authority()};
}

std::string self_link(const Json& jrd) {
  const auto links = jrd.find("links");
  if (links == jrd.end() || !links->is_array()) return {};
  for (const Json& link : *links) {
    if (!link.is_object() || text_of(link, "rel") != "self") continue;
    if (is_activity_type(text_of(link, "type"))) return text_of(link, "href");
  }
  return {};
}

Result<http::Answer> Remote::ask(const http::Outgoing& request, const http::FetchOptions& options) {
  const std::string host = request.url.authority();
  if (CAMP_TRY(community_.recall().blocks([&] { return names_of_host(host); }))) {
    return fail(Kind::refused, "this community blocks " + host, "see whom with 'camp mod blocks'");
  }
  if (for_others_ && !CAMP_TRY(may_ask(db_, host, now()))) {
    return fail(Kind::busy, host + " was asked enough for now");
  }
  return client_.fetch(request, options);
}

Result<http::Answer> Remote::get(const std::string& url, std::string_view accept, bool sign,
                                 bool same_host) {
  http::Outgoing request;
  request.url = CAMP_TRY(http::parse_url(url, policy()));
  request.url.fragment.clear();
  request.headers.set("Accept", accept);
  bool with_query = true;
  http::FetchOptions options;
  options.same_host = same_host;
  if (sign) {
    options.prepare = [&](http::Outgoing& hop) -> Result<void> {
      OutgoingRequest what;
      what.method = hop.method;
      what.scheme = hop.url.scheme;
      what.host = hop.url.authority();
      what.target = hop.url.target();
      what.sign_query = with_query;
      const auto fields = CAMP_TRY(sign_request(what, site_.instance_key_id(), key_, now()));
      for (const http::Field& field : fields.fields()) hop.headers.set(field.name, field.value);
      return {};
    };
  }
  http::Answer answer = CAMP_TRY(ask(request, options));
  // Some verify a signature over the path alone.
  if (sign && answer.status == 401 && !request.url.query.empty()) {
    with_query = false;
    answer = CAMP_TRY(ask(request, options));
  }
  const std::string host = request.url.authority();
  if (answer.status == 404 || answer.status == 410) {
    return fail(Kind::not_found, host + " says that it is not there");
  }
  if (answer.status != 200) {
    return fail(Kind::network, host + " answered with " + std::to_string(answer.status));
  }
  return answer;
}

Result<Json> Remote::get_document(const std::string& uri) {
  if (host_of(uri, policy()) == site_.host()) {
    return fail(Kind::refused, "nothing of our own is asked of other servers");
  }
  const http::Answer answer = CAMP_TRY(get(uri, kAcceptActivity, true, true));
  if (!is_activity_type(answer.headers.find("Content-Type").value_or(""))) {
    return fail(Kind::refused, answer.url.authority() + " sent something else than ActivityPub");
  }
  return parse_foreign(answer.body);
}

Result<Json> Remote::fetch_document(const std::string& uri) {
  Json document = CAMP_TRY(get_document(uri));
  const std::string id = text_of(document, "id");
  if (id == uri || id == without_fragment(uri)) return document;
  if (!same_host(id, uri, policy())) {
    return fail(Kind::refused, "a document that names another host as its own");
  }
  document = CAMP_TRY(get_document(id));
  if (text_of(document, "id") != id) {
    return fail(Kind::refused, "a document that is not what its id says");
  }
  return document;
}

Result<Json> Remote::fetch_page(const std::string& uri) { return get_document(uri); }

Result<Json> Remote::webfinger(const std::string& user, const std::string& host) {
  const std::string account = http::percent_encode("acct:" + user + "@" + host);
  const std::string scheme = site_.policy().loopback ? "http" : "https";
  const http::Answer answer =
      CAMP_TRY(get(scheme + "://" + host + "/.well-known/webfinger?resource=" + account, kAcceptJrd,
                   false, false));
  return parse_foreign(answer.body);
}

/// The handle that people know the actor by, if it is on another host than the id: the id's host
/// may say anything about its own names, another host has to agree. Kind::refused if the name that
/// the actor gives is another actor's.
Result<void> Remote::take_handle(model::RemoteActor& actor) {
  const auto first = webfinger(actor.user, actor.host);
  if (!first) return {};
  const std::string self = self_link(*first);
  if (!self.empty() && self != actor.id) {
    return fail(Kind::refused, actor.handle() + " is somebody else, says their server");
  }
  if (self.empty()) return {};
  const auto account = parse_account(text_of(*first, "subject"));
  if (!account || account->host == actor.host) return {};
  const auto second = webfinger(account->user, account->host);
  if (!second || self_link(*second) != actor.id) return {};
  const auto again = parse_account(text_of(*second, "subject"));
  if (!again || again->user != account->user || again->host != account->host) return {};
  actor.user = account->user;
  actor.host = account->host;
  return {};
}

Result<model::RemoteActor> Remote::fetch_actor(const std::string& id) {
  const auto document = fetch_document(id);
  if (!document) {
    auto known = CAMP_TRY(db_.actor(id));
    if (known && document.error().kind == Kind::not_found) {
      known->gone = true;
      CAMP_TRY(db_.put_actor(*known, now()));
    }
    return tl::unexpected<Error>(document.error());
  }
  return take_actor(*document);
}

Result<model::RemoteActor> Remote::take_actor(const Json& document) {
  model::RemoteActor actor = CAMP_TRY(read_actor(document, policy()));
  const auto known = CAMP_TRY(db_.actor(actor.id));
  if (!known && for_others_ && !CAMP_TRY(may_keep(db_, actor.id, now()))) {
    return fail(Kind::refused, actor.host + " has sent us enough people for today");
  }
  if (known && !known->gone) {
    actor.user = known->user;
    actor.host = known->host;
    actor.software = known->software;
  } else {
    CAMP_TRY(take_handle(actor));
  }
  CAMP_TRY(db_.put_actor(actor, now()));
  return actor;
}

/// Whoever the community blocks is nobody to whoever asks for them.
Result<model::RemoteActor> Remote::unless_blocked(model::RemoteActor actor) const {
  if (!CAMP_TRY(is_blocked_by_community(community_, actor))) return actor;
  return fail(Kind::refused, "this community blocks " + actor.handle(),
              "see whom with 'camp mod blocks'");
}

Result<model::RemoteActor> Remote::actor(const std::string& id) {
  auto known = CAMP_TRY(db_.actor(id));
  const std::int64_t age = now() - CAMP_TRY(db_.actor_age(id));
  if (known && age < kActorFreshMs) {
    if (known->gone) return fail(Kind::not_found, known->handle() + " is gone");
    return unless_blocked(*std::move(known));
  }
  auto fetched = fetch_actor(id);
  if (!fetched && known && fetched.error().kind == Kind::network) {
    return unless_blocked(*std::move(known));
  }
  if (!fetched) return fetched;
  return unless_blocked(*std::move(fetched));
}

Result<model::RemoteActor> Remote::resolve(const std::string& user, const std::string& host) {
  const auto known = CAMP_TRY(db_.actor_by_handle(user, host));
  if (known && !known->gone && now() - CAMP_TRY(db_.actor_age(known->id)) < kActorFreshMs) {
    return unless_blocked(*known);
  }
  const Json first = CAMP_TRY(webfinger(user, host));
  const std::string id = self_link(first);
  if (id.empty()) {
    return fail(Kind::not_found, "@" + user + "@" + host + " has no ActivityPub account");
  }
  return unless_blocked(CAMP_TRY(fetch_actor(id)));
}

Result<model::RemotePost> Remote::post(const std::string& uri) {
  if (auto known = CAMP_TRY(db_.post(uri))) return *std::move(known);
  return fetch_post(uri);
}

Result<model::RemotePost> Remote::fetch_post(const std::string& uri) {
  return take_post(CAMP_TRY(fetch_document(uri)));
}

Result<model::RemotePost> Remote::take_post(const Json& document) {
  model::RemotePost post = CAMP_TRY(read_post(document, policy(), now()));
  CAMP_TRY(actor(post.actor));
  if (!for_others_) {
    CAMP_TRY(db_.put_post(post, now()));
  } else if (!CAMP_TRY(keep_post(db_, post, now()))) {
    return fail(Kind::refused, "enough new posts of this host for today");
  }
  return post;
}

Result<SignatureKey> Remote::parsed_key(const model::RemoteActor& actor, std::string_view key_id) {
  for (const auto* keys : {&actor.keys, &actor.multikeys}) {
    for (const model::RemoteKey& key : *keys) {
      if (key.id != key_id) continue;
      if (const auto known = parsed_.find(key.value); known != parsed_.end()) return known->second;
      const bool rsa = keys == &actor.keys;
      SignatureKey parsed = rsa ? SignatureKey(CAMP_TRY(crypto::RsaPublicKey::from_pem(key.value)))
                                : SignatureKey(CAMP_TRY(crypto::from_multibase(key.value)));
      if (parsed_.size() == kParsedKeys) parsed_.clear();
      parsed_.emplace(key.value, parsed);
      return parsed;
    }
  }
  return fail(Kind::refused, "the key is not one of the actor's");
}

Result<Remote::KeyHolder> Remote::fetch_key(const std::string& key_id) {
  const std::string guess = key_owner_guess(key_id);
  auto document = fetch_document(guess);
  // What looks like the address of an actor with a word behind it may be the key's own.
  const bool own_address = key_id.find('#') == std::string::npos && guess != key_id;
  if (!document && own_address && document.error().kind == Kind::not_found) {
    document = fetch_document(key_id);
  }
  if (!document) {
    auto known = CAMP_TRY(db_.actor(guess));
    if (known && document.error().kind == Kind::not_found) {
      known->gone = true;
      CAMP_TRY(db_.put_actor(*known, now()));
    }
    return tl::unexpected<Error>(document.error());
  }
  // A key may stand at an address of its own and name its owner.
  const bool bare_key = document->contains("publicKeyPem");
  const std::string owner = bare_key ? uri_of(*document, "owner") : text_of(*document, "id");
  if (!same_host(owner, key_id, policy())) {
    return fail(Kind::refused, "a key whose owner is on another host");
  }
  const bool whole = !bare_key && document->contains("inbox");
  KeyHolder holder{CAMP_TRY(whole ? take_actor(*document) : fetch_actor(owner)),
                   crypto::PublicKey{}};
  holder.key = CAMP_TRY(parsed_key(holder.actor, key_id));
  return holder;
}

Result<void> Remote::look_again_later(const std::string& actor) {
  if (now() - CAMP_TRY(db_.actor_age(actor)) < kActorFreshMs) return {};
  if (!CAMP_TRY(db_.may_try("look " + actor, now(), kActorFreshMs))) return {};
  return db_.put_errand(std::string(kLookTask) + actor, 0, now());
}

Result<Remote::KeyHolder> Remote::key(const std::string& key_id) {
  if (auto known = CAMP_TRY(db_.actor_by_key(key_id))) {
    if (known->gone) {  // perhaps they are back
      auto anew = key_anew(key_id);
      if (anew || anew.error().kind == Kind::network) return anew;
      return fail(Kind::not_found, known->handle() + " is gone");
    }
    CAMP_TRY(look_again_later(known->id));
    SignatureKey key = CAMP_TRY(parsed_key(*known, key_id));
    return KeyHolder{*std::move(known), std::move(key)};
  }
  const std::string host = host_of(key_id, policy());
  if (host.empty()) return fail(Kind::refused, "a key id that is no URL");
  const std::string failed = "failed key " + host;
  bool may = true;
  for (int slot = 0; slot < kKeyFetches; ++slot) {
    may = CAMP_TRY(db_.may_try("key " + host + " " + std::to_string(slot), now(), kFailedKeyMs));
    if (may) break;
  }
  if (!may || CAMP_TRY(db_.was_tried(failed, now(), kFailedKeyMs))) {
    return fail(Kind::refused, "keys of " + host + " were asked for too often");
  }
  auto found = fetch_key(key_id);
  if (!found) CAMP_TRY(db_.may_try(failed, now(), kFailedKeyMs));
  return found;
}

Result<Remote::KeyHolder> Remote::key_anew(const std::string& key_id) {
  if (!CAMP_TRY(db_.may_try("rekey " + key_owner_guess(key_id), now(), kKeyRefetchMs))) {
    return fail(Kind::refused, "the key was fetched again a short while ago");
  }
  return fetch_key(key_id);
}

}  // namespace camp::fed
