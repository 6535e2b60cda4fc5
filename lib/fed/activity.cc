// SPDX-License-Identifier: MIT
#include "fed/activity.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "fed/foreign.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxContent = 5000;

}  // namespace

Result<Activity> read_activity(Json document, http::Policy policy) {
  Activity activity;
  activity.json = std::make_shared<const Json>(std::move(document));
  const Json& json = *activity.json;
  activity.id = text_of(json, "id");
  activity.type = type_of(json);
  activity.actor = uri_of(json, "actor");
  if (activity.type.empty() || activity.actor.empty() || activity.id.empty()) {
    return fail(Kind::refused, "an activity without id, type or actor");
  }
  if (activity.id.size() > kMaxUri || !same_host(activity.id, activity.actor, policy)) {
    return fail(Kind::refused, "an activity whose id is on another host than its actor");
  }
  activity.target = uri_of(json, "target");
  activity.content = text_of(json, "content");
  if (activity.content.size() > kMaxContent) {
    activity.content = valid_utf8(activity.content.substr(0, kMaxContent));
  }
  activity.objects = uris_of(json, "object", kMaxRecipients);
  // Of the same value that is `embedded`: one without an id must not stand for the next one's.
  activity.object = uri_of(json, "object");
  const auto object = json.find("object");
  if (object != json.end()) {
    const Json& first = object->is_array() && !object->empty() ? object->front() : *object;
    if (first.is_object()) {
      activity.embedded = &first;
      activity.object_type = type_of(first);
    }
  }
  return activity;
}

}  // namespace camp::fed
