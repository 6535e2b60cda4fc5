// SPDX-License-Identifier: MIT
#include "print_post.h"

#include <map>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "model/markup.h"

namespace camp::cmd {
namespace {

using cli::Foreign;
using cli::Id;
using cli::Own;
using cli::Style;
using cli::Time;

constexpr std::size_t kDigestStart = 10;
constexpr std::size_t kShortDigits = 7;

std::string text_of(const index::Post& post) {
  return model::to_plain_text(post.content, post.media_type);
}

std::string author_of(const index::Post& post) { return "@" + post.handle; }

/// The host of somebody elsewhere; empty for a member.
std::string host_of(const index::Post& post) {
  return post.remote() ? post.handle.substr(post.handle.find('@') + 1) : std::string();
}

std::string id_of(const index::Post& post) {
  return post.remote() ? post.uri : "camp:" + post.author + "/" + post.id;
}

std::string marks_of(const index::Post& post) {
  std::string marks;
  if (post.edited_ms > 0) marks += ", edited";
  if (post.pending()) marks += ", not sent yet";
  if (post.signature == "invalid") marks += ", NOT SIGNED BY THE AUTHOR";
  if (post.signature == "disowned") marks += ", disowned by the author";
  return marks;
}

void print_counts(cli::Printer& out, const index::Post& post, int indent) {
  std::string counts;
  const auto add = [&](std::int64_t count, const std::string& one, const std::string& many) {
    if (count == 0) return;
    counts +=
        (counts.empty() ? "" : ", ") + std::to_string(count) + " " + (count == 1 ? one : many);
  };
  add(post.replies, "reply", "replies");
  add(post.likes, "like", "likes");
  add(post.boosts, "boost", "boosts");
  if (!counts.empty()) {
    out.line({Own{std::string(static_cast<std::size_t>(indent), ' ')},
              cli::Cell(Own{counts}).styled(Style::dim)});
  }
}

void print_heading(cli::Printer& out, const index::Post& post, const std::string& before) {
  out.line({Own{before}, Id{short_id(post.id)}, "  ",
            cli::Cell(Foreign{author_of(post)}).styled(Style::bold), "  ", Time{post.published_ms},
            "  ", Own{post.audience + marks_of(post)}});
  if (!post.boosted_by.empty()) {
    out.line({Own{before}, cli::Cell(Foreign{"boosted by " + post.boosted_by}).styled(Style::dim)});
  }
}

/// `open` shows what stands behind a content warning.
void print_body(cli::Printer& out, const index::Post& post, int indent, bool open) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  if (!post.summary.empty()) {
    out.line({Own{margin}, cli::Cell(Foreign{"[" + post.summary + "]"}).styled(Style::warning)});
  }
  if (!open && !post.summary.empty()) {
    out.line(
        {Own{margin}, cli::Cell(Own{"hidden: camp show " + short_id(post.id)}).styled(Style::dim)});
    return print_counts(out, post, indent);
  }
  out.paragraph(Foreign{text_of(post)}, indent);
  for (const index::Attachment& picture : post.attachments) {
    const std::string alt = picture.name.empty() ? "no description" : picture.name;
    out.line({Own{margin}, cli::Cell(Foreign{"[picture: " + alt + "]"}).styled(Style::dim)});
  }
  print_counts(out, post, indent);
}

cli::Row plain_row(const index::Post& post) {
  std::string text = text_of(post);
  if (!post.summary.empty()) text = "[" + post.summary + "] " + text;
  return {Id{short_id(post.id)}, Foreign{author_of(post)}, Time{post.published_ms},
          Own{post.audience + marks_of(post)}, Foreign{text}};
}

Json attachments_json(const index::Post& post) {
  Json list = Json::array();
  for (const index::Attachment& each : post.attachments) {
    Json row{{"mediaType", each.media_type}, {"name", each.name}};
    if (each.url.empty()) {
      row["sha256"] = each.sha256;
    } else {
      row["url"] = each.url;
    }
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace

std::string short_id(const std::string& object_id) {
  return object_id.size() < kDigestStart ? object_id : object_id.substr(kDigestStart, kShortDigits);
}

Json post_json(const index::Post& post, const std::string& origin) {
  Json json{{"id", id_of(post)},
            {"short", short_id(post.id)},
            {"author", {{"id", post.author}, {"handle", post.handle}, {"name", post.name}}},
            {"audience", post.audience},
            {"published", format_time(post.published_ms)},
            {"content", text_of(post)},
            {"html", model::to_html(post.content, post.media_type)},
            {"attachments", attachments_json(post)},
            {"tags", post.tags},
            {"signature", post.signature},
            {"replies", post.replies},
            {"likes", post.likes},
            {"boosts", post.boosts}};
  const std::string from = post.remote() ? host_of(post) : origin;
  if (!from.empty()) json["origin"] = from;
  if (!post.boosted_by.empty()) json["boostedBy"] = post.boosted_by;
  if (post.edited_ms > 0) json["edited"] = format_time(post.edited_ms);
  if (!post.summary.empty()) json["summary"] = post.summary;
  if (!post.in_reply_to.empty()) json["inReplyTo"] = post.in_reply_to;
  if (!post.language.empty()) json["language"] = post.language;
  if (post.pending()) json["pending"] = true;
  return json;
}

void print_posts(cli::Printer& out, const std::vector<index::Post>& posts,
                 const std::string& origin) {
  out.begin_list();
  bool first = true;
  for (const index::Post& post : posts) {
    out.record([&] { return post_json(post, origin); }, [&] { return plain_row(post); },
               [&] {
                 if (!std::exchange(first, false)) out.blank();
                 print_heading(out, post, "");
                 print_body(out, post, 2, false);
               });
  }
}

void print_thread(cli::Printer& out, const std::vector<index::Post>& posts,
                  const std::string& origin) {
  std::map<std::string, int> depths;  // by full id
  out.begin_list();
  bool first = true;
  for (const index::Post& post : posts) {
    const auto parent = depths.find(post.in_reply_to);
    const int depth = parent == depths.end() ? 0 : parent->second + 1;
    depths[id_of(post)] = depth;
    const int indent = std::min(depth, 10) * 2;
    out.record([&] { return post_json(post, origin); }, [&] { return plain_row(post); },
               [&] {
                 if (!std::exchange(first, false)) out.blank();
                 print_heading(out, post, std::string(static_cast<std::size_t>(indent), ' '));
                 print_body(out, post, indent + 2, false);
               });
  }
}

std::string hidden_text(const std::string& reason) {
  return "hidden by a moderator" + (reason.empty() ? "" : ": " + reason);
}

void print_post(cli::Printer& out, const index::Post& post, const std::string& origin,
                const std::optional<std::string>& hidden) {
  if (out.machine()) {
    Json json = post_json(post, origin);
    if (hidden) json["hidden"] = *hidden;
    out.document(json);
    return;
  }
  out.line({"id         ", Foreign{id_of(post)}});
  out.line({"author     ", Foreign{author_of(post) + (post.name.empty() ? "" : " " + post.name)}});
  out.line({"audience   ", Own{post.audience}});
  out.line({"published  ", Own{format_time(post.published_ms)}});
  if (post.edited_ms > 0) out.line({"edited     ", Own{format_time(post.edited_ms)}});
  if (!post.in_reply_to.empty()) out.line({"answers    ", Foreign{post.in_reply_to}});
  out.line({"signature  ", Own{post.signature}});
  if (post.pending()) out.line({"pending    ", "not sent yet: camp sync"});
  if (hidden)
    out.line({"hidden     ",
              Foreign{hidden->empty() ? "by a moderator" : "by a moderator: " + *hidden}});
  out.blank();
  print_body(out, post, 0, true);
}

}  // namespace camp::cmd
