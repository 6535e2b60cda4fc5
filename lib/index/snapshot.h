// SPDX-License-Identifier: MIT
#pragma once

namespace camp::index {

class Database;

/// While it lives, what one connection reads is of one moment, and SQLite takes its locks once
/// instead of for each question. The first write of the same connection ends it early: then every
/// question sees what is there when it is asked, as without a snapshot. Not to be kept while
/// somebody else is waited for: the write-ahead log cannot shrink meanwhile.
class [[nodiscard]] Snapshot {
 public:
  Snapshot(Snapshot&& other) noexcept;
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

 private:
  friend class Database;
  explicit Snapshot(Database* database) : database_(database) {}
  Database* database_;  ///< null if there was one already
};

}  // namespace camp::index
