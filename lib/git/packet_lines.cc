// SPDX-License-Identifier: MIT
#include "git/packet_lines.h"

#include <algorithm>
#include <utility>

#include "base/terminal.h"

namespace camp::git {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::size_t kMostLineBytes = 65'520;
/// Tags and other references are read past, up to as many for each branch that we allow.
constexpr std::size_t kOtherReferences = 10;
constexpr std::size_t kPackHeader = 12;

tl::unexpected<Error> not_git(const std::string& what) {
  return fail(Kind::network, "the other side does not speak as git does: " + what,
              "look whether the address is that of a community");
}

bool is_oid(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::size_t> length_of(std::string_view digits) {
  std::size_t value = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<std::size_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value * 16 + static_cast<std::size_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

/// Whether a list of words holds one.
bool has_word(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

/// Takes a line "<id> <name>"; the first one has the capabilities behind a NUL.
Result<void> note_reference(std::string_view text, std::string_view& capabilities,
                            const TransferLimits& limits, std::vector<Branch>& branches) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (const auto end = text.find('\0'); end != std::string_view::npos) {
    capabilities = text.substr(end + 1);
    text = text.substr(0, end);
  }
  if (text.size() < 42 || text[40] != ' ' || !is_oid(text.substr(0, 40))) {
    return not_git(said(text));
  }
  const std::string_view name = text.substr(41);
  if (!name.starts_with(kHeads)) return {};
  if (branches.size() == limits.branches) {
    return fail(Kind::refused,
                "the other side has more than " + std::to_string(limits.branches) + " branches");
  }
  branches.push_back({std::string(name.substr(kHeads.size())), std::string(text.substr(0, 40))});
  return {};
}

}  // namespace

std::string said(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return for_terminal_line(text.substr(0, 200));
}

std::string packet(std::string_view line) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::size_t size = line.size() + 4;
  std::string out;
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[size >> shift & 15];
  return out.append(line);
}

Result<std::string_view> PacketLines::take(std::size_t size) {
  while (buffer_.size() - used_ < size) {
    std::string more = CAMP_TRY(from_.read());
    if (more.empty()) break;
    if (used_ > 0) buffer_.erase(0, std::exchange(used_, 0));
    buffer_ += more;
  }
  const std::string_view taken = std::string_view(buffer_).substr(used_, size);
  used_ += taken.size();
  return taken;
}

Result<std::optional<std::string_view>> PacketLines::next() {
  const std::string_view digits = CAMP_TRY(take(4));
  if (digits.empty()) return tl::unexpected<Error>(from_.broken_off());
  const auto size = digits.size() == 4 ? length_of(digits) : std::nullopt;
  if (!size || *size > kMostLineBytes || (*size != 0 && *size < 4)) return not_git(said(digits));
  if (*size == 0) return std::nullopt;
  const std::string_view text = CAMP_TRY(take(*size - 4));
  if (text.size() != *size - 4) return tl::unexpected<Error>(from_.broken_off());
  if (text.starts_with("ERR ")) {
    return fail(Kind::refused, "the other side says no: " + said(text.substr(4)));
  }
  return text;
}

Result<std::vector<Branch>> read_branches(PacketLines& lines, const TransferLimits& limits) {
  std::vector<Branch> branches;
  std::string capabilities;
  std::size_t count = 0;
  for (; const auto text = CAMP_TRY(lines.next()); ++count) {
    if (count > limits.branches * kOtherReferences) {
      return fail(Kind::refused, "the other side has too many references");
    }
    std::string_view listed;
    CAMP_TRY(note_reference(*text, listed, limits, branches));
    if (count == 0) capabilities = listed;
  }
  if (count == 0) return branches;  // an empty repository
  if (!has_word(capabilities, "side-band-64k") || !has_word(capabilities, "ofs-delta")) {
    return not_git("it lacks side-band-64k");
  }
  std::sort(branches.begin(), branches.end(),
            [](const Branch& a, const Branch& b) { return a.name < b.name; });
  return branches;
}

Result<void> read_pack(PacketLines& lines, const TransferLimits& limits,
                       const std::function<Result<void>(std::string_view)>& sink) {
  // Without multi_ack there is one answer: the first commit in common, or that there is none.
  const auto answer = CAMP_TRY(lines.next());
  if (!answer || (!answer->starts_with("ACK ") && !answer->starts_with("NAK"))) {
    return not_git(said(answer.value_or("")));
  }
  std::uint64_t bytes = 0;
  std::string header;
  while (const auto text = CAMP_TRY(lines.next())) {
    if (text->empty()) return not_git("an empty band");
    // The first commit in common is acknowledged once more for each have that it implies.
    if (bytes == 0 && text->starts_with("ACK ")) continue;
    const std::string_view rest = text->substr(1);
    if (text->front() == 2) continue;  // progress, which nobody asked for
    if (text->front() == 3) {
      return fail(Kind::network, "the other side failed: " + said(rest), "try again later");
    }
    if (text->front() != 1) return not_git("an unknown band");
    bytes += rest.size();
    if (bytes > limits.pack_bytes) {
      return fail(Kind::refused, "the other side sends more than " +
                                     std::to_string(limits.pack_bytes >> 20) + " MiB");
    }
    if (header.size() < kPackHeader) {
      header += rest.substr(0, kPackHeader - header.size());
      if (header.size() == kPackHeader) {
        std::uint64_t count = 0;
        for (const char c : header.substr(8)) count = count << 8 | static_cast<unsigned char>(c);
        if (!header.starts_with("PACK")) return not_git("no pack");
        if (count > limits.objects) {
          return fail(Kind::refused, "the other side sends " + std::to_string(count) +
                                         " objects, more than the " +
                                         std::to_string(limits.objects) + " allowed");
        }
      }
    }
    CAMP_TRY(sink(rest));
  }
  return {};
}

}  // namespace camp::git
