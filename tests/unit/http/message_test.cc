// SPDX-License-Identifier: MIT
#include "http/message.h"

#include "catch.h"

namespace camp::http {
namespace {

TEST_CASE("names of header fields compare without regard to case, repeated ones keep their order") {
  Headers headers{{"Host", "a.example"}, {"via", "1"}, {"Via", "2"}};
  CHECK(headers.find("host") == "a.example");
  CHECK(headers.all("VIA") == std::vector<std::string_view>{"1", "2"});
  headers.set("viA", "3");
  CHECK(headers.all("via") == std::vector<std::string_view>{"3"});
  CHECK_FALSE(headers.find("date"));
}

TEST_CASE("a parameter of a query is decoded, or is not there") {
  Request request;
  request.query = "resource=acct%3Aana%40friend.camp&q=a+b&bad=%zz&latin=%E9&empty";
  CHECK(request.parameter("resource") == "acct:ana@friend.camp");
  CHECK(request.parameter("q") == "a b");
  CHECK(request.parameter("empty") == "");
  CHECK_FALSE(request.parameter("bad"));
  CHECK_FALSE(request.parameter("latin"));
  CHECK_FALSE(request.parameter("other"));
}

TEST_CASE("what is percent-encoded is decoded to the same") {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  CHECK(percent_decode(percent_encode(every)) == every);
  CHECK_FALSE(percent_decode("%4"));
  CHECK_FALSE(percent_decode("%"));
}

TEST_CASE("dates of HTTP are read in one spelling only") {
  const std::string text = "Tue, 24 Nov 2026 10:00:00 GMT";
  REQUIRE(parse_http_date(text));
  CHECK(*parse_http_date(text) == 1795514400000);
  CHECK(format_http_date(1795514400000) == text);
  for (const char* wrong : {"", "Mon, 24 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 10:00:00 UTC",
                            "Tue, 31 Feb 2026 10:00:00 GMT", "Tue, 24 Nov 2026 25:00:00 GMT",
                            "Tuesday, 24-Nov-26 10:00:00 GMT", "Tue Nov 24 10:00:00 2026",
                            "Tue, 24 Nov 2026 1a:00:00 GMT"}) {
    INFO(wrong);
    CHECK_FALSE(parse_http_date(wrong));
  }
}

}  // namespace
}  // namespace camp::http
