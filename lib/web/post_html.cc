// SPDX-License-Identifier: MIT
#include "web/post_html.h"

#include <algorithm>

#include "base/text.h"
#include "http/url.h"
#include "model/foreign_text.h"
#include "model/markup.h"
#include "web/page.h"

namespace camp::web {
namespace {

using Released = store::Released<store::Anyone>;

constexpr std::size_t kMostCounted = 50;  // answers from elsewhere
constexpr std::size_t kMostRemotePictures = 8;

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

Markup opened(Heading heading) {
  switch (heading) {
    case Heading::page:
      return "<h1>"_html;
    case Heading::section:
      return "<h2>"_html;
    case Heading::item:
      break;
  }
  return "<h3>"_html;
}
Markup closed(Heading heading) {
  switch (heading) {
    case Heading::page:
      return "</h1>"_html;
    case Heading::section:
      return "</h2>"_html;
    case Heading::item:
      break;
  }
  return "</h3>"_html;
}

/// The first character as people see it, for a face without a picture.
std::string initial_of(std::string_view name) {
  while (!name.empty()) {
    const CodePoint first = decode_utf8(name);
    if (first.valid && is_word_character(first.value))
      return std::string(name.substr(0, first.length));
    name.remove_prefix(first.length);
  }
  return "?";
}

/// Drawn by the stylesheet, so that nobody hears or reads it twice.
Html initial_face(std::string_view name) {
  Html html;
  html << "<span class=\"face\" data-initial=\""_html << initial_of(name) << "\"></span>"_html;
  return html;
}

/// A name cannot change the direction of what follows it: <bdi>.
void put_person(Html& html, const Html& face, std::string_view page, std::string_view name,
                std::string_view handle) {
  html << "<a"_html;
  html.href(page) << ">"_html << face << "<bdi>"_html << name << "</bdi> <small>@"_html << handle
                  << "</small></a>"_html;
}

void put_language(Html& html, std::string_view language) {
  if (model::is_language(language)) html << " lang=\""_html << language << "\""_html;
}

Result<fed::NameLinks> links_of(const View& view, const model::NoteContent& note) {
  fed::NameLinks links;
  for (const model::Tag& tag : note.tags) {
    if (!tag.mention) {
      const bool marked = tag.name.starts_with('#');
      const std::string folded = fold(std::string_view(tag.name).substr(marked ? 1 : 0));
      if (!folded.empty()) links.tags.emplace(folded, view.site().tag(folded));
      continue;
    }
    const auto person = CAMP_TRY(view.names().person(tag.href));
    if (!person) continue;
    const std::string& page = person->page.empty() ? person->id : person->page;
    if (!model::is_web_address(page)) continue;
    links.people.emplace(lower(tag.name), page);
    links.people.emplace("@" + lower(person->address), page);
  }
  return links;
}

/// Text with what hides it until somebody wants to see it.
Html behind(std::string_view warning, const Html& hidden) {
  Html html;
  html << "<details><summary>"_html << warning << "</summary>\n"_html << hidden
       << "</details>\n"_html;
  return html;
}

/// "In answer to @ana", with a link, if a stranger may read what is answered.
Result<Html> answered_line(View& view, const std::string& parent) {
  Html html;
  if (parent.empty()) return html;
  const auto put = [&](std::string_view page, std::string_view whose, bool foreign) {
    html << "<p class=\"quiet\">In answer to <a"_html;
    html.href(page);
    if (foreign) html << " rel=\"nofollow noopener\""_html;
    html << ">"_html << whose << "</a></p>\n"_html;
  };
  if (const auto id = FullId::parse(parent)) {
    const auto post = CAMP_TRY(view.post(id->object));
    if (!post || post->full_id() != *id) return html;
    put(own_path(view.site(), view.site().post_page(post->id())), "@" + post->author->handle,
        false);
  } else if (const auto known = CAMP_TRY(view.remote_post(parent))) {
    put(known->post().url.empty() ? parent : known->post().url, known->author().handle(), true);
  } else if (const auto url = http::parse_url(parent, view.site().policy())) {
    put(parent, "a post on " + url->host, true);
  }
  return html;
}

void put_count(Html& html, bool& any, std::int64_t count, std::string_view one,
               std::string_view many) {
  if (count == 0) return;
  html << (any ? ", "_html : "<p class=\"quiet\">"_html) << count << " "_html
       << (count == 1 ? one : many);
  any = true;
}

Result<Html> counts_line(View& view, const PublicPost& post) {
  const std::string url = view.site().object(post.id());
  const auto answers = CAMP_TRY(view.remote_replies(url, kMostCounted)).size();
  const auto elsewhere = CAMP_TRY(view.remote_reactions(url));
  Html html;
  bool any = false;
  put_count(html, any, post.replies + static_cast<std::int64_t>(answers), "answer", "answers");
  put_count(html, any, post.likes + elsewhere.likes, "like", "likes");
  put_count(html, any, post.boosts + elsewhere.boosts, "boost", "boosts");
  if (any) html << "</p>\n"_html;
  return html;
}

/// Words and pictures, behind a warning where there is one.
Result<Html> body_of(View& view, const Released& post) {
  const model::NoteContent& note = post.object().note;
  Html words = CAMP_TRY(words_of(view, post));
  const Html pictures = pictures_of(view, post, Addresses::paths);
  if (!note.summary.empty()) return behind(note.summary, words << pictures);
  if (note.sensitive && !pictures.empty()) return words << behind("Sensitive pictures", pictures);
  return words << pictures;
}

}  // namespace

std::string media_url(const View& view, const model::Attachment& picture) {
  const std::string_view extension = fed::extension_of(picture.media_type);
  return extension.empty() ? std::string() : view.site().media(picture.sha256, extension);
}

Html face_of(const View& view, const Member& member) {
  const auto& icon = member.says().icon;
  const std::string url = icon ? media_url(view, *icon) : std::string();
  if (url.empty()) return initial_face(member.name);
  Html html;
  html << "<img class=\"face\" src=\""_html << own_path(view.site(), url)
       << "\" alt=\"\" loading=\"lazy\">"_html;
  return html;
}

Result<fed::NameLinks> links_in(View& view, const model::Profile& profile) {
  const std::string text = model::to_plain_text(profile.summary, profile.media_type);
  fed::NameLinks links;
  for (const std::string& tag : tags_in(text)) links.tags.emplace(tag, view.site().tag(tag));
  for (const Mention& mention : mentions_in(text)) {
    const bool ours = mention.host.empty() || mention.host == view.site().host();
    const Member* const member = ours ? CAMP_TRY(view.member(mention.handle)) : nullptr;
    if (member == nullptr || member->gone) continue;
    const std::string name =
        "@" + mention.handle + (mention.host.empty() ? "" : "@" + mention.host);
    links.people.emplace(name, view.site().profile_page(member->handle));
  }
  return links;
}

Result<Html> words_of(View& view, const Released& post) {
  const model::NoteContent& note = post.object().note;
  Html html;
  html << "<div"_html;
  put_language(html, note.language);
  html << ">"_html << Html::of_words(note.content, note.media_type, CAMP_TRY(links_of(view, note)))
       << "</div>\n"_html;
  return html;
}

Html pictures_of(const View& view, const Released& post, Addresses addresses) {
  Html html;
  for (const model::Attachment& picture : post.object().note.attachments) {
    std::string url = media_url(view, picture);
    if (url.empty()) continue;
    if (addresses == Addresses::paths) url = own_path(view.site(), url);
    html << "<p><a"_html;
    html.href(url) << "><img src=\""_html << url << "\" alt=\""_html
                   << (picture.name.empty() ? std::string_view("A picture without a description")
                                            : std::string_view(picture.name))
                   << "\""_html;
    if (picture.width > 0 && picture.height > 0) {
      html << " width=\""_html << picture.width << "\" height=\""_html << picture.height
           << "\""_html;
    }
    html << " loading=\"lazy\"></a></p>\n"_html;
  }
  return html;
}

std::string preview_of(const Released& post, std::size_t columns) {
  const model::NoteContent& note = post.object().note;
  if (!note.summary.empty()) return one_line(note.summary, columns);
  // By way of HTML, so that no asterisks of Markdown are seen.
  const std::string html = model::to_html(note.content, note.media_type);
  const std::string words = one_line(model::to_plain_text(html, "text/html"), columns);
  if (!words.empty()) return words;
  return note.attachments.empty() ? "A post" : "A picture";
}

Result<Html> post_html(View& view, const PublicPost& post, Heading heading) {
  const fed::Site& site = view.site();
  Html html;
  html << "<article>\n"_html << opened(heading);
  put_person(html, face_of(view, *post.author),
             own_path(site, site.profile_page(post.author->handle)), post.author->name,
             post.author->handle);
  html << closed(heading) << "\n<p class=\"quiet\"><a"_html;
  html.href(own_path(site, site.post_page(post.id())))
      << ">"_html << time_of(post.published_ms()) << "</a>"_html;
  if (post.object().type == model::Type::update) {
    html << ", edited "_html << time_of(post.updated_ms());
  }
  html << "</p>\n"_html << CAMP_TRY(answered_line(view, post.object().note.in_reply_to))
       << CAMP_TRY(body_of(view, post.released)) << CAMP_TRY(counts_line(view, post))
       << "</article>\n"_html;
  return html;
}

Html remote_html(const RemoteReply& reply, Heading heading) {
  const model::RemotePost& post = reply.post();
  const model::RemoteActor& author = reply.author();
  const std::string handle = author.user.empty() ? author.id : author.user + "@" + author.host;
  const std::string& name = author.name.empty() ? author.user : author.name;
  Html html;
  html << "<article>\n"_html << opened(heading);
  put_person(html, initial_face(name), author.url.empty() ? author.id : author.url, name, handle);
  html << closed(heading) << "\n<p class=\"quiet\"><a rel=\"nofollow noopener\""_html;
  html.href(post.url.empty() ? post.id : post.url) << ">"_html << time_of(post.published_ms);
  html << "</a></p>\n"_html;
  Html words;
  words << "<div"_html;
  put_language(words, post.language);
  words << ">"_html << Html::of_words(post.content, "text/html", post.emojis) << "</div>\n"_html;
  for (std::size_t i = 0; i < std::min(post.attachments.size(), kMostRemotePictures); ++i) {
    const model::RemoteMedia& media = post.attachments[i];
    words << "<p><a rel=\"nofollow noopener\""_html;
    words.href(media.url) << ">Picture on "_html << author.host << "</a>"_html;
    if (!media.name.empty()) words << ": "_html << media.name;
    words << "</p>\n"_html;
  }
  if (post.summary.empty()) {
    html << words;
  } else {
    html << behind(post.summary, words);
  }
  html << "</article>\n"_html;
  return html;
}

Result<Html> posts_html(View& view, const Posts& posts, const std::string& path,
                        std::string_view nothing) {
  Html html;
  for (const PublicPost& post : posts.posts) {
    html << CAMP_TRY(post_html(view, post, Heading::item));
  }
  if (posts.posts.empty()) html << "<p>"_html << nothing << "</p>\n"_html;
  if (!posts.next.empty()) {
    html << "<nav><p><a rel=\"next\""_html;
    html.href(path + "?before=" + posts.next) << ">Older posts</a></p></nav>\n"_html;
  }
  return html;
}

}  // namespace camp::web
