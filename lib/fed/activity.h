// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/url.h"

namespace camp::fed {

/// An activity of another server, taken apart. Who sent it is not known from it.
struct Activity {
  std::string id;                    ///< URI on the actor's host
  std::string type;                  ///< "Follow", "Create", …
  std::string actor;                 ///< URI
  std::string object;                ///< URI of what it is about; of several the first
  std::string target;                ///< URI, of a Move
  std::string content;               ///< of a Flag or a Like with an emoji
  std::vector<std::string> objects;  ///< all URIs, at most 100
  std::string object_type;           ///< of an embedded object
  std::shared_ptr<const Json> json;  ///< the whole
  const Json* embedded = nullptr;    ///< the object, if it is embedded
};

/// Reads an activity. Kind::refused for one without type, actor or id, or whose id is on another
/// host than its actor.
Result<Activity> read_activity(Json document, http::Policy policy);

}  // namespace camp::fed
