// SPDX-License-Identifier: MIT
#include "fed/collections.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "http/message.h"

namespace camp::fed {
namespace {

constexpr std::string_view kContext = "https://www.w3.org/ns/activitystreams";

std::string page_address(const std::string& id, const std::string& before) {
  return id + "?page=true" + (before.empty() ? "" : "&before=" + http::percent_encode(before));
}

}  // namespace

Json ordered_collection(const std::string& id, std::size_t total, bool has_pages) {
  Json json{
      {"@context", kContext}, {"id", id}, {"type", "OrderedCollection"}, {"totalItems", total}};
  if (has_pages) json["first"] = page_address(id, "");
  return json;
}

Json ordered_page(const std::string& id, const std::string& before, const Page& page) {
  Json json{{"@context", kContext},
            {"id", page_address(id, before)},
            {"type", "OrderedCollectionPage"},
            {"partOf", id},
            {"orderedItems", page.items}};
  if (!page.next.empty()) json["next"] = page_address(id, page.next);
  return json;
}

Json whole_collection(const std::string& id, const std::vector<std::string>& items) {
  return {{"@context", kContext},
          {"id", id},
          {"type", "Collection"},
          {"totalItems", items.size()},
          {"items", items}};
}

Result<Page> page_of(const std::vector<std::string>& items, const std::string& before) {
  auto from = items.begin();
  if (!before.empty()) {
    from = std::find(items.begin(), items.end(), before);
    if (from == items.end()) return fail(Kind::not_found, "there is no such page");
    ++from;
  }
  Page page;
  const auto left = static_cast<std::size_t>(items.end() - from);
  const auto end = from + static_cast<std::ptrdiff_t>(std::min(left, kPageItems));
  page.items.assign(from, end);
  if (end != items.end()) page.next = *(end - 1);
  return page;
}

}  // namespace camp::fed
