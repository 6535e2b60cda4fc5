// SPDX-License-Identifier: MIT
// What an upload-pack elsewhere says: any bytes are read within the limits or refused without a
// crash, however they are cut into pieces, and nothing of them reaches a terminal as it is.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "git/packet_lines.h"

namespace {

using namespace camp;
using namespace camp::git;

TransferLimits limits() {
  TransferLimits limits;
  limits.branches = 8;
  limits.pack_bytes = 1024;
  limits.objects = 100;
  return limits;
}

/// What came of a conversation.
struct Heard {
  std::vector<Branch> branches;
  std::string pack;
  std::string problem;

  bool operator==(const Heard& other) const {
    const auto same = [](const Branch& a, const Branch& b) {
      return a.name == b.name && a.tip == b.tip;
    };
    return pack == other.pack && problem == other.problem &&
           std::equal(branches.begin(), branches.end(), other.branches.begin(),
                      other.branches.end(), same);
  }
};

void check_problem(const Error& error) {
  const bool expected = error.kind == Kind::network || error.kind == Kind::refused;
  const std::string& words = error.message;
  const bool plain = std::all_of(words.begin(), words.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  if (!expected || words.empty() || words.size() > 1000 || !plain) std::abort();
}

void check_branches(const std::vector<Branch>& branches) {
  if (branches.size() > limits().branches) std::abort();
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const Oid& tip = branches[i].tip;
    if (tip.size() != 40 || tip.find_first_not_of("0123456789abcdef") != Oid::npos) std::abort();
    if (i > 0 && branches[i].name < branches[i - 1].name) std::abort();
  }
}

/// Listens to an input that comes in pieces of at most `piece` bytes, as a clone does.
Heard listen(std::string_view input, std::size_t piece) {
  Heard heard;
  PacketLines lines({.read = [&]() -> Result<std::string> {
                       const std::string next(input.substr(0, piece));
                       input.remove_prefix(next.size());
                       return next;
                     },
                     .broken_off =
                         [] {
                           return Error{Kind::network, "it broke off", ""};
                         }});
  const auto branches = read_branches(lines, limits());
  if (!branches) {
    check_problem(branches.error());
    heard.problem = branches.error().message;
    return heard;
  }
  check_branches(*branches);
  heard.branches = *branches;
  const auto pack = read_pack(lines, limits(), [&](std::string_view bytes) -> Result<void> {
    heard.pack += bytes;
    return {};
  });
  if (heard.pack.size() > limits().pack_bytes) std::abort();
  if (!pack) {
    check_problem(pack.error());
    heard.problem = pack.error().message;
  } else if (heard.pack.size() >= 12 && !heard.pack.starts_with("PACK")) {
    std::abort();
  }
  return heard;
}

/// Lengths are hard to guess: the input as lines that have the right ones. A byte says how long
/// each is, 255 stands for a flush.
std::string as_lines(std::string_view input) {
  std::string made;
  while (!input.empty()) {
    const auto byte = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    if (byte == 255) {
      made += "0000";
      continue;
    }
    const std::string_view text = input.substr(0, byte);
    input.remove_prefix(text.size());
    made += packet(text);
  }
  return made;
}

void check(std::string_view said) {
  const Heard whole = listen(said, said.size() + 1);
  if (!(listen(said, 1) == whole) || !(listen(said, 7) == whole)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check(input);
  check(as_lines(input));
  return 0;
}
