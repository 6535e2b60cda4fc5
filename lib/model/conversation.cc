// SPDX-License-Identifier: MIT
#include "model/conversation.h"

#include <algorithm>

#include "base/time.h"

namespace camp::model {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 24 * 60 * kMinuteMs;

Audience letter_to(std::vector<std::string> persons) {
  return {.reach = Reach::local, .people = People::named, .named = std::move(persons)};
}

}  // namespace

std::vector<std::string> participants(const Object& letter) {
  std::vector<std::string> circle = letter.audience.named;
  circle.push_back(letter.author().uri());
  std::sort(circle.begin(), circle.end());
  circle.erase(std::unique(circle.begin(), circle.end()), circle.end());
  return circle;
}

bool may_name_parent(const Object& parent, const OwnerId& replier, const Audience& reply) {
  if (reply.people == People::named && reply.named.size() == 1) return true;
  if (parent.audience.narrowed()) {
    if (reply.people != People::named) return false;
    std::vector<std::string> circle = participants(parent);
    const std::string self = replier.uri();
    return std::all_of(reply.named.begin(), reply.named.end(), [&](const std::string& person) {
      return person == self || std::binary_search(circle.begin(), circle.end(), person);
    });
  }
  if (reply.narrowed()) return parent.audience.reach == Reach::public_;
  if (reply.reach > parent.audience.reach) return false;
  return reply.reach != Reach::neighborhood || parent.audience.reach == Reach::public_ ||
         reply.roster == parent.audience.roster;
}

Result<ReplyPlan> plan_reply(const Object& parent, const OwnerId& replier,
                             const std::optional<Audience>& wanted) {
  if (wanted) return ReplyPlan{*wanted, may_name_parent(parent, replier, *wanted)};
  if (!parent.audience.narrowed()) return ReplyPlan{parent.audience, true};
  std::vector<std::string> circle = parent.audience.people == People::named
                                        ? participants(parent)
                                        : std::vector{parent.author().uri()};
  if (circle.size() > 1) std::erase(circle, replier.uri());
  Audience audience = letter_to(std::move(circle));
  audience.reach = parent.audience.people == People::named ? parent.audience.reach : Reach::local;
  return ReplyPlan{std::move(audience), true};
}

namespace {

bool open_to_all(const RemotePost& post) {
  return post.visibility == Visibility::public_ || post.visibility == Visibility::unlisted;
}

Audience as_open_as(const RemotePost& post) {
  return {.reach = Reach::public_, .unlisted = post.visibility == Visibility::unlisted};
}

Audience letter_elsewhere(std::vector<std::string> persons) {
  Audience audience = letter_to(std::move(persons));
  audience.reach = Reach::public_;
  return audience;
}

}  // namespace

ReplyPlan plan_reply_elsewhere(const RemotePost& parent, const std::string& self,
                               const std::optional<Audience>& wanted) {
  if (open_to_all(parent)) return {wanted.value_or(as_open_as(parent)), true};
  if (wanted) return {*wanted, wanted->people == People::named};
  std::vector<std::string> persons{parent.actor};
  if (parent.visibility == Visibility::direct) {
    std::copy_if(parent.mentions.begin(), parent.mentions.end(), std::back_inserter(persons),
                 [&](const std::string& person) { return person != self; });
  }
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  return {letter_elsewhere(std::move(persons)), true};
}

Result<Audience> reaction_audience(Type reaction, const RemotePost& target) {
  if (open_to_all(target)) return as_open_as(target);
  if (reaction == Type::announce) {
    return fail(Kind::refused, "a post that is not public cannot be boosted",
                "only those whom it is for may read it");
  }
  return letter_elsewhere({target.actor});
}

Result<void> may_react(Type reaction, const Object& target) {
  if (reaction == Type::announce && target.audience.narrowed()) {
    return fail(Kind::refused, "a letter cannot be boosted",
                "only the persons it is addressed to may read it");
  }
  return {};
}

Result<void> check_arrival_time(const Object& object, std::int64_t now_ms) {
  if (object.published_ms > now_ms + 10 * kMinuteMs) {
    return fail(
        Kind::refused,
        "the object is dated " + format_time(object.published_ms) + ", which is yet to come",
        "set the clock of the machine that wrote it right and write it again");
  }
  return {};
}

Result<void> check_clock(std::int64_t now_ms, std::int64_t build_ms, std::int64_t newest_ms) {
  if (now_ms >= build_ms && now_ms + kDayMs >= newest_ms) return {};
  return fail(Kind::refused, "this machine's clock says " + format_time(now_ms) + ", which is past",
              "set the clock, for example with 'timedatectl set-ntp true', and try again");
}

}  // namespace camp::model
