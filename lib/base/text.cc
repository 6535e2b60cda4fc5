// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace camp {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

utf8proc_int32_t as_int(char32_t code_point) { return static_cast<utf8proc_int32_t>(code_point); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The code points of valid UTF-8, decomposed as `options` say.
std::vector<utf8proc_int32_t> decompose(std::string_view text, int options) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  const auto flags = static_cast<utf8proc_option_t>(options);
  std::vector<utf8proc_int32_t> points(text.size() + 16);
  while (true) {
    const auto room = static_cast<utf8proc_ssize_t>(points.size());
    const auto count = utf8proc_decompose(bytes, size, points.data(), room, flags);
    if (count < 0) return {};
    points.resize(static_cast<std::size_t>(count));
    if (count <= room) return points;
  }
}

std::string compose(std::vector<utf8proc_int32_t> points) {
  const auto flags = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  const auto count =
      utf8proc_normalize_utf32(points.data(), static_cast<utf8proc_ssize_t>(points.size()), flags);
  std::string out;
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    append_utf8(out, static_cast<char32_t>(points[static_cast<std::size_t>(i)]));
  }
  return out;
}

// Accents of alphabets that people also write without them. Vowel signs of Indic scripts and the
// voicing marks of kana are not here: without them the word is another.
bool is_accent(utf8proc_int32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x0483 && c <= 0x0489) ||
         (c >= 0x0591 && c <= 0x05C7 && is_combining_mark(static_cast<char32_t>(c))) ||
         (c >= 0x0610 && c <= 0x061A) || (c >= 0x064B && c <= 0x065F) || c == 0x0670 ||
         (c >= 0x06D6 && c <= 0x06ED && is_combining_mark(static_cast<char32_t>(c))) ||
         (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
         (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

// Letters that do not decompose, as people type them without their own keyboard. Case is folded
// before, so only small letters stand here.
std::string_view plain_letter(utf8proc_int32_t c) {
  switch (c) {
    case 0x00E6:
      return "ae";
    case 0x00F0:
    case 0x0111:
      return "d";
    case 0x00F8:
      return "o";
    case 0x00FE:
      return "th";
    case 0x0127:
      return "h";
    case 0x0131:
      return "i";
    case 0x0138:
      return "k";
    case 0x0142:
      return "l";
    case 0x014B:
      return "n";
    case 0x0153:
      return "oe";
    case 0x0167:
      return "t";
    case 0x0192:
      return "f";
    case 0x0268:
      return "i";
    default:
      return {};
  }
}

// One character as a person sees it.
struct Cluster {
  std::size_t length = 0;  ///< bytes
  std::size_t width = 0;   ///< columns
};

// Adds up the columns of a cluster one code point after the other.
class ClusterWidth {
 public:
  void add(char32_t c) {
    constexpr char32_t kJoiner = 0x200D;
    constexpr char32_t kEmojiStyle = 0xFE0F;
    const bool skin_tone = c >= 0x1F3FB && c <= 0x1F3FF;
    const bool flag_letter = c >= 0x1F1E6 && c <= 0x1F1FF;
    if (c == kEmojiStyle && width_ == 1) width_ = 2;
    if (flag_letter) width_ = 2;
    const bool part_of_emoji = after_joiner_ || flag_letter || (skin_tone && width_ > 0);
    if (!part_of_emoji) width_ += static_cast<std::size_t>(utf8proc_charwidth(as_int(c)));
    after_joiner_ = c == kJoiner;
  }
  std::size_t columns() const { return width_; }

 private:
  std::size_t width_ = 0;
  bool after_joiner_ = false;
};

// The first cluster of a text that is not empty.
Cluster first_cluster(std::string_view text) {
  ClusterWidth width;
  utf8proc_int32_t state = 0;
  utf8proc_int32_t previous = -1;
  std::size_t length = 0;
  while (length < text.size()) {
    const CodePoint point = decode_utf8(text.substr(length));
    const auto current = as_int(point.value);
    if (previous >= 0 && utf8proc_grapheme_break_stateful(previous, current, &state)) break;
    width.add(point.value);
    length += point.length;
    previous = current;
  }
  return {length, width.columns()};
}

// Greedy filling of one paragraph.
class Wrapper {
 public:
  Wrapper(std::size_t columns, std::vector<std::string>& out) : columns_(columns), out_(out) {}

  void add_spaces(std::string_view spaces) { pending_.append(spaces); }

  void add_word(std::string_view word) {
    const std::size_t width = display_width(word);
    const bool fits = width_ + pending_.size() + width <= columns_;
    if (!fits && width_ > 0) end_line();
    if (fits) append(pending_, pending_.size());
    pending_.clear();
    if (width_ + width <= columns_) return append(word, width);
    while (!word.empty()) {
      const Cluster cluster = first_cluster(word);
      if (width_ > 0 && width_ + cluster.width > columns_) end_line();
      append(word.substr(0, cluster.length), cluster.width);
      word.remove_prefix(cluster.length);
    }
  }

  void end_line() {
    out_.push_back(std::exchange(line_, {}));
    width_ = 0;
    pending_.clear();
  }

 private:
  void append(std::string_view text, std::size_t width) {
    line_.append(text);
    width_ += width;
  }

  std::size_t columns_;
  std::vector<std::string>& out_;
  std::string line_;
  std::size_t width_ = 0;
  std::string pending_;  // spaces that count only if a word follows on the same line
};

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_handle_character(char c) {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// The length of a handle at the start of `text`; other software allows dots and hyphens inside.
std::size_t handle_length(std::string_view text, bool remote) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_handle_character(text[i])) {
      length = i + 1;
    } else if (!remote || length != i || (text[i] != '.' && text[i] != '-')) {
      break;
    }
  }
  return length;
}

