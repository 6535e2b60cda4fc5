// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "model/community_log.h"
#include "ops/profile.h"
#include "store/writer.h"
#include "unit/git/support.h"
#include "unit/ops/ops_support.h"
#include "web/serve.h"

namespace camp::web::test {

using git::test::need;

inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

inline std::string png_chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : type + data) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
  }
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(~crc);
}

/// A picture that a browser can show: hills under a sky of some colour (a PNG of stored blocks).
inline std::string picture(std::uint32_t width, std::uint32_t height, int hue) {
  std::string stream = "\x78\x01";
  std::uint32_t low = 1, high = 0;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::string row(1, '\0');
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::uint32_t ridge =
          height / 2 + (x * 7 % width < width / 2 ? x % 40 : 40 - x % 40) / 3;
      const bool sky = y < ridge;
      row += static_cast<char>(sky ? 150 + hue % 90 : 40 + y % 40);
      row += static_cast<char>(sky ? 190 - hue % 60 : 110);
      row += static_cast<char>(sky ? 220 : 60 + hue % 50);
    }
    for (const char c : row) {
      low = (low + static_cast<std::uint8_t>(c)) % 65521;
      high = (high + low) % 65521;
    }
    const std::size_t size = row.size(), other = ~size;
    stream += static_cast<char>(y + 1 == height ? 1 : 0);
    for (const std::size_t length : {size, other}) {
      stream += static_cast<char>(length & 0xFF);
      stream += static_cast<char>(length >> 8 & 0xFF);
    }
    stream += row;
  }
  stream += big_endian(high << 16 | low);
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR",
                   big_endian(width) + big_endian(height) + std::string("\x08\x02\0\0\0", 5)) +
         png_chunk("IDAT", stream) + png_chunk("IEND", "");
}

inline http::Request request_for(const std::string& target, const http::Headers& headers = {},
                                 const std::string& method = "GET") {
  http::Request request;
  request.method = method;
  request.target = target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = http::percent_decode(target.substr(0, mark)).value();
  request.query = mark < target.size() ? target.substr(mark + 1) : "";
  request.headers = headers;
  return request;
}

inline std::string field(const http::Response& response, const std::string& name) {
  return std::string(response.headers.find(name).value_or("(none)"));
}

