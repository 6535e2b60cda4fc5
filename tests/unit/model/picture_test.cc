// SPDX-License-Identifier: MIT
#include "model/picture.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "catch.h"

using namespace camp;
using namespace std::string_literals;
using camp::model::clean_picture;
using camp::model::Picture;

namespace {

// Pictures are put together here by hand, with a marker in everything that must not get out. Their
// pixel data is no real picture's: nothing that is tested decodes it.

const std::string kSecret = "SECRET-MARKER";
const std::string kProfile = "PROFILE-BYTES";
const std::string kPixels = "pixel\x01\x02\x03 data, as it is\x7f";

std::string number(std::uint32_t value, int size, bool little) {
  std::string out;
  for (int i = 0; i < size; ++i) {
    const int shift = 8 * (little ? i : size - 1 - i);
    out += static_cast<char>(value >> shift & 0xFF);
  }
  return out;
}
std::string big(std::uint32_t value, int size) { return number(value, size, false); }
std::string low(std::uint32_t value, int size) { return number(value, size, true); }

// A TIFF structure as a camera writes it: maker, orientation, a pointer to places, a thumbnail.
std::string tiff(int orientation, bool little) {
  const auto n = [&](std::uint32_t value, int size) { return number(value, size, little); };
  const auto turn = static_cast<std::uint32_t>(orientation);
  return (little ? "II*\0"s : "MM\0*"s) + n(8, 4) + n(3, 2) +       //
         n(0x010F, 2) + n(2, 2) + n(13, 4) + n(50, 4) +             // maker
         n(0x0112, 2) + n(3, 2) + n(1, 4) + n(turn, 2) + n(0, 2) +  // orientation
         n(0x8825, 2) + n(4, 2) + n(1, 4) + n(50, 4) +              // GPS directory
         n(0, 4) + kSecret + "GPS";
}

std::string segment(int marker, const std::string& payload) {
  return "\xFF"s + static_cast<char>(marker) +
         big(static_cast<std::uint32_t>(payload.size()) + 2, 2) + payload;
}

std::string frame(std::uint32_t width, std::uint32_t height) {
  return segment(0xC0, "\x08" + big(height, 2) + big(width, 2) + "\x01\x01\x11\0"s);
}

const std::string kScan = segment(0xDA, "\x01\x01\0\0\x3F\0"s) + kPixels + "\xFF\0\xFF\xD0"s +
                          kPixels + "\xFF\xD7" + kPixels;
const std::string kTables = segment(0xDB, "\0"s + std::string(64, '\x10')) +
                            segment(0xC4, "\0"s + "\x01"s + std::string(15, '\0') + "\x05");

std::string jpeg(int orientation, bool little = true) {
  return "\xFF\xD8" + segment(0xE0, "JFIF\0\x01\x02\x01\0\x48\0\x48\x02\x02"s + kSecret) +
         segment(0xE0, "JFXX\0\x10"s + kSecret) +
         segment(0xE1, "Exif\0\0"s + tiff(orientation, little)) +
         segment(0xE1, "http://ns.adobe.com/xap/1.0/\0"s + kSecret) +
         segment(0xE2, "ICC_PROFILE\0\x01\x01"s + kProfile) + segment(0xE2, "MPF\0"s + kSecret) +
         segment(0xED, "Photoshop 3.0\0"s + kSecret) +
         segment(0xEE, "Adobe\0\x64\0\0\0\0\x01"s + kSecret) + segment(0xEB, kSecret) +
         segment(0xFE, kSecret) + kTables + frame(40, 30) + kScan + segment(0xFE, kSecret) +
         "\xFF\xFF" + segment(0xC4, "\x10"s + std::string(16, '\0')).substr(1) + kScan +
         "\xFF\xD9" + kSecret + "\xFF\xD8\xFF\xE1" + kSecret;
}

// The same CRC as the code's, bit by bit.
std::string chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : type + data) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
  }
  return big(static_cast<std::uint32_t>(data.size()), 4) + type + data + big(~crc, 4);
}

const std::string kPngSignature = "\x89PNG\r\n\x1a\n";

std::string png_header(std::uint32_t width, std::uint32_t height) {
  return kPngSignature + chunk("IHDR", big(width, 4) + big(height, 4) + "\x08\x02\0\0\0"s);
}

