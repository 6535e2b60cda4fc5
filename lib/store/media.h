// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace camp::store {

/// Pictures that clones sent ahead of the posts that name them: `media/incoming/<member>/<sha256>`.
inline constexpr std::string_view kIncomingMedia = "media/incoming";

/// `media/<repository>/<ab>/<sha256>`: files outside git, named by what they hold. The right to
/// fetch one follows its repository.
std::string media_path(std::string_view repository, std::string_view sha256);

/// Writes a file, durably, unless it stands there already.
Result<void> put_media(const Directory& root, std::string_view repository, std::string_view sha256,
                       std::string_view bytes);
/// Reads one and checks its digest; Kind::damaged if it is another's.
Result<std::string> read_media(const Directory& root, std::string_view repository,
                               std::string_view sha256);
/// Digests of all media of a repository, sorted.
Result<std::vector<std::string>> list_media(const Directory& root, std::string_view repository);
Result<void> remove_media(const Directory& root, std::string_view repository,
                          std::string_view sha256);
/// Removes what killed writers left half-written beside the media of a repository.
Result<void> remove_media_leftovers(const Directory& root, std::string_view repository);

}  // namespace camp::store
