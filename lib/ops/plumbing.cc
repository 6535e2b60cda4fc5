// SPDX-License-Identifier: MIT
#include "ops/plumbing.h"

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "ops/read.h"

namespace camp::ops {
namespace {

Result<Json> unsealed(std::string_view text) {
  auto parsed = parse_json(text, "the object");
  if (!parsed) return fail(Kind::usage, parsed.error().message, parsed.error().hint);
  Json json = *std::move(parsed);
  if (!json.is_object()) return fail(Kind::usage, "the object is no record");
  if (auto safe = require_safe_numbers(json); !safe) {
    return fail(Kind::usage, "the object: " + safe.error().message, safe.error().hint);
  }
  json.erase("id");
  json.erase("proof");
  return json;
}

Result<std::int64_t> published_of(const Json& json) {
  const auto time = json.find("published");
  if (time == json.end() || !time->is_string()) {
    return fail(Kind::usage, "the object has no 'published' time", "write it as RFC 3339 in UTC");
  }
  return parse_time(time->get<std::string>());
}

}  // namespace

Result<std::string> hash_object(std::string_view text) {
  const Json json = CAMP_TRY(unsealed(text));
  const std::int64_t published_ms = CAMP_TRY(published_of(json));
  return ObjectId::make(published_ms, crypto::sha256(CAMP_TRY(canonical_json(json)))).text();
}

Result<std::string> sign_object(const store::Community& community, const Actor& actor,
                                std::string_view text) {
  Json json = CAMP_TRY(unsealed(text));
  const std::int64_t published_ms = CAMP_TRY(published_of(json));
  const model::Maker maker{actor.id, community.id(), published_ms, {}};
  const auto key = CAMP_TRY(signing_key(community, actor.id));
  const auto sealed = CAMP_TRY(model::seal(std::move(json), maker, &key));
  const auto object = model::decode_object(sealed.bytes);
  if (!object) return fail(Kind::usage, object.error().message, object.error().hint);
  if (object->community != community.id()) {
    return fail(Kind::refused, "the object names another community");
  }
  if (object->letter()) {
    return fail(Kind::refused, "a letter is not signed",
                "write it with 'camp post --to direct' instead");
  }
  return sealed.bytes;
}

Result<Verified> verify_object(const store::Community& community, std::string_view bytes) {
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  const auto object = model::decode_object(bytes);
  if (!object) return fail(Kind::refused, object.error().message, object.error().hint);
  Verified verified{object->id.text(), object->type_name, {}, {}, false};
  if (const auto author = find_member(community, object->author().text())) {
    verified.author = author->handle;
  }
  const auto key = verify_signature(*object);
  if (!key && key.error().kind == Kind::not_found) return verified;  // a letter
  if (!key) return fail(Kind::refused, key.error().message, key.error().hint);
  verified.key = crypto::to_did_key(*key);
  const auto keys = community.keys_of(object->author());
  verified.counts = keys && keys->standing(*key) == model::Standing::counts;
  return verified;
}

Result<std::string> cat_object(const store::Community& community, const Actor& actor,
                               const std::string& which) {
  const index::Post post = CAMP_TRY(find_post(community, actor, which));
  return CAMP_TRY(open_post(community, actor, post)).object().bytes;
}

Result<void> list_objects(const store::Community& community, const Actor& actor,
                          const std::function<void(const ListedObject&)>& each) {
  for (const std::string& name : CAMP_TRY(viewer_of(community, actor)).repositories) {
    for (const auto& tip : CAMP_TRY(community.index().tips(name))) {
      for (auto& file : CAMP_TRY(community.index().files(name, tip.branch))) {
        each({name, tip.branch, std::move(file.path), std::move(file.blob)});
      }
    }
  }
  return {};
}

}  // namespace camp::ops
