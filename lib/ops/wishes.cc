// SPDX-License-Identifier: MIT
#include "ops/wishes.h"

#include <algorithm>
#include <charconv>

#include "fed/federation.h"
#include "fed/home_copy.h"
#include "ops/whom.h"

namespace camp::ops {
namespace {

using What = fed::Wish::What;

constexpr std::string_view kPrefix = "wish ";
constexpr std::size_t kLinesAtOnce = 200;

/// "wish accept https://…"; of the reading "wish read", whose value is the number.
std::string name_of(const fed::Wish& wish) {
  if (wish.what == What::read) return std::string(fed::kReadHere);
  return std::string(kPrefix) + std::string(wish_name(wish.what)) + " " + wish.actor;
}

std::string value_of(const fed::Wish& wish) {
  return wish.what == What::read ? std::to_string(wish.number) : "1";
}

std::optional<fed::Wish> wish_of(const index::ServerDb::Value& kept) {
  const std::string_view text = std::string_view(kept.name).substr(kPrefix.size());
  const std::size_t space = std::min(text.find(' '), text.size());
  const auto what = fed::wish_what(text.substr(0, space));
  if (!what) return std::nullopt;
  fed::Wish wish{.what = *what};
  if (*what == What::read) {
    std::from_chars(kept.value.data(), kept.value.data() + kept.value.size(), wish.number);
  } else if (space < text.size()) {
    wish.actor = text.substr(space + 1);
  }
  return wish;
}

/// "accept @fred@host", as a person reads it.
Result<std::string> said(const store::Community& clone, const fed::Wish& wish) {
  if (wish.what == What::read) return std::string("what was read");
  auto people = CAMP_TRY(Acquaintances::open(clone));
  return std::string(wish_name(wish.what)) + " " + CAMP_TRY(people.of(wish.actor)).handle;
}

bool may_be_mended(model::Objection objection) {
  return objection == model::Objection::suspended || objection == model::Objection::missing;
}

}  // namespace

Result<void> put_wish(index::ServerDb& db, const fed::Wish& wish) {
  return db.together([&]() -> Result<void> {
    for (const What other : {What::accept, What::reject}) {
      if (wish.what == What::read || wish.what == What::unfollow) break;
      CAMP_TRY(db.drop_value(name_of({.what = other, .actor = wish.actor})));
    }
    return db.set_value(name_of(wish), value_of(wish));
  });
}

Result<std::vector<fed::Wish>> waiting_wishes(index::ServerDb& db) {
  std::vector<fed::Wish> wishes;
  for (const auto& kept : CAMP_TRY(db.values(kPrefix))) {
    if (auto wish = wish_of(kept)) wishes.push_back(*std::move(wish));
  }
  return wishes;
}

Result<std::string> wish_about(index::ServerDb& db, std::string_view actor) {
  for (const What what : {What::accept, What::reject, What::unfollow}) {
    const std::string name = name_of({.what = what, .actor = std::string(actor)});
    if (!CAMP_TRY(db.value(name)).empty()) return std::string(wish_name(what));
  }
  return std::string();
}

Result<std::size_t> submit_wishes(const store::Community& clone, fed::Origin& origin,
                                  std::vector<SyncRefusal>& refused) {
  auto db = CAMP_TRY(fed::find_server_db(clone));
  if (!db) return std::size_t{0};
  const auto wishes = CAMP_TRY(waiting_wishes(*db));
  std::size_t done = 0;
  for (std::size_t from = 0; from < wishes.size(); from += kLinesAtOnce) {
    const std::size_t end = std::min(from + kLinesAtOnce, wishes.size());
    std::vector<std::string> lines;
    for (std::size_t i = from; i < end; ++i) lines.push_back(fed::home_line(wishes[i]));
    const auto answers = CAMP_TRY(origin.submit(lines));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const fed::Wish& wish = wishes[from + i];
      const fed::Answer& answer = answers[i];
      const bool waits = !answer.accepted && may_be_mended(answer.objection);
      // A newer reading may have come meanwhile.
      const bool same = CAMP_TRY(db->value(name_of(wish))) == value_of(wish);
      if (!waits && same) CAMP_TRY(db->drop_value(name_of(wish)));
      if (answer.accepted) {
        ++done;
        continue;
      }
      std::string words = CAMP_TRY(said(clone, wish));
      refused.push_back(
          {std::string(kFromWishes), std::move(words), answer.reason, answer.hint, waits});
    }
    if (answers.size() < lines.size()) {
      return fail(Kind::network, "the origin broke off before it had answered", "sync again");
    }
  }
  return done;
}

}  // namespace camp::ops
