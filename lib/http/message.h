// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace camp::http {

/// One header field as it was sent or will be; names compare without regard to case.
struct Field {
  std::string name, value;
};

/// The fields of a message in their order, repeated ones too.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// The value of the first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The values of all fields of that name, in their order.
  std::vector<std::string_view> all(std::string_view name) const;
  void add(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// A request that arrived whole and within the limits.
struct Request {
  std::string method;  ///< "GET", "HEAD", "POST", …
  std::string target;  ///< path and query exactly as sent: what signatures cover
  std::string path;    ///< decoded, canonical: begins with "/", no ".", ".." or empty parts
  std::string query;   ///< after "?", not decoded
  Headers headers;
  std::string body;
  std::string peer;  ///< the address that it came from, of a trusted proxy the one that it names

  /// The decoded value of a parameter of the query; nothing if it is not there or not UTF-8.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct Response;
/// Sends the answer; from any thread, once. Whoever drops the last copy unused has sent a 500.
using Respond = std::function<void(Response)>;

/// What is sent back. With `more` the body is streamed: it is called until it gives no bytes, and
/// an error of it cuts the connection, so that nobody takes a part for the whole. With `later` this
/// is no answer yet: it is called once, in the worker's thread, and sees to it that one is sent;
/// the worker goes on with other requests when it returns.
struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  std::function<Result<std::string>()> more = {};
  std::function<void(Respond)> later = {};
};

/// Whether a name is that of a header field, without regard to case.
bool same_name(std::string_view a, std::string_view b);

/// Decodes %XX (and, in a query, "+" as a space); nothing if that is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Encodes everything but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

/// A time as HTTP writes it (RFC 9110 5.6.7, IMF-fixdate): "Tue, 24 Nov 2026 10:00:00 GMT".
std::string format_http_date(std::int64_t ms);
/// Reads IMF-fixdate alone; anything else is Kind::refused.
Result<std::int64_t> parse_http_date(std::string_view text);

}  // namespace camp::http
