// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/community.h"
#include "store/gate.h"

namespace camp::web {

/// A picture as it is sent: its type is what its bytes are, whatever a post says of it.
struct MediaFile {
  std::string bytes;
  std::string_view media_type;
};

/// A picture of the repository that was granted. Kind::not_found if it is not there, or if its
/// bytes are no picture with this extension.
Result<MediaFile> read_picture(const store::Community& community,
                               const store::RepositoryGrant& grant, std::string_view sha256,
                               std::string_view extension);

/// "image/jpeg", "image/png" or "image/webp" by the first bytes; empty for anything else.
std::string_view type_of_bytes(std::string_view bytes);

}  // namespace camp::web
