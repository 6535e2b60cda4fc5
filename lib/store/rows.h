// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "index/index.h"
#include "model/object.h"

namespace camp::store {

/// Where a file of a repository was found.
struct Found {
  std::string repository, branch, path, blob;
};

/// What a community accepts in its trees.
struct Acceptance {
  OwnerId community;
  std::vector<model::Object> adoptions;  ///< whose proofs were checked
};

/// An object file as the index wants it: one of the two is set; neither for a profile, which the
/// index knows with its member (index::Directory).
struct Row {
  std::optional<index::ObjectRow> object;
  std::optional<index::TombstoneRow> tombstone;
};

/// Why an object may not stand where it was found: wrong repository, branch or path, another
/// community's without an adoption, an act that its maker may not do. Kind::damaged.
Result<void> check_place(const model::Object& object, const Found& found,
                         const Acceptance& acceptance);

/// The verdict on an object's signature: none for letters, else valid with the key, or invalid.
index::Index::Remembered judge(const model::Object& object);

/// The row of an object whose place and signature were checked.
Row make_row(const model::Object& object, const Found& found,
             const index::Index::Remembered& verdict);

/// Decodes, checks and judges a file's bytes; `remembered` spares the signature check. Pure, so
/// that many files are done at once on several cores.
Result<Row> read_row(std::string_view bytes, const Found& found, const Acceptance& acceptance,
                     const std::optional<index::Index::Remembered>& remembered);

}  // namespace camp::store
