// SPDX-License-Identifier: MIT
// What people write into names, lines about themselves, tags, warnings and alt texts never becomes
// markup, and what is not for strangers never leaves.
#include <gumbo.h>

#include <set>

#include "unit/web/town.h"

using namespace camp;
using namespace camp::web;
using namespace camp::web::test;

namespace {

/// Payloads with a mark, so that one can look where it went.
const std::vector<std::string> kPayloads{
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</title></head><body onload=alert(1)>",
    "</details></article></main><style>*{display:none}</style>",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "]]><x xmlns=\"y\">",
    "<span class=\"overlay\" style=\"position:fixed\">x</span>",
    "<iframe src=//example.org></iframe><form action=//example.org><input name=q>",
    "<a href=\"data:text/html,x\" onclick=alert(1)>x</a>",
    "<!-- --><!--><link rel=stylesheet href=//example.org>",
    "\xE2\x80\xAE"
    "gnp.exe",
};

/// Everything that a page of ours may hold: elements with the attributes they have.
bool is_ours(const GumboElement& element, std::string& why) {
  static const std::set<std::string> elements{
      "html", "head", "meta", "title",  "link", "body", "header",    "main", "footer",  "article",
      "h1",   "h2",   "h3",   "p",      "a",    "img",  "time",      "div",  "details", "summary",
      "ol",   "ul",   "li",   "nav",    "dl",   "dt",   "dd",        "bdi",  "small",   "span",
      "code", "br",   "em",   "strong", "del",  "pre",  "blockquote"};
  static const std::set<std::string> attributes{
      "lang",    "charset", "name",     "content",  "rel",          "href",
      "type",    "title",   "property", "class",    "alt",          "src",
      "loading", "width",   "height",   "datetime", "data-initial", "start"};
  const std::string name = gumbo_normalized_tagname(element.tag);
  if (elements.count(name) == 0) {
    why = "<" + name + ">";
    return false;
  }
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    const std::string key = attribute.name, value = attribute.value;
    const bool address = key == "href" || key == "src";
    const bool leads = value.starts_with("https://") || value.starts_with("http://") ||
                       (value.starts_with("/") && !value.starts_with("//"));
    const bool loads = key == "src" || (name == "link" && key == "href" && value.ends_with(".css"));
    if (attributes.count(key) == 0 || (address && !leads) || (loads && !value.starts_with("/"))) {
      why = "<" + name + " " + key + "=\"" + value + "\">";
      return false;
    }
  }
  return true;
}

std::string intruder(const GumboNode& node) {
  if (node.type == GUMBO_NODE_COMMENT || node.type == GUMBO_NODE_CDATA) return "a comment";
  if (node.type != GUMBO_NODE_ELEMENT) return {};
  std::string why;
  if (!is_ours(node.v.element, why)) return why;
  for (unsigned i = 0; i < node.v.element.children.length; ++i) {
    why = intruder(*static_cast<const GumboNode*>(node.v.element.children.data[i]));
    if (!why.empty()) return why;
  }
  return {};
}

std::string intruder(const std::string& page) {
  GumboOutput* const output =
      gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
  std::string found = intruder(*output->root);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return found;
}

}  // namespace

TEST_CASE("E43, E44 nothing that anybody writes becomes markup of a page") {
  Town town;
  std::string field = "none";
  for (const std::string& payload : kPayloads) {
    INFO(payload);
    ops::ProfileChange change;
    change.name = payload.substr(0, 90);
    change.summary = payload;
    change.fields = {{field, ""}, {payload, payload}, {"Site", "https://example.org/?\"><script>"}};
    field = payload;
    ops::PictureChange icon{picture(8, 8, 1)};
    change.icon = icon;
    change.discoverable = true;
    town.profile("bo", change);
    town.decide({.kind = "rules", .text = payload});
    ops::Draft draft = ops::to("public", payload + " #lake");
    draft.summary = payload;
    draft.pictures = {{picture(8, 8, 2), payload}};
    const std::string id = town.say("bo", draft);
    const std::string plain = town.say("bo", ops::to("public", payload + " #lake"));
    town.say("ana", ops::reply_to(id, ops::text(payload)));
    const std::string url = town.site.object(need(ObjectId::parse(id)));
    model::RemoteActor zoe{
        .id = "https://example.org/users/zoe", .user = "zoe", .host = "example.org"};
    zoe.name = payload;
    zoe.url = "javascript:alert(1)";
    zoe.inbox = zoe.id + "/inbox";
    need(town.server.put_actor(zoe, ops::kStart));
    model::RemotePost post{.id = "https://example.org/@zoe/1", .actor = zoe.id};
    post.url = "javascript:alert(2)";
    post.content = payload;
    post.summary = payload;
    post.language = "\" onclick=\"x";
    post.in_reply_to = url;
    post.visibility = model::Visibility::public_;
    post.published_ms = ops::kStart;
    post.attachments = {{"javascript:alert(3)", "image/png", payload}};
    need(town.server.put_post(post, ops::kStart));
    for (const std::string& path : {std::string("/"), std::string("/u/bo"), std::string("/t/lake"),
                                    "/o/" + id, "/o/" + plain}) {
      const std::string page = town.body(path);
      INFO(path << "\n" << page);
      CHECK(intruder(page) == "");
    }
    for (const char* path : {"/feed.atom", "/@bo/feed.atom", "/t/lake/feed.atom"}) {
      const std::string feed = town.body(path);
      INFO(feed);
      CHECK_FALSE(holds(feed, "<script"));
      CHECK_FALSE(holds(feed, "<img"));
      CHECK_FALSE(holds(feed, "<x "));
    }
  }
}

