// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/ed25519.h"
#include "crypto/rsa.h"
#include "fed/verify_request.h"
#include "http/message.h"

namespace camp::fed {

// A peer that signs a request however a test wants it, right or wrong.

constexpr std::int64_t kNow = 1'795'514'400'000;  // Tue, 24 Nov 2026 10:00:00 GMT
constexpr std::int64_t kMinute = 60'000, kHour = 3'600'000;

const crypto::RsaSecretKey& peer_key();
const crypto::RsaPublicKey& peer_public();
const crypto::RsaPublicKey& other_public();
const std::string& peer_public_pem();
const std::string& other_public_pem();
const crypto::SecretKey& peer_ed25519();

/// A request as it is before it is signed. Fields that stand empty are not sent.
struct Plan {
  std::string method = "POST";
  std::string host = "friend.camp";
  std::string target = "/u/ana/inbox";
  std::string body = R"({"type":"Like"})";
  std::int64_t date_ms = kNow;
  std::string key_id = "https://peer.example/users/bo#main-key";
  std::string algorithm = "rsa-sha256";
  std::string covered = "(request-target) host date digest content-type";
  std::optional<std::int64_t> created = {}, expires = {};  ///< seconds
  std::string digest = "right";                            ///< else the header's value
  std::string signed_target = {};                          ///< what is signed in place of target
  bool ed25519 = false;                                    ///< signs with that key
};
/// Signed as draft-cavage says.
http::Request send(const Plan& plan);

/// The same for RFC 9421.
struct MessagePlan {
  std::string method = "POST";
  std::string target = "/u/ana/inbox";
  std::string host = "friend.camp";  ///< what the Host field says
  std::string uri_host = "friend.camp";
  std::string scheme = "https";
  std::string body = R"({"type":"Like"})";
  std::int64_t date_ms = kNow;
  std::vector<std::string> covered = {"@method", "@target-uri", "content-digest"};
  std::string parameters =  ///< after the list of components
      ";created=1795514400;keyid=\"https://peer.example/users/bo#main-key\""
      ";alg=\"rsa-v1_5-sha256\"";
  std::string digest = "right";
  bool ed25519 = false;
};
http::Request send(const MessagePlan& plan);

/// This server, at this moment.
Verification here(std::int64_t now_ms = kNow);

/// Both steps with the peer's RSA key: nothing if the request is believed, else the reason.
std::string refusal(const http::Request& request, const Verification& at = here());
std::string refusal(const http::Request& request, const SignatureKey& key);

}  // namespace camp::fed
