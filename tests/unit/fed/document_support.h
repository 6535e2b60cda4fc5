// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fed/note_document.h"
#include "fed/site.h"
#include "unit/git/support.h"
#include "unit/model/object_support.h"

namespace camp::fed {

using git::test::need;

inline const Site& friend_camp() {
  static const Site site = need(Site::make("friend.camp"));
  return site;
}

inline const std::string kPublic = "https://www.w3.org/ns/activitystreams#Public";
inline const std::string kZoe = "https://example.org/users/zoe";

/// @ana, @bo and @cy are members, zoe is elsewhere; every post of a member is known.
inline const Names& test_names() {
  static const Names names{
      [](const std::string& uri) -> Result<std::optional<Person>> {
        for (const auto& [id, handle] :
             {std::pair{model::ana(), "ana"}, {model::bo(), "bo"}, {model::cy(), "cy"}}) {
          if (uri != id.uri()) continue;
          const std::string actor = friend_camp().actor(handle);
          return Person{actor, friend_camp().address(handle), actor};
        }
        if (uri == kZoe || uri == "acct:zoe@example.org") {
          return Person{kZoe, "zoe@example.org", "https://example.org/@zoe"};
        }
        return std::optional<Person>();
      },
      [](const std::string& uri) -> Result<std::optional<Reference>> {
        if (uri == "https://example.org/posts/7") {
          return Reference{uri, kZoe, "https://example.org/contexts/1",
                           "tag:example.org,2026:conversation:1"};
        }
        const auto id = FullId::parse(uri);
        if (!id) return std::optional<Reference>();
        const std::string context = friend_camp().context(id->object);
        return Reference{friend_camp().object(id->object), friend_camp().actor("ana"), context,
                         context};
      }};
  return names;
}

inline Rendering test_rendering() { return {friend_camp(), test_names()}; }

inline store::Released<store::Anyone> for_anyone(model::Object object) {
  return need(store::Gate::release(std::move(object), store::Anyone{}));
}
inline store::Released<store::Addressed> for_zoe(model::Object object,
                                                 store::Tie tie = store::Tie::none) {
  return need(store::Gate::release(std::move(object), store::Addressed{kZoe, tie}));
}

/// A post by bo.
inline model::Object bos_post(const model::NoteContent& content,
                              const model::Audience& audience = model::to_public()) {
  const model::Maker maker = model::maker_of(model::bo());
  return model::decoded(
      model::file_of(model::make_note(maker, audience, content), maker, audience.narrowed()));
}

inline bool holds(const Json& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Compares with tests/data/fed/<name>, which CAMP_TEST_ACCEPT=1 writes anew.
inline void check_golden(const std::string& name, const Json& document) {
  const std::string path = std::string(CAMP_TEST_DATA) + "/fed/" + name;
  const char* const accept = std::getenv("CAMP_TEST_ACCEPT");
  if (accept != nullptr && std::string(accept) == "1") {
    std::ofstream(path) << document.dump(2) << "\n";
    FAIL_CHECK(path << " was written: read it, then run again");
    return;
  }
  std::ifstream file(path);
  INFO("golden file " << path);
  REQUIRE(file.is_open());
  CHECK(document.dump(2) == Json::parse(file).dump(2));
}

}  // namespace camp::fed