// The length of a host name, with a port if one is there; 0 if there is none.
std::size_t host_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_host_character(ascii_lower(text[length]))) ++length;
  while (length > 0 && (text[length - 1] == '.' || text[length - 1] == '-')) --length;
  if (length == 0 || length > 253 || text[0] == '.' || text[0] == '-' ||
      text.substr(0, length).find("..") != std::string_view::npos) {
    return 0;
  }
  std::size_t end = length;
  if (end < text.size() && text[end] == ':') {
    ++end;
    while (end < text.size() && end < length + 6 && text[end] >= '0' && text[end] <= '9') ++end;
    if (end > length + 1) return end;
  }
  return length;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
  return out;
}

// The mention after an `@` and how many bytes it takes.
struct FoundMention {
  Mention mention;
  std::size_t length = 0;
};

std::optional<FoundMention> mention_at(std::string_view text) {
  constexpr std::size_t kLongestHandle = 64;
  const std::size_t remote = handle_length(text, true);
  if (remote > 0 && remote <= kLongestHandle && remote < text.size() && text[remote] == '@') {
    if (const std::size_t host = host_length(text.substr(remote + 1)); host > 0) {
      return FoundMention{
          {std::string(text.substr(0, remote)), lower(text.substr(remote + 1, host))},
          remote + 1 + host};
    }
  }
  const std::size_t local = handle_length(text, false);
  if (local == 0 || local > kLongestHandle) return std::nullopt;
  // "@bögle" names nobody called "b".
  if (local < text.size() && text[local] != '@' &&
      is_word_character(decode_utf8(text.substr(local)).value)) {
    return std::nullopt;
  }
  return FoundMention{{lower(text.substr(0, local)), {}}, local};
}

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {0xFFFD, 1, false};
  // The second byte's narrower range keeps overlong forms, surrogates and large values out.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t value = lead & (length == 2 ? 0x1FU : length == 3 ? 0x0FU : 0x07U);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned char from = i == 1 ? low : 0x80;
    const unsigned char to = i == 1 ? high : 0xBF;
    if (i >= text.size() || byte(i) < from || byte(i) > to) return {0xFFFD, i, false};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  return {value, length, true};
}

void append_utf8(std::string& out, char32_t code_point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(as_int(code_point), bytes.data());
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (size <= 0 || surrogate) {
    out += kReplacement;
  } else {
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    if (!point.valid) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    out += point.valid ? text.substr(0, point.length) : kReplacement;
    text.remove_prefix(point.length);
  }
  return out;
}

