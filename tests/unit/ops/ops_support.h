// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

#include "ops/init.h"
#include "ops/members.h"
#include "ops/read.h"
#include "ops/write.h"
#include "unit/model/object_support.h"

namespace camp::ops {

constexpr std::int64_t kStart = model::kNow;
constexpr std::int64_t kDay = 24LL * 60 * 60 * 1000;

/// A clock that goes a millisecond a look, and bytes that only count.
struct Stage {
  std::int64_t now = kStart;
  unsigned drawn = 0;

  Env env() {
    return {.now_ms = [this] { return ++now; },
            .random_bytes =
                [this](std::size_t size) {
                  std::string bytes;
                  for (std::size_t i = 0; i < size; ++i) {
                    drawn = drawn * 1103515245u + 12345u;
                    bytes += static_cast<char>(drawn >> 16);
                  }
                  return bytes;
                },
            .variable = [](std::string_view) { return std::optional<std::string>(); }};
  }
};

/// A temporary community of @ana and @bo and @cy.
class Camp {
 public:
  Camp() {
    char name[] = "/tmp/camp-ops-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    place_ = name;
    const auto made = init(stage.env(), {directory(), "Friend Camp", "ana", "",
                                         [](const std::string&) { return Result<void>(); }});
    INFO((made ? "" : made.error().message));
    REQUIRE(made);
    store::Community community = open();
    for (const char* handle : {"bo", "cy"}) {
      REQUIRE(add_member(community, who(community, "ana"), handle, ""));
    }
  }
  ~Camp() { std::filesystem::remove_all(place_); }
  Camp(const Camp&) = delete;
  Camp& operator=(const Camp&) = delete;

  std::string directory() const { return place_ + "/camp"; }
  store::Community open() { return store::Community::open(directory(), stage.env()).value(); }
  static Actor who(const store::Community& community, const std::string& handle) {
    return acting_member(community, handle).value();
  }

  Result<Posted> say(const std::string& handle, Draft draft) {
    store::Community community = open();
    return ops::post(community, who(community, handle), draft);
  }
  std::vector<index::Post> seen_by(const std::string& handle) {
    const store::Community community = open();
    TimelineRequest request;
    request.limit = 100;
    return timeline(community, who(community, handle), request).value();
  }
  /// How many posts with these words a member sees.
  std::size_t sees(const std::string& handle, const std::string& words) {
    const auto posts = seen_by(handle);
    return static_cast<std::size_t>(std::count_if(
        posts.begin(), posts.end(), [&](const auto& post) { return post.content == words; }));
  }

  Stage stage;

 private:
  std::string place_;
};

inline Draft text(const std::string& words) {
  Draft draft;
  draft.text = words;
  return draft;
}
inline Draft to(const std::string& audience, const std::string& words) {
  Draft draft = text(words);
  draft.to = audience;
  return draft;
}
inline Draft reply_to(const std::string& id, Draft draft) {
  draft.reply_to = id;
  return draft;
}

}  // namespace camp::ops
