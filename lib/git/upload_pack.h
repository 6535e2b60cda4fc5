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
  /// Without a byte; git gives a sign of life every five seconds while it packs.
  std::chrono::milliseconds silence = std::chrono::seconds(30);
};

/// How `git upload-pack` at the other end is reached: by a program's streams, or by requests of
/// HTTP, which know nothing of each other.
class Carrier {
 public:
  virtual ~Carrier() = default;
  /// The next bytes that it says; empty when it says no more.
  virtual Result<std::string> read() = 0;
  /// Why it says no more where more was expected.
  virtual Error broken_off() = 0;
  /// Sends the one request, whose answer is read next.
  virtual Result<void> ask(const std::string& request) = 0;
  /// Ends the conversation after an answer that was read.
  virtual Result<void> finish() = 0;
  /// Ends the conversation without a request.
  virtual Result<void> leave() = 0;
};

/// A conversation with `git upload-pack` (git itself for a local path, ssh or https for another
/// machine), in version 0 of the protocol (gitprotocol-pack(5)), which hands out nothing that no
/// advertised branch reaches. There is one request, with all wants and haves, so that the other
/// side need not remember anything. It speaks for itself rather than through `git fetch`, because a
/// clone may offer commits that it no longer has: what it has seen of a branch before a squash.
///
/// Whatever the other side says is bounded and made safe for a terminal. Kind::network: it did not
/// answer, or not in this protocol; Kind::refused: it sent more than the limits allow, or said no;
/// Kind::not_found: a camp at the other end has no such thing; Kind::busy: it has changed since it
/// said which branches there are.
class UploadPack {
 public:
  /// Starts the program and reads which branches there are.
  static Result<UploadPack> start(ProcessSpec program, const TransferLimits& limits);
  /// The same by another way than a program's streams.
  static Result<UploadPack> start(std::unique_ptr<Carrier> carrier, const TransferLimits& limits);
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

/// The same program for HTTP (gitprotocol-http(5)), which asks in two requests: what there is, and
/// then for a pack. The second one trusts the wants that it is told to a degree that nobody should:
/// see first_unshown_want() in git/upload_request.h.
enum class HttpService { advertise, answer };
ProcessSpec http_upload_pack(const std::string& repository, const std::vector<std::string>& hidden,
                             HttpService service);

}  // namespace camp::git
