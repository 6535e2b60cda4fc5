// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_stream.h"
#include "model/mastodon.h"
#include "model/mastodon_csv.h"

namespace {

using camp::Json;
using camp::Result;

void require(bool held) {
  if (!held) std::abort();
}

void require_plain(const std::string& path) {
  require(!path.empty() && path.front() != '/' && path.back() != '/');
  require(path.find_first_of(std::string_view("\\:\0", 3)) == std::string::npos);
  require(("/" + path + "/").find("/../") == std::string::npos);
  require(("/" + path + "/").find("//") == std::string::npos);
}

void decode(const Json& item, const camp::model::ArchiveActor& actor) {
  const auto decoded = camp::model::decode_item(item, actor);
  if (!decoded) return;
  const auto* const post = std::get_if<camp::model::ArchivedPost>(&*decoded);
  if (post == nullptr) return;
  require(Json(post->html).dump().size() <= (128 << 10) + 2);
  require(std::is_sorted(post->addressed.begin(), post->addressed.end()));
  for (const auto& media : post->media) {
    for (const std::string& path : media.paths) require_plain(path);
  }
  if (post->visibility > camp::model::Visibility::followers) {
    require(item.dump().find("Public") != std::string::npos);
  }
}

/// The document in pieces must give what parse_json makes of the whole.
void read_in_pieces(std::string_view text, const camp::model::ArchiveActor& actor) {
  const std::size_t piece = 1 + text.size() % 13;
  std::size_t at = 0;
  std::vector<Json> items;
  bool all_sound = true;
  const auto source = [&]() -> Result<std::string> {
    const std::string_view next = text.substr(at, piece);
    at += next.size();
    return std::string(next);
  };
  const auto sink = [&](Result<Json> item) -> Result<void> {
    all_sound = all_sound && item.has_value();
    if (item) decode(*item, actor);
    if (item) items.push_back(*std::move(item));
    return {};
  };
  auto rest = camp::read_json_list(source, "orderedItems", sink);
  const auto whole = camp::parse_json(text);
  if (whole && whole->is_structured()) require(rest && all_sound);
  if (!rest || !all_sound) return;
  if (!whole) {
    camp::JsonLimits wide;
    wide.depth = 100;
    wide.nodes = 10'000'000;
    require(camp::parse_json(text, "JSON", wide).has_value());
    return;
  }
  Json& list = rest->is_array() ? *rest : (*rest)["orderedItems"];
  if (list.is_array()) list = items;
  if (list.is_null() && !whole->contains("orderedItems")) rest->erase("orderedItems");
  require(*rest == *whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  camp::model::ArchiveActor actor;
  actor.id = "https://h/a";
  actor.followers = "https://h/f";
  read_in_pieces(input, actor);
  if (const auto json = camp::parse_json(input)) {
    decode(*json, actor);
    (void)camp::model::decode_actor(*json);
    (void)camp::model::decode_uri(*json);
  }
  for (const std::string& path : camp::model::media_path_candidates(input)) require_plain(path);
  for (const char* file : {"following_accounts.csv", "lists.csv", "blocked_domains.csv"}) {
    const auto relations = camp::model::decode_relations(file, input);
    if (!relations) continue;
    for (const auto& row : relations->rows) require(!row.about.empty());
  }
  return 0;
}
