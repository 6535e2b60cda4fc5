// SPDX-License-Identifier: MIT
// Signed requests of both dialects: "METHOD target", fields, an empty line, a body. Any bytes are
// refused with a reason or give a claim that covers what it must, for this host and this hour.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fed/http_signature.h"
#include "fed/message_signature.h"
#include "fed/structured_fields.h"
#include "fed/verify_request.h"

namespace {

using namespace camp;

constexpr std::int64_t kNow = 1'795'514'400'000;

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

http::Request read_request(std::string_view rest) {
  http::Request request;
  const std::string_view first = take_line(rest);
  const std::size_t space = std::min(first.find(' '), first.size());
  request.method = first.substr(0, space);
  request.target = first.substr(std::min(space + 1, first.size()));
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) break;
    request.headers.add(line.substr(0, colon), line.substr(colon + 1));
  }
  request.body = rest;
  return request;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(const http::Request& request) {
  const fed::Verification here{.own_host = "friend.camp", .now_ms = kNow};
  const auto claim = fed::read_signature(request, here);
  if (!claim) {
    require(!claim.error().message.empty());
    return;
  }
  const auto covers = [&](std::string_view name) {
    return std::find(claim->covered.begin(), claim->covered.end(), name) != claim->covered.end();
  };
  const bool old = claim->dialect == fed::SignatureDialect::cavage;
  const bool bare = (request.method == "GET" || request.method == "HEAD") && request.body.empty();
  if (old) {
    require(covers("(request-target)") && covers("host"));
    require(covers("date") || covers("(created)"));
    require(bare || (covers("digest") && fed::check_digest(request.headers, request.body)));
  } else {
    require(covers("@method") && covers("@target-uri"));
    require(bare ||
            (covers("content-digest") && fed::check_content_digest(request.headers, request.body)));
  }
  require(!claim->key_id.empty() && !claim->signature.empty() && !claim->texts.empty());
  require(claim->texts.size() <= 2 && claim->replay_key.size() == 64);
  require(claim->valid_until_ms > kNow && claim->valid_until_ms <= kNow + 2 * 3'600'000 + 1);
  require(request.headers.all("signature").size() == 1 && request.headers.all("host").size() == 1);
  // No text has more lines than it covers things: nothing slipped a line in.
  for (const std::string& text : claim->texts) {
    const auto lines = std::size_t(std::count(text.begin(), text.end(), '\n')) + (old ? 1 : 0);
    require(lines == claim->covered.size());
  }
  (void)fed::key_owner_guess(claim->key_id);
}

void judge_fields(std::string_view text) {
  const auto members = fed::parse_dictionary(text);
  if (!members) return;
  for (const fed::Member& member : *members) {
    if (!member.is_list) continue;
    const std::string written = fed::serialize_list(member);
    const auto again = fed::parse_dictionary("x=" + written);
    require(again && again->size() == 1 && fed::serialize_list(again->front()) == written);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  judge(read_request(input));
  judge_fields(input);
  (void)fed::check_digest({{"Digest", std::string(input)}}, "");
  if (const auto parameters = fed::parse_signature_header(input)) {
    require(!parameters->key_id.empty() && !parameters->covered.empty());
  }
  return 0;
}
