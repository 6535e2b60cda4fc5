// SPDX-License-Identifier: MIT
#include "web/serve.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "crypto/digest.h"
#include "web/media.h"
#include "web/pages.h"
#include "web/site_files.h"

namespace camp::web {
namespace {

/// How long others may keep an answer: what was deleted should be gone soon.
constexpr std::string_view kShort = "public, max-age=60";
constexpr std::string_view kFeedAge = "public, max-age=300";
constexpr std::string_view kDay = "public, max-age=86400";
constexpr std::string_view kForever = "public, max-age=31536000, immutable";
constexpr std::string_view kAtom = "application/atom+xml; charset=utf-8";
constexpr std::size_t kEtagDigits = 32;
constexpr std::string_view kFeedName = "/feed.atom";

std::string etag_of(std::string_view body) {
  return "\"" + crypto::sha256_hex(body).substr(0, kEtagDigits) + "\"";
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

/// What follows a prefix; nothing if the text begins otherwise.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}
std::optional<std::string_view> before(std::string_view text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return std::nullopt;
  return text.substr(0, text.size() - suffix.size());
}

/// What a browser or a feed reader has already (RFC 9110 13.1): an ETag decides before a time.
bool is_known(const http::Request& request, std::string_view etag, std::int64_t updated_ms) {
  const auto tags = request.headers.all("If-None-Match");
  for (const std::string_view field : tags) {
    if (field == "*" || field.find(etag) != std::string_view::npos) return true;
  }
  if (!tags.empty() || updated_ms == 0) return false;
  const auto since = request.headers.find("If-Modified-Since");
  if (!since) return false;
  const auto known = http::parse_http_date(*since);
  return known && *known >= updated_ms - updated_ms % 1000;
}

/// A page that says one thing.
std::string notice_page(const std::string& community_name, std::string_view title,
                        std::string_view sentence) {
  Html main;
  main << "<h1>"_html << title << "</h1>\n<p>"_html << sentence
       << "</p>\n<p><a href=\"/\">To the first page</a></p>\n"_html;
  Head head;
  head.title = title;
  return render_page(community_name, head, main);
}

class Pages {
 public:
  Pages(const PageContext& context, const http::Request& request)
      : context_(context), request_(request) {}

  std::optional<http::Response> serve() {
    if (request_.method != "GET" && request_.method != "HEAD") return std::nullopt;
    auto answer = route();
    if (!answer) answer = failed(answer.error());
    return *std::move(answer);
  }

  http::Response notice(int status, std::string_view title, std::string_view sentence,
                        std::string_view cache) const {
    const auto name = context_.community.index().community_name();
    http::Response response{status,
                            {{"Content-Type", std::string(kHtmlType)},
                             {"Cache-Control", std::string(cache)},
                             {"Vary", "Accept"}},
                            notice_page(name ? *name : std::string(), title, sentence)};
    put_security_headers(response, context_.site);
    return response;
  }

  /// The one answer for all that a stranger may not see and for what never was.
  http::Response not_found() const {
    return notice(404, "Nothing here",
                  "There is nothing at this address, or it is not for everybody.", "no-store");
  }

 private:
  using Answer = Result<std::optional<http::Response>>;

  http::Response failed(const Error& error) const {
    if (error.kind == Kind::not_found) return not_found();
    if (context_.report) context_.report(error);
    if (error.kind == Kind::busy) {
      http::Response response =
          notice(503, "Busy", "This place is busy. Try again in a moment.", "no-store");
      response.headers.set("Retry-After", "5");
      return response;
    }
    return notice(500, "Something failed", "That is our fault, not yours. Try again later.",
                  "no-store");
  }

  http::Response gone(std::string_view what) const { return notice(410, "Deleted", what, kShort); }

  http::Response moved(const std::string& url) const {
    http::Response response{301, {{"Location", url}, {"Cache-Control", std::string(kShort)}}, {}};
    put_security_headers(response, context_.site);
    return response;
  }

  /// An answer with what lets its reader ask again cheaply. `updated_ms` 0: no Last-Modified.
  http::Response fresh(std::string_view type, std::string body, std::string_view cache,
                       std::int64_t updated_ms = 0) const {
    http::Response response;
    const std::string etag = etag_of(body);
    response.headers = {{"ETag", etag}, {"Cache-Control", std::string(cache)}};
    if (updated_ms != 0) response.headers.set("Last-Modified", http::format_http_date(updated_ms));
    put_security_headers(response, context_.site);
    if (is_known(request_, etag, updated_ms)) {
      response.status = 304;
      return response;
    }
    response.headers.set("Content-Type", type);
    response.body = std::move(body);
    return response;
  }

  Answer route() {
    const std::string_view path = request_.path;
    if (path == style_path()) {
      return fresh("text/css; charset=utf-8", std::string(style_css()), kForever);
    }
    if (path == "/favicon.ico") return fresh("image/vnd.microsoft.icon", favicon(), kDay);
    if (path == "/robots.txt") {
      return fresh("text/plain; charset=utf-8", std::string(robots_txt()), kDay);
    }
    if (const auto name = after(path, "/media/")) return media(*name);
    if (path == "/") return home();
    if (path == kFeedName) return feed([](View& view) { return home_feed(view); });
    if (const auto handle = after(path, "/@")) return at_member(*handle);
    if (const auto handle = after(path, "/u/")) return profile(*handle);
    if (const auto id = after(path, "/o/")) return post(*id);
    if (const auto tag = after(path, "/t/")) return tagged(*tag);
    if (path.starts_with("/style-")) return not_found();
    return std::optional<http::Response>();
  }

  // --- pages

  /// Where a list goes on; an error for what no page of ours links to.
  Result<std::string> cursor() const {
    const std::string before = request_.parameter("before").value_or(std::string());
    if (before.empty()) return before;
    const auto id = ObjectId::parse(before);
    if (!id) return fail(Kind::not_found, "there is no such page");
    return id->text();
  }

  /// A page of lists that anybody may ask for as ActivityStreams instead.
  Answer html(const View& view, Result<std::optional<Page>> made) const {
    const auto page = CAMP_TRY(std::move(made));
    if (!page) return not_found();
    http::Response response =
        fresh(kHtmlType, render_page(view.community_name(), page->head, page->main), kShort);
    response.headers.set("Vary", "Accept");
    return response;
  }

  Answer home() {
    const std::string before = CAMP_TRY(cursor());
    View view = CAMP_TRY(View::open(context_));
    return html(view, home_page(view, before));
  }

  Answer profile(std::string_view handle) {
    const std::string before = CAMP_TRY(cursor());
    View view = CAMP_TRY(View::open(context_));
    const Member* const member = CAMP_TRY(view.member(handle));
    if (member == nullptr) return not_found();
    if (member->gone) return gone("This person has left.");
    return html(view, profile_page(view, *member, before));
  }

  Answer post(std::string_view text) {
    const auto id = ObjectId::parse(text);
    if (!id) return not_found();
    View view = CAMP_TRY(View::open(context_));
    auto page = CAMP_TRY(post_page(view, *id));
    if (!page && CAMP_TRY(view.is_gone(*id))) return gone("This post was deleted.");
    return html(view, std::move(page));
  }

  Answer tagged(std::string_view rest) {
    const auto of_feed = before(rest, kFeedName);
    const std::string tag(of_feed.value_or(rest));
    if (tag.empty() || tag.find('/') != std::string::npos) return not_found();
    View view = CAMP_TRY(View::open(context_));
    if (of_feed) return feed_if(CAMP_TRY(tag_feed(view, fold(tag))));
    auto page = tag_page(view, fold(tag), CAMP_TRY(cursor()));
    if (page && *page && fold(tag) != tag) return moved(context_.site.tag(fold(tag)));
    return html(view, std::move(page));
  }

  /// "/@bo" is what people type; "/@bo/feed.atom" is what readers keep.
  Answer at_member(std::string_view rest) {
    const auto of_feed = before(rest, kFeedName);
    View view = CAMP_TRY(View::open(context_));
    const Member* const member = CAMP_TRY(view.member(lower(of_feed.value_or(rest))));
    if (member == nullptr) return not_found();
    if (member->gone) return gone("This person has left.");
    if (of_feed) return feed_if(CAMP_TRY(profile_feed(view, *member)));
    return moved(context_.site.profile_page(member->handle));
  }

  // --- feeds and pictures

  template <class Make>
  Answer feed(Make make) {
    View view = CAMP_TRY(View::open(context_));
    return feed_if(CAMP_TRY(make(view)));
  }

  http::Response feed_if(std::optional<Feed> made) const {
    if (!made) return not_found();
    http::Response response = fresh(kAtom, std::move(made->xml), kFeedAge, made->updated_ms);
    response.headers.set("X-Robots-Tag", "noindex");
    return response;
  }

  /// The right to fetch a picture follows its repository, so this asks for the one of everybody.
  Answer media(std::string_view name) const {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view sha256 = name.substr(0, dot);
    const std::string_view extension = name.substr(std::min(dot + 1, name.size()));
    const auto grant = CAMP_TRY(store::Gate::grant(store::kPublic, store::Anyone{}));
    MediaFile file = CAMP_TRY(read_picture(context_.community, grant, sha256, extension));
    http::Response response = fresh(file.media_type, std::move(file.bytes), kForever);
    response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
    // Other servers show the pictures of posts too.
    response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
    response.headers.set("X-Robots-Tag", "noindex");
    return response;
  }

  const PageContext& context_;
  const http::Request& request_;
};

}  // namespace

std::optional<http::Response> serve_page(const PageContext& context, const http::Request& request) {
  return Pages(context, request).serve();
}

http::Response page_not_found(const PageContext& context) { return Pages(context, {}).not_found(); }

}  // namespace camp::web
