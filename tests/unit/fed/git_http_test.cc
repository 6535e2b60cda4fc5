// SPDX-License-Identifier: MIT
// Which paths are git's and a clone's, how long their bodies may be, and who works on them.
#include "fed/git_http.h"

#include "catch.h"

using namespace camp;
using namespace camp::fed;
using What = GitRoute::What;

namespace {

const std::string kDigest(64, 'a');

http::Request request(std::string method, std::string path) {
  http::Request made;
  made.method = std::move(method);
  made.path = made.target = std::move(path);
  return made;
}

}  // namespace

TEST_CASE("the addresses of git and of clones are understood") {
  CHECK(parse_git_route("/git/public.git/info/refs") == GitRoute{What::advertise, "public", {}});
  CHECK(parse_git_route("/git/private/x.git/info/refs") ==
        GitRoute{What::advertise, "private/x", {}});
  CHECK(parse_git_route("/git/local.git/git-upload-pack") ==
        GitRoute{What::upload_pack, "local", {}});
  CHECK(parse_git_route("/clone/submit") == GitRoute{What::submit, {}, {}});
  CHECK(parse_git_route("/clone/media/private/x/" + kDigest) ==
        GitRoute{What::media, "private/x", kDigest});
}

TEST_CASE("E58 no path of the dumb protocol is served, and nothing is pushed") {
  for (const char* path :
       {"/git/public.git", "/git/public.git/", "/git/public.git/HEAD", "/git/public.git/config",
        "/git/public.git/objects/info/packs", "/git/public.git/objects/info/alternates",
        "/git/public.git/objects/ab/cdef", "/git/public.git/packed-refs",
        "/git/public.git/git-receive-pack", "/git/public.git/git-upload-archive",
        "/git/public.git/refs/heads/main", "/git/public.git/info/refs/", "/git/public/info/refs",
        "/git/.git/info/refs", "/git//info/refs", "/git/info/refs", "/git/git-upload-pack"}) {
    INFO(path);
    CHECK_FALSE(parse_git_route(path));
  }
}

TEST_CASE("a path names a repository and nothing else") {
  for (const char* name : {"", "/local", "local/", "..", "../keys", "public/../local", "LOCAL",
                           "lo cal", "local.git", "-x", "public.git/x", "a%2fb", "\x01"}) {
    INFO(name);
    CHECK_FALSE(parse_git_route("/git/" + std::string(name) + ".git/info/refs"));
    CHECK_FALSE(parse_git_route("/clone/media/" + std::string(name) + "/" + kDigest));
  }
  for (const std::string& digest : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                    std::string(64, 'A'), std::string(64, '/')}) {
    CHECK_FALSE(parse_git_route("/clone/media/local/" + digest));
  }
  CHECK_FALSE(parse_git_route("/clone/media/" + kDigest));
  CHECK_FALSE(parse_git_route("/clone/submit/"));
  CHECK_FALSE(parse_git_route("/clone/"));
  CHECK_FALSE(parse_git_route("/"));
}

TEST_CASE("only what takes a body may have one") {
  CHECK(git_body_limit("POST", "/clone/submit") == kMaxCloneBody);
  CHECK(git_body_limit("POST", "/clone/media/local/" + kDigest) == kMaxCloneBody);
  CHECK(git_body_limit("POST", "/git/local.git/git-upload-pack") == std::size_t{1} << 20);
  CHECK(git_body_limit("GET", "/clone/submit") == std::size_t{0});
  CHECK(git_body_limit("POST", "/git/local.git/info/refs") == std::size_t{0});
  CHECK(git_body_limit("POST", "/git/local.git/git-receive-pack") == std::size_t{0});
  CHECK(git_body_limit("POST", "/clone/x") == std::size_t{0});
  CHECK_FALSE(git_body_limit("POST", "/inbox"));
  CHECK_FALSE(git_body_limit("GET", "/gitanes"));
}

TEST_CASE("what may take long never keeps a page waiting") {
  CHECK(git_lane(request("POST", "/git/public.git/git-upload-pack")) == http::Lane::slow);
  CHECK(git_lane(request("POST", "/clone/submit")) == http::Lane::slow);
  CHECK(git_lane(request("GET", "/git/public.git/info/refs")) == http::Lane::fast);
  CHECK(git_lane(request("POST", "/inbox")) == http::Lane::fast);
}
