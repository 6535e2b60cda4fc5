// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "model/audience.h"
#include "model/picture_hints.h"

namespace camp::model {

/// 1990-01-01T00:00:00Z: nobody posted before, and an earlier time is a broken clock.
inline constexpr std::int64_t kEarliestPublishedMs = 631'152'000'000;

/// The ActivityStreams types that camp acts on; anything else is stored and not shown.
enum class Type {
  note,
  update,
  like,
  announce,
  follow,
  block,
  ignore,
  add,
  tombstone,
  person,
  other
};

/// A picture that goes with a post. The file stands in the media directory under its digest.
struct Attachment {
  std::string sha256 = {};      ///< lower-case hex
  std::string media_type = {};  ///< image/jpeg, image/png, image/webp
  std::string name = {};        ///< the alt text
  int width = 0, height = 0;
  std::optional<Focus> focus = {};  ///< what must stay in sight
  std::string blurhash = {};        ///< shown until the picture has come; may be empty

  bool operator==(const Attachment&) const = default;
};

/// A person or a topic that a post names.
struct Tag {
  bool mention = false;   ///< else a hashtag
  std::string name = {};  ///< "@bo", "#garden"
  std::string href = {};  ///< of a mention: the person's URI
};

/// What a post says; a new version of it replaces all of this.
struct NoteContent {
  std::string content = {};
  std::string media_type = "text/markdown";  ///< text/markdown, text/plain or text/html
  std::string summary = {};                  ///< content warning
  std::string language = {};                 ///< BCP 47, may be empty
  bool sensitive = false;
  std::string in_reply_to = {};  ///< full id or URL; empty for none
  std::vector<Attachment> attachments = {};
  std::vector<Tag> tags = {};
};

struct Profile;  // model/profile.h

/// A decoded object file. Unknown members stay in `bytes`, which are what was signed.
struct Object {
  FullId id;
  Type type = Type::other;
  std::string type_name;
  OwnerId community;  ///< that the bytes name
  Audience audience;
  std::int64_t published_ms = 0;
  std::optional<FullId>
      target;              ///< of an Update: what it is a version of; of a Tombstone: what goes
  std::string about;       ///< of a reaction or relation: the URI it is about
  std::string collection;  ///< of an Add: its target
  NoteContent note;        ///< of a Note, and of an Update the new version
  std::shared_ptr<const Profile> profile;  ///< of a Person
  std::string bytes;
  std::shared_ptr<const Json> json;

  const OwnerId& author() const { return id.author; }
  /// The thing that is shown, edited and answered: itself, or what an Update is a version of.
  const ObjectId& thing() const { return type == Type::update ? target->object : id.object; }
  /// A post narrowed to people: stored unsigned, since a signed letter would be evidence in a
  /// stranger's hands.
  bool letter() const {
    return audience.narrowed() && (type == Type::note || type == Type::update);
  }
};

/// Reads an object file and checks all that needs no key: limits, canonical form, the id recomputed
/// from the content, the required members. Kind::damaged with the reason otherwise.
Result<Object> decode_object(std::string_view bytes);

/// Checks the object's proof and returns the key it verifies under. Letters have none and must have
/// none. Whether the key counts for the author is the key log's word, not this function's.
Result<crypto::PublicKey> verify_signature(const Object& object);

/// The pictures that an object names: files that have to be where it is.
std::vector<Attachment> pictures_of(const Object& object);

/// Where an object file stands inside its repositories.
struct Place {
  std::string branch;  ///< "e/2026-11"
  /// "23/10/<id>.json", "23/10/<target>.<id>.json", "t/<target>.<by>.json"; in main
  /// "adoptions/<id>.json", "profiles/<member>.json"
  std::string path;
};

/// The only branch and path for an object, computed from its content (camp-store(5)).
Place place_of(const Object& object);
/// The one repository for an object of its author's; copies of what is narrowed to people stand in
/// the private repositories of the persons addressed as well.
std::string home_of(const Object& object);
/// Whether the object may stand in that repository: its home or, narrowed to people, any private
/// one that its audience leads to (named persons must include its owner).
bool belongs_in(const Object& object, std::string_view repository);

/// Who makes an object, and when.
struct Maker {
  OwnerId author = {};
  OwnerId community = {};
  std::int64_t now_ms = 0;
  std::string nonce = {};  ///< 16 bytes: random, or for an import derived from the source's id
};

/// A finished object file.
struct Sealed {
  FullId id;
  std::string bytes;
};

/// Unsealed objects: everything but `id` and `proof`.
Json make_note(const Maker& maker, const Audience& audience, const NoteContent& content);
/// A complete new version of `original`, with its audience and its place in the conversation.
Json make_update(const Maker& maker, const Object& original, const NoteContent& content);
/// A Like or an Announce, in its target's audience.
Json make_reaction(const Maker& maker, Type type, const Object& target);
/// The same about something elsewhere, by its URI.
Json make_reaction(const Maker& maker, Type type, std::string_view about, const Audience& audience);
/// A Follow, Block or Ignore of a person or host, or an Add of `about` to `collection`: private.
Json make_relation(const Maker& maker, Type type, std::string_view about,
                   std::string_view collection = {});
/// A tombstone for `target`, by its author or by the community.
Json make_tombstone(const Maker& maker, const Object& target);
/// A member's word that these objects, which name another community, are theirs here too.
Json make_adoption(const Maker& maker, const Audience& audience,
                   const std::vector<FullId>& objects);

/// Gives an unsealed object its id and, unless `key` is null (a letter), its proof.
Result<Sealed> seal(Json object, const Maker& maker, const crypto::SecretKey* key);

/// Whether an object counts in a community: it names it, or, unless it is a profile, an adoption by
/// the same author lists it. `adoptions` are decoded Add objects whose proofs were checked.
bool counts_in(const Object& object, const OwnerId& community,
               const std::vector<Object>& adoptions);

/// The file name of an Add is an adoption's when its collection is a community.
bool is_adoption(const Object& object);

/// The ActivityStreams name of a type ("Note").
std::string_view type_name(Type type);

}  // namespace camp::model
