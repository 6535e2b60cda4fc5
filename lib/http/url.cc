// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "base/text_host.h"
#include "http/libcurl.h"

namespace camp::http {
namespace {

constexpr std::size_t kMaxUrl = 2048;

struct FreeUrl {
  void operator()(CURLU* url) const { lib().curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, FreeUrl>;

constexpr unsigned kFlags = CURLU_PATH_AS_IS | CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME;

/// One part as curl's parser sees it, the same that connects; empty if there is none.
std::string part_of(const CurlUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (lib().curl_url_get(url.get(), part, &text, 0) != CURLUE_OK || text == nullptr) return {};
  const std::unique_ptr<char, decltype(&::curl_free)> owner(text, lib().curl_free);
  return text;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}
bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Whether a text holds only what RFC 3986 allows: unreserved and some reserved characters, and
/// escapes of two hexadecimal digits.
bool is_made_of(std::string_view text, std::string_view reserved) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(text[i]) && reserved.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

/// Whether a path has a part that leads elsewhere, encoded or not.
bool has_dot_parts(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    std::string part;
    for (std::size_t i = 0; i < slash; ++i) {
      const bool dot = path.substr(i, 3) == "%2e" || path.substr(i, 3) == "%2E";
      part += dot ? '.' : path[i];
      if (dot) i += 2;
    }
    if (part == "." || part == "..") return true;
    path.remove_prefix(slash);
  }
  return false;
}

/// A host of this machine in the spelling that is kept; nothing if it is another.
std::optional<std::string> loopback_host(std::string_view host) {
  const std::string text(host);
  in_addr four{};
  in6_addr six{};
  if (text == "localhost" || text == "[::1]") return text;
  if (text.starts_with("127.") && inet_pton(AF_INET, text.c_str(), &four) == 1) return text;
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed && inet_pton(AF_INET6, text.substr(1, text.size() - 2).c_str(), &six) == 1 &&
      IN6_IS_ADDR_LOOPBACK(&six)) {
    return "[::1]";
  }
  return std::nullopt;
}

tl::unexpected<Error> refused(std::string why) {
  return fail(Kind::refused, "this is not a web address that can be used: " + std::move(why));
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// The text split by hand as RFC 3986 B does it, to see that curl found the same parts.
struct RawParts {
  std::string_view scheme, authority, path, query, fragment;
};
std::optional<RawParts> split(std::string_view text) {
  RawParts parts;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  parts.scheme = text.substr(0, colon);
  text.remove_prefix(colon + 3);
  const std::size_t hash = std::min(text.find('#'), text.size());
  if (hash < text.size()) parts.fragment = text.substr(hash + 1);
  text = text.substr(0, hash);
  const std::size_t mark = std::min(text.find('?'), text.size());
  if (mark < text.size()) parts.query = text.substr(mark + 1);
  text = text.substr(0, mark);
  const std::size_t slash = std::min(text.find('/'), text.size());
  parts.authority = text.substr(0, slash);
  parts.path = text.substr(slash);
  return parts;
}

/// Which host and port may be used, by scheme and policy.
Result<void> judge_authority(const std::string& raw_host, std::uint16_t port, bool has_port,
                             Policy policy, Url& url) {
  const auto here = policy.loopback ? loopback_host(lower(raw_host)) : std::nullopt;
  if (here) {
    url.host = *here;
    if (has_port && port == 0) return refused("there is no port 0");
    const bool own = port == (url.scheme == "https" ? 443 : 80);
    url.port = own ? std::uint16_t{0} : port;
    return {};
  }
  if (url.scheme != "https") return refused("it does not begin with https://");
  if (has_port && port != 443) return refused("only port 443 is used");
  url.host = CAMP_TRY(normal_host(raw_host));
  if (url.host.find('.') == std::string::npos) return refused("its host has no domain");
  return {};
}

}  // namespace

std::string Url::text() const {
  return origin() + target() + (fragment.empty() ? "" : "#" + fragment);
}
std::string Url::origin() const { return scheme + "://" + authority(); }
std::string Url::target() const { return path + (query.empty() ? "" : "?" + query); }
std::string Url::authority() const { return port == 0 ? host : fmt::format("{}:{}", host, port); }

Result<Url> parse_url(std::string_view text, Policy policy) {
  CAMP_TRY(load_libcurl());
  if (text.size() > kMaxUrl) return refused("it is too long");
  const auto raw = split(text);
  if (!raw || text.find('\0') != std::string_view::npos) return refused("it has no scheme");
  const std::string whole(text);
  const CurlUrl parsed(lib().curl_url());
  if (!parsed ||
      lib().curl_url_set(parsed.get(), CURLUPART_URL, whole.c_str(), kFlags) != CURLUE_OK) {
    return refused("its parts make no sense");
  }
  Url url;
  url.scheme = part_of(parsed, CURLUPART_SCHEME);
  url.path = part_of(parsed, CURLUPART_PATH);
  url.query = part_of(parsed, CURLUPART_QUERY);
  url.fragment = part_of(parsed, CURLUPART_FRAGMENT);
  const std::string port = part_of(parsed, CURLUPART_PORT);
  const std::string host = part_of(parsed, CURLUPART_HOST);
  if (url.scheme != "https" && url.scheme != "http") return refused("its scheme is another");
  // curl repairs and decodes; what it had to change is not taken.
  const std::string authority = port.empty() ? host : host + ":" + port;
  const bool same = lower(std::string(raw->scheme)) == url.scheme &&
                    lower(std::string(raw->authority)) == lower(authority) &&
                    (raw->path.empty() ? "/" : raw->path) == url.path && raw->query == url.query &&
                    raw->fragment == url.fragment;
  if (!same) return refused("it is written in an unusual way");
  static constexpr std::string_view kPath = "!$&'()*+,;=:@/", kQuery = "!$&'()*+,;=:@/?[]";
  if (!is_made_of(url.path, kPath) || !is_made_of(url.query, kQuery) ||
      !is_made_of(url.fragment, kQuery)) {
    return refused("it holds characters that must be encoded");
  }
  if (has_dot_parts(url.path)) return refused("its path leads upwards");
  std::uint16_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  CAMP_TRY(judge_authority(host, number, !port.empty(), policy, url));
  // An empty query or fragment is the same as none; IDNA may have made the host longer.
  if (url.text().size() > kMaxUrl) return refused("it is too long");
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view reference, Policy policy) {
  CAMP_TRY(load_libcurl());
  if (reference.empty() || reference.size() > kMaxUrl ||
      reference.find('\0') != std::string_view::npos) {
    return refused("it is empty or too long");
  }
  const std::string text(reference);
  const CurlUrl resolved(lib().curl_url());
  // Without CURLU_PATH_AS_IS: a relative reference may lead upwards, and the result does not.
  const bool good =
      resolved &&
      lib().curl_url_set(resolved.get(), CURLUPART_URL, base.text().c_str(), kFlags) == CURLUE_OK &&
      lib().curl_url_set(resolved.get(), CURLUPART_URL, text.c_str(),
                         CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  if (!good) return refused("its parts make no sense");
  // A whole URL is read as it was written, so that nothing of it is repaired before it is judged.
  if (split(reference) && reference.find("://") < reference.find_first_of("/?#")) {
    return parse_url(reference, policy);
  }
  return parse_url(part_of(resolved, CURLUPART_URL), policy);
}

}  // namespace camp::http
