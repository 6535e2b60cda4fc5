// SPDX-License-Identifier: MIT
#include "fed/webfinger.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fed/negotiate.h"
#include "http/message.h"
#include "model/foreign_text.h"

namespace camp::fed {
namespace {

constexpr std::string_view kAcct = "acct:";

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

/// acct:user@host, both without regard to case.
Resource parse_acct(const Site& site, std::string_view text) {
  const std::string account = lower(text);
  const std::size_t at = account.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == account.size()) {
    return {Resource::Kind::malformed};
  }
  if (account.substr(at + 1) != site.host()) return {Resource::Kind::elsewhere};
  const std::string user = account.substr(0, at);
  if (user == site.host()) return {Resource::Kind::instance};
  // Whatever is no handle names nobody here, as a handle that nobody has.
  const auto handle = site.handle_in(site.actor(user));
  return handle ? Resource{Resource::Kind::member, *handle} : Resource{Resource::Kind::elsewhere};
}

Json link(std::string_view relation, std::string_view type, const std::string& href) {
  return {{"rel", relation}, {"type", type}, {"href", href}};
}

}  // namespace

Resource parse_resource(const Site& site, std::string_view resource) {
  if (http::same_name(resource.substr(0, kAcct.size()), kAcct)) {
    return parse_acct(site, resource.substr(kAcct.size()));
  }
  if (!model::is_uri(resource)) return {Resource::Kind::malformed};
  if (resource == site.instance_actor()) return {Resource::Kind::instance};
  const auto handle = site.handle_in(resource);
  return handle ? Resource{Resource::Kind::member, *handle} : Resource{Resource::Kind::elsewhere};
}

Json webfinger_document(const Site& site, std::string_view handle) {
  const std::string actor = site.actor(handle);
  return {{"subject", std::string(kAcct) + site.address(handle)},
          {"aliases", Json::array({actor})},
          {"links", Json::array({link("self", kActivityType, actor),
                                 link("http://webfinger.net/rel/profile-page", "text/html",
                                      site.profile_page(handle))})}};
}

Json instance_webfinger_document(const Site& site) {
  return {{"subject", std::string(kAcct) + site.address(site.host())},
          {"aliases", Json::array({site.instance_actor()})},
          {"links", Json::array({link("self", kActivityType, site.instance_actor())})}};
}

std::string host_meta_document(const Site& site) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n"
         "  <Link rel=\"lrdd\" template=\"" +
         site.origin() +
         "/.well-known/webfinger?resource={uri}\"/>\n"
         "</XRD>\n";
}

}  // namespace camp::fed
