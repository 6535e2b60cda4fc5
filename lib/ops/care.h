// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "ops/open.h"
#include "store/fsck.h"
#include "store/writer.h"

namespace camp::ops {

/// Tidies up: packs, squashes ended months, removes the bytes of what was deleted or replaced, also
/// from messages that wait for other servers, and media that nothing names.
Result<store::Writer::Care> gc(store::Community& community);

/// Checks everything; an empty list of problems means that all is well.
Result<store::Report> fsck(store::Community& community,
                           const std::function<void(std::size_t)>& progress);

/// Builds the index anew. With `verify` every signature is checked again. Returns the number of
/// object files read.
Result<std::size_t> reindex(store::Community& community, bool verify,
                            const std::function<void(std::size_t)>& progress);

/// The index as text: equal for equal repositories.
Result<void> dump_index(const store::Community& community,
                        const std::function<void(std::string_view)>& line);

}  // namespace camp::ops