std::string png(int orientation) {
  return png_header(40, 30) + chunk("iCCP", kSecret + "\0\0"s + kProfile) +
         chunk("gAMA", big(45455, 4)) + chunk("tEXt", "Comment\0"s + kSecret) +
         chunk("zTXt", "Comment\0\0"s + kSecret) +
         chunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0"s + kSecret) +
         chunk("tIME", "\x07\xEA\x0B\x17\x0A\0\0"s) + chunk("prVt", kSecret) +
         chunk("IDAT", kPixels) + chunk("IDAT", kPixels) + chunk("eXIf", tiff(orientation, false)) +
         chunk("tEXt", "Author\0"s + kSecret) + chunk("IEND", "") + kSecret;
}

std::string riff_chunk(const std::string& type, const std::string& data) {
  return type + low(static_cast<std::uint32_t>(data.size()), 4) + data +
         (data.size() % 2 != 0 ? "\0"s : ""s);
}
std::string riff(const std::string& chunks) {
  return "RIFF" + low(static_cast<std::uint32_t>(chunks.size()) + 4, 4) + "WEBP" + chunks;
}
std::string vp8(std::uint32_t width, std::uint32_t height) {
  return riff_chunk("VP8 ", "\x10\0\0\x9d\x01\x2a"s + low(width, 2) + low(height, 2) + kPixels);
}
std::string vp8l(std::uint32_t width, std::uint32_t height) {
  return riff_chunk("VP8L", "\x2f" + low((width - 1) | (height - 1) << 14, 4) + kPixels);
}
std::string vp8x(int flags, std::uint32_t width, std::uint32_t height) {
  return riff_chunk("VP8X", std::string(1, static_cast<char>(flags)) + "\0\0\0"s +
                                low(width - 1, 3) + low(height - 1, 3));
}

std::string webp(int orientation) {
  return riff(vp8x(0x3C, 40, 30) + riff_chunk("ICCP", kProfile) +
              riff_chunk("ALPH", "\0"s + kPixels) + vp8(40, 30) +
              riff_chunk("EXIF", tiff(orientation, true)) + riff_chunk("XMP ", kSecret) +
              riff_chunk("abcd", kSecret)) +
         kSecret;
}

std::string animation() {
  const auto frame_of = [](const std::string& chunks) {
    return riff_chunk(
        "ANMF", low(0, 3) + low(5, 3) + low(19, 3) + low(9, 3) + low(100, 3) + "\0"s + chunks);
  };
  return riff(vp8x(0x0A, 40, 30) + riff_chunk("ANIM", "\xff\xff\xff\xff\0\0"s) +
              frame_of(vp8l(20, 10)) +
              frame_of(riff_chunk("ALPH", "\0x"s) + vp8(20, 10) + riff_chunk("mark", kSecret)) +
              riff_chunk("EXIF", tiff(1, false)));
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

void check_refused(const std::string& bytes) {
  const auto result = clean_picture(bytes);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == Kind::refused);
  CHECK_FALSE(result.error().hint.empty());
}

}  // namespace

TEST_CASE("E55 a JPEG loses its places, texts and thumbnails and keeps its pixels") {
  const std::string original = jpeg(1);
  REQUIRE(count(original, kSecret) == 12);
  const Picture picture = clean_picture(original).value();
  CHECK(picture.media_type == "image/jpeg");
  CHECK(picture.width == 40);
  CHECK(picture.height == 30);
  CHECK(picture.bytes == "\xFF\xD8" + segment(0xE0, "JFIF\0\x01\x02\x01\0\x48\0\x48\0\0"s) +
                             segment(0xE2, "ICC_PROFILE\0\x01\x01"s + kProfile) +
                             segment(0xEE, "Adobe\0\x64\0\0\0\0\x01"s) + kTables + frame(40, 30) +
                             kScan + segment(0xC4, "\x10"s + std::string(16, '\0')) + kScan +
                             "\xFF\xD9");
}

