// SPDX-License-Identifier: MIT
#include "model/arrival.h"

#include <array>
#include <nlohmann/json.hpp>

#include "model/conversation.h"
#include "model/foreign_text.h"
#include "model/remote.h"

namespace camp::model {
namespace {

struct Name {
  Objection objection;
  std::string_view name;
};

constexpr std::array kNames{
    Name{Objection::form, "form"},           Name{Objection::author, "author"},
    Name{Objection::suspended, "suspended"}, Name{Objection::community, "community"},
    Name{Objection::clock, "clock"},         Name{Objection::key, "key"},
    Name{Objection::audience, "audience"},   Name{Objection::deleted, "deleted"},
    Name{Objection::missing, "missing"},     Name{Objection::media, "media"}};

using Judgement = std::optional<Refusal>;

Judgement judge_sender(const Object& object, const Arrival& arrival) {
  if (object.author() != arrival.sender) {
    return Refusal{Objection::author, "it is another member's", "each sends their own"};
  }
  if (arrival.sender_state != "active") {
    return Refusal{Objection::suspended, "its author is " + arrival.sender_state,
                   "ask an admin why"};
  }
  if (!arrival.counts_here) {
    return Refusal{Objection::community, "it was written for another community",
                   "an import takes posts of another community in"};
  }
  return std::nullopt;
}

Judgement judge_signature(const Object& object, const KeyState& keys) {
  const auto key = verify_signature(object);
  if (!key) {
    if (object.letter() && key.error().kind == Kind::not_found) return std::nullopt;
    return Refusal{Objection::key, key.error().message, "write it again"};
  }
  if (keys.speaks(*key)) return std::nullopt;
  if (keys.revocation(*key) != nullptr) {
    return Refusal{Objection::key, "its signature is by a key that was revoked",
                   "enroll this device anew, with 'camp key add' or a new clone"};
  }
  const bool retired = keys.standing(*key) == Standing::counts;
  return Refusal{Objection::key,
                 retired ? "its signature is by a key that was laid down"
                         : "its signature is by a key that "
                           "is not its author's",
                 "enroll this device anew, with 'camp key add' or a new clone"};
}

Refusal gone() {
  return {Objection::deleted, "it, or what it is about, was deleted", "nothing is left to do"};
}

/// A reaction to somebody elsewhere, whom it reaches only from where their post is kept.
Judgement judge_reaction_elsewhere(const Object& object, const Arrival& arrival) {
  if (arrival.elsewhere == nullptr) {
    return Refusal{Objection::deleted, "the post from elsewhere is not here any more",
                   "nobody can be told"};
  }
  const auto proper = reaction_audience(object.type, *arrival.elsewhere);
  if (proper && *proper == object.audience) return std::nullopt;
  return Refusal{Objection::audience, "it does not stand in the audience of what it is about",
                 "react to the post again"};
}

Judgement judge_reaction(const Object& object, const Arrival& arrival) {
  if (!subject_elsewhere(object).empty()) return judge_reaction_elsewhere(object, arrival);
  if (!arrival.about) {
    return Refusal{Objection::missing, "what it is about is not here", "sync, then try again"};
  }
  if (const auto allowed = may_react(object.type, *arrival.about); !allowed) {
    return Refusal{Objection::audience, allowed.error().message, allowed.error().hint};
  }
  const Maker maker{object.author(), object.community, object.published_ms, std::string(16, '\0')};
  const auto proper = get_audience(make_reaction(maker, object.type, *arrival.about));
  if (!proper || *proper != object.audience) {
    return Refusal{Objection::audience, "it does not stand in the audience of what it is about",
                   "react to the post again"};
  }
  return std::nullopt;
}

/// An id follows from its object's content, author and all: under another author there is no such
/// object, and what claims it would act upon one that somebody else made.
Judgement judge_name(const Object& object, const Arrival& arrival) {
  const auto subject = subject_of(object);
  if (!arrival.about || !subject || subject->author == arrival.about->author()) return std::nullopt;
  return Refusal{Objection::author, "it names another member's object by a wrong author",
                 "only its author can change or delete it"};
}

Judgement judge_subject(const Object& object, const Arrival& arrival) {
  if (auto refusal = judge_name(object, arrival)) return refusal;
  const bool same_audience = !arrival.about || arrival.about->audience == object.audience;
  switch (object.type) {
    case Type::like:
    case Type::announce:
      return judge_reaction(object, arrival);
    case Type::update:
      if (!arrival.about) {
        return Refusal{Objection::missing, "what it edits is not here", "sync, then try again"};
      }
      if (!same_audience) {
        return Refusal{Objection::audience, "an edit cannot change who may read a post",
                       "delete the post and write it again"};
      }
      // Whether it may name what it answers was judged when it came.
      if (object.note.in_reply_to == arrival.about->note.in_reply_to) return std::nullopt;
      return Refusal{Objection::audience, "an edit cannot change what a post answers",
                     "delete the post and write it again"};
    case Type::tombstone:
      if (object.target->author != arrival.sender) {
        return Refusal{Objection::author, "it removes another member's object",
                       "only its author can delete it"};
      }
      if (same_audience) return std::nullopt;
      return Refusal{Objection::audience, "it does not stand where the object that it removes does",
                     "delete the post again"};
    case Type::note:
      if (!arrival.about || may_name_parent(*arrival.about, arrival.sender, object.audience)) {
        return std::nullopt;
      }
      return Refusal{Objection::audience, "it goes further than what it answers",
                     "answer again without --to"};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view objection_name(Objection objection) {
  for (const Name& row : kNames) {
    if (row.objection == objection) return row.name;
  }
  return "form";
}

std::optional<Objection> objection_of(std::string_view name) {
  for (const Name& row : kNames) {
    if (row.name == name) return row.objection;
  }
  return std::nullopt;
}

std::optional<FullId> subject_of(const Object& object) {
  if (object.target) return object.target;
  const bool reaction = object.type == Type::like || object.type == Type::announce;
  const auto id = FullId::parse(reaction ? object.about : object.note.in_reply_to);
  return id ? std::optional(*id) : std::nullopt;
}

std::string subject_elsewhere(const Object& object) {
  const bool reaction = object.type == Type::like || object.type == Type::announce;
  return reaction && is_web_address(object.about) ? object.about : std::string();
}

std::optional<Refusal> judge_arrival(const Object& object, const Arrival& arrival) {
  if (auto refusal = judge_sender(object, arrival)) return refusal;
  if (const auto timely = check_arrival_time(object, arrival.now_ms); !timely) {
    return Refusal{Objection::clock, timely.error().message, timely.error().hint};
  }
  if (auto refusal = judge_signature(object, *arrival.keys)) return refusal;
  if (object.audience.reach == Reach::neighborhood) {
    return Refusal{Objection::audience, "this community is in no neighborhood yet",
                   "write it again for --to local or --to public"};
  }
  // A second tombstone says what the first one said.
  if (arrival.removed && object.type != Type::tombstone) return gone();
  return judge_subject(object, arrival);
}

}  // namespace camp::model
