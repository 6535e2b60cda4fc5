// SPDX-License-Identifier: MIT
#include "git/upload_request.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>

#include "git/packet_lines.h"

namespace camp::git {
namespace {

constexpr std::size_t kMostWants = 20'000;
constexpr std::size_t kOid = 40;
constexpr long kInfiniteDepth = 0x7fffffff;

tl::unexpected<Error> malformed() {
  return fail(Kind::refused, "that is no request of git's", "use git, or camp");
}

bool is_oid(std::string_view text) {
  return text.size() == kOid &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The length that begins a line: four digits in lower case.
std::optional<std::size_t> length_of(std::string_view digits) {
  if (digits.size() != 4 ||
      digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t size = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  return size;
}

/// Takes a prefix off; whether it was there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// " side-band-64k ofs-delta agent=git/2.39.5": words of printable characters.
bool is_capabilities(std::string_view text) {
  return text.empty() || (text.front() == ' ' && std::all_of(text.begin(), text.end(), [](char c) {
                            return c >= ' ' && c <= '~';
                          }));
}

bool is_number(std::string_view text, long below) {
  long value = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && last == end && value > 0 && value < below;
}

class RequestReader {
 public:
  Result<std::vector<Oid>> read(std::string_view body) {
    while (!body.empty()) {
      const auto size = length_of(body.substr(0, 4));
      if (!size || (*size != 0 && *size <= 4) || *size > body.size() || done_) return malformed();
      const bool good = *size == 0 ? flush() : line(body.substr(4, *size - 4));
      if (!good) return malformed();
      body.remove_prefix(std::max<std::size_t>(*size, 4));
    }
    if (!wants_.empty() && !flushed_) return malformed();
    return std::vector<Oid>(wants_.begin(), wants_.end());
  }

 private:
  bool flush() {
    flushed_ = true;
    return true;
  }

  bool line(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    return flushed_ ? history(text) : wish(text);
  }

  /// What comes before the first flush.
  bool wish(std::string_view text) {
    if (take(text, "want ")) return want(text);
    if (wants_.empty()) return false;
    if (take(text, "shallow ")) return is_oid(text);
    if (take(text, "deepen ")) return is_number(text, kInfiniteDepth);
    if (take(text, "deepen-since ")) return is_number(text, std::numeric_limits<long>::max());
    return false;
  }

  bool want(std::string_view text) {
    const std::string_view words = text.substr(std::min(text.size(), kOid));
    if (!is_oid(text.substr(0, kOid)) || !is_capabilities(words)) return false;
    if (!words.empty() && !wants_.empty()) return false;
    wants_.insert(std::string(text.substr(0, kOid)));
    return wants_.size() <= kMostWants;
  }

  /// What comes after it.
  bool history(std::string_view text) {
    if (wants_.empty()) return false;
    if (text == "done") return done_ = true;
    return take(text, "have ") && is_oid(text);
  }

  std::set<Oid> wants_;
  bool flushed_ = false, done_ = false;
};

}  // namespace

Result<std::vector<Oid>> read_upload_request(std::string_view body) {
  if (body.size() > kMaxUploadRequest) return malformed();
  return RequestReader().read(body);
}

Result<Oid> first_unshown_want(const Repository& repository, const std::vector<Oid>& wants,
                               const std::vector<std::string>& hidden) {
  std::set<Oid> shown;
  for (const Branch& branch : CAMP_TRY(repository.branches())) {
    const bool hides = std::any_of(hidden.begin(), hidden.end(), [&](const std::string& prefix) {
      return branch.name.starts_with(prefix);
    });
    if (!hides) shown.insert(branch.tip);
  }
  for (const Oid& want : wants) {
    if (!shown.contains(want) && !repository.tree_of(want)) return want;
  }
  return Oid();
}

std::string refused_want(const Oid& want) { return packet("ERR upload-pack: not our ref " + want); }

}  // namespace camp::git
