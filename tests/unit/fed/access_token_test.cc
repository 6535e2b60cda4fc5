// SPDX-License-Identifier: MIT
// A token opens what it was made for, to whom it was made for, while it lives: nothing else.
#include "fed/access_token.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "catch.h"
#include "crypto/digest.h"
#include "store/keyring.h"

using namespace camp;
using namespace camp::fed;

namespace {

constexpr std::int64_t kNow = 1'795'428'000'000;
constexpr std::int64_t kMinute = 60'000;
const std::string kBody = "{\"type\":\"Note\"}\n";

crypto::SecretKey secret(char seed) {
  return crypto::SecretKey::from_seed(std::string(32, seed)).value();
}

/// bo, who has a laptop, a retired phone, a revoked tablet, and a paper key.
model::KeyState bo() {
  model::KeyState keys;
  keys.owner = OwnerId::parse(std::string(32, 'b')).value();
  keys.rotation = {secret('p').public_key()};
  keys.signing = {{secret('l').public_key(), model::KeyRole::device, "laptop"}};
  keys.retired = {secret('r').public_key()};
  keys.revoked = {{secret('t').public_key(), {}}};
  return keys;
}

AccessToken good() {
  return {.member = "bo",
          .key = {},
          .host = "friend.camp",
          .scope = fetch_scope("local"),
          .expires_ms = kNow + kTokenLifeAskedMs,
          .body = {},
          .claim = {}};
}

TokenUse use() {
  return {.host = "friend.camp", .scope = fetch_scope("local"), .body = {}, .now_ms = kNow};
}

std::string signed_by(char seed, const AccessToken& token = good()) {
  return sign_access_token(token, secret(seed)).value();
}

/// As a server does it.
Result<Bearer> judged(const std::string& text, const TokenUse& wanted = use(),
                      const model::KeyState& keys = bo(), const std::string& digest = {}) {
  return judge_access_token(CAMP_TRY(read_access_token(text)), wanted, keys, digest);
}

void refuses(const Result<Bearer>& verdict) {
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().kind == Kind::refused);
  CHECK_FALSE(verdict.error().message.empty());
}

}  // namespace

TEST_CASE("a key that speaks and one that decides are let in") {
  CHECK(judged(signed_by('l')) == Bearer::member);
  CHECK(judged(signed_by('p')) == Bearer::member);
}

TEST_CASE("a token comes back as it was made") {
  AccessToken token = good();
  token.body = crypto::sha256_hex(kBody);
  token.claim = std::string(64, 'c');
  const auto read = read_access_token(signed_by('l', token));
  REQUIRE(read);
  token.key = secret('l').public_key();
  CHECK(*read == token);
}

TEST_CASE("a revoked key opens nothing") { refuses(judged(signed_by('t'))); }

TEST_CASE("a retired key opens nothing") { refuses(judged(signed_by('r'))); }

TEST_CASE("an unknown key opens nothing") { refuses(judged(signed_by('x'))); }

TEST_CASE("a token for another host opens nothing") {
  const std::string host = GENERATE("evil.example", "", "friend.camp:8080", "FRIEND.CAMP",
                                    "friend.camp.", "xfriend.camp");
  AccessToken token = good();
  token.host = host;
  refuses(judged(signed_by('l', token)));
  // Nor does any token where the server does not know its own host.
  token.host = "";
  TokenUse nameless = use();
  nameless.host = "";
  refuses(judged(signed_by('l', token), nameless));
}

TEST_CASE("a token for something else opens nothing") {
  const std::string scope =
      GENERATE("public", "", "local.git", "LOCAL", "media local", "submit", "private/x", "local ");
  AccessToken token = good();
  token.scope = scope;
  refuses(judged(signed_by('l', token)));
}

TEST_CASE("scopes differ from each other whatever a repository is called") {
  CHECK(fetch_scope("local") != media_scope("local"));
  CHECK(fetch_scope("submit") == submit_scope());  // which is why no repository has that name
  CHECK(media_scope("a") != media_scope("b"));
}

TEST_CASE("a token dies, and clocks may differ by three minutes") {
  AccessToken token = good();
  const auto at = [&](std::int64_t expires) {
    token.expires_ms = expires;
    return judged(signed_by('l', token));
  };
  CHECK(at(kNow + 1));
  CHECK(at(kNow - kTokenSkewMs + 1));
  refuses(at(kNow - kTokenSkewMs));
  refuses(at(kNow - 60 * kMinute));
  refuses(at(0));
}

