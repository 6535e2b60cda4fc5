// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/server.h"
#include "store/community.h"

namespace camp::fed {

// git over https, and what a member's clone needs besides: the same as by ssh (ssh_command.h), as
// requests. Stock git reads `https://HOST/git/public.git`. Members show tokens (access_token.h).
//
//     GET  /git/<repository>.git/info/refs?service=git-upload-pack
//     POST /git/<repository>.git/git-upload-pack
//     POST /clone/submit                             objects, one a line; answers, one a line
//     GET  /clone/media/<repository>/<sha256>        a picture
//     POST /clone/media/<repository>/<sha256>        a picture that an object will name next

/// The most that a submission or a picture may have.
inline constexpr std::size_t kMaxCloneBody = 16u << 20;

/// One of the addresses above.
struct GitRoute {
  enum class What { advertise, upload_pack, submit, media };
  What what = What::advertise;
  std::string repository = {};
  std::string sha256 = {};

  bool operator==(const GitRoute&) const = default;
};

/// Reads a request's path, decoded as http::Request has it. Nothing for every other spelling: no
/// path of the "dumb" protocol is served, and nothing is ever pushed.
std::optional<GitRoute> parse_git_route(std::string_view path);

/// Answers such a request. `host` is the community's own, with the port if its address has one: it
/// is what tokens must name. Nothing for every other path, and for whatever this reader may not
/// have or know of, so that the server's one 404 follows. There is no 401: it would tell that there
/// is something, and make stock git ask a person for a password; at a 404 it says that there is no
/// such repository.
///
/// An answer with a pack is streamed from a child process, which ends with the stream.
std::optional<http::Response> serve_git(store::Community& community, std::string_view host,
                                        const http::Request& request);

/// For ServerSettings: how long the body of such a request may be; nothing for other paths.
std::optional<std::size_t> git_body_limit(std::string_view method, std::string_view path);
/// For ServerSettings: packs, submissions and pictures that come take the slow lane.
http::Lane git_lane(const http::Request& request);

}  // namespace camp::fed
