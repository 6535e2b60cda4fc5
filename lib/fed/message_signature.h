// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fed/http_signature.h"
#include "http/message.h"

namespace camp::fed {

// HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530), as far as requests need them.

/// One signature of a request, read from Signature-Input and Signature.
struct MessageSignature {
  std::string label;
  std::string key_id;                   ///< printable ASCII
  std::string algorithm;                ///< empty if it was left out
  std::vector<std::string> covered;     ///< names of components, nothing twice
  std::int64_t created = 0;             ///< seconds since 1970
  std::optional<std::int64_t> expires;  ///< seconds since 1970
  std::string parameters;               ///< the value of @signature-params
  std::string signature;                ///< its bytes
};

/// The signatures in the order of Signature-Input; each label has its own verdict, since one that
/// we cannot read must not hide another. A label is Kind::refused if it lacks `keyid`, `created` or
/// its signature, or covers a component with parameters (;sf, ;bs, ;key, ;req, ;tr) or one twice.
/// Kind::refused for the whole if either field is missing, occurs twice, is malformed or exceeds
/// 8 KiB.
Result<std::vector<Result<MessageSignature>>> parse_message_signatures(
    const http::Headers& headers);

/// The text that is signed (RFC 9421 2.5). Knows @method, @target-uri, @authority, @scheme, @path,
/// @query, @request-target and ordinary fields; Kind::refused for other components and for fields
/// that are not there. `authority` is the host that the request is for.
Result<std::string> signature_base(const MessageSignature& signature, std::string_view method,
                                   std::string_view scheme, std::string_view authority,
                                   std::string_view target, const http::Headers& headers);

/// The value of a Content-Digest header for a body: "sha-256=:…:".
std::string content_digest(std::string_view body);
/// Whether Content-Digest names the body's SHA-256; other algorithms beside it do not count.
/// Kind::usage if the field is malformed (HTTP 400), Kind::refused if it is missing, lacks sha-256
/// or is that of another body.
Result<void> check_content_digest(const http::Headers& headers, std::string_view body);

/// As sign_request, for peers that answered 400 or 401 to that: the fields Host, Date, for a POST
/// Content-Digest and Content-Type, the further ones, Signature-Input and Signature over `@method`,
/// `@target-uri`, for a POST `content-digest`, and the further ones.
Result<http::Headers> sign_message(const OutgoingRequest& request, std::string_view key_id,
                                   const crypto::RsaSecretKey& key, std::int64_t now_ms);

}  // namespace camp::fed
