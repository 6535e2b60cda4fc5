// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <array>

namespace camp {
namespace {

struct Row {
  Kind kind;
  int exit_code;
  std::string_view name;
};

constexpr std::array kRows{
    Row{Kind::failed, 1, "failed"},
    Row{Kind::usage, 2, "usage"},
    Row{Kind::not_found, 3, "not_found"},
    Row{Kind::refused, 4, "refused"},
    Row{Kind::conflict, 5, "conflict"},
    Row{Kind::network, 6, "network"},
    Row{Kind::damaged, 7, "damaged"},
    Row{Kind::bug, 70, "bug"},
    Row{Kind::busy, 75, "busy"},
    Row{Kind::interrupted, 130, "interrupted"},
    Row{Kind::closed_pipe, 141, "closed_pipe"},
};

constexpr const Row& row(Kind kind) {
  for (const Row& candidate : kRows) {
    if (candidate.kind == kind) return candidate;
  }
  return kRows.front();
}

}  // namespace

int exit_code(Kind kind) { return row(kind).exit_code; }

std::string_view code_name(Kind kind) { return row(kind).name; }

}  // namespace camp