TEST_CASE("E55 a PNG loses its eXIf, texts and dates and keeps its pixels") {
  const std::string original = png(1);
  REQUIRE(count(original, kSecret) == 8);
  const Picture picture = clean_picture(original).value();
  CHECK(picture.media_type == "image/png");
  CHECK(picture.bytes == png_header(40, 30) + chunk("iCCP", "icc\0\0"s + kProfile) +
                             chunk("gAMA", big(45455, 4)) + chunk("IDAT", kPixels) +
                             chunk("IDAT", kPixels) + chunk("IEND", ""));
}

TEST_CASE("E55 a WebP loses its EXIF and XMP and keeps its pixels") {
  const std::string original = webp(1);
  REQUIRE(count(original, kSecret) == 4);
  const Picture picture = clean_picture(original).value();
  CHECK(picture.media_type == "image/webp");
  CHECK(picture.width == 40);
  CHECK(picture.height == 30);
  CHECK(picture.bytes == riff(vp8x(0x30, 40, 30) + riff_chunk("ICCP", kProfile) +
                              riff_chunk("ALPH", "\0"s + kPixels) + vp8(40, 30)));
}

TEST_CASE("E55 metadata inside the frames of an animation goes too") {
  const Picture picture = clean_picture(animation()).value();
  CHECK(count(animation(), kSecret) == 2);
  CHECK(count(picture.bytes, kSecret) == 0);
  CHECK(count(picture.bytes, "ANMF") == 2);
  CHECK(count(picture.bytes, kPixels) == 2);
  CHECK(picture.bytes[20] == 0x02);
}

TEST_CASE("E55 a simple WebP stays as it is, without what follows it") {
  const std::string simple = GENERATE(riff(vp8(40, 30)), riff(vp8l(40, 30)));
  CHECK(clean_picture(simple).value().bytes == simple);
  CHECK(clean_picture(simple + kSecret).value().bytes == simple);
}

TEST_CASE("The orientation is kept, alone, and the size is told as the picture is shown") {
  const int orientation = GENERATE(2, 3, 4, 5, 6, 7, 8);
  const bool little = GENERATE(true, false);
  const std::string minimal = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"s +
                              big(static_cast<std::uint32_t>(orientation), 2) + "\0\0\0\0\0\0"s;
  for (const std::string& original :
       {jpeg(orientation, little), png(orientation), webp(orientation)}) {
    const Picture picture = clean_picture(original).value();
    INFO(picture.media_type << " " << orientation);
    CHECK(count(picture.bytes, minimal) == 1);
    CHECK(count(picture.bytes, kSecret) == 0);
    CHECK(picture.width == (orientation >= 5 ? 30 : 40));
    CHECK(picture.height == (orientation >= 5 ? 40 : 30));
    if (picture.media_type == "image/webp") CHECK((picture.bytes[20] & 0x0C) == 0x08);
    CHECK(clean_picture(picture.bytes).value().bytes == picture.bytes);
  }
}

TEST_CASE("An orientation that makes no sense is dropped") {
  const int orientation = GENERATE(0, 9, 65535);
  CHECK(count(clean_picture(jpeg(orientation)).value().bytes, "Exif") == 0);
  CHECK(count(clean_picture(png(orientation)).value().bytes, "eXIf") == 0);
  CHECK(count(clean_picture(webp(orientation)).value().bytes, "EXIF") == 0);
}

TEST_CASE("Broken EXIF is dropped without harm") {
  const std::string exif =
      GENERATE(""s, "II"s, "II*\0"s, "MM\0*\xff\xff\xff\xff"s, "MM\0*\0\0\0\x08\xff\xff\x01\x12"s,
               "MM\0*\0\0\0\x08"s, "MM\0*\0\0\0\x09\0"s, "XX*\0\0\0\0\x08"s);
  const std::string picture =
      "\xFF\xD8" + segment(0xE1, "Exif\0\0"s + exif) + kTables + frame(4, 3) + kScan + "\xFF\xD9";
  CHECK(clean_picture(picture).value().bytes ==
        "\xFF\xD8" + kTables + frame(4, 3) + kScan + "\xFF\xD9");
}

