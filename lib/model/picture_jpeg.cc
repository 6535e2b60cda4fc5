// SPDX-License-Identifier: MIT
#include "model/picture_parts.h"

namespace camp::model::picture {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

class JpegCleaner {
 public:
  explicit JpegCleaner(std::string_view bytes) : rest_(bytes.substr(2)) {}

  Result<Picture> clean() {
    while (!ended_) CAMP_TRY(take_segment());
    if (!seen_scan_) return broken("JPEG");
    std::string out = "\xFF\xD8";
    out += jfif_;
    if (orientation_ != kUpright) {
      append_segment(out, 0xE1, std::string("Exif\0\0"sv) + tiff_with(orientation_));
    }
    out += kept_;
    out += "\xFF\xD9";
    return finish(std::move(out), "image/jpeg", size_, orientation_);
  }

 private:
  static void append_segment(std::string& out, std::uint8_t marker, std::string_view payload) {
    out += '\xFF';
    out += static_cast<char>(marker);
    append_big_endian(out, static_cast<std::uint32_t>(payload.size() + 2), 2);
    out += payload;
  }

  // One marker with what belongs to it.
  Result<void> take_segment() {
    const auto prefix = take(rest_, 1);
    if (!prefix || prefix->front() != '\xFF') return broken("JPEG");
    auto code = take(rest_, 1);
    while (code && code->front() == '\xFF') code = take(rest_, 1);  // filling, T.81 B.1.1.2
    if (!code) return broken("JPEG");
    const std::uint8_t marker = byte_at(*code, 0);
    if (marker == 0xD9) {
      ended_ = true;
      return {};
    }
    const auto length = take(rest_, 2);
    if (!length || big_endian(*length) < 2) return broken("JPEG");
    const auto payload = take(rest_, big_endian(*length) - 2);
    if (!payload) return broken("JPEG");
    return take_payload(marker, *payload);
  }

  Result<void> take_payload(std::uint8_t marker, std::string_view payload) {
    switch (marker) {
      case 0xC0:  // frames: baseline, extended, progressive
      case 0xC1:
      case 0xC2:
        return take_frame(marker, payload);
      case 0xC4:
        return keep_if(are_huffman_tables(payload), marker, payload);
      case 0xDB:
        return keep_if(are_quantization_tables(payload), marker, payload);
      case 0xDD:
        return keep_if(payload.size() == 2, marker, payload);
      case 0xDA:
        return take_scan(payload);
      case 0xFE:  // a comment
        return {};
      default:
        if (marker >= 0xE0 && marker <= 0xEF) return take_application_data(marker, payload);
        // Lossless, hierarchical and arithmetic forms, which no browser shows, and what is
        // reserved.
        return broken("JPEG");
    }
  }

  Result<void> keep_if(bool sound, std::uint8_t marker, std::string_view payload) {
    if (!sound) return broken("JPEG");
    append_segment(kept_, marker, payload);
    return {};
  }

  // Both kinds of tables must fill their segment exactly, so that nothing hides behind them.
  static bool are_huffman_tables(std::string_view payload) {
    while (!payload.empty()) {
      const auto head = take(payload, 17);
      if (!head) return false;
      std::size_t codes = 0;
      for (std::size_t i = 1; i < 17; ++i) codes += byte_at(*head, i);
      if (codes > 256 || !take(payload, codes)) return false;
    }
    return true;
  }
  static bool are_quantization_tables(std::string_view payload) {
    while (!payload.empty()) {
      const std::uint8_t precision = byte_at(payload, 0) >> 4;
      if (precision > 1 || !take(payload, precision == 0 ? 65 : 129)) return false;
    }
    return true;
  }

  Result<void> take_frame(std::uint8_t marker, std::string_view payload) {
    if (seen_frame_ || payload.size() < 6) return broken("JPEG");
    const std::size_t components = byte_at(payload, 5);
    if (components < 1 || components > 4 || payload.size() != 6 + 3 * components) {
      return broken("JPEG");
    }
    seen_frame_ = true;
    size_ = {big_endian(payload.substr(3, 2)), big_endian(payload.substr(1, 2))};
    CAMP_TRY(require_size(size_, "JPEG"));
    return keep_if(true, marker, payload);
  }

  // The scan's header and its coded data, which ends at a marker other than a restart.
  Result<void> take_scan(std::string_view header) {
    if (!seen_frame_ || header.empty()) return broken("JPEG");
    const std::size_t components = byte_at(header, 0);
    if (components < 1 || components > 4 || header.size() != 4 + 2 * components) {
      return broken("JPEG");
    }
    seen_scan_ = true;
    append_segment(kept_, 0xDA, header);
    std::size_t end = 0;
    while (true) {
      end = rest_.find('\xFF', end);
      if (end == std::string_view::npos || end + 1 == rest_.size()) return broken("JPEG");
      const std::uint8_t next = byte_at(rest_, end + 1);
      if (next != 0x00 && (next < 0xD0 || next > 0xD7)) break;
      end += 2;
    }
    kept_ += rest_.substr(0, end);
    rest_.remove_prefix(end);
    return {};
  }

  Result<void> take_application_data(std::uint8_t marker, std::string_view payload) {
    if (marker == 0xE0 && payload.starts_with("JFIF\0"sv) && payload.size() >= 14) {
      // Version and density stay, the thumbnail goes. JFIF stands first or does not count.
      if (jfif_.empty()) append_segment(jfif_, 0xE0, std::string(payload.substr(0, 12)) + "\0\0"s);
    } else if (marker == 0xE1 && payload.starts_with("Exif\0"sv)) {
      if (orientation_ == kUpright) orientation_ = orientation_in(payload);
    } else if (marker == 0xE2 && payload.starts_with("ICC_PROFILE\0"sv) && payload.size() >= 14) {
      append_segment(kept_, marker, payload);
    } else if (marker == 0xEE && payload.starts_with("Adobe"sv) && payload.size() >= 12) {
      // Says how the colours are coded; without it they come out wrong.
      append_segment(kept_, marker, payload.substr(0, 12));
    }
    return {};
  }

  std::string_view rest_;
  std::string jfif_;
  std::string kept_;
  Size size_;
  int orientation_ = kUpright;
  bool seen_frame_ = false;
  bool seen_scan_ = false;
  bool ended_ = false;
};

}  // namespace

Result<Picture> clean_jpeg(std::string_view bytes) { return JpegCleaner(bytes).clean(); }

}  // namespace camp::model::picture
