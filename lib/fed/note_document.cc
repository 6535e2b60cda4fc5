// SPDX-License-Identifier: MIT
#include "fed/note_document.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time.h"
#include "fed/addressing.h"
#include "fed/links.h"
#include "model/foreign_text.h"
#include "model/markup.h"

namespace camp::fed {
namespace {

using model::Audience;
using model::Object;

/// A person whom a post names, as its readers know them.
struct Named {
  std::string text;  ///< as it stands in the post: "@bo"
  Person person;
};

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

class NoteWriter {
 public:
  NoteWriter(const Rendering& how, const Object& object, const std::string& reader)
      : how_(how), object_(object), note_(object.note), reader_(reader), thing_(object.thing()) {}

  Result<Json> write() {
    if (object_.type != model::Type::note && object_.type != model::Type::update) {
      return fail(Kind::refused, "only a post becomes a Note");
    }
    author_ = CAMP_TRY(author_handle(how_, object_));
    CAMP_TRY(read_tags());
    put_frame();
    CAMP_TRY(put_addresses());
    put_words();
    put_attachments();
    put_tags();
    CAMP_TRY(put_conversation());
    return std::move(json_);
  }

 private:
  bool open_to_all() const { return !object_.audience.narrowed(); }

  Result<void> read_tags() {
    for (const model::Tag& tag : note_.tags) {
      if (!tag.mention) {
        const std::string folded =
            fold(std::string_view(tag.name).substr(tag.name.starts_with('#') ? 1 : 0));
        if (!folded.empty()) links_.tags.emplace(folded, how_.site.tag(folded));
        continue;
      }
      auto person = CAMP_TRY(how_.names.person(tag.href));
      if (!person) continue;  // nobody knows where they are: their name stays a word
      const std::string page = person->page.empty() ? person->id : person->page;
      if (model::is_web_address(page)) {
        links_.people.emplace(lower(tag.name), page);
        links_.people.emplace("@" + lower(person->address), page);
      }
      mentioned_.push_back({tag.name, *std::move(person)});
    }
    return {};
  }

  void put_frame() {
    json_ = {{"@context", object_context()},
             {"id", how_.site.object(thing_)},
             {"type", "Note"},
             {"attributedTo", how_.site.actor(author_)},
             {"published", format_time(thing_.time_ms())},
             {"url", how_.site.post_page(thing_)}};
    if (object_.type == model::Type::update) json_["updated"] = format_time(object_.published_ms);
    const bool anyone = how_.quotes == Quotes::anyone && open_to_all();
    const std::string quoting = anyone ? std::string(kPublicCollection) : how_.site.actor(author_);
    json_["interactionPolicy"] = {{"canQuote", {{"automaticApproval", Json::array({quoting})}}}};
  }

  /// Whether a tag for somebody shows the post to nobody whom it is not for.
  bool may_tag(const Person& person) const {
    if (open_to_all()) return true;
    if (object_.audience.people != model::People::named) {
      return how_.is_addressed && how_.is_addressed(person.id);
    }
    return std::find(addressed_.begin(), addressed_.end(), person.id) != addressed_.end();
  }

  Result<void> put_addresses() {
    addressed_ = CAMP_TRY(persons_addressed(how_, object_));
    std::erase_if(mentioned_, [&](const Named& named) { return !may_tag(named.person); });
    std::vector<std::string> mentioned;
    for (const Named& named : mentioned_) mentioned.push_back(named.person.id);
    const Addressing addressing =
        CAMP_TRY(addressing_of(how_, object_, author_, reader_, mentioned));
    json_["to"] = addressing.to;
    json_["cc"] = addressing.cc;
    return {};
  }

  void put_words() {
    const std::string html = link_names(model::to_html(note_.content, note_.media_type), links_);
    json_["content"] = html;
    if (!note_.language.empty()) json_["contentMap"] = {{note_.language, html}};
    if (!note_.summary.empty()) json_["summary"] = note_.summary;
    json_["sensitive"] = note_.sensitive || !note_.summary.empty();
  }

