// SPDX-License-Identifier: MIT
#include "model/picture_hints.h"

#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;

TEST_CASE("statement 66: a focus is typed as two numbers from -1 to 1") {
  CHECK(parse_focus("0,0").value() == Focus{});
  CHECK(parse_focus("0.5,-0.25").value() == Focus{5'000, -2'500});
  CHECK(parse_focus("-1,1").value() == Focus{-10'000, 10'000});
  CHECK(parse_focus(".00004,0.99996").value() == Focus{0, 10'000});
  for (const char* wrong : {"", ",", "0", "0,", ",0", "0,0,0", "1.01,0", "0,-2", "a,b", "0 , 0",
                            "+0,0", "nan,0", "inf,0", "1e0,0", "0x1,0", "0;0"}) {
    INFO(wrong);
    const auto read = parse_focus(wrong);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == Kind::usage);
  }
}

TEST_CASE("statement 66: each focus comes back from what is written of it") {
  for (int units = -kFocusUnit; units <= kFocusUnit; ++units) {
    const Focus focus{units, -units};
    const Json again = Json::parse(focus_json(focus).dump());
    if (focus_from(again) != focus) FAIL(units << " became " << again.dump());
  }
  CHECK(focus_json({5'000, -3}).dump() == "[0.5,-0.0003]");
  CHECK(is_focus({kFocusUnit, -kFocusUnit}));
  CHECK_FALSE(is_focus({kFocusUnit + 1, 0}));
  CHECK_FALSE(is_focus({0, -kFocusUnit - 1}));
}

TEST_CASE("statement 66: a blurhash is 6 to 100 characters of base83") {
  CHECK(is_blurhash("UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH"));
  CHECK(is_blurhash(std::string(100, '~')));
  CHECK(is_blurhash("000000"));
  CHECK_FALSE(is_blurhash(std::string(101, '~')));
  CHECK_FALSE(is_blurhash("00000"));
  for (const char* wrong : {"", "000000 ", "\"00000", "000&00", "00000<", "00000>", "00000'",
                            "00000\\", "00000/", "00000!", "00000\xc3\xa9"}) {
    INFO(wrong);
    CHECK_FALSE(is_blurhash(wrong));
  }
}
