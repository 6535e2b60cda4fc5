// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fed/submission.h"
#include "store/community.h"
#include "store/gate.h"
#include "store/writer.h"

namespace camp::fed {

/// The origin's side of a submission: takes lines of a member who proved who they are, judges each
/// object once and for all (model::judge_arrival), and writes what it accepts, letters with their
/// copies. Answers come in the order of the lines, each after what it speaks of is durable.
class Reception {
 public:
  using Sink = std::function<Result<void>(const Answer&)>;

  Reception(store::Community& community, OwnerId member, Sink answer)
      : community_(community), member_(std::move(member)), answer_(std::move(answer)) {}

  /// One line without its newline. It may be answered later.
  Result<void> take(std::string_view line);
  /// Answers what is still open, and forgets pictures that came ahead and were used.
  Result<void> finish();

 private:
  struct Batch;
  struct Facts;

  Result<void> flush();
  Result<void> judge(store::Writer& writer, const std::string& line, Batch& batch);
  Result<void> judge_object(store::Writer& writer, const std::string& line, Batch& batch);
  Result<const Facts*> facts();
  Result<Answer> serve(store::Writer& writer, const Request& request);
  Result<std::optional<model::Refusal>> objection(const model::Object& object);
  /// The pictures that an object names, for each repository that it goes to; nothing if one is not
  /// here.
  Result<std::optional<std::vector<store::NewMedia>>> media_of(
      const model::Object& object, const std::vector<std::string>& repositories) const;
  Result<void> write(store::Writer& writer, Batch& batch);

  store::Community& community_;
  OwnerId member_;
  Sink answer_;
  std::vector<std::string> lines_;
  std::size_t bytes_ = 0;
  std::shared_ptr<const Facts> facts_;  ///< until keys change
  std::set<std::string> used_media_;    ///< digests; another object may name the same picture
};

/// What is kept for a member's objects that are yet to come; a sender who keeps to it finds all of
/// what it sent.
inline constexpr std::size_t kMaxIncomingPictures = 256;
inline constexpr std::size_t kMaxIncomingBytes = 64 << 20;

/// Keeps a picture that objects submitted soon will name; beyond the limits, in the place of those
/// that have waited longest. Kind::refused for one that is not clean.
Result<void> take_media(store::Community& community, const OwnerId& member, std::string_view sha256,
                        std::string_view bytes);

/// Whether camp.toml keeps the objects of a repository out of clones (local, with clone_local off).
bool keeps_from_clones(const store::Community& community, std::string_view repository);
/// A picture of a granted repository, for a clone. Kind::not_found for one that it may not have.
Result<std::string> granted_media(const store::Community& community,
                                  const store::RepositoryGrant& grant, std::string_view sha256);
/// The branches of a granted repository that its reader may not have all the same: of local, when
/// camp.toml keeps local posts out of clones, the months. Prefixes below refs/heads/.
std::vector<std::string> hidden_branches(const store::Community& community,
                                         const store::RepositoryGrant& grant);

}  // namespace camp::fed
