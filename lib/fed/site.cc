// SPDX-License-Identifier: MIT
#include "fed/site.h"

#include <algorithm>
#include <array>

#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "http/message.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxHost = 253;
constexpr std::size_t kMaxHandle = 30;
/// Of the digest of a Follow's id: enough that no two meet.
constexpr std::size_t kDigestDigits = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// A name and perhaps a port: what an address may hold between its slashes.
bool is_host(std::string_view host) {
  const std::size_t colon = std::min(host.find(':'), host.size());
  const std::string_view name = host.substr(0, colon), port = host.substr(colon);
  const bool named = !name.empty() && name.size() <= kMaxHost && name.front() != '.' &&
                     name.back() != '.' && name.find("..") == std::string_view::npos &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return is_lower(c) || is_digit(c) || c == '-' || c == '.';
                     });
  const bool ported = port.empty() || (port.size() >= 2 && port.size() <= 6 &&
                                       std::all_of(port.begin() + 1, port.end(), is_digit));
  return named && ported;
}

bool is_handle(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHandle &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

/// What follows `prefix`; nothing if the text begins otherwise.
std::optional<std::string_view> after(std::string_view text, const std::string& prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

std::string short_digest(std::string_view text) {
  return crypto::sha256_hex(text).substr(0, kDigestDigits);
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const std::string_view name = host.substr(0, host.find(':'));
  // "127.0.0.1.example" is a name that anybody may have.
  const bool address = name.find_first_not_of("0123456789.") == std::string_view::npos;
  return name == "localhost" || name.ends_with(".localhost") ||
         (address && name.starts_with("127."));
}

http::Policy Site::policy() const { return {.loopback = origin_.starts_with("http://")}; }

Result<Site> Site::make(std::string_view host, bool plain_http) {
  if (host.empty()) {
    return fail(Kind::failed, "this community has no host",
                "give it one in camp.toml before other servers meet it");
  }
  if (!is_host(host)) {
    return fail(Kind::refused,
                "no address may hold the host '" + std::string(host.substr(0, 64)) + "'",
                "write it in lower-case ASCII (xn--…), without https:// and slashes");
  }
  if (plain_http && !is_loopback_host(host)) {
    return fail(Kind::refused, "plain http is for loopback alone",
                "let https reach " + std::string(host));
  }
  return Site(std::string(host), (plain_http ? "http://" : "https://") + std::string(host));
}

std::string Site::actor(std::string_view handle) const {
  return origin_ + "/u/" + std::string(handle);
}
std::string Site::key_id(std::string_view handle) const { return actor(handle) + "#main-key"; }
std::string Site::multikey_id(std::string_view handle, const crypto::PublicKey& key) const {
  return actor(handle) + "#" + crypto::to_multibase(key);
}
std::string Site::inbox(std::string_view handle) const { return actor(handle) + "/inbox"; }
std::string Site::outbox(std::string_view handle) const { return actor(handle) + "/outbox"; }
std::string Site::followers(std::string_view handle) const { return actor(handle) + "/followers"; }
std::string Site::following(std::string_view handle) const { return actor(handle) + "/following"; }
std::string Site::profile_page(std::string_view handle) const { return actor(handle); }
std::string Site::shared_inbox() const { return origin_ + "/inbox"; }

std::string Site::instance_actor() const { return origin_ + "/actor"; }
std::string Site::instance_key_id() const { return instance_actor() + "#main-key"; }
std::string Site::instance_outbox() const { return instance_actor() + "/outbox"; }
std::string Site::flag(std::string_view digest) const {
  return instance_actor() + "#flags/" + std::string(digest);
}

std::string Site::address(std::string_view handle) const {
  return std::string(handle) + "@" + host_;
}

std::string Site::object(const ObjectId& id) const { return origin_ + "/o/" + id.text(); }
std::string Site::post_page(const ObjectId& id) const { return object(id); }
std::string Site::replies(const ObjectId& id) const { return object(id) + "/replies"; }
std::string Site::context(const ObjectId& id) const { return object(id) + "/context"; }
std::string Site::media(std::string_view sha256, std::string_view extension) const {
  return origin_ + "/media/" + std::string(sha256) + "." + std::string(extension);
}
std::string Site::tag(std::string_view folded) const {
  return origin_ + "/t/" + http::percent_encode(folded);
}

std::string Site::create(const ObjectId& id) const { return object(id) + "/create"; }
std::string Site::update(const ObjectId& id, const ObjectId& version) const {
  return updates(id) + version.text();
}
std::string Site::updates(const ObjectId& id) const { return object(id) + "#updates/"; }
std::string Site::removal(const ObjectId& id) const { return object(id) + "#delete"; }
std::string Site::actor_update(std::string_view handle, std::int64_t ms) const {
  return actor(handle) + "#updates/" + std::to_string(ms);
}
std::string Site::actor_removal(std::string_view handle) const { return actor(handle) + "#delete"; }
std::string Site::accept(std::string_view handle, std::string_view follow) const {
  return actor(handle) + "#accepts/" + short_digest(follow);
}
std::string Site::reject(std::string_view handle, std::string_view follow) const {
  return actor(handle) + "#rejects/" + short_digest(follow);
}

std::optional<std::string> Site::handle_in(std::string_view url) const {
  const auto handle = after(url, origin_ + "/u/");
  if (!handle || !is_handle(*handle)) return std::nullopt;
  return std::string(*handle);
}

std::optional<ObjectId> Site::object_in(std::string_view url) const {
  const auto text = after(url, origin_ + "/o/");
  if (!text) return std::nullopt;
  const auto id = ObjectId::parse(*text);
  if (!id) return std::nullopt;
  return *id;
}

std::string_view extension_of(std::string_view media_type) {
  struct Ending {
    std::string_view type, extension;
  };
  constexpr std::array endings{Ending{"image/jpeg", "jpg"}, Ending{"image/png", "png"},
                               Ending{"image/webp", "webp"}};
  for (const Ending& ending : endings) {
    if (ending.type == media_type) return ending.extension;
  }
  return {};
}

}  // namespace camp::fed
