// SPDX-License-Identifier: MIT
#include "ops/sync_home.h"

#include <optional>
#include <utility>

#include "base/terminal.h"
#include "fed/origin_https.h"
#include "store/settings.h"

namespace camp::ops {
namespace {

/// Twice what a whole home needs, whose pages are never less than three quarters full.
constexpr int kMostPages =
    2 * static_cast<int>(fed::kMaxHomeBytes / (fed::kMaxHomePage - fed::kMaxHomeRecord));

/// What the origin answers to one question; nothing if it serves none.
Result<std::optional<fed::HomePage>> ask(fed::Origin& origin, const fed::HomeQuestion& question) {
  const auto answers = CAMP_TRY(origin.submit({fed::home_line(question)}));
  if (answers.size() != 1) {
    return fail(Kind::network, "the origin broke off before it had answered", "sync again");
  }
  if (!answers.front().accepted || answers.front().page.empty()) {
    return std::optional<fed::HomePage>();
  }
  return std::optional(CAMP_TRY(fed::parse_home_page(answers.front().page)));
}

/// Whether a community may say that this is its host: over https only the one that was asked.
Result<void> require_host(const store::Community& clone, const std::string& host) {
  CAMP_TRY(fed::Site::make(host, fed::is_loopback_host(host)));
  const std::string& address = clone.settings().origin;
  if (!fed::is_https(address)) return {};
  const auto url = CAMP_TRY(fed::parse_https(clone.env(), address));
  if (url.authority() == host) return {};
  return fail(Kind::refused,
              "the origin calls itself " + for_terminal_line(host.substr(0, 100)) + ", and is " +
                  url.authority(),
              "look at the address in state/config.toml");
}

Result<void> learn_host(const store::Community& clone, const std::string& host) {
  store::Settings settings = clone.settings();
  if (settings.host == host) return {};
  settings.host = host;
  return store::write_settings(clone.directory(), settings);
}

}  // namespace

Result<HomeSync> sync_home(const store::Community& clone, fed::Origin& origin) {
  HomeSync done;
  // The state of nothing asks for the host as well as any other.
  const std::string known = clone.settings().host;
  auto copy = known.empty() ? std::optional<fed::HomeCopy>()
                            : std::optional(CAMP_TRY(fed::HomeCopy::open(clone, known)));
  const auto first =
      CAMP_TRY(ask(origin, copy ? copy->state() : fed::HomeQuestion{fed::home_state({}), {}}));
  done.served = first.has_value();
  if (!first || first->host.empty()) return done;
  if (first->host != known) {
    CAMP_TRY(require_host(clone, first->host));
    CAMP_TRY(learn_host(clone, first->host));
    copy.emplace(CAMP_TRY(fed::HomeCopy::open(clone, first->host)));
  } else if (first->same) {
    return done;
  }
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto page = CAMP_TRY(ask(origin, copy->held()));
    if (!page || page->host != first->host) break;
    const bool changed = CAMP_TRY(copy->take(*page, done.news));
    if (!page->more || !changed) break;
  }
  if (done.news.gone > 0) CAMP_TRY(copy->scrub());
  return done;
}

}  // namespace camp::ops
