// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "model/picture_hints.h"

namespace camp::model {

// What reached us by ActivityPub: people and posts of other servers, as far as camp shows them.
// None of it is an object of the community, none of it is signed for us, none of it enters git.

/// A key of somebody elsewhere, under the id by which signatures name it.
struct RemoteKey {
  std::string id = {};
  std::string value = {};  ///< PEM of an RSA key, or the multibase of a Multikey

  bool operator==(const RemoteKey&) const = default;
};

/// Somebody elsewhere: Person, Service, Group, Organization or Application.
struct RemoteActor {
  std::string id = {};  ///< the actor's URI
  std::string type = "Person";
  std::string user = {};  ///< of the handle @user@host
  std::string host = {};  ///< of the handle; in loopback tests with a port
  std::string name = {};
  std::string summary = {};  ///< sanitised HTML
  std::string url = {};      ///< the page that people open
  std::string inbox = {};
  std::string shared_inbox = {};  ///< empty if there is none
  std::string outbox = {};
  std::string followers = {};  ///< the collection's URI
  std::string icon = {};
  std::vector<RemoteKey> keys = {};       ///< RSA, PEM
  std::vector<RemoteKey> multikeys = {};  ///< assertionMethod (FEP-521a), multibase
  std::vector<std::string> aliases = {};  ///< alsoKnownAs
  std::string moved_to = {};
  bool locked = false;        ///< approves followers by hand
  bool gone = false;          ///< its server says that it was deleted
  std::string software = {};  ///< by NodeInfo; empty if it is not known

  std::string handle() const { return "@" + user + "@" + host; }
  bool operator==(const RemoteActor&) const = default;
};

/// Who may read a remote post, by its `to` and `cc`.
enum class Visibility { public_, unlisted, followers, direct };
std::string_view visibility_name(Visibility visibility);
/// The reverse; direct for every other word.
Visibility visibility_of(std::string_view name);

/// A file that goes with a remote post; only its address is kept.
struct RemoteMedia {
  std::string url = {};
  std::string media_type = {};
  std::string name = {};            ///< the alt text
  std::optional<Focus> focus = {};  ///< what must stay in sight
  std::string blurhash = {};        ///< shown until the file has come; may be empty

  bool operator==(const RemoteMedia&) const = default;
};

/// A custom emoji, a picture in the place of `:name:`.
struct RemoteEmoji {
  std::string name = {};
  std::string url = {};

  bool operator==(const RemoteEmoji&) const = default;
};

/// A post of somebody elsewhere.
struct RemotePost {
  std::string id = {};     ///< its URI
  std::string actor = {};  ///< URI of its author
  std::string type = "Note";
  std::string url = {};
  std::string content = {};  ///< sanitised HTML
  std::string summary = {};  ///< content warning, plain text
  std::string language = {};
  std::string in_reply_to = {};  ///< URI
  std::string context = {};      ///< of the conversation, as its server names it
  Visibility visibility = Visibility::direct;
  bool sensitive = false;
  std::int64_t published_ms = 0;
  std::int64_t edited_ms = 0;  ///< 0 if it was not edited
  std::vector<RemoteMedia> attachments = {};
  std::vector<RemoteEmoji> emojis = {};
  std::vector<std::string> tags = {};        ///< folded, without #
  std::vector<std::string> mentions = {};    ///< URIs of actors
  std::vector<std::string> recipients = {};  ///< URIs of `to` and `cc`

  bool operator==(const RemotePost&) const = default;
};

/// The id under which a remote post is known here, and which people type: its time, and the digest
/// of its URI in the place of that of an object.
ObjectId local_id(const RemotePost& post);

/// For keeping: what to_json writes, the other reads. Kind::damaged for anything else.
Json to_json(const RemoteActor& actor);
Json to_json(const RemotePost& post);
Result<RemoteActor> remote_actor_from(std::string_view json);
Result<RemotePost> remote_post_from(std::string_view json);

}  // namespace camp::model
