// SPDX-License-Identifier: MIT
#include "person.h"

#include <nlohmann/json.hpp>

#include "common.h"

namespace camp::cmd {

Json person_json(const ops::Whom& whom) {
  const char* kind = whom.what == ops::Whom::What::member      ? "member"
                     : whom.what == ops::Whom::What::elsewhere ? "elsewhere"
                                                               : "host";
  const bool at = whom.handle.starts_with('@');
  const std::string id = whom.is_member()     ? whom.uri.substr(5)
                         : whom.actor.empty() ? whom.uri
                                              : whom.actor;
  return {{"kind", kind},
          {"handle", at ? whom.handle.substr(1) : whom.handle},
          {"name", whom.name},
          {"id", id}};
}

cli::Foreign handle_of(const ops::Whom& whom) { return {whom.handle}; }

cli::Completer complete_list(const char* type) {
  return {.words = [type](cli::Context& context) {
    std::vector<cli::Candidate> words;
    const auto here = open_here(context);
    if (!here) return words;
    const auto rows = ops::own_list(here->community, here->actor, type);
    auto people = ops::Acquaintances::open(here->community);
    if (!rows || !people) return words;
    for (const auto& row : *rows) {
      if (const auto whom = people->of(row.about)) words.push_back({whom->handle, ""});
    }
    return words;
  }};
}

}  // namespace camp::cmd
