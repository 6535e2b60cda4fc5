// SPDX-License-Identifier: MIT
#include "web/media.h"

#include <algorithm>

#include "fed/site.h"
#include "store/media.h"

namespace camp::web {
namespace {

constexpr std::size_t kDigestDigits = 64;

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

tl::unexpected<Error> no_such_picture() {
  return fail(Kind::not_found, "there is no such picture");
}

}  // namespace

std::string_view type_of_bytes(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return "image/png";
  if (bytes.starts_with("RIFF") &&
      bytes.substr(std::min<std::size_t>(8, bytes.size()), 4) == "WEBP") {
    return "image/webp";
  }
  return {};
}

Result<MediaFile> read_picture(const store::Community& community,
                               const store::RepositoryGrant& grant, std::string_view sha256,
                               std::string_view extension) {
  if (!is_digest(sha256)) return no_such_picture();
  auto bytes = store::read_media(community.directory(), grant.repository(), sha256);
  if (!bytes && bytes.error().kind == Kind::not_found) return no_such_picture();
  MediaFile file{CAMP_TRY(std::move(bytes)), {}};
  file.media_type = type_of_bytes(file.bytes);
  if (file.media_type.empty() || fed::extension_of(file.media_type) != extension) {
    return no_such_picture();
  }
  return file;
}

}  // namespace camp::web
