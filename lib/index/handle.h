// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "index/index.h"
#include "index/names.h"
#include "index/read.h"
#include "index/sqlite.h"
#include "index/write.h"

namespace camp::index {

/// What stands behind an Index: one connection, the numbers of its names, and the two halves that
/// use them.
struct Index::Handle {
  explicit Handle(std::unique_ptr<Database> opened)
      : database(std::move(opened)),
        names(*database),
        writer(*database, names),
        reader(*database, names) {}

  Result<void> require_writable() const {
    return database->read_only()
               ? Result<void>(fail(Kind::failed, "the index can only be read here",
                                   "run this as the owner of the directory, on a writable disk"))
               : Result<void>();
  }

  std::unique_ptr<Database> database;
  Names names;
  Writer writer;
  Reader reader;
};

}  // namespace camp::index
