// SPDX-License-Identifier: MIT
#include "base/env.h"

#include <cstdlib>

#include "catch.h"

namespace camp {
namespace {

// Sets a variable of the process for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST_CASE("the real environment has a clock and random bytes") {
  const Env env = system_env().value();
  CHECK(env.now_ms() > 1'700'000'000'000);
  CHECK(env.random_bytes(32).size() == 32);
  CHECK(env.random_bytes(32) != env.random_bytes(32));
  CHECK(env.random_bytes(0).empty());
  CHECK_FALSE(env.variable("CAMP_SURELY_NOT_SET"));
  const Variable empty("CAMP_EMPTY", "");
  CHECK_FALSE(env.variable("CAMP_EMPTY"));
}

TEST_CASE("CAMP_NOW starts a clock of its own") {
  const Variable now("CAMP_NOW", "2026-11-01T12:00:00Z");
  const Env env = system_env().value();
  const Env copy = env;
  CHECK(env.now_ms() == 1'793'534'400'000);
  CHECK(copy.now_ms() == 1'793'534'400'001);
  CHECK(env.now_ms() == 1'793'534'400'002);
  const Variable wrong("CAMP_NOW", "yesterday");
  CHECK(system_env().error().kind == Kind::usage);
}

TEST_CASE("CAMP_SEED makes the bytes a function of the seed and of what was drawn before") {
  const Variable seed("CAMP_SEED", "one");
  const Env a = system_env().value();
  const Env b = system_env().value();
  const std::string first = a.random_bytes(13);
  const std::string rest = a.random_bytes(19);
  CHECK(b.random_bytes(32) == first + rest);
  const Variable other("CAMP_SEED", "two");
  CHECK(system_env().value().random_bytes(13) != first);
}

}  // namespace
}  // namespace camp
