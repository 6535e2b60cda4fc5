// SPDX-License-Identifier: MIT
// What ssh is asked for is data: four commands, to the letter.
#include "fed/ssh_command.h"

#include "catch.h"

using namespace camp;
using namespace camp::fed;

namespace {

const std::string kDigest(64, 'a');

SshCommand parsed(const std::string& command) {
  const auto read = parse_ssh_command(command);
  INFO(command);
  REQUIRE(read);
  return *read;
}

}  // namespace

TEST_CASE("the four commands are understood") {
  CHECK(parsed("camp-submit").what == SshCommand::What::submit);
  const SshCommand get = parsed("camp-media get private/x " + kDigest);
  CHECK(get.what == SshCommand::What::media_get);
  CHECK(get.repository == "private/x");
  CHECK(get.sha256 == kDigest);
  CHECK(parsed("camp-media put local " + kDigest).what == SshCommand::What::media_put);
  CHECK(parsed("git-upload-pack 'local'").what == SshCommand::What::upload_pack);
}

TEST_CASE("stock git's spellings of a repository are one") {
  for (const char* name : {"public", "/public", "public.git", "/public.git"}) {
    CHECK(parsed("git-upload-pack '" + std::string(name) + "'").repository == "public");
  }
}

TEST_CASE("E61 everything else is refused, whatever a shell would make of it") {
  const std::string command = GENERATE(
      "", " ", "sh", "camp-submit ", " camp-submit", "camp-submit;id", "camp-submit\n",
      "CAMP-SUBMIT", "git-upload-pack", "git-upload-pack local", "git-upload-pack \"local\"",
      "git-upload-pack 'local'; id", "git-upload-pack 'local' 'x'", "git-upload-pack 'local",
      "git-upload-pack ''", "git-upload-pack '/'", "git-upload-pack '.git'", "git-upload-pack '..'",
      "git-upload-pack '../x'", "git-upload-pack 'a/../b'", "git-upload-pack '//local'",
      "git-upload-pack 'local/'", "git-upload-pack 'local.git.git'", "git-upload-pack 'LOCAL'",
      "git-upload-pack 'lo cal'", "git-upload-pack 'lo'cal'", "git-upload-pack '-x'",
      "git-upload-pack '--upload-pack=id'", "git-upload-pack '$(id)'", "git-upload-pack 'x\\y'",
      "git-receive-pack 'local'", "git-upload-archive 'local'", "camp-media", "camp-media get",
      "camp-media get local", "camp-media get  local x", "camp-media rm local x");
  INFO(command);
  const auto read = parse_ssh_command(command);
  REQUIRE_FALSE(read);
  CHECK(read.error().kind == Kind::refused);
}

TEST_CASE("a picture is named by its digest alone") {
  const std::string get = "camp-media get local ";
  for (const std::string& digest :
       {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'), std::string(64, 'g'),
        kDigest + " ", kDigest + "\n", kDigest + " x"}) {
    CHECK_FALSE(parse_ssh_command(get + digest));
  }
  CHECK_FALSE(parse_ssh_command("camp-media get ../keys " + kDigest));
  CHECK_FALSE(parse_ssh_command("camp-media get /local " + kDigest));
}

TEST_CASE("a command without an end is not read") {
  CHECK_FALSE(parse_ssh_command("git-upload-pack '" + std::string(600, 'a') + "'"));
  CHECK_FALSE(parse_ssh_command("git-upload-pack '" + std::string(101, 'a') + "'"));
}
