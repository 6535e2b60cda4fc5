// SPDX-License-Identifier: MIT
#include "fed/complain.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/digest.h"
#include "fed/activities.h"
#include "fed/foreign.h"

namespace camp::fed {
namespace {

/// The same for the same complaint, in whatever order its posts were named. Nothing of the member:
/// whoever knows all members could find out by it which one complains.
std::string digest_of(const Complaint& complaint) {
  std::vector<std::string> posts = complaint.posts;
  std::sort(posts.begin(), posts.end());
  const Json said = Json::array({complaint.about, posts, complaint.content});
  return crypto::sha256_hex(said.dump()).substr(0, 32);
}

}  // namespace

Result<bool> keep_complaint(index::ServerDb& db, const Complaint& complaint, std::int64_t now_ms) {
  const std::string id = complaint.from.uri() + "#flags/" + digest_of(complaint);
  std::string objects = complaint.about + "\n";
  for (const std::string& post : complaint.posts) objects += post + "\n";
  bool first = false;
  CAMP_TRY(db.together([&]() -> Result<void> {
    first = CAMP_TRY(db.note_message(id, now_ms));
    return db.put_report({.activity = id,
                          .actor = complaint.from.uri(),
                          .content = complaint.content,
                          .objects = objects,
                          .at_ms = now_ms});
  }));
  return first;
}

Result<bool> send_complaint(index::ServerDb& db, const Site& site, const model::RemoteActor& about,
                            const Complaint& complaint, std::int64_t now_ms) {
  const std::string inbox = about.shared_inbox.empty() ? about.inbox : about.shared_inbox;
  const Json flag = flag_activity(site, digest_of(complaint), complaint.about, complaint.posts,
                                  complaint.content);
  const std::string id = text_of(flag, "id");
  bool first = false;
  CAMP_TRY(db.together([&]() -> Result<void> {
    first = CAMP_TRY(keep_complaint(db, complaint, now_ms));
    if (!CAMP_TRY(db.note_message(id, now_ms))) return {};
    return db.enqueue({.inbox = inbox,
                       .host = host_of(inbox, site.policy()),
                       .signer = "",
                       .activity = id,
                       .body = flag.dump(),
                       .next_ms = now_ms,
                       .since_ms = now_ms});
  }));
  return first;
}

}  // namespace camp::fed
