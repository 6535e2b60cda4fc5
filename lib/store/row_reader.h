// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "index/index.h"
#include "store/rows.h"

namespace camp::store {

/// A larger file is no object.
inline constexpr std::size_t kMaxObjectFile = 256 << 10;
/// Files that are decoded at once: enough to keep every core busy.
inline constexpr std::size_t kFilesAtOnce = 2048;

/// Whether a branch holds a month's objects.
inline bool is_month(std::string_view branch) { return branch.starts_with("e/"); }

/// Makes the index's rows of one repository's object files, in batches of bounded memory. What it
/// refers to must outlive it.
class RowReader {
 public:
  using Refused = std::function<void(const Found&, const Error&)>;

  /// `refused` hears of files that fail their check, and may be empty.
  RowReader(const index::Index& index, const git::Repository& repository, std::string_view name,
            const Acceptance& acceptance, const Refused& refused)
      : index_(index),
        repository_(repository),
        name_(name),
        acceptance_(acceptance),
        refused_(refused) {}

  /// Files on their way to rows.
  struct Batch {
    struct Job {
      Found found;
      std::optional<index::Index::Remembered> remembered;
      std::string bytes = {};
      Result<Row> row = Row{};
    };
    std::vector<Job> jobs;
    std::size_t decoded = 0, taken = 0;

    bool all_decoded() const { return decoded == jobs.size(); }
    bool finished() const { return taken == jobs.size(); }
  };

  /// What the index knows about the files of `entries` from `from` on, as many as make a batch;
  /// `from` moves on.
  Result<Batch> begin(std::string_view branch, const std::vector<git::Entry>& entries,
                      std::size_t& from) const;
  /// Reads the files, decodes and judges them, on all cores: all of the batch unless they are very
  /// large. Uses the repository, but not the index: another thread may meanwhile.
  Result<void> decode(Batch& batch) const;
  /// Hands over what is decoded.
  void take(Batch& batch, index::Changes& changes) const;

  /// All of that for all entries.
  Result<void> read(std::string_view branch, const std::vector<git::Entry>& entries,
                    index::Changes& changes) const;

 private:
  const index::Index& index_;
  const git::Repository& repository_;
  std::string_view name_;
  const Acceptance& acceptance_;
  const Refused& refused_;
};

}  // namespace camp::store
