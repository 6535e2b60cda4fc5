// SPDX-License-Identifier: MIT
// What a programmer might get wrong about pages. Each MISTAKE must be refused by the compiler;
// without one the file must compile.
#include <string>
#include <utility>

#include "web/html.h"
#include "web/post_html.h"
#include "web/public_view.h"

using namespace camp;

bool show(web::View& view, model::Object object, const OwnerId& member, const std::string& words) {
#if defined(MISTAKE_RAW_OBJECT)
  return web::words_of(view, object).has_value();
#elif defined(MISTAKE_FOR_A_MEMBER)
  const auto released = store::Gate::release(std::move(object), store::Member{member}, "local");
  return released && web::words_of(view, *released).has_value();
#elif defined(MISTAKE_RAW_POST)
  return web::post_html(view, web::PublicPost{object, nullptr}, web::Heading::item).has_value();
#elif defined(MISTAKE_HOME_MADE_REPLY)
  return web::remote_html(web::RemoteReply(index::SeenPost{}), web::Heading::item).empty();
#elif defined(MISTAKE_WORDS_AS_MARKUP)
  return (web::Html() << web::Markup(words)).empty();
#elif defined(MISTAKE_WORDS_AS_HTML)
  return web::Html(words).empty();
#else
  const auto released = store::Gate::release(std::move(object), store::Anyone{});
  using web::operator""_html;
  const web::Html html = web::Html() << "<p>"_html << words << "</p>"_html;
  return released && web::words_of(view, *released).has_value() && html.empty() && member.empty();
#endif
}
