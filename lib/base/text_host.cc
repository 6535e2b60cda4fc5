// SPDX-License-Identifier: MIT
#include "base/text_host.h"

#include <dlfcn.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.h"

namespace camp {
namespace {

constexpr std::size_t kMaxInput = 1000, kMaxName = 253, kMaxLabel = 63;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// What UTS #46 drops without a word ("ignored"): two names that look alike would be one.
bool is_dropped(char32_t c) {
  static constexpr std::array<std::pair<char32_t, char32_t>, 11> kDropped{{
      {0x00AD, 0x00AD},
      {0x034F, 0x034F},
      {0x180B, 0x180F},
      {0x200B, 0x200B},
      {0x2060, 0x2060},
      {0x2064, 0x2064},
      {0xFE00, 0xFE0F},
      {0xFEFF, 0xFEFF},
      {0x1BCA0, 0x1BCA3},
      {0x1D173, 0x1D17A},
      {0xE0000, 0xE0FFF},
  }};
  return std::any_of(kDropped.begin(), kDropped.end(),
                     [c](const auto& range) { return c >= range.first && c <= range.second; });
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && is_letter_or_digit(label.front()) &&
         is_letter_or_digit(label.back()) && std::all_of(label.begin(), label.end(), [](char c) {
           return is_letter_or_digit(c) || c == '-';
         });
}

/// Whether it is a lower-case name of letters, digits and hyphens that cannot be an address.
bool is_name(std::string_view name) {
  if (name.size() > kMaxName) return false;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (!is_label(name.substr(begin, end - begin))) return false;
    if (end == name.size()) return is_letter(name[begin]);
    begin = end + 1;
  }
}

bool has_a_label(std::string_view name) {
  return name.starts_with("xn--") || name.find(".xn--") != std::string_view::npos;
}

/// What is used of libidn2. It is loaded for the first international name: most commands meet none,
/// and it brings all of Unicode along.
struct Idn {
  decltype(&::idn2_to_ascii_8z) to_ascii = nullptr;
  decltype(&::idn2_to_unicode_8z8z) to_unicode = nullptr;
  decltype(&::idn2_free) free = nullptr;
};

std::optional<Idn> load_idn() {
  // The name of the ABI that idn2.h declares; never closed.
  void* const handle = ::dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return std::nullopt;
  Idn idn;
  idn.to_ascii = reinterpret_cast<decltype(idn.to_ascii)>(::dlsym(handle, "idn2_to_ascii_8z"));
  idn.to_unicode =
      reinterpret_cast<decltype(idn.to_unicode)>(::dlsym(handle, "idn2_to_unicode_8z8z"));
  idn.free = reinterpret_cast<decltype(idn.free)>(::dlsym(handle, "idn2_free"));
  const bool whole = idn.to_ascii != nullptr && idn.to_unicode != nullptr && idn.free != nullptr;
  return whole ? std::optional(idn) : std::nullopt;
}

const std::optional<Idn>& idn() {
  static const std::optional<Idn> library = load_idn();
  return library;
}

std::optional<std::string> to_ascii(const std::string& name) {
  char* out = nullptr;
  const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
  if (idn()->to_ascii(name.c_str(), &out, flags) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&::idn2_free)> owner(out, idn()->free);
  return std::string(out);
}

std::optional<std::string> to_unicode(const std::string& name) {
  char* out = nullptr;
  if (idn()->to_unicode(name.c_str(), &out, 0) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&::idn2_free)> owner(out, idn()->free);
  return std::string(out);
}

/// Whether every character may be given to libidn2, which deletes or passes what it does not like.
bool may_be_mapped(std::string_view name) {
  if (!is_utf8(name)) return false;
  while (!name.empty()) {
    const CodePoint c = decode_utf8(name);
    if (c.value < 0x80) {
      const char letter = lower(name.front());
      if (!is_letter_or_digit(letter) && letter != '-' && letter != '.') return false;
    } else if (is_dropped(c.value)) {
      return false;
    }
    name.remove_prefix(c.length);
  }
  return true;
}

}  // namespace

Result<std::string> normal_host(std::string_view name) {
  const auto refused = [] { return fail(Kind::refused, "this is not the name of a host"); };
  if (name.empty() || name.size() > kMaxInput || !may_be_mapped(name)) return refused();
  std::string host(name);
  std::transform(host.begin(), host.end(), host.begin(), lower);
  const bool ascii = std::all_of(host.begin(), host.end(), is_ascii);
  if (!ascii || has_a_label(host)) {
    if (!idn()) {
      return fail(Kind::failed, "names of other alphabets cannot be read: libidn2 is missing",
                  "install it, for example with 'apt install libidn2-0'");
    }
    const auto mapped = to_ascii(host);
    if (!mapped || (ascii && *mapped != host)) return refused();
    // The A-labels must stand for the name that they were made of, and for no other.
    const auto shown = to_unicode(*mapped);
    const auto again = shown ? to_ascii(*shown) : std::nullopt;
    if (again != mapped) return refused();
    host = *mapped;
  }
  if (!is_name(host)) return refused();
  return host;
}

}  // namespace camp
