// SPDX-License-Identifier: MIT
#include "notes.h"

#include <nlohmann/json.hpp>

#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "ops/open.h"

namespace camp::bench {
namespace {

/// SplitMix64 (Steele, Lea and Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % limit;
  }

 private:
  std::uint64_t state_;
};

/// One of 4,000 words, the short ones more often, as in a language.
std::string word(Random& random) {
  static constexpr const char* kParts[] = {"ka",  "lo",  "mi", "ner", "tu",  "sha", "vi",
                                           "pol", "den", "ra", "go",  "ste", "lum", "or",
                                           "bi",  "fen", "ya", "ul",  "cor", "et"};
  std::string text = kParts[random.below(20)];
  if (random.below(4) != 0) text += kParts[random.below(20)];
  if (random.below(8) == 0) text += kParts[random.below(10)];
  return text;
}

}  // namespace

std::string note_text(std::uint64_t number) {
  Random random(number);
  // Most posts are a sentence or two, some are long: 29 words in the mean.
  const std::uint64_t words = 4 + random.below(30) + (random.below(8) == 0 ? random.below(160) : 0);
  std::string text = "On day " + std::to_string(number);
  for (std::uint64_t i = 0; i < words; ++i) text += ' ' + word(random);
  return text + '.';
}

Result<Notes> Notes::of(const store::Community& community) {
  Notes notes;
  notes.community_ = community.id();
  for (const index::MemberRow& member : CAMP_TRY(community.index().members())) {
    const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
    notes.authors_.push_back({id, CAMP_TRY(ops::signing_key(community, id))});
  }
  return notes;
}

Result<store::NewObject> Notes::make(std::uint64_t number, std::int64_t time_ms,
                                     model::Reach reach) const {
  const Author& author = authors_[number * 7919 % authors_.size()];
  model::Audience audience;
  audience.reach = reach;
  model::NoteContent content;
  content.content = note_text(number);
  if (number % 20 == 0) content.tags.push_back({false, "#garden", ""});
  const model::Maker maker{author.id, community_, time_ms,
                           crypto::sha256(std::to_string(number)).substr(0, 16)};
  const auto sealed =
      CAMP_TRY(model::seal(model::make_note(maker, audience, content), maker, &author.key));
  store::NewObject made;
  made.object = CAMP_TRY(model::decode_object(sealed.bytes));
  made.verdict = index::Verdict::valid;
  made.key = crypto::to_did_key(author.key.public_key());
  made.repositories = {model::home_of(made.object)};
  return made;
}

}  // namespace camp::bench
