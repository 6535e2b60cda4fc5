// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace camp::index {

/// Characters of an object id: 10 of the time, 26 of the digest.
inline constexpr std::size_t kTimeChars = 10;
inline constexpr std::size_t kIdChars = 36;
/// The time of an id is a number of 48 bits.
inline constexpr std::int64_t kLargestTime = (std::int64_t{1} << 48) - 1;

/// Milliseconds that an object id was made at; 0 for what is no id.
std::int64_t time_of_id(std::string_view id);
/// What every id of this millisecond and later is greater than.
std::string floor_of_time(std::int64_t ms);
/// The two parts of an id; short texts give short parts.
std::string_view time_part(std::string_view id);
std::string_view digest_part(std::string_view id);
/// The object id in `camp:<member-id>/<object-id>`; empty for any other URI.
std::string_view object_id_in(std::string_view uri);
/// The member id in `camp:<member-id>`; empty for any other URI.
std::string_view member_id_in(std::string_view uri);

}  // namespace camp::index
