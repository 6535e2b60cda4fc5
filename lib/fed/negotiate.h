// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "http/message.h"

namespace camp::fed {

inline constexpr std::string_view kActivityType = "application/activity+json";

/// What a Content-Type field names, without its parameters.
std::string_view media_type_of(std::string_view content_type);

/// In which form a thing is asked for that has two.
enum class Form { activity, page };

/// What the fields `Accept` prefer: ActivityStreams (application/activity+json, application/ld+json
/// with any profile, application/json) or a page. What is named with the higher weight wins, then
/// what is named first; who names neither gets a page.
Form wanted_form(const http::Headers& headers);

}  // namespace camp::fed
