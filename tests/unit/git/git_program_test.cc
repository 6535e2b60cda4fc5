// SPDX-License-Identifier: MIT
#include "git/git_program.h"

#include <cstdlib>

#include "support.h"

using namespace camp::git;
using namespace camp::git::test;

TEST_CASE("git runs without the caller's environment and configuration") {
  const TempDir dir;
  write(dir.path("home/.gitconfig"), "[camp]\n\ttest = leaked\n");
  setenv("HOME", dir.path("home").c_str(), 1);
  setenv("GIT_PROTOCOL", "version=2", 1);
  setenv("GIT_DIR", "/nonexistent", 1);
  GitCall call;
  call.arguments = {"config", "camp.test"};
  CHECK(need(run_git(call)).status == 1);
  CHECK(need(run_git(call)).output.empty());
  for (const std::string& variable : git_process(call).environment) {
    CHECK_FALSE(variable.starts_with("GIT_PROTOCOL="));
  }
  unsetenv("GIT_DIR");
  unsetenv("GIT_PROTOCOL");

  write(dir.path("config"), "[camp]\n\ttest = ours\n");
  call.config_file = dir.path("config");
  CHECK(need(run_git(call)).output == "ours\n");
}

TEST_CASE("git speaks no protocol that it was not given") {
  const TempDir dir;
  Repository source = need(Repository::create(dir.path("source.git")));
  need(source.commit("main", one_post(1)));
  Repository target = need(Repository::create(dir.path("target.git")));
  GitCall call;
  call.repository = target.path();
  call.arguments = {"fetch", "--quiet", source.path(), "main:main"};
  CHECK_FALSE(need(run_git(call)).ok());
  call.arguments.insert(call.arguments.begin(), {"-c", "protocol.file.allow=always"});
  const camp::ProcessResult fetched = need(run_git(call));
  INFO(fetched.errors);
  CHECK(fetched.ok());
  CHECK(need(target.tip("main")) == need(source.tip("main")));
}
