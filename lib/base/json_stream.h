// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace camp {

struct JsonStreamLimits {
  JsonLimits item;                                      ///< of each item of the list
  JsonLimits rest{.bytes = 1 << 20, .nodes = 100'000};  ///< of the document around the list
};

/// The next bytes of a document, in pieces of any size; empty at its end.
using ChunkSource = std::function<Result<std::string>()>;

/// Takes the items in their order. An item that parse_json refuses comes as its Error, and reading
/// goes on if the sink answers with success; the sink's own error ends the reading.
using ItemSink = std::function<Result<void>(Result<Json> item)>;

/// Reads a document that is too large for the memory: an array, or an object with a list in its
/// member `list` ("orderedItems"). Each item passes parse_json and the sink; the answer is the
/// document with that list empty, and has no member `list`, or one that is no array, if the
/// document was so. Memory is bounded by the limits and the largest chunk, time is linear.
///
/// All that parse_json refuses is refused, but what comes after a sound item shows only later: a
/// caller that must not keep half a document stages what it takes until this succeeds.
Result<Json> read_json_list(const ChunkSource& source, std::string_view list, const ItemSink& sink,
                            std::string_view what = "JSON", const JsonStreamLimits& limits = {});

}  // namespace camp
