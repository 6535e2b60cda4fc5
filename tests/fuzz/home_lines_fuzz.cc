// SPDX-License-Identifier: MIT
// What an origin sends of people elsewhere, and what a clone asks for: any bytes are read or
// refused without a crash. What is let in is bounded, of somebody elsewhere, and the same when it
// is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fed/foreign.h"
#include "fed/home.h"
#include "fed/home_lines.h"
#include "model/markup.h"

namespace {

using namespace camp;
using namespace camp::fed;

void look_at(const HomeRecord& record, const Site& site) {
  const auto is_own = [&](const std::string& uri) {
    return host_of(uri, site.policy()) == site.host();
  };
  if (const auto* actor = std::get_if<model::RemoteActor>(&record)) {
    if (is_own(actor->id) || actor->host == site.host() || actor->name.size() > 500) std::abort();
    if (!actor->keys.empty() || !is_user_name(actor->user)) std::abort();
  }
  if (const auto* post = std::get_if<model::RemotePost>(&record)) {
    if (is_own(post->id) || is_own(post->actor)) std::abort();
    if (model::to_html(post->content, "text/html").find("<script") != std::string::npos)
      std::abort();
    if (post->tags.size() > kMaxTags || post->attachments.size() > kMaxAttachments) std::abort();
    if (post->published_ms < 0 || post->published_ms >= 1LL << 48) std::abort();
    (void)model::local_id(*post);
  }
  if (const auto* notice = std::get_if<index::Notice>(&record)) {
    if (is_own(notice->actor) || notice->number < 0 || !notice->member.empty()) std::abort();
  }
  const std::string name = home_name(record);
  if (name.empty() || name.size() > 2100) std::abort();
  const auto again = decode_home_record(encode_home_record(record), site);
  if (again && home_name(*again) != name) std::abort();
  // Sanitising may make a text longer than a record may be.
  if (!again && encode_home_record(record).size() <= kMaxHomeRecord) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Site site = Site::make("friend.camp").value();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto record = decode_home_record(input, site)) {
    look_at(*record, site);
  } else if (record.error().kind != Kind::refused && record.error().kind != Kind::damaged) {
    std::abort();
  }
  if (const auto page = parse_home_page(input)) {
    const auto again = parse_home_page(encode_home_page(*page));
    if (!again || again->records != page->records || again->gone != page->gone) std::abort();
    const HomePage answer = page_for(page->records, page->gone);
    std::size_t bytes = 0;
    for (const std::string& each : answer.records) bytes += each.size();
    if (bytes > kMaxHomePage) std::abort();
  } else if (page.error().kind != Kind::network) {
    std::abort();
  }
  if (const auto line = parse_home_line(input)) {
    const auto again = parse_home_line(home_line(*line));
    if (!again || again->index() != line->index()) std::abort();
  } else if (line.error().kind != Kind::refused && line.error().kind != Kind::damaged) {
    std::abort();
  }
  return 0;
}
