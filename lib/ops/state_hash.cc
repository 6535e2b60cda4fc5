// SPDX-License-Identifier: MIT
#include "ops/state_hash.h"

#include <algorithm>
#include <vector>

#include "crypto/digest.h"
#include "store/outbox.h"

namespace camp::ops {
namespace {

std::string hash_lines(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  crypto::Sha256 digest;
  for (const std::string& line : lines) digest.update(line + "\n");
  return digest.finish_hex();
}

Result<std::string> papers_hash(const store::Community& community) {
  std::vector<std::string> heads{CAMP_TRY(community.keys_of(community.id())).head};
  const model::CommunityState state = CAMP_TRY(community.state());
  heads.push_back("log " + state.head);
  for (const auto& [id, member] : state.members) {
    heads.push_back(id.text() + " " + CAMP_TRY(community.keys_of(id)).head);
  }
  return hash_lines(std::move(heads));
}

}  // namespace

Result<std::map<std::string, std::string>> state_hashes(const store::Community& community) {
  std::map<std::string, std::string> hashes;
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    hashes[name] = hash_lines(CAMP_TRY(community.index().state_of(name)));
  }
  hashes["papers"] = CAMP_TRY(papers_hash(community));
  std::vector<std::string> waiting;
  for (const store::Waiting& each : CAMP_TRY(store::list_outbox(community))) {
    waiting.push_back(each.repository + " " + each.id.text());
  }
  if (!waiting.empty()) hashes["outbox"] = hash_lines(std::move(waiting));
  return hashes;
}

}  // namespace camp::ops
