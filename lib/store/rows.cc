// SPDX-License-Identifier: MIT
#include "store/rows.h"

#include "base/text.h"
#include "crypto/did_key.h"
#include "model/markup.h"

namespace camp::store {
namespace {

/// What full-text search looks at: everything a reader would see, folded.
std::string search_text(const model::NoteContent& note) {
  std::string text = note.summary + "\n" + model::to_plain_text(note.content, note.media_type);
  for (const model::Attachment& attachment : note.attachments) text += "\n" + attachment.name;
  return fold(text);
}

void put_note(index::ObjectRow& row, const model::NoteContent& note) {
  row.in_reply_to = note.in_reply_to;
  row.summary = note.summary;
  row.content = note.content;
  row.media_type = note.media_type;
  row.language = note.language;
  row.search_text = search_text(note);
  for (const model::Attachment& attachment : note.attachments) {
    row.attachments.push_back({attachment.sha256, attachment.media_type, attachment.name});
  }
  for (const model::Tag& tag : note.tags) {
    if (tag.mention) {
      row.mentions.push_back(tag.href);
    } else {
      const std::string_view name = tag.name;
      row.tags.push_back(fold(name.starts_with('#') ? name.substr(1) : name));
    }
  }
}

index::TombstoneRow tombstone_row(const model::Object& object, const Found& found,
                                  const index::Index::Remembered& verdict) {
  return {.repository = found.repository,
          .branch = found.branch,
          .path = found.path,
          .blob = found.blob,
          .id = object.id.object.text(),
          .target = object.target->object.text(),
          .author = object.target->author.text(),
          .by = object.author().text(),
          .counts = verdict.verdict == index::Verdict::valid,
          .verdict = verdict.verdict,
          .key = verdict.key};
}

index::ObjectRow object_row(const model::Object& object, const Found& found,
                            const index::Index::Remembered& verdict) {
  index::ObjectRow row;
  row.repository = found.repository;
  row.branch = found.branch;
  row.path = found.path;
  row.blob = found.blob;
  row.id = object.id.object.text();
  row.target = object.thing().text();
  row.type = object.type == model::Type::update ? "Note" : object.type_name;
  row.author = object.author().text();
  row.community = object.community.text();
  row.audience = audience_name(object.audience);
  row.listed = !object.audience.unlisted;
  row.about = object.about;
  row.collection = object.collection;
  row.verdict = verdict.verdict;
  row.key = verdict.key;
  if (object.type == model::Type::note || object.type == model::Type::update) {
    put_note(row, object.note);
  }
  return row;
}

tl::unexpected<Error> misplaced(const Found& found, std::string_view why) {
  return fail(Kind::damaged,
              found.repository + " " + found.branch + ":" + found.path + " " + std::string(why));
}

}  // namespace

Result<void> check_place(const model::Object& object, const Found& found,
                         const Acceptance& acceptance) {
  const model::Place place = place_of(object);
  if (place.branch != found.branch || place.path != found.path) {
    return misplaced(found, "is not the place of the object in it");
  }
  if (!belongs_in(object, found.repository)) {
    return misplaced(found, "is an object for another audience");
  }
  if (!counts_in(object, acceptance.community, acceptance.adoptions)) {
    return misplaced(found, "is an object of another community");
  }
  if (object.type == model::Type::tombstone && object.author() != object.target->author &&
      object.author() != acceptance.community) {
    return misplaced(found, "removes somebody else's object");
  }
  return {};
}

index::Index::Remembered judge(const model::Object& object) {
  const auto key = verify_signature(object);
  if (key) return {index::Verdict::valid, crypto::to_did_key(*key)};
  const bool unsigned_letter = key.error().kind == Kind::not_found;
  return {unsigned_letter ? index::Verdict::none : index::Verdict::invalid, {}};
}

Row make_row(const model::Object& object, const Found& found,
             const index::Index::Remembered& verdict) {
  if (object.type == model::Type::person) return {};
  if (object.type == model::Type::tombstone) {
    return {.object = {}, .tombstone = tombstone_row(object, found, verdict)};
  }
  return {.object = object_row(object, found, verdict), .tombstone = {}};
}

Result<Row> read_row(std::string_view bytes, const Found& found, const Acceptance& acceptance,
                     const std::optional<index::Index::Remembered>& remembered) {
  const model::Object object = CAMP_TRY(model::decode_object(bytes));
  CAMP_TRY(check_place(object, found, acceptance));
  return make_row(object, found, remembered ? *remembered : judge(object));
}

}  // namespace camp::store
