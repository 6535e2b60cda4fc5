// SPDX-License-Identifier: MIT
#include "http/request_head.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace camp::http {
namespace {

constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxTarget = 8192;
constexpr std::size_t kMaxChunkLine = 256;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The text up to a separator, which goes as well; nothing if it is not there.
std::optional<std::string_view> cut(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + separator.size());
  return part;
}

/// Whether a field that is a list of words has one of them.
bool lists(const Headers& headers, std::string_view name, std::string_view word) {
  for (std::string_view rest : headers.all(name)) {
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (same_name(trim(rest.substr(0, comma)), word)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 300 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
}

std::optional<Refusal> read_target(std::string_view target, Request& request) {
  if (target.size() > kMaxTarget) return Refusal{414, "the address is too long"};
  const bool plain = target.starts_with('/') &&
                     std::all_of(target.begin(), target.end(),
                                 [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!plain) return Refusal{400, "the address is not a path"};
  const std::size_t mark = std::min(target.find('?'), target.size());
  auto path = canonical_path(target.substr(0, mark));
  if (!path) return Refusal{400, "the path has another spelling"};
  request.target = target;
  request.path = std::move(*path);
  request.query = mark < target.size() ? target.substr(mark + 1) : "";
  return std::nullopt;
}

std::optional<Refusal> read_first_line(std::string_view line, RequestHead& head) {
  const auto method = cut(line, " ");
  const auto target = method ? cut(line, " ") : std::nullopt;
  if (!target || !is_token(*method)) return Refusal{400, "the first line is not one of HTTP"};
  if (line != "HTTP/1.1" && line != "HTTP/1.0") {
    const bool other = line.starts_with("HTTP/") && line.size() == 8;
    return Refusal{other ? 505 : 400, "this is not HTTP/1.1"};
  }
  static constexpr std::array<std::string_view, 4> kMethods{"GET", "HEAD", "POST", "OPTIONS"};
  if (std::find(kMethods.begin(), kMethods.end(), *method) == kMethods.end()) {
    return Refusal{405, "this method is not used here"};
  }
  head.http_1_0 = line == "HTTP/1.0";
  head.request.method = *method;
  return read_target(*target, head.request);
}

std::optional<Refusal> read_field(std::string_view line, Headers& headers) {
  const auto name = cut(line, ":");
  if (!name || !is_token(*name)) return Refusal{400, "a header field is malformed"};
  const std::string_view value = trim(line);
  const bool clean =
      std::none_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; });
  if (!clean) return Refusal{400, "a header field holds control characters"};
  if (headers.fields().size() >= kMaxFields) return Refusal{431, "there are too many fields"};
  headers.add(*name, value);
  return std::nullopt;
}

std::optional<Refusal> read_framing(RequestHead& head) {
  const Headers& headers = head.request.headers;
  const auto lengths = headers.all("Content-Length");
  const auto codings = headers.all("Transfer-Encoding");
  if (lengths.size() > 1 || codings.size() > 1 || (!lengths.empty() && !codings.empty())) {
    return Refusal{400, "the length of the body is given twice"};
  }
  if (!codings.empty()) {
    if (head.http_1_0 || !same_name(codings.front(), "chunked")) {
      return Refusal{400, "the body comes in a way that is not understood"};
    }
    head.chunked = true;
  }
  if (!lengths.empty()) {
    const std::string_view digits = lengths.front();
    const bool number = !digits.empty() && digits.size() <= 18 &&
                        std::all_of(digits.begin(), digits.end(), is_digit);
    if (!number) return Refusal{400, "the length of the body is not a number"};
    std::uint64_t length = 0;
    for (const char c : digits) length = length * 10 + static_cast<std::uint64_t>(c - '0');
    head.length = length;
  }
  if (head.has_body() && head.request.method != "POST") {
    return Refusal{400, "only a POST has a body"};
  }
  return std::nullopt;
}

std::optional<Refusal> read_connection(RequestHead& head) {
  const Headers& headers = head.request.headers;
  const auto hosts = headers.all("Host");
  if (hosts.size() != 1 || !is_host(hosts.front())) return Refusal{400, "it takes one Host field"};
  head.keep_alive = head.http_1_0 ? lists(headers, "Connection", "keep-alive")
                                  : !lists(headers, "Connection", "close");
  if (const auto expected = headers.find("Expect"); expected && !head.http_1_0) {
    if (!same_name(*expected, "100-continue")) return Refusal{417, "this cannot be expected"};
    head.expects_continue = true;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> canonical_path(std::string_view encoded) {
  auto path = percent_decode(encoded);
  if (!path || !path->starts_with('/') || !is_utf8(*path)) return std::nullopt;
  const auto slashes = [](std::string_view text) {
    return std::count(text.begin(), text.end(), '/');
  };
  if (slashes(encoded) != slashes(*path)) return std::nullopt;
  if (std::any_of(path->begin(), path->end(), [](char c) { return is_control(c) || c == '\\'; })) {
    return std::nullopt;
  }
  std::string_view rest = std::string_view(*path).substr(1);
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return std::nullopt;
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return path;
}

std::variant<RequestHead, Refusal> read_head(std::string_view bytes) {
  RequestHead head;
  const auto first = cut(bytes, "\r\n");
  if (!first) return Refusal{400, "the first line is not one of HTTP"};
  if (auto refusal = read_first_line(*first, head)) return *refusal;
  while (true) {
    const auto line = cut(bytes, "\r\n");
    if (!line) return Refusal{400, "the header has no end"};
    if (line->empty()) break;
    if (auto refusal = read_field(*line, head.request.headers)) return *refusal;
  }
  if (!bytes.empty()) return Refusal{400, "the header has two ends"};
  if (auto refusal = read_framing(head)) return *refusal;
  if (auto refusal = read_connection(head)) return *refusal;
  return head;
}

/// What a finished line means for what comes next; false if it is malformed.
bool ChunkReader::end_of_line() {
  if (!line_.ends_with('\r')) return false;
  line_.pop_back();
  if (std::any_of(line_.begin(), line_.end(), is_control)) return false;
  if (part_ != Part::size) return line_.empty();
  const std::string_view digits = std::string_view(line_).substr(0, line_.find(';'));
  if (digits.empty() || digits.size() > 8) return false;
  left_ = 0;
  for (const char c : digits) {
    const char small = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool letter = small >= 'a' && small <= 'f';
    if (!letter && !is_digit(small)) return false;
    left_ = left_ * 16 + static_cast<std::uint64_t>(letter ? small - 'a' + 10 : small - '0');
  }
  return true;
}

ChunkReader::State ChunkReader::read(std::string_view& bytes, std::string& body) {
  while (!bytes.empty()) {
    if (part_ == Part::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      body.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) part_ = Part::data_end;
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c != '\n') {
      line_ += c;
      if (line_.size() > kMaxChunkLine) return State::malformed;
      continue;
    }
    if (!end_of_line()) return State::malformed;
    line_.clear();
    if (part_ == Part::last_line) return State::done;
    if (part_ == Part::data_end) {
      part_ = Part::size;
    } else {
      part_ = left_ > 0 ? Part::data : Part::last_line;
    }
  }
  return State::more;
}

std::string_view status_words(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 38> kWords{{
      {100, "Continue"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  }};
  for (const auto& [number, words] : kWords) {
    if (number == status) return words;
  }
  return "Status";
}

}  // namespace camp::http
