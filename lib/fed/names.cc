// SPDX-License-Identifier: MIT
#include "fed/names.h"

#include <map>
#include <memory>
#include <utility>

#include "model/foreign_text.h"
#include "model/object.h"

namespace camp::fed {
namespace {

constexpr int kMostSteps = 100;  // of a climb through a letter's conversation

/// Where a post stands in its conversation, as far as a reader may know.
struct Standing {
  ObjectId id;
  std::string parent;  ///< what it answers; empty for none
};

/// What both kinds of readers share: the members, and how to climb to the top of a conversation.
class Lookup {
 public:
  Lookup(const store::Community& community, const Site& site, const Elsewhere& elsewhere)
      : community_(community), site_(site), elsewhere_(elsewhere) {}
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  virtual ~Lookup() = default;

  Result<void> read_members() {
    for (const index::MemberRow& member : CAMP_TRY(community_.index().members())) {
      if (member.state == "removed") continue;
      handles_["camp:" + member.id] = member.handle;
    }
    return {};
  }

  Result<std::optional<Person>> person(const std::string& uri) const {
    const auto member = handles_.find(uri);
    if (member != handles_.end()) return std::optional(member_person(member->second));
    if (uri.starts_with("camp:") || !elsewhere_.person) return std::optional<Person>();
    return elsewhere_.person(uri);
  }

  Result<std::optional<Reference>> object(const std::string& uri) const {
    if (const auto id = FullId::parse(uri)) return own_object(*id);
    if (!model::is_web_address(uri)) return std::optional<Reference>();
    auto known = CAMP_TRY(remote_object(uri));
    return known ? std::move(known) : std::optional(Reference{uri, {}, {}, {}});
  }

 protected:
  /// Nothing if the reader may not know of it.
  virtual Result<bool> may_know(const FullId& id) const = 0;
  /// The same for what they may read, with what it answers.
  virtual Result<std::optional<Standing>> standing(const FullId& id) const = 0;

  const store::Community& community_;

 private:
  Person member_person(const std::string& handle) const {
    return {site_.actor(handle), site_.address(handle), site_.profile_page(handle)};
  }

  Result<std::optional<Reference>> remote_object(const std::string& url) const {
    if (!elsewhere_.object) return std::optional<Reference>();
    return elsewhere_.object(url);
  }

  Result<std::optional<Reference>> own_object(const FullId& id) const {
    if (!CAMP_TRY(may_know(id))) return std::optional<Reference>();
    Reference reference{site_.object(id.object), {}, {}, {}};
    const auto author = handles_.find(id.author.uri());
    if (author != handles_.end()) reference.author = site_.actor(author->second);
    CAMP_TRY(put_conversation(id, reference));
    return std::optional(std::move(reference));
  }

  /// The conversation has the address of the post that began it, or those that its server gave it.
  Result<void> put_conversation(const FullId& id, Reference& reference) const {
    ObjectId top = id.object;
    std::string next = id.text();
    for (int step = 0; step < kMostSteps && !next.empty(); ++step) {
      const auto here = FullId::parse(next);
      if (!here) {
        const auto remote = CAMP_TRY(remote_object(next));
        reference.context = remote ? remote->context : std::string();
        reference.conversation = remote ? remote->conversation : std::string();
        return {};
      }
      const auto found = CAMP_TRY(standing(*here));
      if (!found) break;
      top = found->id;
      next = found->parent;
    }
    reference.context = reference.conversation = site_.context(top);
    return {};
  }

  const Site& site_;
  const Elsewhere& elsewhere_;
  std::map<std::string, std::string, std::less<>> handles_;  ///< by URI
};

Result<std::optional<Standing>> public_standing(const store::Community& community,
                                                const FullId& id) {
  const index::Viewer anyone = store::Gate::viewer(store::Anyone{});
  const auto post = CAMP_TRY(community.index().post(anyone, id.object.text()));
  if (!post || CAMP_TRY(community.index().is_hidden(post->id))) return std::optional<Standing>();
  return std::optional(Standing{id.object, post->in_reply_to});
}

/// What was ever public may be named, deleted or not.
Result<bool> was_public(const store::Community& community, const FullId& id) {
  const auto where = CAMP_TRY(community.index().whereabouts(id.object.text()));
  for (const std::string& repository : where) {
    if (store::Gate::grant(repository, store::Anyone{})) return true;
  }
  return false;
}

class ForAnyone : public Lookup {
 public:
  using Lookup::Lookup;

 protected:
  Result<bool> may_know(const FullId& id) const override { return was_public(community_, id); }
  Result<std::optional<Standing>> standing(const FullId& id) const override {
    return public_standing(community_, id);
  }
};

/// A person elsewhere knows what is public, and the letters to them.
class ForAddressed : public Lookup {
 public:
  ForAddressed(const store::Community& community, const Site& site, const Elsewhere& elsewhere,
               store::Addressed reader)
      : Lookup(community, site, elsewhere), reader_(std::move(reader)) {}

 protected:
  Result<bool> may_know(const FullId& id) const override {
    if (CAMP_TRY(was_public(community_, id))) return true;
    return CAMP_TRY(letter(id)).has_value();
  }
  Result<std::optional<Standing>> standing(const FullId& id) const override {
    auto open = CAMP_TRY(public_standing(community_, id));
    if (open) return open;
    return letter(id);
  }

 private:
  Result<std::optional<Standing>> letter(const FullId& id) const {
    const std::string home = model::private_repository(id.author);
    const auto post =
        CAMP_TRY(community_.index().post({id.author.text(), {home}}, id.object.text()));
    if (!post) return std::optional<Standing>();
    auto object = CAMP_TRY(community_.read(home, post->blob));
    if (!store::Gate::release(std::move(object), reader_)) return std::optional<Standing>();
    return std::optional(Standing{id.object, post->in_reply_to});
  }

  store::Addressed reader_;
};

Result<Names> names_by(std::shared_ptr<Lookup> lookup) {
  CAMP_TRY(lookup->read_members());
  Names names;
  names.person = [lookup](const std::string& uri) { return lookup->person(uri); };
  names.object = [lookup](const std::string& uri) { return lookup->object(uri); };
  return names;
}

}  // namespace

Result<Names> names_for(const store::Community& community, const Site& site,
                        const Elsewhere& elsewhere, const store::Anyone&) {
  return names_by(std::make_shared<ForAnyone>(community, site, elsewhere));
}

Result<Names> names_for(const store::Community& community, const Site& site,
                        const Elsewhere& elsewhere, const store::Addressed& reader) {
  return names_by(std::make_shared<ForAddressed>(community, site, elsewhere, reader));
}

}  // namespace camp::fed
