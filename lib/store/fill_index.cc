// SPDX-License-Identifier: MIT
#include "store/fill_index.h"

#include <future>
#include <memory>
#include <utility>

#include "store/catch_up.h"
#include "store/outbox.h"
#include "store/row_reader.h"

namespace camp::store {
namespace {

/// Takes one repository's months in: while other threads read and decode one batch of files, this
/// one writes the batch before and lists the next.
class Filler {
 public:
  /// `blobs` is the same repository, opened once more for the other threads.
  Filler(const git::Repository& repository, const git::Repository& blobs, const std::string& name,
         const Acceptance& acceptance, index::Index& index, const FillWatch& watch,
         std::size_t& done)
      : repository_(repository),
        name_(name),
        index_(index),
        watch_(watch),
        done_(done),
        reader_(index, blobs, name, acceptance, watch.refused) {}

  Result<void> fill() {
    for (const git::Branch& branch : CAMP_TRY(repository_.branches())) {
      CAMP_TRY(index_.apply({{.repository = name_, .tips = {{branch.name, branch.tip}}}}));
      if (is_month(branch.name)) CAMP_TRY(fill_month(branch));
    }
    CAMP_TRY(write(std::exchange(pending_, {})));
    return index_.set_mark(name_, CAMP_TRY(seen_mark(repository_)));
  }

 private:
  /// A batch that is being decoded. Its end waits for that of its work.
  struct Pending {
    std::unique_ptr<RowReader::Batch> batch;
    std::future<Result<void>> decoded;
  };

  Result<void> fill_month(const git::Branch& branch) {
    std::vector<git::Entry> entries;
    CAMP_TRY(
        repository_.for_each_file(branch.tip, "", [&](const git::Entry& entry) -> Result<bool> {
          entries.push_back(entry);
          if (entries.size() == kFilesAtOnce) {
            CAMP_TRY(add(branch.name, std::exchange(entries, {})));
          }
          return true;
        }));
    return add(branch.name, entries);
  }

  Result<void> add(const std::string& branch, const std::vector<git::Entry>& entries) {
    for (std::size_t from = 0; from < entries.size();) {
      auto batch =
          std::make_unique<RowReader::Batch>(CAMP_TRY(reader_.begin(branch, entries, from)));
      Pending previous = std::exchange(pending_, {});
      if (previous.batch) previous.decoded.wait();
      // What is left of very large files is decoded here, before the repository is lent again.
      if (previous.batch && !previous.batch->all_decoded()) {
        CAMP_TRY(write(std::exchange(previous, {})));
      }
      pending_.batch = std::move(batch);
      pending_.decoded = std::async(
          std::launch::async, [this, &work = *pending_.batch] { return reader_.decode(work); });
      CAMP_TRY(write(std::move(previous)));
    }
    return {};
  }

  Result<void> write(Pending pending) {
    if (!pending.batch) return {};
    CAMP_TRY(pending.decoded.get());
    for (RowReader::Batch& batch = *pending.batch;;) {
      index::Changes changes{.repository = name_};
      const std::size_t before = batch.taken;
      reader_.take(batch, changes);
      done_ += batch.taken - before;
      if (watch_.progress) watch_.progress(done_);
      CAMP_TRY(index_.apply({std::move(changes)}));
      if (batch.finished()) return {};
      CAMP_TRY(reader_.decode(batch));
    }
  }

  const git::Repository& repository_;
  const std::string& name_;
  index::Index& index_;
  const FillWatch& watch_;
  std::size_t& done_;
  const RowReader reader_;
  Pending pending_;  // last, so that its work ends before what it works with
};

}  // namespace

Result<void> fill_index(const Community& community, index::Index& index, const FillWatch& watch) {
  index::Changes first{.repository = std::string(kLocal)};
  first.directory = CAMP_TRY(read_directory(community));
  CAMP_TRY(index.apply({std::move(first)}));
  std::size_t done = 0;
  for (const std::string& name : CAMP_TRY(community.repositories())) {
    const git::Repository repository = CAMP_TRY(community.repository(name));
    const git::Repository blobs = CAMP_TRY(community.repository(name));
    const Acceptance acceptance = CAMP_TRY(read_acceptance(community, name));
    CAMP_TRY(Filler(repository, blobs, name, acceptance, index, watch, done).fill());
  }
  auto waiting = CAMP_TRY(outbox_rows(community));
  waiting.push_back(CAMP_TRY(outbox_mark(community)));
  return index.apply(waiting);
}

}  // namespace camp::store