inline std::string all_of(const http::Response& response) {
  std::string text = std::to_string(response.status) + "\n";
  for (const http::Field& each : response.headers.fields()) {
    text += each.name + ": " + each.value + "\n";
  }
  return text + "\n" + response.body;
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A community of ana, bo and cy, its server's memory of others, and a stranger at its door.
class Town {
 public:
  explicit Town(const std::string& host = "friend.camp", bool plain = false)
      : site(need(fed::Site::make(host, plain))),
        server(need(index::ServerDb::open(camp.directory() + "/state/server.db"))) {}

  store::Community open() { return camp.open(); }

  /// The post's id.
  std::string say(const std::string& handle, ops::Draft draft) {
    return need(camp.say(handle, std::move(draft))).post.id;
  }
  void edit(const std::string& handle, const std::string& id, const std::string& text) {
    store::Community community = open();
    need(ops::edit(community, camp.who(community, handle), id, text, std::nullopt));
  }
  void remove(const std::string& handle, const std::string& id) {
    store::Community community = open();
    need(ops::remove_post(community, camp.who(community, handle), id, true));
  }
  void react(const std::string& handle, model::Type type, const std::string& id) {
    store::Community community = open();
    need(ops::react(community, camp.who(community, handle), type, id, false));
  }
  void profile(const std::string& handle, const ops::ProfileChange& change) {
    store::Community community = open();
    need(ops::change_profile(community, camp.who(community, handle), change));
  }
  OwnerId member(const std::string& handle) {
    const store::Community community = open();
    return camp.who(community, handle).id;
  }
  /// Adds an entry to the community's log.
  void decide(const model::LogEntry& entry) {
    store::Community community = open();
    const std::string log_file(store::kCommunityLog);
    const std::string log = need(model::append_entry(
        need(community.state_file(log_file)), entry, need(community.keys_of(community.id())),
        need(ops::community_key(community)), community.env().now_ms()));
    auto writer = need(community.write());
    need(writer.put_state({{"local", log_file, log}}, "decide"));
  }
  /// Somebody elsewhere answers.
  void answered(const std::string& user, const std::string& url, const std::string& parent,
                const std::string& html,
                model::Visibility visibility = model::Visibility::public_) {
    const std::string actor = "https://example.org/users/" + user;
    model::RemoteActor zoe{.id = actor, .user = user, .host = "example.org"};
    zoe.name = "Zoë Ångström";
    zoe.url = "https://example.org/@" + user;
    zoe.inbox = actor + "/inbox";
    need(server.put_actor(zoe, ops::kStart));
    model::RemotePost post{.id = url, .actor = actor};
    post.url = url;
    post.content = html;
    post.in_reply_to = parent;
    post.visibility = visibility;
    post.published_ms = ops::kStart + 60'000;
    need(server.put_post(post, ops::kStart));
  }

  std::optional<http::Response> ask(const http::Request& request) {
    const store::Community community = open();
    PageContext context{community, site, &server, &memory, {}};
    context.report = [](const Error& error) { FAIL_CHECK(error.message); };
    return serve_page(context, request);
  }
  http::Response get(const std::string& target, const http::Headers& headers = {}) {
    const auto response = ask(request_for(target, headers));
    INFO(target);
    REQUIRE(response);
    return *response;
  }
  std::string body(const std::string& target, int status = 200) {
    const http::Response response = get(target);
    INFO(target << "\n" << response.body);
    REQUIRE(response.status == status);
    return response.body;
  }

  ops::Camp camp;
  fed::Site site;
  index::ServerDb server;
  PageMemory memory;
};

/// Fills a town with what pages are made for.
struct Lively {
  std::string garden, answer, warned, picture_post, unlisted, local, followers, letter, deleted;
};
inline Lively enliven(Town& town) {
  Lively posts;
  ops::ProfileChange ana;
  ana.name = "Ana Lindqvist";
  ana.summary = "Gardener. I grow **beans** and write about #soil. Ask @bo about the shed.";
  ana.fields = {{"Site", "https://ana.example/"}, {"Pronouns", "she/her"}};
  ana.icon = ops::PictureChange{picture(96, 96, 20)};
  ana.image = ops::PictureChange{picture(600, 200, 60)};
  ana.discoverable = ana.indexable = true;
  town.profile("ana", ana);
  ops::ProfileChange bo;
  bo.name = "Bo";
  bo.summary = "Builds sheds.";
  bo.discoverable = bo.locked = true;
  town.profile("bo", bo);
  town.decide({.kind = "rules", .text = "1. Be kind.\n2. No advertising.\n"});

  posts.garden = town.say(
      "ana", ops::to("public",
                     "The first beans are up! Thank you @bo for the fence. #Garden\n\n"
                     "> Plant when the lilac blooms.\n\n[Seeds](https://seeds.example/?a=1&b=2)"));
  posts.answer =
      town.say("bo", ops::reply_to(posts.garden, ops::text("My pleasure. It leans a bit.")));
  town.say("ana", ops::reply_to(posts.answer, ops::text("So do I.")));
  town.react("bo", model::Type::like, posts.garden);
  town.react("bo", model::Type::announce, posts.garden);
  ops::Draft warned = ops::to("public", "A slug ate *everything* on the left side.");
  warned.summary = "Slugs";
  posts.warned = town.say("ana", warned);
  ops::Draft shown = ops::to("public", "Der Zaun steht. #garden");
  shown.language = "de";
  shown.pictures = {{picture(320, 200, 80), "A fence of hazel in the evening light"}};
  posts.picture_post = town.say("bo", shown);
  town.edit("bo", posts.picture_post, "Der Zaun steht endlich. #garden");
  posts.unlisted = town.say("bo", ops::to("unlisted", "Said quietly."));
  posts.local = town.say("bo", ops::to("local", "beneath the willow"));
  posts.followers = town.say("bo", ops::to("followers", "beneath the willow"));
  posts.letter = town.say("bo", ops::to("direct", "@ana beneath the willow"));
  posts.deleted = town.say("bo", ops::to("public", "oops"));
  town.remove("bo", posts.deleted);
  town.answered("zoe", "https://example.org/@zoe/1",
                town.site.object(need(ObjectId::parse(posts.garden))),
                "<p>Which <strong>beans</strong> are they?</p>");
  town.answered("zoe", "https://example.org/@zoe/2",
                town.site.object(need(ObjectId::parse(posts.garden))), "<p>beneath the willow</p>",
                model::Visibility::followers);
  return posts;
}

}  // namespace camp::web::test
