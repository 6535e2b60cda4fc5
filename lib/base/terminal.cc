// SPDX-License-Identifier: MIT
#include "base/terminal.h"

#include "base/text.h"

namespace camp {
namespace {

constexpr int kMostMarks = 4;
constexpr char kEscape = '\x1b';

// The C1 controls stand for ESC and a character of 0x40 to 0x5F; a terminal takes them as U+0080 to
// U+009F, or as raw bytes when it is not set to UTF-8.
constexpr char32_t kDcs = 0x90;
constexpr char32_t kSos = 0x98;
constexpr char32_t kCsi = 0x9B;
constexpr char32_t kStringEnd = 0x9C;
constexpr char32_t kOsc = 0x9D;
constexpr char32_t kPm = 0x9E;
constexpr char32_t kApc = 0x9F;

bool between(char c, char low, char high) { return c >= low && c <= high; }

bool is_c1(char32_t c) { return c >= 0x80 && c <= 0x9F; }

// Zero-width, bidirectional and other format controls that change what a reader sees elsewhere.
bool is_deceptive(char32_t c) {
  return c == 0x00AD || c == 0x061C || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 ||
         (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0x3164 ||
         c == 0xFEFF || c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFFB) ||
         (c >= 0x1BCA0 && c <= 0x1BCA3) || (c >= 0x1D173 && c <= 0x1D17A) ||
         (c >= 0xE0000 && c <= 0xE007F);
}

// A C1 control at the start of a text, written either way.
struct Control {
  char32_t value = 0;
  std::size_t length = 0;  // 0: there is none
};

Control c1_at(std::string_view text) {
  const CodePoint point = decode_utf8(text);
  if (point.valid) return is_c1(point.value) ? Control{point.value, point.length} : Control{};
  if (text.empty()) return {};
  const auto byte = static_cast<unsigned char>(text.front());
  return is_c1(byte) ? Control{byte, 1} : Control{};
}

// Parameters, intermediates, final byte; a byte that fits nowhere ends it and is left.
std::size_t csi_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && between(text[at], 0x30, 0x3F)) ++at;
  while (at < text.size() && between(text[at], 0x20, 0x2F)) ++at;
  if (at < text.size() && between(text[at], 0x40, 0x7E)) ++at;
  return at;
}

// The content of OSC, DCS, SOS, PM or APC with its end. A newline ends it too, and so does another
// ESC, which begins a sequence of its own: a string that nobody closed must not swallow a whole
// text, nor be searched for its end again and again.
std::size_t string_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '\a') return at + 1;
    if (c == '\n') return at;
    if (c == kEscape) return at + (text.substr(at + 1).starts_with('\\') ? 2 : 0);
    const Control control = c1_at(text.substr(at));
    if (control.length > 0 && control.value == kStringEnd) return at + control.length;
    at += decode_utf8(text.substr(at)).length;
  }
  return at;
}

// What belongs to a C1 control that was just read, before `text`.
std::size_t tail_of_c1(char32_t control, std::string_view text) {
  switch (control) {
    case kCsi:
      return csi_length(text);
    case kDcs:
    case kSos:
    case kOsc:
    case kPm:
    case kApc:
      return string_length(text);
    default:
      return 0;
  }
}

// What belongs to an ESC that was just read, before `text`.
std::size_t tail_of_escape(std::string_view text) {
  if (text.empty()) return 0;
  if (between(text[0], 0x40, 0x5F)) {
    return 1 + tail_of_c1(static_cast<char32_t>(text[0] - 0x40 + 0x80), text.substr(1));
  }
  std::size_t at = 0;
  while (at < text.size() && between(text[at], 0x20, 0x2F)) ++at;
  if (at < text.size() && between(text[at], 0x30, 0x7E)) ++at;
  return at;
}

class Cleaner {
 public:
  explicit Cleaner(bool one_line) : one_line_(one_line) {}

  std::string clean(std::string_view text) {
    out_.reserve(text.size());
    while (!text.empty()) text.remove_prefix(step(text));
    return std::move(out_);
  }

 private:
  // Deals with the first character or sequence; returns its bytes.
  std::size_t step(std::string_view text) {
    if (text.front() == kEscape) return 1 + tail_of_escape(text.substr(1));
    if (const Control control = c1_at(text); control.length > 0) {
      return control.length + tail_of_c1(control.value, text.substr(control.length));
    }
    const CodePoint point = decode_utf8(text);
    take(point.value);
    return point.length;
  }

  void take(char32_t c) {
    // Terminals do not agree on what the Unicode line ends do.
    if (c == 0x2028 || c == 0x2029) c = U'\n';
    if (c == U'\n' || c == U'\t') return take_break(static_cast<char>(c));
    if (c < 0x20 || c == 0x7F || is_deceptive(c)) return;
    if (is_combining_mark(c)) {
      if (marks_left_ == 0) return;
      --marks_left_;
    } else {
      marks_left_ = kMostMarks;
    }
    if (c == U' ' && after_break_) return;
    after_break_ = false;
    append_utf8(out_, c);
  }

  void take_break(char c) {
    // A mark after a break would land on what we print ourselves.
    marks_left_ = 0;
    if (!one_line_) {
      out_ += c;
    } else if (!out_.ends_with(' ')) {
      out_ += ' ';
      after_break_ = true;
    } else {
      after_break_ = true;
    }
  }

  bool one_line_;
  std::string out_;
  int marks_left_ = 0;  // nothing to put a mark on yet
  bool after_break_ = false;
};

}  // namespace

std::string for_terminal(std::string_view foreign) { return Cleaner(false).clean(foreign); }

std::string for_terminal_line(std::string_view foreign) { return Cleaner(true).clean(foreign); }

}  // namespace camp
