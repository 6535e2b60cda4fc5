// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fed/site.h"
#include "index/index.h"
#include "index/server_db.h"
#include "ops/open.h"
#include "ops/whom.h"

namespace camp::ops {

/// What reached this server from elsewhere, as one member sees it, in the form of the community's
/// own posts. Communities without a host have none; a clone has what its origin brought.
class RemoteView {
 public:
  /// Nothing where nothing ever came from elsewhere.
  static Result<std::optional<RemoteView>> open(const store::Community& community,
                                                const Actor& actor);

  const fed::Site& site() const { return site_; }
  index::ServerDb& db() { return db_; }
  /// The member's own address: their actor's URI.
  std::string address() const { return site_.actor(actor_.handle); }

  /// A page of posts of elsewhere (see ServerDb::timeline), whoever the member hides left out.
  Result<std::vector<index::Post>> timeline(index::ServerDb::Page page);
  Result<std::vector<index::Post>> search(const std::vector<std::string>& folded_words,
                                          std::size_t limit);
  /// By URI; nothing if it is not kept or not for the member.
  Result<std::optional<index::Post>> post(const std::string& uri);
  /// Posts of elsewhere that answer a post, here or there.
  Result<std::vector<index::Post>> replies(const std::string& uri);
  /// Ids whose digest part begins so, of what the member may read.
  Result<std::vector<index::Post>> complete_id(const std::string& prefix);
  /// Adds what people elsewhere did with posts of ours to their counts.
  Result<void> add_counts(std::vector<index::Post>& posts);

  /// The conversation around a post of either kind: parents before children, children by id.
  Result<std::vector<index::Post>> thread(const index::Viewer& viewer, const index::Post& around);

  /// The address of a post of ours, the URI of one of elsewhere.
  std::string uri_of(const index::Post& post) const;

 private:
  RemoteView(const store::Community& community, const Actor& actor, fed::Site site,
             index::ServerDb db, HiddenPeople hidden)
      : community_(community),
        actor_(actor),
        site_(std::move(site)),
        db_(std::move(db)),
        hidden_(std::move(hidden)) {}

  Result<index::Post> as_post(const index::SeenPost& seen);
  Result<std::vector<index::Post>> as_posts(const std::vector<index::SeenPost>& seen);
  Result<std::optional<index::Post>> parent_of(const index::Viewer& viewer,
                                               const index::Post& post);

  const store::Community& community_;
  Actor actor_;
  fed::Site site_;
  index::ServerDb db_;
  HiddenPeople hidden_;
};

/// Asks other servers for what may be missing of the conversation around a post, begun within
/// `budget_ms`: around a post of elsewhere, or around what answers a post of ours. The same once an
/// hour. Returns how many posts came; none in a clone, for there nobody is asked. Kind::not_found
/// and the like if `which` is no post that is here or elsewhere.
Result<std::size_t> fetch_thread(store::Community& community, const Actor& actor,
                                 const std::string& which, std::int64_t budget_ms);

/// Whether somebody looks for one thing elsewhere: "@user@host", or the address of a post.
bool names_elsewhere(const store::Community& community, std::string_view words);
/// Asks the other server for it: the post at an address, or what is known here of a person's posts.
/// A clone asks nobody. Kind::not_found if it is not there, with what to do next.
Result<std::vector<index::Post>> look_elsewhere(store::Community& community, const Actor& actor,
                                                const std::string& words, std::size_t limit);

}  // namespace camp::ops
