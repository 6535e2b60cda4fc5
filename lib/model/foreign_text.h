// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace camp::model {

// Small judgements about single values in documents that another program wrote.

/// Whether a text may stand as a URI: a scheme, at most 2,048 bytes, no spaces and no quotes. It is
/// a name to compare and to show, not yet an address to fetch.
bool is_uri(std::string_view text);
/// The same, and http or https.
bool is_web_address(std::string_view text);
/// Whether a text has the form of a BCP 47 language tag.
bool is_language(std::string_view text);

/// At most `size` bytes, cut between characters, with an ellipsis where something is missing.
std::string clipped(std::string text, std::size_t size);
/// A text within a message: short, and nothing that a terminal would act on.
std::string in_quotes(std::string_view text);

}  // namespace camp::model