bool is_combining_mark(char32_t code_point) {
  const auto category = utf8proc_category(as_int(code_point));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

bool is_word_character(char32_t code_point) {
  switch (utf8proc_category(as_int(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return code_point == U'_';
  }
}

std::string nfc(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  return compose(decompose(valid_utf8(text), UTF8PROC_DECOMPOSE | UTF8PROC_STABLE));
}

std::string caseless(std::string_view text) {
  if (is_ascii(text)) return lower(text);
  // Folding can leave what is not normalized (U+0345), so it is done on the decomposed text and
  // the result is composed once more.
  const int options = UTF8PROC_DECOMPOSE | UTF8PROC_STABLE | UTF8PROC_CASEFOLD;
  return nfc(compose(decompose(nfc(text), options)));
}

std::string fold(std::string_view text) {
  if (is_ascii(text)) return lower(text);
  const int options =
      UTF8PROC_DECOMPOSE | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
  std::vector<utf8proc_int32_t> kept;
  // Compatibility mappings can yield capitals, so the folding is done on their result once more.
  for (const auto c : decompose(compose(decompose(valid_utf8(text), options)), options)) {
    if (is_accent(c)) continue;
    const std::string_view plain = plain_letter(c);
    if (plain.empty()) {
      kept.push_back(c);
    } else {
      kept.insert(kept.end(), plain.begin(), plain.end());
    }
  }
  return compose(std::move(kept));
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Cluster cluster = first_cluster(text);
    width += cluster.width;
    text.remove_prefix(cluster.length);
  }
  return width;
}

std::string truncate_to_width(std::string_view text, std::size_t columns) {
  if (columns == 0) return {};
  std::size_t width = 0;
  std::size_t keep = 0;  // bytes that leave a column for the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    const Cluster cluster = first_cluster(text.substr(at));
    width += cluster.width;
    if (width > columns) return std::string(text.substr(0, keep)) + std::string(kEllipsis);
    at += cluster.length;
    if (width < columns) keep = at;
  }
  return std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> out;
  Wrapper wrapper(std::max<std::size_t>(columns, 1), out);
  while (true) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end > 0) wrapper.add_word(text.substr(0, end));
    text.remove_prefix(end);
    if (text.empty()) break;
    if (text.front() == '\n') {
      wrapper.end_line();
      text.remove_prefix(1);
    } else {
      const std::size_t spaces = std::min(text.find_first_not_of(' '), text.size());
      wrapper.add_spaces(text.substr(0, spaces));
      text.remove_prefix(spaces);
    }
  }
  wrapper.end_line();
  return out;
}

std::vector<std::string> tags_in(std::string_view text, std::size_t max_tags) {
  constexpr std::size_t kLongestTag = 100;
  std::vector<std::string> tags;
  char32_t before = U' ';
  while (!text.empty() && tags.size() < max_tags) {
    const CodePoint point = decode_utf8(text);
    text.remove_prefix(point.length);
    const bool inside = is_word_character(before) || before == U'/' || before == U'&' ||
                        before == U'#' || before == U'=';
    before = point.value;
    if (point.value != U'#' || inside) continue;
    std::size_t length = 0;
    std::size_t count = 0;
    bool digits_only = true;
    for (CodePoint next = decode_utf8(text); next.valid && is_word_character(next.value);
         next = decode_utf8(text.substr(length))) {
      digits_only = digits_only && next.value >= U'0' && next.value <= U'9';
      length += next.length;
      ++count;
    }
    if (count > 0 && count <= kLongestTag && !digits_only) {
      std::string tag = fold(text.substr(0, length));
      if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) {
        tags.push_back(std::move(tag));
      }
    }
    if (length > 0) before = U'_';
    text.remove_prefix(length);
  }
  return tags;
}

std::vector<Mention> mentions_in(std::string_view text, std::size_t max_mentions) {
  std::vector<Mention> mentions;
  char32_t before = U' ';
  while (!text.empty() && mentions.size() < max_mentions) {
    const CodePoint point = decode_utf8(text);
    text.remove_prefix(point.length);
    const bool inside = is_word_character(before) || before == U'/' || before == U'@' ||
                        before == U'.' || before == U'-' || before == U'+';
    before = point.value;
    if (point.value != U'@' || inside) continue;
    if (auto found = mention_at(text)) {
      if (std::find(mentions.begin(), mentions.end(), found->mention) == mentions.end()) {
        mentions.push_back(std::move(found->mention));
      }
      text.remove_prefix(found->length);
      before = U'_';
    }
  }
  return mentions;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 64;
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  // Three rows of the table of optimal string alignment: two ago, last, current.
  std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const auto& last = rows[(i - 1) % 3];
    auto& row = rows[i % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace camp
