// SPDX-License-Identifier: MIT
#include "web/page.h"

#include <array>

#include "base/text.h"
#include "base/time.h"
#include "web/site_files.h"

namespace camp::web {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void put_meta(Html& html, std::string_view property, std::string_view content) {
  if (content.empty()) return;
  html << "<meta property=\"og:"_html << property << "\" content=\""_html << content
       << "\">\n"_html;
}

Html head_of(const std::string& community_name, const Head& head) {
  Html html;
  html << "<meta charset=\"utf-8\">\n<title>"_html << head.title;
  if (head.title != community_name) html << " – "_html << community_name;
  html << "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<link rel=\"stylesheet\" href=\""_html
       << style_path() << "\">\n"_html;
  if (!head.indexable) html << "<meta name=\"robots\" content=\"noindex\">\n"_html;
  if (!head.canonical.empty()) {
    html << "<link rel=\"canonical\""_html;
    html.href(head.canonical) << ">\n"_html;
  }
  if (!head.activity.empty()) {
    html << "<link rel=\"alternate\" type=\"application/activity+json\""_html;
    html.href(head.activity) << ">\n"_html;
  }
  for (const FeedLink& feed : head.feeds) {
    html << "<link rel=\"alternate\" type=\"application/atom+xml\" title=\""_html << feed.title
         << "\""_html;
    html.href(feed.path) << ">\n"_html;
  }
  if (head.canonical.empty()) return html;
  if (!head.description.empty()) {
    html << "<meta name=\"description\" content=\""_html << head.description << "\">\n"_html;
  }
  put_meta(html, "title", head.title);
  put_meta(html, "type", head.kind);
  put_meta(html, "url", head.canonical);
  put_meta(html, "site_name", community_name);
  put_meta(html, "description", head.description);
  put_meta(html, "image", head.picture);
  return html;
}

}  // namespace

std::string render_page(const std::string& community_name, const Head& head, const Html& main) {
  Html page;
  page << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"_html << head_of(community_name, head)
       << "</head>\n<body>\n<header><a href=\"/\">"_html << community_name
       << "</a></header>\n<main>\n"_html << main << "</main>\n<footer>"_html;
  for (const FeedLink& feed : head.feeds) {
    page << "<p><a"_html;
    page.href(feed.path) << ">Feed: "_html << feed.title << "</a></p>\n"_html;
  }
  page << "<p>All times are UTC.</p></footer>\n</body>\n</html>\n"_html;
  return page.text();
}

void put_security_headers(http::Response& response, const fed::Site& site) {
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; "
                       "form-action 'none'; frame-ancestors 'none'");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Permissions-Policy",
                       "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  if (site.origin().starts_with("https://")) {
    response.headers.set("Strict-Transport-Security", "max-age=31536000");
  }
}

std::string own_path(const fed::Site& site, const std::string& url) {
  if (!url.starts_with(site.origin() + "/")) return url;
  return url.substr(site.origin().size());
}

Html time_of(std::int64_t ms) {
  const std::string full = format_time(ms);  // 2026-11-26T10:00:00.000Z
  const std::size_t month = static_cast<std::size_t>((full[5] - '0') * 10 + full[6] - '0');
  Html html;
  html << "<time datetime=\""_html << full.substr(0, 19) << "Z\">"_html
       << full.substr(full[8] == '0' ? 9 : 8, full[8] == '0' ? 1 : 2) << " "_html
       << kMonths[month - 1] << " "_html << full.substr(0, 4) << ", "_html << full.substr(11, 5)
       << "</time>"_html;
  return html;
}

std::string one_line(std::string_view text, std::size_t columns) {
  std::string line;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = !line.empty();
      continue;
    }
    if (space) line += ' ';
    space = false;
    line += c;
    if (line.size() > 16 * columns) break;
  }
  return truncate_to_width(line, columns);
}

}  // namespace camp::web