  void put_attachments() {
    json_["attachment"] = Json::array();
    for (const model::Attachment& attachment : note_.attachments) {
      const std::string_view extension = extension_of(attachment.media_type);
      if (extension.empty()) continue;
      Json each{{"type", "Document"},
                {"mediaType", attachment.media_type},
                {"url", how_.site.media(attachment.sha256, extension)}};
      // Mastodon reads alt texts from `name`, GoToSocial from `summary`.
      if (!attachment.name.empty()) each["name"] = each["summary"] = attachment.name;
      if (attachment.width > 0) each["width"] = attachment.width;
      if (attachment.height > 0) each["height"] = attachment.height;
      if (attachment.focus) each["focalPoint"] = model::focus_json(*attachment.focus);
      if (!attachment.blurhash.empty()) each["blurhash"] = attachment.blurhash;
      json_["attachment"].push_back(std::move(each));
    }
  }

  void put_tags() {
    Json tags = Json::array();
    for (const Named& named : mentioned_) {
      tags.push_back(
          {{"type", "Mention"}, {"href", named.person.id}, {"name", "@" + named.person.address}});
    }
    for (const auto& [tag, page] : links_.tags) {
      tags.push_back({{"type", "Hashtag"}, {"href", page}, {"name", "#" + tag}});
    }
    json_["tag"] = std::move(tags);
  }

  Result<void> put_conversation() {
    std::string context = how_.site.context(thing_), conversation = context;
    if (!note_.in_reply_to.empty()) {
      const auto parent = CAMP_TRY(how_.names.object(note_.in_reply_to));
      // A parent that the reader may not know of is not named, nor the conversation around it.
      if (parent) {
        json_["inReplyTo"] = parent->url;
        context = parent->context;
        conversation = parent->conversation;
      }
    }
    if (!context.empty()) json_["context"] = context;
    if (!conversation.empty()) json_["conversation"] = conversation;
    if (open_to_all()) json_["replies"] = how_.site.replies(thing_);
    return {};
  }

  const Rendering& how_;
  const Object& object_;
  const model::NoteContent& note_;
  const std::string& reader_;
  const ObjectId& thing_;
  std::string author_;  ///< handle
  std::vector<Named> mentioned_;
  std::vector<std::string> addressed_;
  NameLinks links_;
  Json json_;
};

Json tombstone_of(const Site& site, const Object& removal) {
  const ObjectId& target = removal.target ? removal.target->object : removal.id.object;
  const auto type = removal.json->find("formerType");
  Json json{{"@context", object_context()},
            {"id", site.object(target)},
            {"type", "Tombstone"},
            {"deleted", format_time(removal.published_ms)}};
  if (type != removal.json->end() && type->is_string()) json["formerType"] = *type;
  return json;
}

}  // namespace

Json object_context() {
  return Json::array(
      {"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1",
       Json{{"Hashtag", "as:Hashtag"},
            {"sensitive", "as:sensitive"},
            {"ostatus", "http://ostatus.org#"},
            {"conversation", "ostatus:conversation"},
            {"toot", "http://joinmastodon.org/ns#"},
            {"blurhash", "toot:blurhash"},
            {"focalPoint", {{"@id", "toot:focalPoint"}, {"@container", "@list"}}},
            {"gts", "https://gotosocial.org/ns#"},
            {"interactionPolicy", {{"@id", "gts:interactionPolicy"}, {"@type", "@id"}}},
            {"canQuote", {{"@id", "gts:canQuote"}, {"@type", "@id"}}},
            {"automaticApproval", {{"@id", "gts:automaticApproval"}, {"@type", "@id"}}}}});
}

Result<Json> note_document(const Rendering& how, const store::Released<store::Anyone>& post) {
  return NoteWriter(how, post.object(), {}).write();
}

Result<Json> note_document(const Rendering& how, const store::Released<store::Addressed>& post) {
  return NoteWriter(how, post.object(), post.reader().person).write();
}

Json tombstone_document(const Site& site, const store::Released<store::Anyone>& removal) {
  return tombstone_of(site, removal.object());
}

Json tombstone_document(const Site& site, const store::Released<store::Addressed>& removal) {
  return tombstone_of(site, removal.object());
}

}  // namespace camp::fed
