// SPDX-License-Identifier: MIT
#include "fed/submission.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/terminal.h"
#include "crypto/did_key.h"

namespace camp::fed {
namespace {

constexpr std::string_view kClaim = "camp:Claim";
constexpr std::string_view kKeyLog = "camp:KeyLog";
constexpr JsonLimits kLineLimits{
    .bytes = kMaxLine, .depth = 16, .nodes = 10'000, .string_bytes = kMaxLine};
constexpr std::size_t kMaxAnswer = 4 << 10;
constexpr std::size_t kMaxPageAnswer = kMaxLine;  // with a page of what came from elsewhere
constexpr std::size_t kMaxKeys = 16;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Kind::refused, "a line with no proper '" + std::string(what) + "'");
}

Result<std::string> text_member(const Json& record, const char* name) {
  const auto member = record.find(name);
  if (member == record.end() || !member->is_string()) return malformed(name);
  return member->get<std::string>();
}

Result<const Json*> list_member(const Json& record, const char* name) {
  const auto member = record.find(name);
  if (member == record.end() || !member->is_array() || member->size() > kMaxKeys) {
    return malformed(name);
  }
  return &*member;
}

Result<Claim> claim_from(const Json& line) {
  Claim claim{.code = CAMP_TRY(text_member(line, "code"))};
  for (const Json& key : *CAMP_TRY(list_member(line, "rotation"))) {
    if (!key.is_string()) return malformed("rotation");
    claim.rotation.push_back(CAMP_TRY(crypto::from_did_key(key.get<std::string>())));
  }
  for (const Json& promise : *CAMP_TRY(list_member(line, "next"))) {
    if (!promise.is_string()) return malformed("next");
    claim.next.push_back(promise.get<std::string>());
  }
  for (const Json& entry : *CAMP_TRY(list_member(line, "signing"))) {
    if (!entry.is_object()) return malformed("signing");
    const std::string key = CAMP_TRY(text_member(entry, "key"));
    claim.signing.push_back({CAMP_TRY(crypto::from_did_key(key)), model::KeyRole::device,
                             CAMP_TRY(text_member(entry, "name"))});
  }
  return claim;
}

Result<KeyLog> key_log_from(const Json& line) {
  KeyLog keys{.log = CAMP_TRY(text_member(line, "log"))};
  const auto lists = line.find("vouched");
  if (lists == line.end()) return keys;
  if (!lists->is_object() || lists->size() > kMaxKeys) return malformed("vouched");
  for (const auto& [key, list] : lists->items()) {
    if (!list.is_string()) return malformed("vouched");
    keys.vouched[key] = list.get<std::string>();
  }
  return keys;
}

}  // namespace

std::string answer_line(const Answer& answer) {
  Json line{{"id", answer.id}};
  if (answer.accepted) {
    line["accepted"] = true;
    if (answer.stays) line["stays"] = true;
    if (!answer.page.empty()) line["home"] = Json::parse(answer.page, nullptr, false);
  } else {
    line["refused"] = model::objection_name(answer.objection);
    line["reason"] = answer.reason;
    if (!answer.hint.empty()) line["hint"] = answer.hint;
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

/// Whether a line is no longer than what it brings may be.
bool is_short_enough(std::string_view text, const Json& line) {
  return text.size() <= kMaxAnswer || (line.contains("home") && line.at("home").is_object());
}

}  // namespace

Result<Answer> parse_answer(std::string_view text) {
  const auto line = parse_json(text, "an answer", {.bytes = kMaxPageAnswer});
  if (line && line->is_object() && is_short_enough(text, *line)) {
    Answer answer;
    answer.id = line->value("id", Json()).is_string() ? line->at("id").get<std::string>() : "";
    if (line->value("accepted", Json()) == true) {
      answer.accepted = true;
      answer.stays = line->value("stays", Json()) == true;
      const auto page = line->find("home");
      if (page != line->end() && page->is_object()) answer.page = page->dump();
      return answer;
    }
    const Json refused = line->value("refused", Json());
    if (refused.is_string()) {
      const auto objection = model::objection_of(refused.get<std::string>());
      answer.objection = objection.value_or(model::Objection::form);
      const Json reason = line->value("reason", Json()), hint = line->value("hint", Json());
      answer.reason = reason.is_string() ? reason.get<std::string>() : refused.get<std::string>();
      if (hint.is_string()) answer.hint = hint.get<std::string>();
      return answer;
    }
  }
  return fail(Kind::network,
              "the origin does not answer as one: " + for_terminal_line(text.substr(0, 200)),
              "look whether the address is that of a community, and both camps are of one version");
}

std::string claim_line(const Claim& claim) {
  Json rotation = Json::array(), signing = Json::array();
  for (const auto& key : claim.rotation) rotation.push_back(crypto::to_did_key(key));
  for (const auto& key : claim.signing) {
    signing.push_back({{"key", crypto::to_did_key(key.key)}, {"name", key.name}});
  }
  return Json{{"type", kClaim},
              {"code", claim.code},
              {"rotation", rotation},
              {"next", claim.next},
              {"signing", signing}}
             .dump() +
         "\n";
}

std::string key_log_line(const KeyLog& keys) {
  return Json{{"type", kKeyLog}, {"log", keys.log}, {"vouched", keys.vouched}}.dump() + "\n";
}

Result<Request> parse_request(std::string_view text) {
  const Json line = CAMP_TRY(parse_json(text, "the line", kLineLimits));
  if (!line.is_object()) return malformed("type");
  const std::string type = CAMP_TRY(text_member(line, "type"));
  if (type == kClaim) return Request{CAMP_TRY(claim_from(line)), {}};
  if (type == kKeyLog) return Request{{}, CAMP_TRY(key_log_from(line))};
  return fail(Kind::not_found, "an object file");
}

}  // namespace camp::fed
