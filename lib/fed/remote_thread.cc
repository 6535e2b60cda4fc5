// SPDX-License-Identifier: MIT
#include "fed/remote_thread.h"

#include <deque>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "fed/foreign.h"
#include "fed/foreign_collection.h"

namespace camp::fed {
namespace {

class ThreadFetch {
 public:
  ThreadFetch(Remote& remote, index::ServerDb& db, const Site& site,
              const std::function<bool()>& stop)
      : remote_(remote), db_(db), site_(site), stop_(stop) {}

  Result<std::size_t> run(const std::string& uri) {
    const bool known = CAMP_TRY(db_.post(uri)).has_value();
    ++requests_;
    Json document = CAMP_TRY(remote_.fetch_document(uri));
    const model::RemotePost post = CAMP_TRY(remote_.take_post(document));
    if (!known) ++fetched_;
    members_.insert(post.id);
    waiting_.push_back({post.id, std::move(document), 0});
    const std::string top = CAMP_TRY(climb(post));
    if (top != post.id) waiting_.push_back({top, {}, 0});
    while (!waiting_.empty() && may_go_on()) {
      Post next = std::move(waiting_.front());
      waiting_.pop_front();
      if (expanded_.insert(next.uri).second) CAMP_TRY(expand(std::move(next)));
    }
    return fetched_;
  }

 private:
  struct Post {
    std::string uri;
    Json document;  ///< null: not asked for yet
    int depth = 0;
  };

  bool may_go_on() const {
    return requests_ < kThreadRequests && fetched_ < kThreadPosts && !(stop_ && stop_());
  }

  /// What a server says, unless it is one that was silent, or us. Nothing if it does not say.
  std::optional<Json> ask(const std::string& uri, bool page) {
    const std::string host = host_of(uri, site_.policy());
    if (host.empty() || host == site_.host() || silent_.contains(host) || !may_go_on()) {
      return std::nullopt;
    }
    ++requests_;
    auto document = page ? remote_.fetch_page(uri) : remote_.fetch_document(uri);
    if (document) return *std::move(document);
    if (document.error().kind == Kind::network) silent_.insert(host);
    return std::nullopt;
  }

  /// Keeps a post. Nothing for what is no post, or by nobody who can be found.
  Result<std::optional<model::RemotePost>> keep(const Json& document) {
    const bool known = CAMP_TRY(db_.post(text_of(document, "id"))).has_value();
    auto post = remote_.take_post(document);
    if (!post && post.error().kind == Kind::busy) return tl::unexpected<Error>(post.error());
    if (!post) return std::optional<model::RemotePost>();
    if (!known) ++fetched_;
    return std::optional(*std::move(post));
  }

  /// Up to the topmost post that is here or can be had; its URI.
  Result<std::string> climb(model::RemotePost at) {
    std::set<std::string> seen;
    for (int step = 0; step < kThreadAncestors; ++step) {
      const std::string parent = at.in_reply_to;
      if (parent.empty() || site_.object_in(parent) || !seen.insert(at.id).second) break;
      auto kept = CAMP_TRY(db_.post(parent));
      if (!kept) {
        const auto document = ask(parent, false);
        if (document) kept = CAMP_TRY(keep(*document));
      }
      if (!kept) break;
      at = *std::move(kept);
      members_.insert(at.id);
    }
    return at.id;
  }

  /// Takes what answers a post, as its own server says.
  Result<void> expand(Post post) {
    if (post.document.is_null()) {
      auto document = ask(post.uri, false);
      if (!document) return {};
      post.document = *std::move(document);
    }
    const auto replies = post.document.find("replies");
    if (replies == post.document.end()) return {};
    const std::string host = host_of(post.uri, site_.policy());
    CollectionPage page = read_collection(*replies, host, site_.policy(), kThreadPosts);
    std::set<std::string> pages;
    int wrong = 0;
    while (true) {
      for (CollectionItem& item : page.items) {
        if (!CAMP_TRY(take(std::move(item), post.depth + 1)) && ++wrong == kThreadWrong) return {};
      }
      const bool more = !page.next.empty() && pages.size() < kThreadPages;
      if (!more || !pages.insert(page.next).second) return {};
      auto fetched = ask(page.next, true);
      if (!fetched) return {};
      page_ = *std::move(fetched);
      page = read_collection(page_, host, site_.policy(), kThreadPosts);
    }
  }

  /// False for what was asked for and is no answer to anything in this conversation.
  Result<bool> take(CollectionItem item, int depth) {
    if (site_.object_in(item.uri) || !taken_.insert(item.uri).second) return true;
    Json document = item.document != nullptr ? *item.document : Json();
    if (!CAMP_TRY(db_.post(item.uri))) {
      if (!may_go_on()) return true;
      if (document.is_null()) {
        auto asked = ask(item.uri, false);
        if (!asked) return false;
        document = *std::move(asked);
      }
      if (!members_.contains(uri_of(document, "inReplyTo"))) return false;
      const auto post = CAMP_TRY(keep(document));
      if (!post) return false;
      item.uri = post->id;
    }
    members_.insert(item.uri);
    if (depth < kThreadDepth) {
      waiting_.push_back({std::move(item.uri), std::move(document), depth});
    }
    return true;
  }

  Remote& remote_;
  index::ServerDb& db_;
  const Site& site_;
  const std::function<bool()>& stop_;
  std::deque<Post> waiting_;
  Json page_;                      ///< the piece of a collection that is being read
  std::set<std::string> members_;  ///< URIs of posts of this conversation
  std::set<std::string> expanded_, taken_, silent_;
  std::size_t requests_ = 0, fetched_ = 0;
};

}  // namespace

Result<bool> may_run_thread_errand(index::ServerDb& db, const std::string& host,
                                   std::int64_t now_ms) {
  for (int slot = 0; slot < kThreadErrands; ++slot) {
    const std::string name = "threads of " + host + " " + std::to_string(slot);
    if (CAMP_TRY(db.may_try(name, now_ms, kThreadPauseMs))) return true;
  }
  return false;
}

Result<bool> may_fetch_thread(index::ServerDb& db, const std::string& uri, std::int64_t now_ms) {
  return db.may_try(std::string(kThreadTask) + uri, now_ms, kThreadPauseMs);
}

Result<std::size_t> fetch_thread(Remote& remote, index::ServerDb& db, const Site& site,
                                 const std::string& uri, const std::function<bool()>& stop) {
  return ThreadFetch(remote, db, site, stop).run(uri);
}

}  // namespace camp::fed
