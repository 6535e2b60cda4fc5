// SPDX-License-Identifier: MIT
#include "fed/inbox.h"

#include <nlohmann/json.hpp>

namespace camp::fed {

std::string seen_name(const std::string& actor, const std::string& activity) {
  return "seen " + actor + " " + activity;
}
std::string undone_name(const std::string& actor, const std::string& activity) {
  return "undone " + actor + " " + activity;
}

bool has_own_word(const Activity& activity) {
  return activity.json->contains("proof") || activity.json->contains("signature");
}

bool is_an_end(const Activity& activity) {
  const std::string& type = activity.type;
  return type == "Delete" || type == "Undo" || type == "Reject" || type == "Block";
}

Decision decide(const Activity& activity, const Facts& facts, const Site& site) {
  if (facts.barred && !is_an_end(activity)) return {.ignored = "the community blocks them"};
  const std::string& type = activity.type;
  if (type == "Follow") return decide_follow(activity, facts);
  if (type == "Accept") return decide_accept(activity, facts);
  if (type == "Reject") return decide_reject(activity, facts);
  if (type == "Block") return decide_block(activity, facts);
  if (type == "Create") return decide_create(activity, facts);
  if (type == "Update") return decide_update(activity, facts);
  if (type == "Delete") return decide_delete(activity, facts);
  if (type == "Like" || type == "EmojiReact" || type == "Announce") {
    return decide_reaction(activity, facts);
  }
  if (type == "Undo") return decide_undo(activity, facts);
  if (type == "Move") return decide_move(activity, facts);
  if (type == "Flag") return decide_flag(activity, facts, site);
  return {.ignored = "camp does nothing with a " + type.substr(0, 40)};
}

}  // namespace camp::fed
