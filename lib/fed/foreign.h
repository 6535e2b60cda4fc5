// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/url.h"
#include "model/remote.h"

namespace camp::fed {

// Documents of other servers, read field by field as they stand: no JSON-LD, `@context` means
// nothing here. What is read is bounded, and markup is sanitised on the way in.

/// Most of each that is looked at (the rest is left out).
inline constexpr std::size_t kMaxRecipients = 100;
inline constexpr std::size_t kMaxMentions = 20;
inline constexpr std::size_t kMaxTags = 50;
inline constexpr std::size_t kMaxAttachments = 8;
inline constexpr std::size_t kMaxUri = 2048;

/// JSON of another server, within the limits for one document.
Result<Json> parse_foreign(std::string_view body);

/// A string member; empty if there is none or it is something else.
std::string text_of(const Json& document, const char* member);
/// The URI that a value is or has as its `id`; empty if neither.
std::string uri_of(const Json& value);
/// The same of a member; of a list its first.
std::string uri_of(const Json& document, const char* member);
/// The URIs of a member that is one or a list of them, at most `most`.
std::vector<std::string> uris_of(const Json& document, const char* member, std::size_t most);
/// `type`, of a list its first; empty if there is none, or none that a name could be.
std::string type_of(const Json& document);

/// Person, Service, Group, Organization or Application.
bool is_actor_type(std::string_view type);

/// "public" in its three spellings.
bool is_public(std::string_view uri);

/// Whether two URLs have the same host and port; false if one of them is none that we would speak
/// with.
bool same_host(std::string_view a, std::string_view b, http::Policy policy);
/// Host and port of a URL as handles and the queue write them; empty if it is no such URL.
std::string host_of(std::string_view url, http::Policy policy);

/// Whether somebody may be called so, as Misskey and Mastodon take it: letters, digits, `_`, and
/// inside `.` and `-`; at most 128.
bool is_user_name(std::string_view user);

/// Somebody elsewhere, from their actor document. Kind::refused, with the reason, for one without
/// an id, type, preferredUsername or inbox, or whose inbox is on another host. Of keys only those
/// that name the actor as their owner are kept. The handle's host is the id's until WebFinger says
/// otherwise.
Result<model::RemoteActor> read_actor(const Json& document, http::Policy policy);

/// A post from its document: Note, Question, Article, Page and whatever else has words, pictures or
/// sound. Kind::refused, with the reason, for one without id and author, or whose author is on
/// another host. `now_ms` stands in for a missing or a future time.
Result<model::RemotePost> read_post(const Json& document, http::Policy policy, std::int64_t now_ms);

/// The same of somebody or of a post that another camp keeps and hands on: held to the bounds
/// above, its markup sanitised again. Kind::refused for what read_actor and read_post would not
/// have made.
Result<model::RemoteActor> check_actor(model::RemoteActor actor, http::Policy policy);
Result<model::RemotePost> check_post(model::RemotePost post, http::Policy policy);

}  // namespace camp::fed
