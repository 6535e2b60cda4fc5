// SPDX-License-Identifier: MIT
#include "fed/message_signature.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "fed/structured_fields.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxHeader = 8 << 10;
constexpr std::size_t kMaxKeyId = 2048;

tl::unexpected<Error> refused(std::string what) { return fail(Kind::refused, std::move(what)); }

/// A field that must be there once, read as a dictionary.
Result<std::vector<Member>> only_dictionary(const http::Headers& headers, std::string_view name) {
  const std::string title(name);
  const auto values = headers.all(name);
  if (values.size() != 1) return refused("a request without exactly one " + title);
  if (values.front().size() > kMaxHeader) return refused("a " + title + " that is too long");
  const auto line = CAMP_TRY(field_value(headers, name));
  return parse_dictionary(*line);
}

Result<std::vector<std::string>> names_of(const Member& input) {
  std::vector<std::string> names;
  for (const Item& item : input.items) {
    const auto* const name = std::get_if<std::string>(&item.value);
    if (name == nullptr || name->empty()) {
      return refused("a signature over a component without a name");
    }
    if (!item.parameters.empty()) {
      return refused("a signature over " + *name + " in a form that camp does not know");
    }
    if (std::find(names.begin(), names.end(), *name) != names.end()) {
      return refused("a signature that covers " + *name + " twice");
    }
    names.push_back(*name);
  }
  return names;
}

template <class T>
Result<std::optional<T>> typed(const Parameters& parameters, std::string_view name) {
  const BareItem* const value = find_parameter(parameters, name);
  if (value == nullptr) return std::optional<T>();
  const T* const held = std::get_if<T>(value);
  if (held == nullptr) return refused("a signature with a malformed " + std::string(name));
  return std::optional<T>(*held);
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c <= 0x7e; });
}

Result<std::string> bytes_under(const std::vector<Member>& signatures, const std::string& label) {
  for (const Member& member : signatures) {
    if (member.name != label) continue;
    const auto* const held = member.is_list ? nullptr : std::get_if<Bytes>(&member.items[0].value);
    if (held == nullptr || held->bytes.empty()) return refused("a signature that has no bytes");
    return held->bytes;
  }
  return refused("a signature that was announced and is not there");
}

Result<MessageSignature> read_label(const Member& input, const std::vector<Member>& signatures) {
  if (!input.is_list) return refused("a Signature-Input that is no list");
  MessageSignature read;
  read.label = input.name;
  read.covered = CAMP_TRY(names_of(input));
  const auto key_id = CAMP_TRY(typed<std::string>(input.parameters, "keyid"));
  if (!key_id || key_id->empty() || key_id->size() > kMaxKeyId || !is_printable(*key_id)) {
    return refused("a signature with a keyid that is no URL");
  }
  read.key_id = *key_id;
  const auto algorithm = CAMP_TRY(typed<std::string>(input.parameters, "alg"));
  if (algorithm && algorithm->empty()) return refused("a signature with an empty alg");
  read.algorithm = algorithm.value_or("");
  const auto created = CAMP_TRY(typed<std::int64_t>(input.parameters, "created"));
  if (!created) return refused("a signature that does not say when it was created");
  read.created = *created;
  read.expires = CAMP_TRY(typed<std::int64_t>(input.parameters, "expires"));
  read.parameters = serialize_list(input);
  read.signature = CAMP_TRY(bytes_under(signatures, input.name));
  return read;
}

/// RFC 9421 2.2: components that are not fields.
std::optional<std::string> derived(std::string_view name, std::string_view method,
                                   std::string_view scheme, std::string_view authority,
                                   std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  if (name == "@method") return std::string(method);
  if (name == "@scheme") return std::string(scheme);
  if (name == "@authority") return std::string(authority);
  if (name == "@request-target") return std::string(target);
  if (name == "@path") return std::string(target.substr(0, question));
  if (name == "@query") {
    return question < target.size() ? std::string(target.substr(question)) : "?";
  }
  if (name == "@target-uri") {
    return std::string(scheme) + "://" + std::string(authority) + std::string(target);
  }
  return std::nullopt;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string lower_case(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return small;
}

}  // namespace

Result<std::vector<Result<MessageSignature>>> parse_message_signatures(
    const http::Headers& headers) {
  const auto inputs = CAMP_TRY(only_dictionary(headers, "Signature-Input"));
  const auto signatures = CAMP_TRY(only_dictionary(headers, "Signature"));
  std::vector<Result<MessageSignature>> all;
  for (const Member& input : inputs) all.push_back(read_label(input, signatures));
  return all;
}

Result<std::string> signature_base(const MessageSignature& signature, std::string_view method,
                                   std::string_view scheme, std::string_view authority,
                                   std::string_view target, const http::Headers& headers) {
  std::string text;
  for (const std::string& name : signature.covered) {
    std::optional<std::string> value;
    if (name.starts_with('@')) {
      value = derived(name, method, scheme, authority, target);
      if (!value) return refused("a signature over " + name + ", which camp does not know");
    } else if (is_field_name(name)) {
      value = CAMP_TRY(field_value(headers, name));
      if (!value) return refused("a signature over " + name + ", which is not there");
    } else {
      return refused("a signature over something that is no field");
    }
    text += serialize_string(name) + ": " + *value + '\n';
  }
  return text + "\"@signature-params\": " + signature.parameters;
}

std::string content_digest(std::string_view body) {
  return "sha-256=:" + to_base64(crypto::sha256(body)) + ":";
}

Result<void> check_content_digest(const http::Headers& headers, std::string_view body) {
  const auto value = CAMP_TRY(field_value(headers, "content-digest"));
  if (!value) return refused("a request without a Content-Digest");
  const auto members = parse_dictionary(*value);
  if (!members) return fail(Kind::usage, "a malformed Content-Digest");
  for (const Member& member : *members) {
    if (member.name != "sha-256") continue;
    const auto* const held = member.is_list ? nullptr : std::get_if<Bytes>(&member.items[0].value);
    if (held == nullptr) return fail(Kind::usage, "a malformed Content-Digest");
    if (held->bytes != crypto::sha256(body)) return refused("a Content-Digest of another body");
    return {};
  }
  return refused("a Content-Digest without sha-256");
}

Result<http::Headers> sign_message(const OutgoingRequest& request, std::string_view key_id,
                                   const crypto::RsaSecretKey& key, std::int64_t now_ms) {
  http::Headers headers{{"Host", request.host}, {"Date", http::format_http_date(now_ms)}};
  MessageSignature signature;
  signature.covered = {"@method", "@target-uri"};
  if (request.method != "GET" && request.method != "HEAD") {
    headers.add("Content-Digest", content_digest(request.body));
    headers.add("Content-Type", request.content_type);
    signature.covered.push_back("content-digest");
  }
  for (const http::Field& field : request.more.fields()) {
    headers.add(field.name, field.value);
    signature.covered.push_back(lower_case(field.name));
  }
  Member input;
  for (const std::string& name : signature.covered) input.items.push_back({name, {}});
  input.parameters = {{"created", now_ms / 1000},
                      {"keyid", std::string(key_id)},
                      {"alg", std::string("rsa-v1_5-sha256")}};
  signature.parameters = serialize_list(input);
  const std::string base =
      CAMP_TRY(signature_base(signature, request.method, request.scheme, lower_case(request.host),
                              request.target, headers));
  const std::string bytes = CAMP_TRY(key.sign_sha256(base));
  headers.add("Signature-Input", "sig1=" + signature.parameters);
  headers.add("Signature", "sig1=:" + to_base64(bytes) + ":");
  return headers;
}

}  // namespace camp::fed
