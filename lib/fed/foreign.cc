// SPDX-License-Identifier: MIT
#include "fed/foreign.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace camp::fed {
namespace {

constexpr std::size_t kMaxType = 100;

}  // namespace

Result<Json> parse_foreign(std::string_view body) {
  Json document = CAMP_TRY(parse_json(body, "the document"));
  if (!document.is_object()) return fail(Kind::refused, "the document is no JSON object");
  return document;
}

std::string text_of(const Json& document, const char* member) {
  const auto found = document.find(member);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string uri_of(const Json& value) {
  if (value.is_object()) {
    const auto id = value.find("id");
    return id != value.end() && id->is_string() ? uri_of(*id) : std::string();
  }
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  return text.size() <= kMaxUri ? text : std::string();
}

std::string uri_of(const Json& document, const char* member) {
  const auto found = document.find(member);
  if (found == document.end()) return {};
  if (found->is_array()) return found->empty() ? std::string() : uri_of(found->front());
  return uri_of(*found);
}

std::vector<std::string> uris_of(const Json& document, const char* member, std::size_t most) {
  std::vector<std::string> uris;
  const auto add = [&](const Json& value) {
    std::string uri = uri_of(value);
    if (!uri.empty()) uris.push_back(std::move(uri));
  };
  const auto found = document.find(member);
  if (found == document.end()) return uris;
  if (!found->is_array()) {
    add(*found);
    return uris;
  }
  for (const Json& value : *found) {
    if (uris.size() == most) break;
    add(value);
  }
  return uris;
}

std::string type_of(const Json& document) {
  const auto found = document.find("type");
  if (found == document.end()) return {};
  const Json& type = found->is_array() && !found->empty() ? found->front() : *found;
  if (!type.is_string()) return {};
  const auto& name = type.get_ref<const std::string&>();
  const bool plain = name.size() <= kMaxType && std::all_of(name.begin(), name.end(), [](char c) {
                       return c > ' ' && c < '\x7f';
                     });
  return plain ? name : std::string();
}

bool is_public(std::string_view uri) {
  return uri == "https://www.w3.org/ns/activitystreams#Public" || uri == "as:Public" ||
         uri == "Public";
}

std::string host_of(std::string_view url, http::Policy policy) {
  const auto parsed = http::parse_url(url, policy);
  return parsed ? parsed->authority() : std::string();
}

bool same_host(std::string_view a, std::string_view b, http::Policy policy) {
  const std::string host = host_of(a, policy);
  return !host.empty() && host == host_of(b, policy);
}

}  // namespace camp::fed
