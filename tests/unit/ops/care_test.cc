// SPDX-License-Identifier: MIT
// When the store is tidied up, whatever the clock does.
#include "ops/care.h"

#include "unit/ops/ops_support.h"

using namespace camp;
using namespace camp::ops;

TEST_CASE("the day's care is due again after a clock that ran ahead is set right") {
  Camp camp;
  const auto tidy = [&] {
    store::Community community = camp.open();
    REQUIRE(gc(community));
  };
  camp.stage.now = kStart + 3650 * kDay;
  tidy();
  camp.stage.now = kStart;
  REQUIRE(camp.say("ana", text("in November")));
  camp.stage.now += 40 * kDay;
  REQUIRE(camp.say("ana", text("in January")));

  const git::Repository local = camp.open().repository("local").value();
  const auto november = local.tip("e/2026-11").value();
  REQUIRE(november);
  CHECK(local.is_squashed("e/2026-11", *november).value());
}

TEST_CASE("words that are deleted at once go also within the same millisecond") {
  Camp camp;
  camp.stage.now = kStart + kDay;
  {
    Env still = camp.stage.env();
    still.now_ms = [] { return kStart + kDay; };
    auto community = store::Community::open(camp.directory(), still).value();
    const Actor ana = Camp::who(community, "ana");
    const auto posted = ops::post(community, ana, text("said and taken back"));
    REQUIRE(posted);
    REQUIRE(remove_post(community, ana, posted->post.id, true));
  }
  store::Community community = camp.open();
  CHECK(gc(community)->purged == 0);
}
