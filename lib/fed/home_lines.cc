// SPDX-License-Identifier: MIT
#include "fed/home_lines.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/terminal.h"
#include "crypto/digest.h"
#include "fed/foreign.h"
#include "fed/submission.h"
#include "model/foreign_text.h"

namespace camp::fed {
namespace {

constexpr std::size_t kDigestSize = 32;
constexpr std::size_t kStateSize = 64;
constexpr std::int64_t kMaxNumber = (1LL << 53) - 1;
constexpr std::int64_t kMaxTime = (1LL << 48) - 1;  // what an id holds
constexpr JsonLimits kRecordLimits{
    .bytes = kMaxHomeRecord, .depth = 8, .nodes = 2'000, .string_bytes = kMaxHomeRecord};
constexpr JsonLimits kLineLimits{
    .bytes = kMaxLine, .depth = 4, .nodes = 100, .string_bytes = kMaxLine};

tl::unexpected<Error> refused(std::string_view what) {
  return fail(Kind::refused, std::string(what));
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// --- records

std::string_view reaction_name(index::ReactionKind kind) {
  return kind == index::ReactionKind::like ? "like" : "boost";
}

constexpr std::array<std::string_view, 3> kStates{"sent", "accepted", "refused"};

struct Encoder {
  Json operator()(const model::RemoteActor& actor) const {
    model::RemoteActor shown;
    shown.id = actor.id;
    shown.type = actor.type;
    shown.user = actor.user;
    shown.host = actor.host;
    shown.name = actor.name;
    shown.url = actor.url;
    return {{"actor", to_json(shown)}};
  }
  Json operator()(const model::RemotePost& post) const { return {{"post", to_json(post)}}; }
  Json operator()(const index::Reaction& reaction) const {
    return {{"reaction",
             {{"id", reaction.activity},
              {"kind", reaction_name(reaction.kind)},
              {"actor", reaction.actor},
              {"object", reaction.object},
              {"at", reaction.at_ms}}}};
  }
  Json operator()(const index::Following& following) const {
    return {{"following",
             {{"actor", following.actor},
              {"id", following.activity},
              {"state", kStates.at(static_cast<std::size_t>(following.state))},
              {"at", following.since_ms}}}};
  }
  Json operator()(const index::FollowRequest& request) const {
    return {{"request",
             {{"actor", request.actor}, {"id", request.activity}, {"at", request.since_ms}}}};
  }
  Json operator()(const index::Notice& notice) const {
    return {{"notice",
             {{"number", notice.number},
              {"kind", index::notice_name(notice.kind)},
              {"actor", notice.actor},
              {"object", notice.object},
              {"at", notice.at_ms}}}};
  }
  Json operator()(const ReadUpTo& read) const { return {{"read", {{"number", read.number}}}}; }
};

/// Reads the value of one record; each member is checked before it is used.
class Decoder {
 public:
  Decoder(const Json& value, const Site& site) : value_(value), site_(site) {}

  Result<HomeRecord> actor() const {
    auto kept = CAMP_TRY(model::remote_actor_from(dumped(value_)));
    auto actor = CAMP_TRY(check_actor(std::move(kept), site_.policy()));
    CAMP_TRY(require_elsewhere(actor.id));
    if (actor.host == site_.host()) return refused("a person under the community's own name");
    return HomeRecord(std::move(actor));
  }

  Result<HomeRecord> post() const {
    auto kept = CAMP_TRY(model::remote_post_from(dumped(value_)));
    auto post = CAMP_TRY(check_post(std::move(kept), site_.policy()));
    CAMP_TRY(require_elsewhere(post.id));
    return HomeRecord(std::move(post));
  }

  Result<HomeRecord> reaction() const {
    const std::string kind = text_of(value_, "kind");
    if (kind != "like" && kind != "boost") return refused("a reaction of an unknown kind");
    index::Reaction reaction;
    reaction.activity = CAMP_TRY(uri("id"));
    if (kind == "boost") reaction.kind = index::ReactionKind::boost;
    reaction.actor = CAMP_TRY(person());
    reaction.object = CAMP_TRY(address("object"));
    reaction.at_ms = CAMP_TRY(number("at", kMaxTime));
    return HomeRecord(std::move(reaction));
  }

  Result<HomeRecord> following() const {
    const auto state = std::find(kStates.begin(), kStates.end(), text_of(value_, "state"));
    if (state == kStates.end()) return refused("a follow in an unknown state");
    index::Following following;
    following.actor = CAMP_TRY(person());
    following.activity = CAMP_TRY(uri("id"));
    following.state = static_cast<index::FollowState>(state - kStates.begin());
    following.since_ms = CAMP_TRY(number("at", kMaxTime));
    return HomeRecord(std::move(following));
  }

  Result<HomeRecord> request() const {
    index::FollowRequest request;
    request.actor = CAMP_TRY(person());
    request.activity = CAMP_TRY(uri("id"));
    request.since_ms = CAMP_TRY(number("at", kMaxTime));
    return HomeRecord(std::move(request));
  }

  Result<HomeRecord> notice() const {
    const auto kind = index::notice_kind(text_of(value_, "kind"));
    if (!kind) return refused("a notice of an unknown kind");
    index::Notice notice;
    notice.kind = *kind;
    notice.number = CAMP_TRY(number("number", kMaxNumber));
    notice.actor = CAMP_TRY(person());
    if (!text_of(value_, "object").empty()) notice.object = CAMP_TRY(address("object"));
    notice.at_ms = CAMP_TRY(number("at", kMaxTime));
    return HomeRecord(std::move(notice));
  }

  Result<HomeRecord> read() const {
    return HomeRecord(ReadUpTo{CAMP_TRY(number("number", kMaxNumber))});
  }

 private:
  Result<void> require_elsewhere(const std::string& uri) const {
    const std::string host = host_of(uri, site_.policy());
    if (host.empty()) return refused("an address that is none");
    if (host == site_.host()) return refused("something of the community itself");
    return {};
  }

  Result<std::string> uri(const char* member) const {
    std::string text = text_of(value_, member);
    if (!model::is_uri(text)) {
      return refused("a record with no proper '" + std::string(member) + "'");
    }
    return text;
  }

  Result<std::string> address(const char* member) const {
    std::string text = text_of(value_, member);
    if (host_of(text, site_.policy()).empty()) {
      return refused("a record with no proper '" + std::string(member) + "'");
    }
    return text;
  }

  Result<std::string> person() const {
    std::string actor = text_of(value_, "actor");
    CAMP_TRY(require_elsewhere(actor));
    return actor;
  }

  Result<std::int64_t> number(const char* member, std::int64_t most) const {
    const auto found = value_.find(member);
    if (found == value_.end() || !found->is_number_integer()) {
      return refused("a record with no proper '" + std::string(member) + "'");
    }
    const auto number = found->get<std::int64_t>();
    if (number < 0 || number > most) return refused("a number out of its range");
    return number;
  }

  const Json& value_;
  const Site& site_;
};

struct Namer {
  std::string operator()(const model::RemoteActor& actor) const { return "actor " + actor.id; }
  std::string operator()(const model::RemotePost& post) const { return "post " + post.id; }
  std::string operator()(const index::Reaction& reaction) const {
    return "reaction " + reaction.activity;
  }
  std::string operator()(const index::Following& following) const {
    return "following " + following.actor;
  }
  std::string operator()(const index::FollowRequest& request) const {
    return "request " + request.actor;
  }
  std::string operator()(const index::Notice& notice) const {
    return "notice " + std::to_string(notice.number);
  }
  std::string operator()(const ReadUpTo&) const { return "read"; }
};

// --- pages and lines

tl::unexpected<Error> no_page() {
  return fail(Kind::network, "the origin's answer about what came from elsewhere is none",
              "both camps should be of one version");
}

Result<std::vector<std::string>> texts(const Json& page, const char* member, std::size_t most,
                                       std::size_t most_bytes) {
  std::vector<std::string> all;
  const auto found = page.find(member);
  if (found == page.end()) return all;
  if (!found->is_array() || found->size() > most) return no_page();
  std::size_t bytes = 0;
  for (const Json& each : *found) {
    if (!each.is_string()) return no_page();
    all.push_back(each.get<std::string>());
    bytes += all.back().size();
    if (bytes > most_bytes) return no_page();
  }
  return all;
}

std::string joined(const std::vector<std::string>& digests) {
  std::string all;
  all.reserve(digests.size() * kDigestSize);
  for (const std::string& digest : digests) all += digest;
  return all;
}

Result<std::vector<std::string>> split(std::string_view digests) {
  if (!is_hex(digests) || digests.size() % kDigestSize != 0 ||
      digests.size() > 2 * kMaxHomeRecords * kDigestSize) {
    return refused("a line with no proper 'held'");
  }
  std::vector<std::string> all;
  for (std::size_t at = 0; at < digests.size(); at += kDigestSize) {
    all.emplace_back(digests.substr(at, kDigestSize));
  }
  return all;
}

Result<HomeLine> parse_question(const Json& home) {
  const std::string state = text_of(home, "state");
  if (home.contains("held")) {
    HomeQuestion question;
    question.held = CAMP_TRY(split(text_of(home, "held")));
    return HomeLine(std::move(question));
  }
  if (state.size() != kStateSize || !is_hex(state)) {
    return refused("a line with no proper 'state'");
  }
  return HomeLine(HomeQuestion{state, std::nullopt});
}

constexpr std::array kWishes{Wish::What::accept, Wish::What::reject, Wish::What::unfollow,
                             Wish::What::read};

}  // namespace

std::string encode_home_record(const HomeRecord& record) {
  return dumped(std::visit(Encoder{}, record));
}

Result<HomeRecord> decode_home_record(std::string_view text, const Site& site) {
  const Json record = CAMP_TRY(parse_json(text, "a record", kRecordLimits));
  if (!record.is_object() || record.size() != 1 || !record.begin()->is_object()) {
    return refused("a record that is none");
  }
  CAMP_TRY(require_safe_numbers(record));
  const std::string& kind = record.begin().key();
  const Decoder decoder(*record.begin(), site);
  Result<HomeRecord> decoded = kind == "actor"       ? decoder.actor()
                               : kind == "post"      ? decoder.post()
                               : kind == "reaction"  ? decoder.reaction()
                               : kind == "following" ? decoder.following()
                               : kind == "request"   ? decoder.request()
                               : kind == "notice"    ? decoder.notice()
                               : kind == "read"
                                   ? decoder.read()
                                   : Result<HomeRecord>(refused("a record of an unknown kind"));
  if (decoded) return decoded;
  return fail(Kind::refused, decoded.error().message);
}

std::string home_name(const HomeRecord& record) { return std::visit(Namer{}, record); }

std::string home_digest(std::string_view record) {
  return crypto::sha256_hex(record).substr(0, kDigestSize);
}

std::string home_state(std::vector<std::string> digests) {
  std::sort(digests.begin(), digests.end());
  return crypto::sha256_hex(joined(digests));
}

std::string encode_home_page(const HomePage& page) {
  Json json{{"host", page.host}};
  if (page.same) json["same"] = true;
  if (!page.records.empty()) json["records"] = page.records;
  if (page.more) json["more"] = true;
  if (!page.gone.empty()) json["gone"] = page.gone;
  return dumped(json);
}

Result<HomePage> parse_home_page(std::string_view text) {
  const auto json = parse_json(text, "a page", {.bytes = kMaxLine});
  if (!json || !json->is_object()) return no_page();
  HomePage page;
  page.host = text_of(*json, "host");
  const Json same = json->value("same", Json()), more = json->value("more", Json());
  page.same = same == true;
  page.more = more == true;
  page.records = CAMP_TRY(texts(*json, "records", kMaxHomeRecords, kMaxHomePage));
  page.gone =
      CAMP_TRY(texts(*json, "gone", 2 * kMaxHomeRecords, 2 * kMaxHomeRecords * kDigestSize));
  return page;
}

std::string_view wish_name(Wish::What what) {
  switch (what) {
    case Wish::What::accept:
      return "accept";
    case Wish::What::reject:
      return "reject";
    case Wish::What::unfollow:
      return "unfollow";
    case Wish::What::read:
      break;
  }
  return "read";
}

std::optional<Wish::What> wish_what(std::string_view name) {
  const auto found = std::find_if(kWishes.begin(), kWishes.end(),
                                  [&](Wish::What what) { return wish_name(what) == name; });
  return found == kWishes.end() ? std::nullopt : std::optional(*found);
}

std::string home_line(const HomeLine& line) {
  Json json;
  if (const auto* wish = std::get_if<Wish>(&line)) {
    const std::string name(wish_name(wish->what));
    json[name] = wish->what == Wish::What::read ? Json(wish->number) : Json(wish->actor);
  } else {
    const auto& question = std::get<HomeQuestion>(line);
    json["home"] =
        question.held ? Json{{"held", joined(*question.held)}} : Json{{"state", question.state}};
  }
  return dumped(json) + "\n";
}

bool is_home_line(std::string_view line) {
  if (line.starts_with("{\"home\":")) return true;
  return std::any_of(kWishes.begin(), kWishes.end(), [&](Wish::What what) {
    return line.starts_with("{\"" + std::string(wish_name(what)) + "\":");
  });
}

Result<HomeLine> parse_home_line(std::string_view text) {
  const Json line = CAMP_TRY(parse_json(text, "the line", kLineLimits));
  if (!line.is_object() || line.size() != 1) return refused("a line that says several things");
  const std::string& name = line.begin().key();
  const Json& value = *line.begin();
  if (name == "home") {
    return value.is_object() ? parse_question(value) : refused("a line with no proper 'home'");
  }
  const auto what = wish_what(name);
  if (!what) return refused("a line of an unknown kind");
  Wish wish{.what = *what};
  if (*what == Wish::What::read) {
    const bool sound = value.is_number_integer() && value >= 0 && value <= kMaxNumber;
    if (!sound) return refused("a line with no proper 'read'");
    wish.number = value.get<std::int64_t>();
    return HomeLine(std::move(wish));
  }
  if (!value.is_string() || !model::is_web_address(value.get_ref<const std::string&>())) {
    return refused("a line with no proper '" + name + "'");
  }
  wish.actor = value.get<std::string>();
  return HomeLine(std::move(wish));
}

}  // namespace camp::fed
