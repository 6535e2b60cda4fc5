// SPDX-License-Identifier: MIT
// What a clone submits and an origin answers: any bytes are read or refused without a crash, and an
// object that is let in is the sender's own, canonical, and signed by a key that speaks for them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/time.h"
#include "fed/ssh_command.h"
#include "fed/submission.h"
#include "model/arrival.h"

namespace {

using namespace camp;

constexpr std::int64_t kNow = 1'795'428'000'000;

struct World {
  OwnerId bo = OwnerId::parse(std::string(32, 'b')).value();
  OwnerId home = OwnerId::parse(std::string(32, 'h')).value();
  crypto::SecretKey key = crypto::SecretKey::from_seed(std::string(32, 'b')).value();
  model::KeyState keys;

  World() {
    keys.owner = bo;
    keys.signing = {{key.public_key(), model::KeyRole::device, "laptop"}};
  }
};

void judge(const World& world, std::string_view bytes) {
  const auto object = model::decode_object(bytes);
  if (!object) {
    if (object.error().kind != Kind::damaged || object.error().message.empty()) std::abort();
    return;
  }
  if (object->bytes != bytes || canonical_json(*object->json).value() != bytes) std::abort();
  model::Arrival arrival{.sender = world.bo,
                         .sender_state = "active",
                         .keys = &world.keys,
                         .counts_here = object->community == world.home,
                         .removed = false,
                         .about = {},
                         .now_ms = kNow};
  const auto check = [&] {
    const auto refusal = model::judge_arrival(*object, arrival);
    if (refusal &&
        (refusal->reason.empty() || !model::objection_of(objection_name(refusal->objection)))) {
      std::abort();
    }
    if (refusal) return;
    const auto key = verify_signature(*object);
    const bool own = object->author() == world.bo && object->community == world.home;
    const bool proved =
        object->letter() ? !object->json->contains("proof") : key && *key == world.key.public_key();
    if (!own || !proved || object->published_ms > kNow + 600'000) std::abort();
    (void)home_of(*object);
    (void)place_of(*object);
  };
  check();
  arrival.about = *object;  // about itself, which no honest object is
  check();
}

/// An object whose content, or one of whose members, is the input.
void judge_sealed(const World& world, std::string_view input) {
  const model::Maker maker{world.bo, world.home, kNow, std::string(16, 'n')};
  const auto text = Json(std::string(input)).dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto value = Json::parse(text, nullptr, false);
  Json note = model::make_note(maker, {}, {.content = "x"});
  static constexpr const char* kMembers[] = {"content", "inReplyTo", "audience",   "type",
                                             "tag",     "published", "attachment", "mediaType"};
  const char* member = kMembers[static_cast<unsigned char>(input.front()) % 8];
  const auto parsed = parse_json(input.substr(1), "fuzz", {.bytes = 4096});
  note[member] = parsed ? *parsed : value;
  if (const auto sealed = model::seal(note, maker, &world.key)) judge(world, sealed->bytes);
  if (const auto letter = model::seal(note, maker, nullptr)) judge(world, letter->bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto request = fed::parse_request(input);
  if (request && request->claim.has_value() == request->keys.has_value()) std::abort();
  if (request && request->claim && !fed::parse_request(fed::claim_line(*request->claim))) {
    std::abort();
  }
  if (const auto answer = fed::parse_answer(input)) {
    const auto again = fed::parse_answer(fed::answer_line(*answer));
    if (again && (again->accepted != answer->accepted || again->id != answer->id)) std::abort();
  } else if (answer.error().kind != Kind::network) {
    std::abort();
  }
  if (const auto command = fed::parse_ssh_command(input)) {
    if (command->repository.find("..") != std::string::npos ||
        command->repository.starts_with('/') || input.find(';') != std::string_view::npos) {
      std::abort();
    }
  }
  judge(world, input);
  if (size > 1 && size < 512) judge_sealed(world, input);
  return 0;
}
