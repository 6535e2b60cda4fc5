// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "fed/site.h"
#include "http/message.h"
#include "index/server_db.h"
#include "store/community.h"
#include "store/gate.h"

namespace camp::web {

/// What a worker keeps between requests, so that keys are not checked again for each page. It is
/// thrown away whenever the community's papers change.
struct PageMemory {
  std::string stamp = {};  ///< of the papers that the rest was read from
  std::map<std::string, std::optional<store::Released<store::Anyone>>> profiles = {};
  std::optional<std::string> rules = {};
};

/// What the pages need.
struct PageContext {
  const store::Community& community;
  const fed::Site& site;
  /// What is known of other servers; null: nothing.
  index::ServerDb* server = nullptr;
  /// The worker's own; null: everything is read anew.
  PageMemory* memory = nullptr;
  /// Told of what failed, for the log; the stranger reads only that something did.
  std::function<void(const Error&)> report = {};
};

/// Answers GET and HEAD (alike: the server leaves a HEAD's body out) of what people look at: pages,
/// feeds, pictures, the stylesheet. Nothing if the address is another handler's. What is not public
/// is answered exactly as what never was.
///
/// `/`, `/u/HANDLE`, `/o/ID`, `/t/TAG`, each list with `?before=ID`; `/feed.atom`,
/// `/@HANDLE/feed.atom`, `/t/TAG/feed.atom`; `/media/SHA256.EXTENSION`; `/@HANDLE` leads to the
/// profile; `/style-HASH.css`, `/robots.txt`, `/favicon.ico`.
std::optional<http::Response> serve_page(const PageContext& context, const http::Request& request);

/// The one answer for whatever is not there: for addresses that no handler knows.
http::Response page_not_found(const PageContext& context);

}  // namespace camp::web
