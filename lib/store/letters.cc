// SPDX-License-Identifier: MIT
#include "store/letters.h"

#include <algorithm>
#include <array>
#include <set>

namespace camp::store {
namespace {

/// Holds lines "repository branch path blob".
constexpr std::string_view kLettersMark = "@letters";

/// Whether a member's own list of one type names somebody of the community.
Result<bool> names(const Community& community, const OwnerId& member, std::string_view type,
                   const OwnerId& somebody) {
  const index::Viewer own{member.text(), {model::private_repository(member)}};
  const auto rows = CAMP_TRY(community.index().live(own, type, member.text(), somebody.uri()));
  return !rows.empty();
}

/// Whether `follower` has said, in their own repository, that they follow `author`.
Result<bool> follows(const Community& community, const OwnerId& follower, const OwnerId& author) {
  return names(community, follower, "Follow", author);
}

Result<std::vector<OwnerId>> addressed(const Community& community, const model::Object& object) {
  std::vector<OwnerId> persons;
  if (object.audience.people == model::People::named) {
    for (const std::string& uri : object.audience.named) {
      if (const auto id = OwnerId::parse_uri(uri)) persons.push_back(*id);
    }
    return persons;
  }
  for (const OwnerId& follower : CAMP_TRY(local_followers(community, object.author()))) {
    const bool wanted = object.audience.people == model::People::followers ||
                        CAMP_TRY(follows(community, object.author(), follower));
    if (wanted) persons.push_back(follower);
  }
  return persons;
}

std::vector<Found> remembered(std::string_view lines) {
  std::vector<Found> files;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    std::array<std::string, 4> words;
    for (std::string& word : words) {
      const std::size_t stop = std::min(lines.find(' ', at), end);
      word = lines.substr(at, stop - at);
      at = std::min(stop + 1, end);
    }
    files.push_back({words[0], words[1], words[2], words[3]});
    at = end + 1;
  }
  return files;
}

}  // namespace

Result<void> remember_letters(index::Index& index, const std::vector<Found>& came) {
  const std::string before = CAMP_TRY(index.mark(kLettersMark));
  std::string lines = before;
  for (const Found& file : came) {
    if (!file.repository.starts_with("private/")) continue;
    lines += file.repository + " " + file.branch + " " + file.path + " " + file.blob + "\n";
  }
  return lines == before ? Result<void>() : index.set_mark(kLettersMark, lines);
}

Result<std::vector<OwedLetter>> owed_letters(const Community& community) {
  std::vector<OwedLetter> owed;
  for (const Found& file : remembered(CAMP_TRY(community.index().mark(kLettersMark)))) {
    if (!community.directory().exists(file.repository + ".git")) continue;
    const git::Repository repository = CAMP_TRY(community.repository(file.repository));
    const auto bytes = CAMP_TRY(repository.read_file(file.branch, file.path));
    if (!bytes) continue;  // deleted since
    auto object = model::decode_object(*bytes);
    if (!object || home_of(*object) != file.repository) continue;
    auto names = CAMP_TRY(destinations(community, *object));
    if (names.size() > 1) owed.push_back({*std::move(object), std::move(names)});
  }
  return owed;
}

Result<void> forget_letters(index::Index& index) {
  if (CAMP_TRY(index.mark(kLettersMark)).empty()) return {};
  return index.set_mark(kLettersMark, "");
}

Result<std::vector<OwnerId>> local_followers(const Community& community, const OwnerId& author) {
  std::vector<OwnerId> followers;
  for (const index::MemberRow& member : CAMP_TRY(community.index().members())) {
    const OwnerId id = CAMP_TRY(OwnerId::parse(member.id));
    if (id == author || !CAMP_TRY(follows(community, id, author))) continue;
    if (!CAMP_TRY(names(community, author, "Block", id))) followers.push_back(id);
  }
  return followers;
}

Result<std::vector<std::string>> destinations(const Community& community,
                                              const model::Object& object) {
  std::vector<std::string> names{home_of(object)};
  if (!object.audience.narrowed()) return names;
  std::set<std::string> copies;
  if (object.target) {
    for (std::string& name :
         CAMP_TRY(community.index().whereabouts(object.target->object.text()))) {
      if (belongs_in(object, name)) copies.insert(std::move(name));
    }
  } else {
    for (const OwnerId& person : CAMP_TRY(addressed(community, object))) {
      const std::string name = model::private_repository(person);
      if (community.directory().exists(name + ".git")) copies.insert(name);
    }
  }
  copies.erase(names.front());
  names.insert(names.end(), copies.begin(), copies.end());
  return names;
}

}  // namespace camp::store
