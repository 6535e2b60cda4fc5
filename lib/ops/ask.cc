// SPDX-License-Identifier: MIT
#include "ops/ask.h"

#include <utility>

#include "model/foreign_text.h"

namespace camp::ops {

Result<void> ask_elsewhere(store::Community& community,
                           const std::function<Result<void>(fed::Federation&)>& act) {
  auto asked = fed::with_federation(community, act);
  if (!asked && asked.error().hint.empty()) {
    asked.error().hint = asked.error().kind == Kind::network
                             ? "try again later, and check how the server's name is written"
                             : "check how it is written";
  }
  return asked;
}

Result<model::RemoteActor> person_at(fed::Remote& remote, const std::string& which) {
  if (model::is_web_address(which)) return remote.fetch_actor(which);
  const auto account = which.starts_with('@') ? fed::parse_account(which) : std::nullopt;
  if (!account) return fail(Kind::usage, model::in_quotes(which) + " names nobody");
  return remote.resolve(account->user, account->host);
}

Result<PersonOrPost> person_or_post_at(fed::Remote& remote, const std::string& which) {
  if (!model::is_web_address(which)) {
    return PersonOrPost{.person = CAMP_TRY(person_at(remote, which))};
  }
  auto post = remote.post(which);
  if (post) return PersonOrPost{.post = *std::move(post)};
  if (post.error().kind == Kind::network) return tl::unexpected<Error>(post.error());
  auto person = remote.fetch_actor(which);
  if (!person) return tl::unexpected<Error>(post.error());
  return PersonOrPost{.person = *std::move(person)};
}

}  // namespace camp::ops
