// SPDX-License-Identifier: MIT
// What comes to the door of git over https: tokens, paths, requests of git's, plain and packed. Any
// bytes are read or refused without a crash; a token that passes is signed, for that very use; and
// what is handed to git says nothing but what was understood.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/json.h"
#include "fed/access_token.h"
#include "fed/git_http.h"
#include "git/gunzip.h"
#include "git/upload_request.h"

namespace {

using namespace camp;

constexpr std::int64_t kNow = 1'795'428'000'000;

struct World {
  crypto::SecretKey key = crypto::SecretKey::from_seed(std::string(32, 'b')).value();
  model::KeyState keys;
  fed::TokenUse use{
      .host = "friend.camp", .scope = fed::fetch_scope("local"), .body = {}, .now_ms = kNow};

  World() { keys.signing = {{key.public_key(), model::KeyRole::device, "laptop"}}; }
};

void judge(const World& world, std::string_view text) {
  const auto token = fed::read_access_token(text);
  if (!token) return;
  if (fed::sign_access_token(*token, world.key).value_or("").substr(0, text.find('.')) !=
          text.substr(0, text.find('.')) &&
      token->key == world.key.public_key()) {
    std::abort();  // a second spelling
  }
  const auto bearer = fed::judge_access_token(*token, world.use, world.keys, "");
  if (!bearer) return;
  const bool right = token->key == world.key.public_key() && token->host == world.use.host &&
                     token->scope == world.use.scope && token->body.empty() &&
                     token->claim.empty() &&
                     token->expires_ms <= kNow + fed::kTokenLifeMs + fed::kTokenSkewMs &&
                     token->expires_ms > kNow - fed::kTokenSkewMs;
  if (!right || *bearer != fed::Bearer::member) std::abort();
}

/// The input as the words of a token that its key has signed: form is all that stands in the way.
void judge_signed(const World& world, std::string_view input) {
  const std::string purpose = "camp access token 1\n";
  judge(world,
        to_base64url(input) + "." + to_base64url(world.key.sign(purpose + std::string(input))));
  fed::AccessToken token{.member = "bo",
                         .key = {},
                         .host = "friend.camp",
                         .scope = "local",
                         .expires_ms = kNow,
                         .body = {},
                         .claim = {}};
  const std::string rest(input.substr(1));
  switch (static_cast<unsigned char>(input.front()) % 5) {
    case 0:
      token.host = rest;
      break;
    case 1:
      token.scope = rest;
      break;
    case 2:
      token.body = rest;
      break;
    case 3:
      token.claim = rest;
      break;
    default:
      token.member = rest;
  }
  if (const auto text = fed::sign_access_token(token, world.key)) judge(world, *text);
}

void read_request(std::string_view body) {
  const auto wants = git::read_upload_request(body);
  if (!wants) {
    if (wants.error().kind != Kind::refused) std::abort();
    return;
  }
  // Every line is one that we know, and nothing is between them.
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t size = std::stoul(std::string(body.substr(at, 4)), nullptr, 16);
    const std::string_view line = body.substr(at + 4, size < 4 ? 0 : size - 4);
    const bool known = size == 0 || line.starts_with("want ") || line.starts_with("have ") ||
                       line.starts_with("done") || line.starts_with("shallow ") ||
                       line.starts_with("deepen");
    if (!known || line.find("filter ") == 0) std::abort();
    at += std::max<std::size_t>(size, 4);
  }
  if (at != body.size()) std::abort();
  for (const git::Oid& want : *wants) {
    if (want.size() != 40 || body.find("want " + want) == std::string_view::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  judge(world, input);
  if (size > 0 && size < 1024) judge_signed(world, input);
  read_request(input);
  if (const auto body = git::gunzip(input, 1u << 16)) {
    if (body->size() > (1u << 16)) std::abort();
    read_request(*body);
  }
  if (const auto route = fed::parse_git_route(input)) {
    const std::string& name = route->repository;
    if (name.find("..") != std::string::npos || name.starts_with('/') || name.ends_with('/') ||
        input.find('%') != std::string_view::npos) {
      std::abort();
    }
    if (route->what == fed::GitRoute::What::media && route->sha256.size() != 64) std::abort();
  }
  (void)fed::git_body_limit("POST", input);
  return 0;
}
