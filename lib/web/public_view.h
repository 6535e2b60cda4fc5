// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fed/names.h"
#include "fed/people_list.h"
#include "index/index.h"
#include "index/server_db.h"
#include "model/profile.h"
#include "store/gate.h"
#include "web/serve.h"

namespace camp::web {

/// A member as strangers know them. The profile is what they say of themselves; it came through the
/// gate like everything else.
struct Member {
  OwnerId id = {};
  std::string handle = {};
  std::string name = {};  ///< never empty
  bool gone = false;
  std::int64_t joined_ms = 0;
  std::optional<store::Released<store::Anyone>> profile = {};

  /// What they say of themselves; the defaults if they have said nothing.
  const model::Profile& says() const;
};

/// A post for everybody. `released` is its newest version, and the only source of its words.
struct PublicPost {
  store::Released<store::Anyone> released;
  const Member* author;  ///< of the view that it came from
  std::int64_t replies = 0, likes = 0, boosts = 0;

  const model::Object& object() const { return released.object(); }
  const ObjectId& id() const { return object().thing(); }
  FullId full_id() const { return {object().author(), id()}; }
  std::int64_t published_ms() const { return id().time_ms(); }
  std::int64_t updated_ms() const { return object().published_ms; }
};

/// A public or unlisted post of somebody elsewhere. Only View makes them.
class RemoteReply {
 public:
  const model::RemotePost& post() const { return seen_.post; }
  const model::RemoteActor& author() const { return seen_.author; }

 private:
  friend class View;
  explicit RemoteReply(index::SeenPost seen) : seen_(std::move(seen)) {}

  index::SeenPost seen_;
};

/// Posts for a page, newest first.
struct Posts {
  std::vector<PublicPost> posts = {};
  std::string next = {};  ///< cursor of the page after it; empty for the last
};

/// One request's look at a community, with a stranger's eyes: what is public, properly signed, not
/// hidden by moderation and by somebody who is still here.
class View {
 public:
  static Result<View> open(const PageContext& context);

  const std::string& community_name() const { return name_; }
  /// Markdown; empty if there are none.
  Result<std::string> rules();
  /// Who has a handle now, or had it last; null for nobody.
  Result<const Member*> member(std::string_view handle);
  /// Who may be shown in a list of people, by handle.
  Result<std::vector<const Member*>> discoverable();
  std::int64_t began_ms() const { return began_ms_; }

  Result<std::optional<PublicPost>> post(const ObjectId& id);
  Result<Posts> posts(const index::Query& query);
  /// The newest that answer nothing, for feeds.
  Result<std::vector<PublicPost>> beginnings(index::Query query);
  /// The whole conversation around a post: parents before children.
  Result<std::vector<PublicPost>> conversation(const ObjectId& id, std::size_t limit);
  /// Posts of ours that answer one of elsewhere, oldest first.
  Result<std::vector<PublicPost>> answering(const std::string& url);
  /// Whether something public stood there that was deleted, by itself or with its author.
  Result<bool> is_gone(const ObjectId& id);

  Result<std::vector<RemoteReply>> remote_replies(const std::string& url, std::size_t limit);
  Result<std::optional<RemoteReply>> remote_post(const std::string& url);
  struct Reactions {
    std::int64_t likes = 0, boosts = 0;
  };
  /// What people elsewhere gave to a post.
  Result<Reactions> remote_reactions(const std::string& url);

  const fed::Names& names() const { return names_; }
  const fed::Site& site() const { return context_->site; }

 private:
  explicit View(const PageContext& context) : context_(&context) {}

  Result<void> read_members();
  Result<Member*> with_profile(Member& member);
  Result<std::vector<PublicPost>> released(std::vector<index::Post> found);
  PageMemory& memory() { return context_->memory ? *context_->memory : own_memory_; }
  const index::Index& index() const { return context_->community.index(); }

  const PageContext* context_;
  std::string name_;
  std::int64_t began_ms_ = 0;
  std::map<std::string, Member> members_;  ///< by id
  std::set<std::string> with_profile_;     ///< ids of those who have said something and were read
  bool may_be_shown(const index::SeenPost& seen) const;

  fed::PeopleList blocked_;                    ///< by the community
  std::unique_ptr<fed::Elsewhere> elsewhere_;  ///< names_ refers to it
  fed::Names names_;
  PageMemory own_memory_;
};

}  // namespace camp::web
