// SPDX-License-Identifier: MIT
#include "store/row_reader.h"

#include <algorithm>

#include "base/parallel.h"

namespace camp::store {
namespace {

constexpr std::size_t kBytesAtOnce = 4 << 20;  // decoded they take several times as much

}  // namespace

Result<RowReader::Batch> RowReader::begin(std::string_view branch,
                                          const std::vector<git::Entry>& entries,
                                          std::size_t& from) const {
  Batch batch;
  const std::size_t end = std::min(from + kFilesAtOnce, entries.size());
  batch.jobs.reserve(end - from);
  for (; from < end; ++from) {
    const git::Entry& entry = entries[from];
    auto remembered = CAMP_TRY(index_.remembered(entry.blob));
    batch.jobs.push_back(
        {{std::string(name_), std::string(branch), entry.path, entry.blob}, std::move(remembered)});
  }
  return batch;
}

Result<void> RowReader::decode(Batch& batch) const {
  const std::size_t first = batch.decoded;
  std::size_t bytes = 0;
  for (; !batch.all_decoded() && bytes < kBytesAtOnce; ++batch.decoded) {
    Batch::Job& job = batch.jobs[batch.decoded];
    auto read = repository_.read_blob(job.found.blob, kMaxObjectFile);
    if (!read && read.error().kind == Kind::failed) return fail_while("reading", read.error());
    job.bytes = std::move(read).value_or(std::string());
    bytes += job.bytes.size();
  }
  parallel_for(batch.decoded - first, [&](std::size_t i) {
    Batch::Job& job = batch.jobs[first + i];
    job.row = read_row(job.bytes, job.found, acceptance_, job.remembered);
    job.bytes = {};
  });
  return {};
}

void RowReader::take(Batch& batch, index::Changes& changes) const {
  for (; batch.taken < batch.decoded; ++batch.taken) {
    Batch::Job& job = batch.jobs[batch.taken];
    if (!job.row) {
      if (refused_) refused_(job.found, job.row.error());
      continue;
    }
    if (job.row->object) changes.objects.push_back(*std::move(job.row->object));
    if (job.row->tombstone) changes.tombstones.push_back(*std::move(job.row->tombstone));
  }
}

Result<void> RowReader::read(std::string_view branch, const std::vector<git::Entry>& entries,
                             index::Changes& changes) const {
  for (std::size_t from = 0; from < entries.size();) {
    Batch batch = CAMP_TRY(begin(branch, entries, from));
    while (!batch.finished()) {
      CAMP_TRY(decode(batch));
      take(batch, changes);
    }
  }
  return {};
}

}  // namespace camp::store
