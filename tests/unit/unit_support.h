// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "catch.h"

namespace camp {

/// The bytes of a file below tests/data/vectors.
inline std::string read_vector(const std::string& path) {
  std::ifstream file(std::string(CAMP_TEST_DATA) + "/vectors/" + path, std::ios::binary);
  INFO("vector file " << path);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Whether a message says something (Catch2's own matcher has another name in each version).
inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Whether the full counts were asked for (tests/README.md).
inline bool full_depth() {
  const char* const value = std::getenv("CAMP_FULL_DEPTH");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace camp
