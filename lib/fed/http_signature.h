// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/rsa.h"
#include "http/message.h"

namespace camp::fed {

// HTTP signatures as the fediverse writes them: draft-cavage-http-signatures-12 and the Digest
// header of RFC 3230. What a request must have signed to be believed is verify_request.h's
// question.

/// The parameters of a Signature header (draft-cavage 2.1).
struct SignatureParameters {
  std::string key_id;                   ///< printable ASCII
  std::string algorithm;                ///< empty if it was left out
  std::vector<std::string> covered;     ///< what is signed, in lower case, nothing twice
  std::optional<std::int64_t> created;  ///< seconds since 1970
  std::optional<std::int64_t> expires;  ///< seconds since 1970
  std::string signature;                ///< its bytes
};

/// Reads the value of a Signature header. A parameter that the draft does not know is passed over;
/// Kind::refused for a known one that occurs twice (in whatever case), has a malformed value or,
/// of keyId and signature, is missing; for empty or doubled `headers`; and beyond 8 KiB.
Result<SignatureParameters> parse_signature_header(std::string_view value);

/// The text that is signed (draft-cavage 2.3). `target` is what `(request-target)` shall say, which
/// may be shorter than the request's. Fields that occur several times are joined, folded lines
/// unfolded. Kind::refused if a covered field is not there or cannot stand on a line.
Result<std::string> signing_string(const SignatureParameters& parameters, std::string_view method,
                                   std::string_view target, const http::Headers& headers);

/// The value of a Digest header for a body: "SHA-256=…".
std::string digest_header(std::string_view body);
/// Whether the Digest headers name the body's SHA-256: all values of that algorithm must be right,
/// in whatever case its name is written; other algorithms do not count. Kind::refused says why.
Result<void> check_digest(const http::Headers& headers, std::string_view body);

/// A request that is going to be signed and sent.
struct OutgoingRequest {
  std::string method = "GET";
  std::string scheme = "https";
  std::string host = {};     ///< as the Host header has it: with the port if it is not the scheme's
  std::string target = "/";  ///< path and query as they are sent
  std::string content_type = {};  ///< of a body; left out without one
  std::string body = {};
  http::Headers more = {};  ///< further fields, sent and signed too
  bool sign_query = true;   ///< whether (request-target) has the query
};

/// The fields to send the request with: Host, Date, for a POST Digest and Content-Type, the further
/// ones, and Signature over all of them. Its signature is of this time: make a new one for each
/// attempt.
Result<http::Headers> sign_request(const OutgoingRequest& request, std::string_view key_id,
                                   const crypto::RsaSecretKey& key, std::int64_t now_ms);

/// What both dialects sign of a field: all values of that name, trimmed, unfolded, joined by ", ".
/// Nothing if there is no such field; Kind::refused for what cannot stand on one line.
Result<std::optional<std::string>> field_value(const http::Headers& headers, std::string_view name);

}  // namespace camp::fed
