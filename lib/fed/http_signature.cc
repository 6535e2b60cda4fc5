// SPDX-License-Identifier: MIT
#include "fed/http_signature.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxHeader = 8 << 10;
constexpr std::size_t kMaxKeyId = 2048;
constexpr std::size_t kMaxCovered = 32;
constexpr std::size_t kMaxSecondsDigits = 11;
constexpr std::string_view kSha256 = "sha-256";

bool in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower_case(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), lower);
  return small;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_token_character(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || in(c, "!#$%&'*+-.^_`|~");
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

tl::unexpected<Error> refused(std::string what) { return fail(Kind::refused, std::move(what)); }

// RFC 7230 3.2.4: a line break and the space after it are one space.
Result<std::string> unfold(std::string_view value) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (std::none_of(value.begin(), value.end(), breaks)) return std::string(trim(value));
  std::string line;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::size_t newline = value.substr(i, 2) == "\r\n" ? 2 : value[i] == '\n' ? 1 : 0;
    if (newline > 0) {
      const std::size_t next = value.find_first_not_of(" \t", i + newline);
      if (next == i + newline) return refused("a field with a line break in it");
      line += ' ';
      i = std::min(next, value.size()) - 1;
    } else if (value[i] == '\0' || value[i] == '\r') {
      return refused("a field with a control character in it");
    } else {
      line += value[i];
    }
  }
  return std::string(trim(line));
}

/// One parameter of the header, as RFC 7235 writes them: name=token or name="quoted".
struct RawParameter {
  std::string name;  ///< in lower case
  std::string value;
};

Result<std::string> take_quoted(std::string_view& rest) {
  const auto strange = [](char c) { return c < 0x20 || c > 0x7e; };
  std::string text;
  for (rest.remove_prefix(1); true;) {
    const std::size_t end = rest.find_first_of("\"\\");
    if (end == std::string_view::npos || (rest[end] != '"' && end + 1 == rest.size())) {
      return refused("a Signature header with an open quote");
    }
    text += rest.substr(0, end);
    const bool escape = rest[end] == '\\';
    if (escape) text += rest[end + 1];
    rest.remove_prefix(end + (escape ? 2 : 1));
    if (!escape) break;
  }
  if (std::any_of(text.begin(), text.end(), strange)) {
    return refused("a Signature header with a foreign character");
  }
  return text;
}

std::string take_token(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_token_character);
  std::string token(rest.begin(), end);
  rest.remove_prefix(token.size());
  return token;
}

Result<RawParameter> take_parameter(std::string_view& rest) {
  RawParameter parameter;
  parameter.name = lower_case(take_token(rest));
  if (parameter.name.empty() || !rest.starts_with('=')) {
    return refused("a malformed Signature header");
  }
  rest.remove_prefix(1);
  if (rest.starts_with('"')) {
    parameter.value = CAMP_TRY(take_quoted(rest));
  } else {
    parameter.value = take_token(rest);
    if (parameter.value.empty()) return refused("a Signature header with an empty parameter");
  }
  return parameter;
}

// draft-cavage 2.1.6: names in lower case between single spaces; we lower them ourselves.
Result<std::vector<std::string>> split_covered(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kSpecial{"(request-target)", "(created)",
                                                            "(expires)"};
  std::vector<std::string> names;
  while (!(text = trim(text)).empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string name = lower_case(text.substr(0, end));
    text.remove_prefix(end);
    if (!is_token(name) && std::find(kSpecial.begin(), kSpecial.end(), name) == kSpecial.end()) {
      return refused("a signature over something that is no field");
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return refused("a signature that covers " + name + " twice");
    }
    if (names.size() == kMaxCovered) return refused("a signature over too many fields");
    names.push_back(std::move(name));
  }
  if (names.empty()) return refused("a signature over nothing");
  return names;
}

Result<std::int64_t> seconds(std::string_view text) {
  const bool number = !text.empty() && text.size() <= kMaxSecondsDigits &&
                      std::all_of(text.begin(), text.end(), is_digit);
  if (!number) return refused("a signature with a time that is no whole number of seconds");
  return std::stoll(std::string(text));
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c <= 0x7e; });
}

/// Takes one parameter over; `covered` stays empty until `headers` was seen.
Result<void> accept(SignatureParameters& parameters, const RawParameter& raw) {
  const std::string& value = raw.value;
  if (raw.name == "keyid") {
    if (value.empty() || value.size() > kMaxKeyId || !is_printable(value)) {
      return refused("a signature with a keyId that is no URL");
    }
    parameters.key_id = value;
  } else if (raw.name == "algorithm") {
    if (value.empty()) return refused("a signature with an empty algorithm");
    parameters.algorithm = value;
  } else if (raw.name == "headers") {
    parameters.covered = CAMP_TRY(split_covered(value));
  } else if (raw.name == "created") {
    parameters.created = CAMP_TRY(seconds(value));
  } else if (raw.name == "expires") {
    parameters.expires = CAMP_TRY(seconds(value));
  } else if (raw.name == "signature") {
    const auto bytes = from_base64(value);
    if (!bytes || bytes->empty()) return refused("a signature that is not base64");
    parameters.signature = *bytes;
  }
  return {};
}

bool is_known(std::string_view name) {
  return name == "keyid" || name == "algorithm" || name == "headers" || name == "created" ||
         name == "expires" || name == "signature";
}

