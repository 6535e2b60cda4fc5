// SPDX-License-Identifier: MIT
#include "git/upload_pack.h"

#include <utility>

#include "git/git_program.h"
#include "git/packet_lines.h"

namespace camp::git {
namespace {

constexpr std::string_view kFlush = "0000";

/// The streams of a program.
class ProgramCarrier : public Carrier {
 public:
  explicit ProgramCarrier(ChildProcess program) : program_(std::move(program)) {}

  Result<std::string> read() override { return program_.read(); }
  Error broken_off() override {
    const auto ended = program_.finish();
    if (!ended) return ended.error();
    const std::string words = said(ended->errors);
    // A camp at the other end says with its exit status why; git knows only 128.
    for (const Kind kind : {Kind::refused, Kind::not_found}) {
      if (ended->status == exit_code(kind)) {
        return {kind, "the other side says no: " + words, "ask its admin"};
      }
    }
    return {Kind::network, "the other side broke off" + (words.empty() ? "" : ": " + words),
            "look whether the address is right and whether you may read there"};
  }
  Result<void> ask(const std::string& request) override { return program_.write(request); }
  Result<void> finish() override {
    CAMP_TRY(program_.finish());
    return {};
  }
  Result<void> leave() override {
    CAMP_TRY(program_.write(kFlush));
    return finish();
  }

 private:
  ChildProcess program_;
};

/// Over https a branch can move between what is said first and what is asked then.
Error changed_meanwhile(Error error) {
  if (error.kind == Kind::refused && error.message.find("not our ref") != std::string::npos) {
    return {Kind::busy, std::move(error.message), "the other side has changed: sync again"};
  }
  return error;
}

}  // namespace

struct UploadPack::State {
  std::unique_ptr<Carrier> carrier;
  TransferLimits limits;
  PacketLines lines;
  std::vector<Branch> branches = {};

  State(std::unique_ptr<Carrier> other, const TransferLimits& bounds)
      : carrier(std::move(other)),
        limits(bounds),
        lines({.read = [this] { return carrier->read(); },
               .broken_off = [this] { return carrier->broken_off(); }}) {}
};

UploadPack::UploadPack(std::unique_ptr<State> state) : state_(std::move(state)) {}
UploadPack::UploadPack(UploadPack&&) noexcept = default;
UploadPack& UploadPack::operator=(UploadPack&&) noexcept = default;
UploadPack::~UploadPack() = default;

Result<UploadPack> UploadPack::start(ProcessSpec program, const TransferLimits& limits) {
  program.timeout = limits.timeout;
  program.silence = limits.silence;
  auto child = CAMP_TRY(ChildProcess::start(program));
  return start(std::make_unique<ProgramCarrier>(std::move(child)), limits);
}

Result<UploadPack> UploadPack::start(std::unique_ptr<Carrier> carrier,
                                     const TransferLimits& limits) {
  auto state = std::make_unique<State>(std::move(carrier), limits);
  state->branches = CAMP_TRY(read_branches(state->lines, limits));
  return UploadPack(std::move(state));
}

const std::vector<Branch>& UploadPack::branches() const { return state_->branches; }

Result<void> UploadPack::fetch(const std::vector<Oid>& wants, const std::vector<Oid>& haves,
                               const std::function<Result<void>(std::string_view)>& sink) {
  if (wants.empty()) return leave();
  std::string request;
  for (const Oid& want : wants) {
    const bool first = request.empty();
    request += packet("want " + want +
                      (first ? " side-band-64k ofs-delta no-progress agent=camp\n" : "\n"));
  }
  request += kFlush;
  for (const Oid& have : haves) request += packet("have " + have + "\n");
  request += packet("done\n");
  CAMP_TRY(state_->carrier->ask(request));
  const auto got = read_pack(state_->lines, state_->limits, sink);
  if (!got) return tl::unexpected<Error>(changed_meanwhile(got.error()));
  return state_->carrier->finish();
}

Result<void> UploadPack::leave() { return state_->carrier->leave(); }

namespace {

/// Nothing but what an advertised branch reaches, whatever the repository's own settings say.
GitCall upload_pack(const std::vector<std::string>& hidden) {
  GitCall call;
  for (const char* setting : {"uploadpack.allowAnySHA1InWant", "uploadpack.allowTipSHA1InWant",
                              "uploadpack.allowReachableSHA1InWant", "uploadpack.allowFilter"}) {
    call.arguments.insert(call.arguments.end(), {"-c", std::string(setting) + "=false"});
  }
  for (const std::string& prefix : hidden) {
    std::string reference = "refs/heads/" + prefix;
    if (reference.ends_with('/')) reference.pop_back();
    call.arguments.insert(call.arguments.end(), {"-c", "uploadpack.hideRefs=" + reference});
  }
  return call;
}

}  // namespace

ProcessSpec local_upload_pack(const std::string& repository,
                              const std::vector<std::string>& hidden) {
  GitCall call = upload_pack(hidden);
  call.arguments.insert(call.arguments.end(), {"upload-pack", "--strict", repository});
  return git_process(call);
}

Result<void> become_upload_pack(const std::string& repository,
                                const std::vector<std::string>& hidden) {
  return become_process(local_upload_pack(repository, hidden));
}

ProcessSpec http_upload_pack(const std::string& repository, const std::vector<std::string>& hidden,
                             HttpService service) {
  GitCall call = upload_pack(hidden);
  // A stranger's clone shares the machine with everything else.
  call.arguments.insert(call.arguments.end(),
                        {"-c", "pack.threads=1", "-c", "pack.windowMemory=32m", "upload-pack",
                         "--strict", "--stateless-rpc"});
  if (service == HttpService::advertise) call.arguments.push_back("--advertise-refs");
  call.arguments.push_back(repository);
  return git_process(call);
}

}  // namespace camp::git
