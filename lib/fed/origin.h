// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "fed/submission.h"
#include "git/upload_pack.h"
#include "store/community.h"

namespace camp::fed {

/// The other end of a clone's connection: the directory that owns the community. Each call is one
/// conversation. Kind::network: nobody answered, or not as an origin does; Kind::refused: it says
/// no.
class Origin {
 public:
  virtual ~Origin() = default;

  /// Begins to fetch a repository, if it may be fetched.
  virtual Result<git::UploadPack> upload_pack(std::string_view repository,
                                              const git::TransferLimits& limits) = 0;
  /// Submits lines (each with its newline); an answer for each, in their order.
  virtual Result<std::vector<Answer>> submit(const std::vector<std::string>& lines) = 0;
  virtual Result<std::string> get_media(std::string_view repository, std::string_view sha256) = 0;
  /// Lays a picture ready for an object that will be submitted next.
  virtual Result<void> put_media(std::string_view repository, std::string_view sha256,
                                 std::string_view bytes) = 0;
};

/// An address as people write it: a directory, ssh://[user@]host[:port][/path] or https://host.
/// Kind::usage for anything else, so that nothing in it can be taken for an option or a command.
/// With CAMP_INSECURE_LOOPBACK=1, for tests on one machine, also http://127.0.0.1:port.
Result<void> check_address(const Env& env, const std::string& address);
/// Whether an address is of another machine.
bool is_remote(std::string_view address);
/// Whether it is one that needs a Proof.
bool is_https(std::string_view address);

/// With what somebody proves over https who they are. Over a path and by ssh nobody asks for it.
struct Proof {
  std::shared_ptr<const crypto::SecretKey> key = {};  ///< the device's, or the paper key
  std::string code = {};  ///< of somebody who has not claimed, and whose key is new
};

/// Opens the origin at an address for a member (a handle or an id; empty for what is public). Over
/// a path this is the directory's owner, who may act for anybody; over ssh the key decides who it
/// is, and over https the proof. The program that speaks ssh is `ssh`, or the one that CAMP_SSH
/// names.
Result<std::unique_ptr<Origin>> open_origin(const Env& env, const std::string& address,
                                            const std::string& member, const Proof& proof = {});

/// A clone on this machine as something to fetch from, with its owner's eyes: for an origin that
/// was put back from an old copy.
Result<std::unique_ptr<Origin>> open_clone(store::Community clone);

}  // namespace camp::fed
