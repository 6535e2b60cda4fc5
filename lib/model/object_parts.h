// SPDX-License-Identifier: MIT
// What the files that read and write objects share. Not for other modules.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/object.h"

namespace camp::model {

/// "the object is no record".
tl::unexpected<Error> broken_object(std::string_view what);
/// A string member; absent is empty, another type an error.
Result<std::string> text_member(const Json& record, std::string_view name);

/// What every object begins with: context, type, maker, community, nonce, time, audience.
Json envelope(const Maker& maker, Type type, const Audience& audience);

/// A picture as an ActivityStreams Image with its digest, and the reverse.
Json attachment_json(const Attachment& attachment);
Result<Attachment> attachment_from(const Json& json);

}  // namespace camp::model
