// SPDX-License-Identifier: MIT
// WebFinger: the account in a query or a subject, and the link in an answer. What is read has one
// spelling, and nothing in it that a terminal or a path would act on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fed/foreign.h"
#include "fed/remote.h"

namespace {

using namespace camp;
using namespace camp::fed;

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(std::string_view text) {
  const auto account = parse_account(text);
  if (!account) return;
  require(is_user_name(account->user));
  require(!account->host.empty());
  require(std::none_of(account->host.begin(), account->host.end(), [](char c) {
    return c <= ' ' || c >= '\x7f' || c == '/' || c == '?' || c == '#' || c == '@' ||
           (c >= 'A' && c <= 'Z');
  }));
  const auto again = parse_account("acct:" + account->user + "@" + account->host);
  require(again && again->user == account->user && again->host == account->host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  judge(input);
  const auto document = parse_foreign(input);
  if (!document) return 0;
  judge(text_of(*document, "subject"));
  (void)http::parse_url(self_link(*document), {});
  return 0;
}