TEST_CASE("E56 a header that claims 60,000 by 60,000 pixels is refused") {
  const std::uint32_t side = 60'000;
  const std::string original =
      GENERATE_COPY(png_header(side, side) + chunk("IDAT", kPixels) + chunk("IEND", ""),
                    "\xFF\xD8" + kTables + frame(side, side) + kScan + "\xFF\xD9",
                    riff(vp8x(0, side, side) + vp8(40, 30)));
  const auto result = clean_picture(original);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find("60000 x 60000") != std::string::npos);
  check_refused(png_header(0x7FFFFFFF, 0x7FFFFFFF));
  check_refused(riff(vp8(16383, 16383)));
  check_refused(riff(vp8l(16384, 16384)));
}

TEST_CASE("E56 forty million pixels pass, one row more does not") {
  const std::string rest = chunk("IDAT", kPixels) + chunk("IEND", "");
  CHECK(clean_picture(png_header(8000, 5000) + rest).has_value());
  check_refused(png_header(8000, 5001) + rest);
  check_refused(png_header(0, 5000) + rest);
  check_refused(png_header(8000, 0) + rest);
}

TEST_CASE("E56 formats and polyglots that camp does not take are refused") {
  const std::string original =
      GENERATE(""s, "G"s, "GIF89a/*"s + std::string(100, ' ') + "*/=alert(1)"s, "GIF87a"s,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"s,
               "<?xml version=\"1.0\"?><svg/>"s, "II*\0\x08\0\0\0"s, "MM\0*\0\0\0\x08"s,
               "\0\0\0\x18"
               "ftypheic\0\0\0\0"s,
               "\0\0\0\x1c"
               "ftypavif\0\0\0\0"s,
               "BM"s, "%PDF-1.4"s, "<html>"s, "#!/bin/sh\n"s, "\x89PNG\n"s, "RIFF\x04\0\0\0WAVE"s,
               "RIFF\x04\0\0\0WEBP"s, "\xFF\xD8"s, "\xFF\xD8\xFF"s, "\xFF\xD8\xFF\xD9"s,
               " \xFF\xD8\xFF\xE0"s);
  INFO(original);
  check_refused(original);
}

TEST_CASE("E56 a picture cut off anywhere is refused and never crashes") {
  for (const std::string& original : {jpeg(6), png(6), webp(6), animation()}) {
    const std::string clean = clean_picture(original).value().bytes;
    for (std::size_t size = 0; size < clean.size(); ++size) {
      INFO(size);
      REQUIRE_FALSE(clean_picture(clean.substr(0, size)).has_value());
    }
  }
}

TEST_CASE("A JPEG whose structure breaks is refused") {
  const std::string good = kTables + frame(4, 3) + kScan + "\xFF\xD9";
  REQUIRE(clean_picture("\xFF\xD8" + good).has_value());
  const std::string bad = GENERATE_COPY(
      kTables + kScan + "\xFF\xD9", kTables + frame(4, 3) + "\xFF\xD9",
      frame(4, 3) + frame(4, 3) + kScan + "\xFF\xD9", frame(0, 3) + kScan + "\xFF\xD9",
      frame(4, 0) + kScan + "\xFF\xD9", "\xFF\xE1\0\0"s + good, "\xFF\xE1\0\x01"s + good,
      "\xFF\xE1\xFF\xFF"s + good, "x" + good, "\xFF\xD8" + good, "\xFF\xD0" + good,
      segment(0xC9, "") + good, segment(0xDC, "\0\x03"s) + good, "\xFF\0"s + good,
      segment(0xDB, "\0"s + std::string(64, 'q') + kSecret) + good,
      segment(0xC4, std::string(17, '\0') + kSecret) + good, segment(0xDD, "\0\x01x"s) + good,
      segment(0xC0, "\x08\0\x03\0\x04\x01\x01\x11"s) + kScan + "\xFF\xD9");
  check_refused("\xFF\xD8" + bad);
}

