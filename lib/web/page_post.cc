// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "web/pages.h"
#include "web/post_html.h"

namespace camp::web {
namespace {

constexpr std::size_t kMostPosts = 100;   // of ours, in one conversation
constexpr std::size_t kMostRemote = 50;   // of others
constexpr std::size_t kMostAnswers = 20;  // of others, to one post
constexpr int kMostNested = 4;            // lists within lists: what is deeper stands at that level
constexpr std::size_t kTitleColumns = 60, kPreviewColumns = 200;

/// An answer, with what answers it.
struct Answer {
  std::optional<PublicPost> ours = {};
  std::optional<RemoteReply> theirs = {};
  std::vector<Answer> below = {};

  std::int64_t published_ms() const {
    return ours ? ours->published_ms() : theirs->post().published_ms;
  }
};

/// A post, what stands above it, and all that answers it, ours and others'.
class Conversation {
 public:
  Conversation(View& view, std::vector<PublicPost> posts) : view_(view) { add(std::move(posts)); }

  const PublicPost* find(const std::string& full_id) const {
    const auto found = posts_.find(full_id);
    return found == posts_.end() ? nullptr : &found->second;
  }

  /// The oldest first.
  std::vector<const PublicPost*> above(const PublicPost& post) const {
    std::vector<const PublicPost*> chain;
    for (const PublicPost* at = find(post.object().note.in_reply_to);
         at != nullptr && chain.size() < posts_.size(); at = find(at->object().note.in_reply_to)) {
      chain.push_back(at);
    }
    std::reverse(chain.begin(), chain.end());
    return chain;
  }

  Result<std::vector<Answer>> below(const PublicPost& post) {
    return answers(post.full_id().text(), view_.site().object(post.id()));
  }

 private:
  void add(std::vector<PublicPost> posts) {
    for (PublicPost& post : posts) {
      const std::string id = post.full_id().text();
      if (posts_.size() >= kMostPosts || posts_.contains(id)) continue;
      answers_[post.object().note.in_reply_to].push_back(id);
      posts_.emplace(id, std::move(post));
    }
  }

  /// What we answered to somebody elsewhere is, for the index, a conversation of its own.
  Result<void> add_answers_to(const std::string& url) {
    for (const PublicPost& post : CAMP_TRY(view_.answering(url))) {
      add(CAMP_TRY(view_.conversation(post.id(), kMostPosts)));
    }
    return {};
  }

  /// `id` is what our own posts name, `url` what others do. Each post is taken once, so a circle
  /// ends.
  Result<std::vector<Answer>> answers(const std::string& id, const std::string& url) {
    std::vector<Answer> found;
    const auto ours = answers_.find(id);
    if (ours != answers_.end()) {
      for (const std::string& answer : ours->second) {
        if (!taken_.insert(answer).second) continue;
        const PublicPost& post = posts_.at(answer);
        Answer each{.ours = post};
        each.below = CAMP_TRY(answers(answer, view_.site().object(post.id())));
        found.push_back(std::move(each));
      }
    }
    for (RemoteReply& reply : CAMP_TRY(view_.remote_replies(url, kMostAnswers))) {
      const std::string& uri = reply.post().id;
      if (remote_ == kMostRemote || !taken_.insert(uri).second) continue;
      ++remote_;
      const std::string next = uri;
      CAMP_TRY(add_answers_to(next));
      Answer each{.theirs = std::move(reply)};
      each.below = CAMP_TRY(answers(next, next));
      found.push_back(std::move(each));
    }
    std::stable_sort(found.begin(), found.end(), [](const Answer& a, const Answer& b) {
      return a.published_ms() < b.published_ms();
    });
    return found;
  }

  View& view_;
  std::map<std::string, PublicPost> posts_;                  ///< by full id
  std::map<std::string, std::vector<std::string>> answers_;  ///< by what they answer
  std::set<std::string> taken_;
  std::size_t remote_ = 0;
};

Result<void> put_answers(Html& html, View& view, const std::vector<Answer>& answers, int depth) {
  for (const Answer& answer : answers) {
    html << "<li>"_html
         << (answer.ours ? CAMP_TRY(post_html(view, *answer.ours, Heading::item))
                         : remote_html(*answer.theirs, Heading::item));
    const bool nested = depth < kMostNested && !answer.below.empty();
    if (nested) {
      html << "<ol>\n"_html;
      CAMP_TRY(put_answers(html, view, answer.below, depth + 1));
      html << "</ol>\n"_html;
    }
    html << "</li>\n"_html;
    if (!nested) CAMP_TRY(put_answers(html, view, answer.below, depth));
  }
  return {};
}

std::size_t count(const std::vector<Answer>& answers) {
  std::size_t all = answers.size();
  for (const Answer& answer : answers) all += count(answer.below);
  return all;
}

/// Of others nobody knows whether they agreed.
bool is_indexable(const std::vector<Answer>& answers) {
  return std::all_of(answers.begin(), answers.end(), [](const Answer& answer) {
    return answer.ours && answer.ours->author->says().indexable && is_indexable(answer.below);
  });
}

Html how_to_answer(const View& view, const PublicPost& post) {
  Html html;
  html << "<details><summary>Answer, like or share</summary>\n<p>Copy this address into the search "
          "of the app that you use (Mastodon or another that understands it):</p>\n<p><code>"_html
       << view.site().object(post.id()) << "</code></p>\n</details>\n"_html;
  return html;
}

Head head_of(const View& view, const PublicPost& post) {
  const model::NoteContent& note = post.object().note;
  Head head;
  head.title = post.author->name + ": " + preview_of(post.released, kTitleColumns);
  head.canonical = view.site().post_page(post.id());
  head.description = preview_of(post.released, kPreviewColumns);
  head.kind = "article";
  head.activity = view.site().object(post.id());
  head.feeds = {profile_feed_link(*post.author)};
  const bool warned = note.sensitive || !note.summary.empty();
  if (!note.attachments.empty() && !warned) {
    head.picture = media_url(view, note.attachments.front());
  } else if (post.author->says().icon) {
    head.picture = media_url(view, *post.author->says().icon);
  }
  return head;
}

}  // namespace

Result<std::optional<Page>> post_page(View& view, const ObjectId& id) {
  const auto post = CAMP_TRY(view.post(id));
  if (!post) return std::optional<Page>();
  Conversation conversation(view, CAMP_TRY(view.conversation(id, kMostPosts)));
  const auto above = conversation.above(*post);
  const auto answers = CAMP_TRY(conversation.below(*post));
  Page page;
  page.head = head_of(view, *post);
  page.head.indexable = post->author->says().indexable && is_indexable(answers);
  if (!above.empty()) {
    page.main << "<ol class=\"above\">\n"_html;
    for (const PublicPost* each : above) {
      page.main << "<li>"_html << CAMP_TRY(post_html(view, *each, Heading::item)) << "</li>\n"_html;
      page.head.indexable = page.head.indexable && each->author->says().indexable;
    }
    page.main << "</ol>\n"_html;
  }
  page.main << "<div class=\"this\">\n"_html << CAMP_TRY(post_html(view, *post, Heading::page))
            << "</div>\n"_html << how_to_answer(view, *post);
  if (!answers.empty()) {
    page.main << "<h2>"_html << (count(answers) == 1 ? "Answer"_html : "Answers"_html)
              << "</h2>\n<ol class=\"answers\">\n"_html;
    CAMP_TRY(put_answers(page.main, view, answers, 0));
    page.main << "</ol>\n"_html;
  }
  return std::optional(std::move(page));
}

}  // namespace camp::web