/// The value of `(created)` or `(expires)` in the text that is signed.
Result<std::string> time_line(const SignatureParameters& parameters, const std::string& name) {
  // draft-cavage 2.3: only algorithms that the key decides may sign these two.
  for (const std::string_view old : {"rsa", "hmac", "ecdsa"}) {
    if (parameters.algorithm.starts_with(old)) {
      return refused("a signature over " + name + " with an algorithm that does not know it");
    }
  }
  const auto& time = name == "(created)" ? parameters.created : parameters.expires;
  if (!time) return refused("a signature over " + name + " without that time");
  return std::to_string(*time);
}

Result<void> check_digest_entry(std::string_view entry, std::string_view body_digest, bool& found) {
  const std::size_t equals = entry.find('=');
  if (equals == std::string_view::npos) return refused("a malformed Digest");
  if (!http::same_name(trim(entry.substr(0, equals)), kSha256)) return {};
  const auto digest = from_base64(trim(entry.substr(equals + 1)));
  if (!digest || *digest != body_digest) return refused("a Digest of another body");
  found = true;
  return {};
}

}  // namespace

Result<std::optional<std::string>> field_value(const http::Headers& headers,
                                               std::string_view name) {
  std::optional<std::string> joined;
  for (const std::string_view value : headers.all(name)) {
    const std::string line = CAMP_TRY(unfold(value));
    joined = joined ? *joined + ", " + line : line;
  }
  return joined;
}

Result<SignatureParameters> parse_signature_header(std::string_view value) {
  if (value.size() > kMaxHeader) return refused("a Signature header that is too long");
  const std::string line = CAMP_TRY(unfold(value));
  SignatureParameters parameters;
  std::vector<std::string> seen;
  for (std::string_view rest = line; true; rest.remove_prefix(1)) {
    rest = trim(rest);
    const RawParameter raw = CAMP_TRY(take_parameter(rest));
    if (is_known(raw.name)) {
      if (std::find(seen.begin(), seen.end(), raw.name) != seen.end()) {
        return refused("a Signature header with " + raw.name + " twice");
      }
      seen.push_back(raw.name);
      CAMP_TRY(accept(parameters, raw));
    }
    rest = trim(rest);
    if (rest.empty()) break;
    if (rest.front() != ',') return refused("a malformed Signature header");
  }
  if (parameters.key_id.empty()) return refused("a Signature header without a keyId");
  if (parameters.signature.empty()) return refused("a Signature header without a signature");
  if (parameters.covered.empty()) parameters.covered = {"(created)"};
  return parameters;
}

Result<std::string> signing_string(const SignatureParameters& parameters, std::string_view method,
                                   std::string_view target, const http::Headers& headers) {
  std::string text;
  for (const std::string& name : parameters.covered) {
    std::string value;
    if (name == "(request-target)") {
      value = lower_case(method) + " " + std::string(target);
    } else if (name.front() == '(') {
      value = CAMP_TRY(time_line(parameters, name));
    } else {
      const auto field = CAMP_TRY(field_value(headers, name));
      if (!field) return refused("a signature over " + name + ", which is not there");
      value = *field;
    }
    if (!text.empty()) text += '\n';
    text += name + ": " + value;
  }
  return text;
}

std::string digest_header(std::string_view body) {
  return "SHA-256=" + to_base64(crypto::sha256(body));
}

Result<void> check_digest(const http::Headers& headers, std::string_view body) {
  const auto value = CAMP_TRY(field_value(headers, "digest"));
  if (!value) return refused("a request without a Digest");
  const std::string body_digest = crypto::sha256(body);
  bool found = false;
  for (std::size_t at = 0; at <= value->size();) {
    const std::size_t end = std::min(value->find(',', at), value->size());
    const std::string_view entry = trim(std::string_view(*value).substr(at, end - at));
    CAMP_TRY(check_digest_entry(entry, body_digest, found));
    at = end + 1;
  }
  if (!found) return refused("a Digest without SHA-256");
  return {};
}

Result<http::Headers> sign_request(const OutgoingRequest& request, std::string_view key_id,
                                   const crypto::RsaSecretKey& key, std::int64_t now_ms) {
  http::Headers headers{{"Host", request.host}, {"Date", http::format_http_date(now_ms)}};
  SignatureParameters parameters;
  parameters.algorithm = "rsa-sha256";
  parameters.covered = {"(request-target)", "host", "date"};
  if (request.method != "GET" && request.method != "HEAD") {
    headers.add("Digest", digest_header(request.body));
    headers.add("Content-Type", request.content_type);
    parameters.covered.insert(parameters.covered.end(), {"digest", "content-type"});
  }
  for (const http::Field& field : request.more.fields()) {
    headers.add(field.name, field.value);
    parameters.covered.push_back(lower_case(field.name));
  }
  const std::string_view target = request.target;
  const std::string text = CAMP_TRY(
      signing_string(parameters, request.method,
                     request.sign_query ? target : target.substr(0, target.find('?')), headers));
  std::string names;
  for (const std::string& name : parameters.covered) names += (names.empty() ? "" : " ") + name;
  const std::string signature = to_base64(CAMP_TRY(key.sign_sha256(text)));
  headers.add("Signature", "keyId=\"" + std::string(key_id) + "\",algorithm=\"rsa-sha256\"," +
                               "headers=\"" + names + "\",signature=\"" + signature + "\"");
  return headers;
}

}  // namespace camp::fed