TEST_CASE("A PNG whose structure breaks is refused") {
  const std::string head = png_header(4, 3);
  const std::string rest = chunk("IDAT", kPixels) + chunk("IEND", "");
  REQUIRE(clean_picture(head + rest).has_value());
  std::string bad_crc = head + rest;
  bad_crc[bad_crc.size() - 20] = static_cast<char>(bad_crc[bad_crc.size() - 20] ^ 1);
  const std::string bad = GENERATE_COPY(
      std::string(bad_crc), head + chunk("IEND", ""), head + chunk("IDAT", kPixels),
      kPngSignature + rest, kPngSignature + chunk("tEXt", "x") + (head + rest).substr(8),
      head + head.substr(8) + rest, head + chunk("CgBI", "") + rest,
      head + "\xFF\xFF\xFF\xFFtEXt"s + rest, head + "\x7F\xFF\xFF\xFFIDAT"s + rest,
      head + chunk("IDAT", kPixels) + chunk("IEND", "x"),
      head + chunk("iCCP", std::string(90, 'n')) + rest,
      kPngSignature + chunk("IHDR", big(4, 4) + big(3, 4) + "\x09\x02\0\0\0"s) + rest,
      kPngSignature + chunk("IHDR", big(4, 4) + big(3, 4) + "\x08\x02\0\0"s) + rest);
  check_refused(bad);
}

TEST_CASE("A WebP whose structure breaks is refused") {
  const std::string huge = "EXIF\xFF\xFF\xFF\xFF";
  const std::string anim = riff_chunk("ANIM", "\xff\xff\xff\xff\0\0"s);
  const std::string bad = GENERATE_COPY(
      riff(""), riff(huge), riff(vp8(4, 3) + huge), riff(vp8(4, 3) + vp8(4, 3)),
      riff(vp8x(0, 4, 3)), riff(vp8x(0, 5, 3) + vp8(4, 3)), riff(vp8x(0, 4, 3) + vp8x(0, 4, 3)),
      riff(riff_chunk("EXIF", "x") + vp8(4, 3)), riff(vp8(4, 3) + vp8x(0, 4, 3)),
      riff(vp8x(2, 4, 3) + anim), riff(vp8x(2, 4, 3) + anim + vp8(4, 3)),
      riff(vp8x(0, 4, 3) + anim + vp8(4, 3)), riff(riff_chunk("VP8 ", "\x11\0\0\x9d\x01\x2a"s)),
      riff(riff_chunk("VP8 ", std::string(20, '\0'))), riff(riff_chunk("VP8L", "\x2f\0\0\0\xE0"s)),
      riff(riff_chunk("VP8L", "\x2e\0\0\0\0"s)), riff(vp8(0, 3)),
      riff(riff_chunk("ALPH", "x") + vp8(4, 3)),
      riff(vp8x(0x10, 4, 3) + riff_chunk("ALPH", "x") + vp8l(4, 3)),
      riff(vp8x(2, 4, 3) + anim +
           riff_chunk("ANMF", low(1, 3) + low(0, 3) + low(3, 3) + low(2, 3) + low(1, 3) + "\0"s +
                                  vp8(4, 3))),
      "RIFF\xFF\xFF\xFF\xFFWEBP" + vp8(4, 3), "RIFF\0\0\0\0WEBP"s + vp8(4, 3));
  check_refused(bad);
}

TEST_CASE("A picture of more than 16 MiB is refused") {
  const std::string head = png_header(40, 30);
  const std::string big_chunk = chunk("IDAT", std::string((16 << 20) - head.size() - 24, 'x'));
  REQUIRE(clean_picture(head + big_chunk + chunk("IEND", "")).has_value());
  check_refused(head + big_chunk + chunk("IEND", "") + "x");
}

TEST_CASE("Cleaning changes nothing in what is clean") {
  for (const std::string& original :
       {jpeg(1), jpeg(8), png(1), png(3), webp(1), webp(5), animation()}) {
    const Picture once = clean_picture(original).value();
    const Picture twice = clean_picture(once.bytes).value();
    CHECK(twice.bytes == once.bytes);
    CHECK(twice.width == once.width);
    CHECK(twice.media_type == once.media_type);
  }
}

TEST_CASE("A damaged picture is refused or comes out clean for good") {
  const int rounds = std::getenv("CAMP_FULL_DEPTH") != nullptr ? 200'000 : 4000;
  const unsigned seed = 56;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> originals = {jpeg(6), png(6), webp(6), animation()};
  for (int i = 0; i < rounds; ++i) {
    std::string bytes = originals[random() % originals.size()];
    for (unsigned j = 0; j <= random() % 4; ++j) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    const auto once = clean_picture(bytes);
    if (!once) continue;
    const auto twice = clean_picture(once->bytes);
    CAPTURE(i);
    REQUIRE(twice.has_value());
    REQUIRE(twice->bytes == once->bytes);
  }
}
