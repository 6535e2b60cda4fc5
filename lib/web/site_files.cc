// SPDX-License-Identifier: MIT
#include "web/site_files.h"

#include <array>

#include "crypto/digest.h"

namespace camp::web {
namespace {

constexpr std::size_t kHashDigits = 16;
constexpr std::size_t kSide = 16;
constexpr std::array<std::string_view, kSide> kTent{
    "................", "................", ".......##.......", "......####......",
    "......####......", ".....######.....", ".....######.....", "....###..###....",
    "....###..###....", "...###....###...", "...###....###...", "..####....####..",
    "..###......###..", ".####......####.", ".####......####.", "................"};

void put_16(std::string& out, unsigned value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}
void put_32(std::string& out, unsigned value) {
  put_16(out, value & 0xFFFF);
  put_16(out, value >> 16);
}

/// One bit a pixel, rows from the bottom, each filled up to four bytes.
std::string bits(bool inverted) {
  std::string rows;
  for (std::size_t row = kSide; row-- > 0;) {
    unsigned line = 0;
    for (const char pixel : kTent[row]) line = line << 1 | ((pixel == '#') != inverted ? 1u : 0u);
    rows += static_cast<char>(line >> 8);
    rows += static_cast<char>(line & 0xFF);
    rows.append(2, '\0');
  }
  return rows;
}

std::string make_icon() {
  constexpr unsigned kDirectory = 6 + 16, kHeader = 40, kPalette = 8, kTentColour = 0x2F6B3A;
  const std::string pixels = bits(false), transparent = bits(true);
  std::string icon;
  for (const unsigned value : {0u, 1u, 1u}) put_16(icon, value);  // an icon, one picture
  icon += static_cast<char>(kSide);
  icon += static_cast<char>(kSide);
  icon += '\2';  // colours
  icon += '\0';
  put_16(icon, 1);
  put_16(icon, 1);
  put_32(icon, kHeader + kPalette + static_cast<unsigned>(pixels.size() + transparent.size()));
  put_32(icon, kDirectory);
  put_32(icon, kHeader);
  put_32(icon, kSide);
  put_32(icon, 2 * kSide);  // picture and mask
  put_16(icon, 1);
  put_16(icon, 1);
  for (int i = 0; i < 4; ++i) put_32(icon, 0);
  for (const unsigned value : {2u, 2u}) put_32(icon, value);
  put_32(icon, 0);
  put_32(icon, kTentColour);
  return icon + pixels + transparent;
}

}  // namespace

const std::string& style_path() {
  static const std::string path =
      "/style-" + crypto::sha256_hex(style_css()).substr(0, kHashDigits) + ".css";
  return path;
}

const std::string& favicon() {
  static const std::string icon = make_icon();
  return icon;
}

std::string_view robots_txt() {
  return "User-agent: *\n"
         "Disallow: /media/\n"
         "Disallow: /git/\n"
         "Disallow: /inbox\n";
}

}  // namespace camp::web
