// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/message.h"

namespace camp::http {

/// Why a request is not taken, as it is answered.
struct Refusal {
  int status = 400;
  std::string reason;  ///< one plain sentence
};

/// The first line and the fields of a request, read strictly, and how its body is framed.
struct RequestHead {
  Request request;                      ///< without body and peer
  std::optional<std::uint64_t> length;  ///< Content-Length
  bool chunked = false;
  bool keep_alive = true;  ///< what the client wants
  bool http_1_0 = false;
  bool expects_continue = false;

  bool has_body() const { return chunked || length.value_or(0) > 0; }
};

/// Reads a head that ends with its empty line. Refused is everything that two readers could take
/// for different requests: line ends other than CRLF, folded lines, a space before a colon, other
/// than one Host, repeated or strange lengths, a length beside chunks, a body where none belongs
/// (RFC 9112 2 to 6); and paths that have another spelling (percent_decode once; "." and ".."
/// parts, empty parts, encoded slashes, backslashes, controls, what is not UTF-8).
std::variant<RequestHead, Refusal> read_head(std::string_view bytes);

/// Reads a chunked body (RFC 9112 7.1) as it arrives. Extensions are ignored, trailers refused.
class ChunkReader {
 public:
  enum class State { more, done, malformed };
  /// Takes bytes from the front of `bytes` and adds what they hold to `body`.
  State read(std::string_view& bytes, std::string& body);

 private:
  enum class Part { size, data, data_end, last_line };
  bool end_of_line();

  Part part_ = Part::size;
  std::string line_;
  std::uint64_t left_ = 0;
};

/// The decoded form of a request's path, nothing if it has another spelling than the one sent.
std::optional<std::string> canonical_path(std::string_view encoded);

/// The words that stand beside a status in an answer.
std::string_view status_words(int status);

}  // namespace camp::http
