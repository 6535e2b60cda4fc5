// SPDX-License-Identifier: MIT
// Any bytes: a URL that is accepted is https to a name, reads itself back and sends no more than it
// shows; a request head that is accepted has one meaning; chunks give what they hold.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "base/text_host.h"
#include "http/request_head.h"
#include "http/url.h"

namespace {

using namespace camp;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_url(const http::Url& url, http::Policy policy) {
  const std::string text = url.text();
  const auto again = http::parse_url(text, policy);
  require(again && *again == url);
  require(is_visible(text) && text.size() <= 2048 && url.path.starts_with('/'));
  require(text.starts_with(url.origin() + url.target()));
  require(url.target().find('#') == std::string::npos);
  if (policy.loopback) return;
  require(url.scheme == "https" && url.port == 0);
  require(normal_host(url.host) == url.host && url.host.find('.') != std::string::npos);
}

void check_head(std::string_view input) {
  const auto read = http::read_head(input);
  const auto* const head = std::get_if<http::RequestHead>(&read);
  if (head == nullptr) {
    const auto& refusal = std::get<http::Refusal>(read);
    require(refusal.status >= 400 && refusal.status < 600 && !refusal.reason.empty());
    return;
  }
  const http::Request& request = head->request;
  require(request.headers.all("Host").size() == 1);
  require(request.headers.all("Content-Length").size() +
              request.headers.all("Transfer-Encoding").size() <=
          1);
  require(!head->has_body() || request.method == "POST");
  require(is_visible(request.target) && input.ends_with("\r\n\r\n"));
  require(input.find("\r\n\r\n") + 4 == input.size() && input.find('\0') == std::string_view::npos);
  // What the path says, encoded anew, is the same path.
  std::string encoded;
  for (const char c : request.path) {
    encoded += c == '/' ? "/" : http::percent_encode({&c, 1});
  }
  require(http::canonical_path(encoded) == request.path);
  require((request.path + "/").find("/../") == std::string::npos);
  require(request.path.find("//") == std::string::npos);
}

/// Chunks in any pieces give the same.
void check_chunks(std::string_view input) {
  http::ChunkReader whole, parts;
  std::string body, other;
  std::string_view rest = input;
  const auto state = whole.read(rest, body);
  auto other_state = http::ChunkReader::State::more;
  std::size_t used = 0;
  while (used < input.size() && other_state == http::ChunkReader::State::more) {
    std::string_view one = input.substr(used, 1);
    other_state = parts.read(one, other);
    ++used;
  }
  require(state == other_state && body == other && used == input.size() - rest.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static const http::Url base = http::parse_url("https://friend.camp/a/b?c").value();
  for (const http::Policy policy : {http::Policy{}, http::Policy{.loopback = true}}) {
    if (const auto url = http::parse_url(input, policy)) check_url(*url, policy);
    if (const auto url = http::resolve_url(base, input, policy)) check_url(*url, policy);
  }
  if (const auto host = normal_host(input)) require(normal_host(*host) == *host);
  check_head(input);
  check_chunks(input);
  return 0;
}
