// SPDX-License-Identifier: MIT
#include "model/audience.h"

#include "unit/model/object_support.h"

using namespace camp;
using namespace camp::model;

namespace {

std::string named(const char* to, const char* only, std::vector<std::string> persons = {}) {
  const auto audience = parse_audience(to, only, std::move(persons));
  return audience ? audience_name(*audience)
                  : "refused: " + std::to_string(exit_code(audience.error().kind));
}

bool readable(const char* text) { return get_audience(Json::parse(text)).has_value(); }

}  // namespace

TEST_CASE("the default is local and nothing defaults to public") {
  CHECK(Audience{} == to_local());
  CHECK(parse_audience("", "", {}).value() == to_local());
  CHECK(parse_audience("", "followers", {}).value().reach == Reach::local);
  CHECK(parse_audience("direct", "", {bo().uri()}).value().reach == Reach::local);
}

TEST_CASE("the words of --to and --only and what the audience is called") {
  CHECK(named("local", "") == "local");
  CHECK(named("neighborhood", "") == "neighborhood");
  CHECK(named("public", "") == "public");
  CHECK(named("unlisted", "") == "unlisted");
  CHECK(named("followers", "") == "followers");
  CHECK(named("public", "followers") == "followers");
  CHECK(named("local", "followers") == "local+followers");
  CHECK(named("local", "mutuals") == "local+mutuals");
  CHECK(named("public", "mutuals") == "public+mutuals");
  CHECK(named("neighborhood", "mutuals") == "neighborhood+mutuals");
  CHECK(named("direct", "", {bo().uri()}) == "direct");
  CHECK(named("direct", "@bo", {bo().uri()}) == "direct");
  CHECK(named("local", "@bo", {bo().uri()}) == "direct");
}

TEST_CASE("contradictions and a letter to nobody are refused as misuse") {
  const std::string misuse = "refused: 2";
  CHECK(named("everyone", "") == misuse);
  CHECK(named("Public", "") == misuse);
  CHECK(named("followers", "mutuals") == misuse);
  CHECK(named("followers", "@bo", {bo().uri()}) == misuse);
  CHECK(named("unlisted", "followers") == misuse);
  CHECK(named("direct", "followers") == misuse);
  CHECK(named("direct", "") == misuse);
  CHECK(named("local", "@nobody") == misuse);
}

TEST_CASE("a letter to somebody elsewhere may go there, and nothing that stays here is for them") {
  const std::string max = "acct:max@far.example";
  CHECK(parse_audience("direct", "", {bo().uri(), max}).value().reach == Reach::public_);
  CHECK(parse_audience("public", "@max@far.example", {max}).value().reach == Reach::public_);
  CHECK(named("local", "@max@far.example", {max}) == "refused: 4");
  CHECK(named("", "@bo,@max@far.example", {bo().uri(), max}) == "refused: 4");
}

TEST_CASE("persons are named once, in order") {
  const auto audience = parse_audience("direct", "", {cy().uri(), bo().uri(), cy().uri()});
  CHECK(audience.value().named == std::vector{bo().uri(), cy().uri()});
}

TEST_CASE("every audience that can be meant comes back from its object") {
  for (const Reach reach : {Reach::local, Reach::neighborhood, Reach::public_}) {
    for (const People people :
         {People::everyone, People::followers, People::mutuals, People::named}) {
      Audience audience{.reach = reach, .people = people};
      if (reach == Reach::neighborhood) audience.roster = roster_id();
      if (people == People::named) audience.named = {bo().uri(), cy().uri()};
      Json json = Json::object();
      put_audience(json, audience);
      INFO(json.dump());
      CHECK(get_audience(json).value() == audience);
      CHECK(audience.narrowed() == (people != People::everyone));
      CHECK((repository_of(audience, ana()) == private_repository(ana())) == audience.narrowed());
    }
  }
  const Audience unlisted{.reach = Reach::public_, .unlisted = true};
  Json json = Json::object();
  put_audience(json, unlisted);
  CHECK(get_audience(json).value() == unlisted);
}

TEST_CASE("an audience has one spelling; every other is refused") {
  CHECK(readable(R"({"audience":"camp:local"})"));
  CHECK_FALSE(readable(R"({})"));
  CHECK_FALSE(readable(R"({"audience":"local"})"));
  CHECK_FALSE(readable(R"({"audience":["camp:local"]})"));
  CHECK_FALSE(readable(R"({"audience":"https://www.w3.org/ns/activitystreams#Public"})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","to":"as:Public"})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","to":[]})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","to":["b","a"]})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","to":["a","a"]})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","to":[1]})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","to":null})"));
  CHECK(readable(R"({"audience":"as:Public","camp:unlisted":true})"));
  CHECK_FALSE(readable(R"({"audience":"as:Public","camp:unlisted":false})"));
  CHECK_FALSE(readable(R"({"audience":"camp:local","camp:unlisted":true})"));
  CHECK_FALSE(readable(R"({"audience":"as:Public","to":"camp:followers","camp:unlisted":true})"));
}

TEST_CASE("a neighborhood audience, and no other, names its roster") {
  const std::string roster = R"("camp:roster":")" + roster_id() + R"(")";
  CHECK(readable((R"({"audience":"camp:neighborhood",)" + roster + "}").c_str()));
  CHECK_FALSE(readable(R"({"audience":"camp:neighborhood"})"));
  CHECK_FALSE(readable(R"({"audience":"camp:neighborhood","camp:roster":"../keys"})"));
  CHECK_FALSE(readable(R"({"audience":"camp:neighborhood","camp:roster":1})"));
  CHECK_FALSE(readable((R"({"audience":"camp:local",)" + roster + "}").c_str()));
  CHECK_FALSE(readable((R"({"audience":"as:Public",)" + roster + "}").c_str()));
}

TEST_CASE("the audience alone decides the repository") {
  CHECK(repository_of(to_local(), ana()) == "local");
  CHECK(repository_of(to_public(), ana()) == "public");
  CHECK(repository_of(to_neighborhood(), ana()) == "neighborhood/" + roster_id());
  // A post to local followers must not stand where every member's clone finds it.
  CHECK(repository_of({.people = People::followers}, ana()) == "private/" + ana().text());
}
