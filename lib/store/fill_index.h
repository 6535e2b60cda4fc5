// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "index/index.h"
#include "store/community.h"
#include "store/rows.h"

namespace camp::store {

struct FillWatch {
  std::function<void(std::size_t done)> progress = {};  ///< hears the number of files done
  /// Hears of each file that fails its check and is left out.
  std::function<void(const Found&, const Error&)> refused = {};
};

/// Fills an empty index (the community's own or another) from the repositories, within a rebuild of
/// it, in batches of bounded size.
Result<void> fill_index(const Community& community, index::Index& index, const FillWatch& watch);

}  // namespace camp::store
