// SPDX-License-Identifier: MIT
#include "ops/care.h"

namespace camp::ops {

Result<store::Writer::Care> gc(store::Community& community) {
  auto writer = CAMP_TRY(community.write());
  return writer.care_now();
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
