// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "ops/open.h"

namespace camp::ops {

struct Info {
  std::string id, name, host, directory;
  std::string origin;       ///< of a clone
  std::size_t waiting = 0;  ///< in its outbox
  std::size_t members = 0;
  std::map<std::string, std::int64_t> objects;  ///< live ones by repository, private ones together
};

Result<Info> info(const store::Community& community);

}  // namespace camp::ops
