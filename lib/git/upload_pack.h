// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "git/repository.h"

namespace camp::git {

/// What a repository of another machine may send. A caller who knows better passes less or more.
struct TransferLimits {
  std::size_t branches = 4'000;           ///< two hundred years of months
  std::uint64_t pack_bytes = 256u << 20;  ///< of one answer
  std::uint64_t objects = 2'000'000;      ///< of one answer
  std::chrono::milliseconds timeout = std::chrono::minutes(10);
};

/// A conversation with `git upload-pack` at the other end of a program's streams (git itself for a
/// local path, ssh for another machine), in version 0 of the protocol (gitprotocol-pack(5)), which
/// hands out nothing that no advertised branch reaches. It speaks for itself rather than through
/// `git fetch`, because a clone may offer commits that it no longer has: what it has seen of a
/// branch before a squash.
///
/// Whatever the other side says is bounded and made safe for a terminal. Kind::network: it did not
/// answer, or not in this protocol; Kind::refused: it sent more than the limits allow, or said no.
class UploadPack {
 public:
  /// Starts the program and reads which branches there are.
  static Result<UploadPack> start(ProcessSpec program, const TransferLimits& limits);
  UploadPack(UploadPack&&) noexcept;
  UploadPack& operator=(UploadPack&&) noexcept;
  ~UploadPack();

  /// The branches there (refs/heads/ alone), sorted by name.
  const std::vector<Branch>& branches() const;

  /// Asks for commits, offering others; hands the pack on in pieces. Ends the conversation.
  Result<void> fetch(const std::vector<Oid>& wants, const std::vector<Oid>& haves,
                     const std::function<Result<void>(std::string_view piece)>& sink);
  /// Asks for nothing. Ends the conversation.
  Result<void> leave();

 private:
  struct State;
  explicit UploadPack(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The program that serves a repository of this machine, but for branches whose names (below
/// refs/heads/) begin with one of the `hidden` prefixes.
ProcessSpec local_upload_pack(const std::string& repository,
                              const std::vector<std::string>& hidden = {});

/// Becomes that program, on our own standard input and output, for whoever asked for it. Returns
/// only if it fails.
Result<void> become_upload_pack(const std::string& repository,
                                const std::vector<std::string>& hidden = {});

}  // namespace camp::git