TEST_CASE("a token that lives too long opens nothing") {
  AccessToken token = good();
  const auto at = [&](std::int64_t expires) {
    token.expires_ms = expires;
    return judged(signed_by('l', token));
  };
  CHECK(kTokenLifeMs == 5 * kMinute);
  CHECK(at(kNow + kTokenLifeMs + kTokenSkewMs));
  refuses(at(kNow + kTokenLifeMs + kTokenSkewMs + 1));
  refuses(at(kNow + 24 * 60 * kMinute));
  refuses(at((std::int64_t{1} << 53) - 1));
}

TEST_CASE("a token for a submission is for one body") {
  AccessToken token = good();
  token.scope = submit_scope();
  token.body = crypto::sha256_hex(kBody);
  TokenUse submission = use();
  submission.scope = submit_scope();
  submission.body = crypto::sha256_hex(kBody);
  CHECK(judged(signed_by('l', token), submission));
  submission.body = crypto::sha256_hex(kBody + " ");
  refuses(judged(signed_by('l', token), submission));
  submission.body = "";
  refuses(judged(signed_by('l', token), submission));
  token.body = "";  // one that names no body is for requests that change nothing
  submission.body = crypto::sha256_hex(kBody);
  refuses(judged(signed_by('l', token), submission));
}

TEST_CASE("a token of which any part was altered opens nothing") {
  const std::string token = signed_by('l');
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    if (altered == token) continue;
    INFO(i);
    CHECK_FALSE(read_access_token(altered));
  }
}

TEST_CASE("the signature of one token under the words of another opens nothing") {
  AccessToken other = good();
  other.scope = fetch_scope("private/x");
  const std::string mine = signed_by('l'), theirs = signed_by('l', other);
  refuses(judged(theirs.substr(0, theirs.find('.')) + mine.substr(mine.find('.'))));
}

TEST_CASE("a signature that the key made for something else is no token's") {
  const std::string token = signed_by('l');
  const std::string json = from_base64url(token.substr(0, token.find('.'))).value();
  const std::string bare = to_base64url(json) + "." + to_base64url(secret('l').sign(json));
  CHECK_FALSE(read_access_token(bare));
}

TEST_CASE("a token has one spelling") {
  const std::string token = signed_by('l');
  const std::string json = from_base64url(token.substr(0, token.find('.'))).value();
  const auto sealed = [](const std::string& text) {
    return to_base64url(text) + "." +
           to_base64url(secret('l').sign("camp access token 1\n" + text));
  };
  CHECK(read_access_token(sealed(json)));
  std::string spaced = json, unknown = json, doubled = json, real = json;
  spaced.insert(1, " ");
  unknown.insert(1, "\"a\":1,");
  doubled.insert(1, "\"scope\":\"public\",");
  real.insert(real.find("\"expires\":") + 23, ".0");
  for (const std::string& text : {spaced, unknown, doubled, real, json + "\n", std::string("[]"),
                                  std::string("{}"), std::string("null"), std::string()}) {
    INFO(text);
    CHECK_FALSE(read_access_token(sealed(text)));
  }
  for (const std::string& text :
       {token + ".", token + "=", "." + token, token + token, token + " ", " " + token,
        std::string("."), std::string(), std::string(5000, 'A')}) {
    INFO(text);
    CHECK_FALSE(read_access_token(text));
  }
}

TEST_CASE("who has not claimed is let in by the code, as a claimant") {
  model::KeyState unclaimed = bo();
  unclaimed.unclaimed = true;
  const std::string digest = store::claim_digest("4f7k-abcd-efgh-jkmn");
  AccessToken token = good();
  token.claim = claim_proof(digest, secret('n').public_key(), "friend.camp");
  const std::string text = signed_by('n', token);
  CHECK(judged(text, use(), unclaimed, digest) == Bearer::claimant);

  SECTION("not with another code") {
    refuses(judged(text, use(), unclaimed, store::claim_digest("other")));
  }
  SECTION("not when there is no open code") { refuses(judged(text, use(), unclaimed, "")); }
  SECTION("not once the member has claimed") { refuses(judged(text, use(), bo(), digest)); }
  SECTION("not with another key") {
    refuses(judged(signed_by('m', token), use(), unclaimed, digest));
  }
  SECTION("not at another host") {
    TokenUse elsewhere = use();
    elsewhere.host = token.host = "other.camp";
    refuses(judged(signed_by('n', token), elsewhere, unclaimed, digest));
  }
  SECTION("not with a proof of nothing, even by a key that speaks") {
    token.claim = "x";
    refuses(judged(signed_by('l', token), use(), unclaimed, digest));
    token.claim = claim_proof("", secret('n').public_key(), "friend.camp");
    refuses(judged(signed_by('n', token), use(), unclaimed, ""));
  }
}
