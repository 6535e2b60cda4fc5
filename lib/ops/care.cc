// SPDX-License-Identifier: MIT
#include "ops/care.h"

#include "fed/federation.h"

namespace camp::ops {

Result<store::Writer::Care> gc(store::Community& community) {
  auto writer = CAMP_TRY(community.write());
  auto care = CAMP_TRY(writer.care_now());
  care.scrubbed = CAMP_TRY(fed::scrub_server_db(community)) && care.scrubbed;
  return care;
}

Result<store::Report> fsck(store::Community& community,
                           const std::function<void(std::size_t)>& progress) {
  return store::fsck(community, progress);
}

Result<std::size_t> reindex(store::Community& community, bool verify,
                            const std::function<void(std::size_t)>& progress) {
  std::size_t files = 0;
  CAMP_TRY(community.reindex(verify, [&](std::size_t done) {
    files = done;
    if (progress) progress(done);
  }));
  return files;
}

Result<void> dump_index(const store::Community& community,
                        const std::function<void(std::string_view)>& line) {
  return community.index().dump(line);
}

}  // namespace camp::ops
