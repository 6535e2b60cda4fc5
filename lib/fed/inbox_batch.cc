// SPDX-License-Identifier: MIT
#include "fed/inbox_batch.h"

#include <nlohmann/json.hpp>
#include <set>

#include "fed/foreign.h"
#include "fed/inbox_apply.h"

namespace camp::fed {
namespace {

/// What a message is about, besides its actor: what it changes, and what it answers.
std::vector<std::string> touched(const Activity& activity) {
  std::vector<std::string> uris{activity.object};
  if (activity.embedded != nullptr) uris.push_back(uri_of(*activity.embedded, "inReplyTo"));
  return uris;
}

bool brings_something(const Activity& activity) {
  return activity.type == "Create" || activity.type == "Update" || activity.type == "Delete";
}

/// Messages whose facts can be gathered before any of them has had its effect: none is of somebody
/// who sent another of them, or about a post that another brings or takes away.
class Group {
 public:
  /// False if the message must wait for the effect of those that are in it.
  bool add(const Message& message) {
    const Activity& activity = message.activity;
    if (actors_.contains(activity.actor)) return false;
    for (const std::string& uri : touched(activity)) {
      if (brought_.contains(uri)) return false;
    }
    actors_.insert(activity.actor);
    if (brings_something(activity)) brought_.insert(activity.object);
    messages_.push_back(&message);
    return true;
  }
  const std::vector<const Message*>& messages() const { return messages_; }

 private:
  std::vector<const Message*> messages_;
  std::set<std::string> actors_, brought_;
};

Result<Decision> decide_on(InboxContext& context, const Message& message) {
  const Facts facts =
      CAMP_TRY(gather_facts(context, message.activity, message.actor, message.target));
  return decide(message.activity, facts, context.site);
}

std::vector<Result<std::string>> give_effect_together(InboxContext& context,
                                                      const std::vector<const Message*>& messages) {
  std::vector<Result<std::string>> outcomes;
  std::vector<Decided> decided;
  {
    // Without them each question is answered all the same, for more.
    const auto ours = context.community.index().look();
    const auto theirs = context.db.look();
    for (const Message* message : messages) {
      auto decision = decide_on(context, *message);
      if (!decision) {
        outcomes.push_back(tl::unexpected<Error>(decision.error()));
        continue;
      }
      outcomes.emplace_back(decision->ignored);
      decided.push_back({message->names, *std::move(decision), message->body});
    }
  }
  const auto applied = apply_decisions(context, decided);
  if (applied) return outcomes;
  if (messages.size() == 1) return {tl::unexpected<Error>(applied.error())};
  outcomes.clear();
  for (const Message* message : messages) {
    outcomes.push_back(give_effect_together(context, {message}).front());
  }
  return outcomes;
}

}  // namespace

std::vector<Result<std::string>> give_effect(InboxContext& context,
                                             const std::vector<Message>& messages) {
  std::vector<Result<std::string>> all;
  for (std::size_t next = 0; next < messages.size();) {
    Group group;
    while (next < messages.size() && group.add(messages[next])) ++next;
    for (Result<std::string>& outcome : give_effect_together(context, group.messages())) {
      all.push_back(std::move(outcome));
    }
  }
  return all;
}

}  // namespace camp::fed
