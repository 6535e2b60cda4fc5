// SPDX-License-Identifier: MIT
#include "ops/whom.h"

#include <algorithm>

#include "base/text_host.h"
#include "fed/federation.h"
#include "model/audience.h"
#include "model/foreign_text.h"

namespace camp::ops {
namespace {

tl::unexpected<Error> names_nobody(std::string_view who) {
  return fail(
      Kind::usage, model::in_quotes(who) + " names nobody",
      "write @bo for a member, @a@host for somebody elsewhere, or the address of a profile");
}

Whom somebody(const model::RemoteActor& actor) {
  return {Whom::What::elsewhere, "acct:" + actor.user + "@" + actor.host, actor.handle(),
          actor.name, actor.id};
}

/// "https://host/@user", as Mastodon and its kin show a profile: the user; else nothing.
std::string user_in_page(std::string_view path) {
  if (!path.starts_with('@') || path.find('/') != std::string_view::npos) return {};
  return std::string(path.substr(1));
}

bool is_user(std::string_view user) {
  return !user.empty() && user.size() <= 64 && std::all_of(user.begin(), user.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

}  // namespace

Result<Acquaintances> Acquaintances::open(const store::Community& community) {
  Acquaintances people(community);
  people.db_ = CAMP_TRY(fed::find_server_db(community));
  return people;
}

Result<Whom> Acquaintances::member(std::string_view who) const {
  const index::MemberRow row = CAMP_TRY(find_member(community_, who));
  return Whom{Whom::What::member, "camp:" + row.id, "@" + row.handle, row.name, ""};
}

Result<std::optional<model::RemoteActor>> Acquaintances::known(const std::string& uri) {
  if (!db_) return std::optional<model::RemoteActor>();
  const auto account = uri.starts_with("acct:") ? fed::parse_account(uri) : std::nullopt;
  return account ? db_->actor_by_handle(account->user, account->host) : db_->actor(uri);
}

/// A host in its one spelling. In a community of a test on one machine, such a host too.
Result<std::string> Acquaintances::host_named(std::string_view text) const {
  const bool test = fed::is_loopback_host(community_.settings().host);
  if (test && fed::is_loopback_host(text)) {
    const auto site = CAMP_TRY(fed::Site::make(text, true));
    return site.host();
  }
  auto host = normal_host(text);
  if (!host) {
    return fail(Kind::usage, model::in_quotes(text) + ": " + host.error().message,
                "write a name such as there.example");
  }
  return host;
}

Result<Whom> Acquaintances::at_host(std::string_view user, const std::string& host) {
  if (host == community_.settings().host) return member(user);
  if (!is_user(user)) return names_nobody(std::string(user) + "@" + host);
  const std::string account = std::string(user) + "@" + host;
  return of("acct:" + account);
}

Result<Whom> Acquaintances::at_address(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  const std::size_t slash = std::min(url.find('/', begin), url.size());
  const std::string host = CAMP_TRY(host_named(url.substr(begin, slash - begin)));
  const std::string path = slash < url.size() ? url.substr(slash + 1) : "";
  if (host == community_.settings().host) {
    const auto handle = CAMP_TRY(fed::site_of(community_)).handle_in(url);
    return handle ? member(*handle) : Result<Whom>(names_nobody(url));
  }
  const std::string user = user_in_page(path);
  if (!user.empty()) return at_host(user, host);
  return of(url.substr(0, begin) + host + "/" + path);
}

Result<Whom> Acquaintances::find(std::string_view who, bool hosts) {
  const std::string text(who);
  const bool address = model::is_web_address(text);
  const std::string whole =
      address ? fed::whole_host(text.ends_with('/') ? text : text + "/") : std::string();
  if (!whole.empty()) {
    if (!hosts) return names_nobody(text);
    return of("https://" + CAMP_TRY(host_named(whole)) + "/");
  }
  if (address) return at_address(text);
  if (const auto account = fed::parse_account(text)) {
    return at_host(account->user, CAMP_TRY(host_named(account->host)));
  }
  const bool dotted = text.find('.') != std::string::npos && !text.starts_with('@');
  if (hosts && dotted) return of("https://" + CAMP_TRY(host_named(text)) + "/");
  return member(text.starts_with("camp:") ? who.substr(5) : who);
}

Result<Whom> Acquaintances::of(const std::string& uri) {
  if (const auto id = OwnerId::parse_uri(uri)) {
    auto found = member(id->text());
    if (found || found.error().kind != Kind::not_found) return found;
    return Whom{Whom::What::member, uri, uri, "", ""};
  }
  const std::string host = fed::whole_host(uri);
  if (!host.empty()) return Whom{Whom::What::host, uri, host, "", ""};
  if (const auto actor = CAMP_TRY(known(uri))) return somebody(*actor);
  if (uri.starts_with("acct:")) {
    return Whom{Whom::What::elsewhere, uri, "@" + uri.substr(5), "", ""};
  }
  return Whom{Whom::What::elsewhere, uri, uri, "", uri};
}

Result<bool> Acquaintances::same(const std::string& uri, const Whom& whom) {
  if (uri == whom.uri || (!whom.actor.empty() && uri == whom.actor)) return true;
  const Whom other = CAMP_TRY(of(uri));
  return other.uri == whom.uri;
}

void HiddenPeople::add(const std::string& uri) {
  if (OwnerId::parse_uri(uri)) {
    members_.insert(uri);
  } else {
    elsewhere_.add(uri);
  }
}

bool HiddenPeople::hides(std::string_view actor, std::string_view user,
                         std::string_view host) const {
  model::RemoteActor known;
  known.user = user;
  known.host = host;
  const bool named = !user.empty() || !host.empty();
  return elsewhere_.holds(actor, named ? &known : nullptr);
}

bool HiddenPeople::hides_member(std::string_view member) const {
  return members_.contains("camp:" + std::string(member));
}

Result<HiddenPeople> hidden_people(const store::Community& community, const Actor& actor) {
  HiddenPeople hidden;
  for (const char* type : {"Block", "Ignore"}) {
    for (const auto& row : CAMP_TRY(own_list(community, actor, type))) hidden.add(row.about);
  }
  for (const auto& row : CAMP_TRY(community.index().blocked())) hidden.add(row.about);
  return hidden;
}

Result<std::vector<index::ObjectRow>> own_list(const store::Community& community,
                                               const Actor& actor, std::string_view type) {
  if (actor.id.empty()) return std::vector<index::ObjectRow>();  // a mirror's reader
  const index::Viewer own{actor.id.text(), {model::private_repository(actor.id)}};
  return community.index().live(own, type, actor.id.text(), "");
}

}  // namespace camp::ops
