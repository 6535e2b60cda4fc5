// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"

namespace camp::git {

/// What a client may ask `git upload-pack --stateless-rpc` for in one request of HTTP.
inline constexpr std::size_t kMaxUploadRequest = 4u << 20;  ///< bytes, unpacked

/// The wants of such a request. It is refused (Kind::refused) unless every line of it is one that
/// gitprotocol-pack(5) has for version 0, to the letter: wants, shallow commits, a depth; then
/// haves and flushes; then `done`. `filter`, `deepen-not` and the depth that undoes a shallow clone
/// are refused: with the last one git would send the parents of any commit that the client names as
/// its shallow one.
Result<std::vector<Oid>> read_upload_request(std::string_view body);

/// Whether the wants are commits or tips of the branches that are shown. In stateless mode
/// upload-pack lets wants pass that no branch reaches, unless they are commits: it asks `git
/// rev-list`, which says nothing of a file or a tree, and takes silence for yes. So with its id
/// anybody would get a deleted text that is not purged yet. Commits it judges rightly. Returns the
/// first want that may not pass, or nothing.
Result<Oid> first_unshown_want(const Repository& repository, const std::vector<Oid>& wants,
                               const std::vector<std::string>& hidden);

/// What upload-pack says to a want that it refuses, as bytes of its answer.
std::string refused_want(const Oid& want);

}  // namespace camp::git
