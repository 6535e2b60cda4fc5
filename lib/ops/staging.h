// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/file.h"
#include "base/result.h"

namespace camp::ops {

/// A community directory under construction, beside its final place; removed unless it was moved
/// there. What a killed process left of one goes with the next.
class Staging {
 public:
  /// Refuses a target that exists and is not an empty directory.
  static Result<Staging> begin(const Env& env, const std::string& target);
  Staging(Staging&& other) noexcept;
  ~Staging();

  std::string path() const { return parent_.path() + "/" + temporary_; }
  std::string target() const { return parent_.path() + "/" + name_; }

  /// Makes the directories that every community has. Refuses network file systems.
  Result<void> lay_out(const Directory& root) const;
  Result<void> finish();

 private:
  Staging(Directory parent, std::string name);
  Result<void> require_free() const;
  Result<void> remove_abandoned() const;

  Directory parent_;
  std::string name_, temporary_;
  std::optional<FileLock> lock_;
};

}  // namespace camp::ops