TEST_CASE("E57 what is not public is answered as what never was") {
  Town town;
  const Lively posts = enliven(town);
  const std::string deleted_local = town.say("bo", ops::to("local", "beneath the willow"));
  town.remove("bo", deleted_local);
  const std::string never = ObjectId::make(ops::kStart, std::string(32, 'n')).text();
  const std::string nothing = all_of(town.get("/o/" + never));
  CHECK(nothing.starts_with("404\n"));
  for (const std::string& id :
       {posts.local, posts.followers, posts.letter, deleted_local, std::string("x"),
        posts.local + "0", posts.local.substr(1), posts.garden + "/x"}) {
    INFO(id);
    CHECK(all_of(town.get("/o/" + id)) == nothing);
    const http::Headers signed_request{{"Signature", "keyId=\"https://example.org/u#k\""}};
    CHECK(all_of(town.get("/o/" + id, signed_request)) == nothing);
    const http::Headers cached{{"If-None-Match", "*"}};
    CHECK(all_of(town.get("/o/" + id, cached)) == nothing);
  }
  for (const char* path :
       {"/u/nobody", "/u/Bo", "/u/bo/x", "/@nobody", "/@nobody/feed.atom", "/t/nothing",
        "/t/nothing/feed.atom", "/t/a/b", "/style-0.css", "/media/x.png", "/media/",
        "/media/../camp.toml", "/u/", "/@", "/t/", "/o/"}) {
    INFO(path);
    CHECK(all_of(town.get(path)) == nothing);
  }
  const store::Community community = town.open();
  CHECK(all_of(page_not_found({community, town.site})) == nothing);
}

TEST_CASE("AP 40 no page, feed or picture of a stranger's holds what is local or a letter") {
  Town town;
  const Lively posts = enliven(town);
  ops::Draft inside = ops::to("local", "beneath the willow #secret");
  const std::string secret_picture = picture(33, 21, 7);
  inside.pictures = {{secret_picture, "beneath the willow"}};
  const std::string local = town.say("ana", inside);
  ops::Draft letter = ops::to("direct", "@bo beneath the willow #secret");
  letter.pictures = {{picture(34, 21, 7), "beneath the willow"}};
  town.say("ana", letter);
  std::vector<std::string> paths{
      "/",         "/feed.atom",          "/robots.txt", "/favicon.ico",
      "/t/secret", "/t/secret/feed.atom", "/t/garden",   "/t/garden/feed.atom"};
  for (const char* handle : {"ana", "bo", "cy"}) {
    paths.push_back("/u/" + std::string(handle));
    paths.push_back("/@" + std::string(handle));
    paths.push_back("/@" + std::string(handle) + "/feed.atom");
  }
  const std::vector<std::string> secret{posts.local, posts.followers, posts.letter, local};
  for (const std::string& id : secret) paths.push_back("/o/" + id);
  for (const std::string& id : {posts.garden, posts.answer, posts.picture_post, posts.unlisted,
                                posts.deleted, posts.warned}) {
    paths.push_back("/o/" + id);
    for (const char* list : {"/", "/u/bo", "/t/garden"}) {
      paths.push_back(std::string(list) + "?before=" + id);
    }
  }
  const store::Community community = town.open();
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(community.directory().path() + "/media")) {
    if (!entry.is_regular_file()) continue;
    const std::string where = entry.path().string(), digest = entry.path().filename().string();
    const bool open = holds(where, "/media/public/");
    for (const char* extension : {"png", "jpg", "webp"}) {
      const int status = town.get("/media/" + digest + "." + extension).status;
      INFO(where << "." << extension);
      CHECK(status == (open && std::string(extension) == "png" ? 200 : 404));
    }
  }
  std::size_t answered = 0;
  for (const std::string& path : paths) {
    const auto response = town.ask(request_for(path));
    REQUIRE(response);
    ++answered;
    INFO(path << "\n" << response->body);
    CHECK_FALSE(holds(response->body, "willow"));
    for (const std::string& id : secret) CHECK_FALSE(holds(response->body, id));
  }
  CHECK(answered > 40);
}
