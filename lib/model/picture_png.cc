// SPDX-License-Identifier: MIT
#include <array>

#include "model/picture_parts.h"

namespace camp::model::picture {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// CRC-32 as PNG's annex D defines it.
std::uint32_t crc_of(std::string_view type, std::string_view data) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
      table[n] = c;
    }
    return table;
  }();
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::string_view part : {type, data}) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      crc = kTable[(crc ^ byte_at(part, i)) & 0xFF] ^ (crc >> 8);
    }
  }
  return ~crc;
}

class PngCleaner {
 public:
  explicit PngCleaner(std::string_view bytes) : rest_(bytes.substr(kPngSignature.size())) {}

  Result<Picture> clean() {
    while (!ended_) CAMP_TRY(take_chunk());
    if (!seen_data_) return broken("PNG");
    std::string out(kPngSignature);
    out += header_;
    if (orientation_ != kUpright) append_chunk(out, "eXIf", tiff_with(orientation_));
    out += kept_;
    append_chunk(out, "IEND", {});
    return finish(std::move(out), "image/png", size_, orientation_);
  }

 private:
  static void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    append_big_endian(out, static_cast<std::uint32_t>(data.size()), 4);
    out += type;
    out += data;
    append_big_endian(out, crc_of(type, data), 4);
  }

  // What a picture needs to look the same, animated pictures too. Palette suggestions (sPLT) and
  // dates (tIME) stay out with the texts.
  static bool is_kept(std::string_view type) {
    constexpr std::array<std::string_view, 16> kKept = {
        "PLTE", "IDAT", "tRNS", "cHRM", "gAMA", "sBIT", "sRGB", "bKGD",
        "pHYs", "cICP", "mDCV", "cLLI", "acTL", "fcTL", "fdAT", "mDCv"};
    return std::find(kKept.begin(), kKept.end(), type) != kKept.end();
  }

  Result<void> take_chunk() {
    const auto length = take(rest_, 4);
    const auto type = take(rest_, 4);
    if (!length || !type) return broken("PNG");
    const auto data = take(rest_, big_endian(*length));
    const auto crc = take(rest_, 4);
    if (!data || !crc) return broken("PNG");
    const bool critical = type->front() >= 'A' && type->front() <= 'Z';
    const bool used = critical || is_kept(*type) || *type == "iCCP";
    if (used && big_endian(*crc) != crc_of(*type, *data)) return broken("PNG");
    if (header_.empty()) return take_header(*type, *data);
    if (*type == "IEND") {
      ended_ = true;
      return data->empty() ? Result<void>() : broken("PNG");
    }
    if (*type == "eXIf") {
      if (orientation_ == kUpright) orientation_ = orientation_in(*data);
    } else if (*type == "iCCP") {
      return take_profile(*data);
    } else if (is_kept(*type)) {
      seen_data_ = seen_data_ || *type == "IDAT";
      append_chunk(kept_, *type, *data);
    } else if (critical) {
      return broken("PNG");
    }
    return {};
  }

  Result<void> take_header(std::string_view type, std::string_view data) {
    if (type != "IHDR" || data.size() != 13) return broken("PNG");
    size_ = {big_endian(data.substr(0, 4)), big_endian(data.substr(4, 4))};
    const std::uint8_t depth = byte_at(data, 8);
    const std::uint8_t color = byte_at(data, 9);
    const bool depth_known = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    const bool color_known = color == 0 || color == 2 || color == 3 || color == 4 || color == 6;
    const bool rest_known =
        byte_at(data, 10) == 0 && byte_at(data, 11) == 0 && byte_at(data, 12) <= 1;
    if (!depth_known || !color_known || !rest_known) return broken("PNG");
    CAMP_TRY(require_size(size_, "PNG"));
    append_chunk(header_, type, data);
    return {};
  }

  // The profile stays, the name that its maker gave it does not.
  Result<void> take_profile(std::string_view data) {
    const std::size_t end = data.substr(0, 80).find('\0');
    if (end == std::string_view::npos) return broken("PNG");
    append_chunk(kept_, "iCCP", "icc" + std::string(data.substr(end)));
    return {};
  }

  std::string_view rest_;
  std::string header_;
  std::string kept_;
  Size size_;
  int orientation_ = kUpright;
  bool seen_data_ = false;
  bool ended_ = false;
};

}  // namespace

Result<Picture> clean_png(std::string_view bytes) { return PngCleaner(bytes).clean(); }

}  // namespace camp::model::picture
