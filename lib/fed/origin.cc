// SPDX-License-Identifier: MIT
#include "fed/origin.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/process.h"
#include "base/terminal.h"
#include "crypto/digest.h"
#include "fed/origin_https.h"
#include "fed/reception.h"
#include "store/community.h"
#include "store/gate.h"
#include "store/media.h"

namespace camp::fed {
namespace {

constexpr std::string_view kSsh = "ssh://";
constexpr std::size_t kMaxMedia = 16 << 20;
constexpr auto kPatience = std::chrono::minutes(10);
/// The other machine may be a small one that has to bring its index up first.
constexpr auto kSshSilence = std::chrono::minutes(2);

// --- a directory of this machine

class PathOrigin : public Origin {
 public:
  PathOrigin(store::Community community, std::optional<OwnerId> member)
      : community_(std::move(community)), member_(std::move(member)) {}

  Result<git::UploadPack> upload_pack(std::string_view repository,
                                      const git::TransferLimits& limits) override {
    const auto grant = CAMP_TRY(granted(repository));
    return git::UploadPack::start(
        git::local_upload_pack(community_.repository_path(grant.repository()),
                               hidden_branches(community_, grant)),
        limits);
  }

  Result<std::vector<Answer>> submit(const std::vector<std::string>& lines) override {
    if (!member_) return fail(Kind::refused, "nobody in particular cannot submit anything");
    std::vector<Answer> answers;
    Reception reception(community_, *member_, [&](const Answer& answer) -> Result<void> {
      answers.push_back(answer);
      return {};
    });
    for (std::string_view line : lines) {
      if (line.ends_with('\n')) line.remove_suffix(1);
      CAMP_TRY(reception.take(line));
    }
    CAMP_TRY(reception.finish());
    return answers;
  }

  Result<std::string> get_media(std::string_view repository, std::string_view sha256) override {
    return granted_media(community_, CAMP_TRY(granted(repository)), sha256);
  }

  Result<void> put_media(std::string_view repository, std::string_view sha256,
                         std::string_view bytes) override {
    CAMP_TRY(granted(repository));
    if (!member_) return fail(Kind::refused, "nobody in particular cannot submit anything");
    return take_media(community_, *member_, sha256, bytes);
  }

 private:
  Result<store::RepositoryGrant> granted(std::string_view repository) const {
    if (!member_) return store::Gate::grant(repository, store::Anyone{});
    return store::Gate::grant(repository, store::Member{*member_});
  }

  store::Community community_;
  std::optional<OwnerId> member_;
};

Result<std::unique_ptr<Origin>> open_path(const Env& env, const std::string& address,
                                          const std::string& member) {
  auto community = CAMP_TRY(store::Community::open(address, env));
  if (community.settings().is_clone()) {
    return fail(Kind::refused, address + " is a clone itself",
                "clone the community from its origin, " + community.settings().origin);
  }
  if (member.empty()) {
    return std::unique_ptr<Origin>(
        std::make_unique<PathOrigin>(std::move(community), std::nullopt));
  }
  const model::CommunityState state = CAMP_TRY(community.state());
  const std::string_view handle = std::string_view(member).substr(member.starts_with('@') ? 1 : 0);
  const OwnerId* found = state.by_handle(handle);
  const auto id = OwnerId::parse(handle);
  if (found == nullptr && id && state.members.contains(*id)) found = &*id;
  if (found == nullptr) {
    return fail(
        Kind::not_found,
        "there is no member '" + for_terminal_line(handle.substr(0, 64)) + "' in " + address,
        "ask an admin to add you with 'camp member add'");
  }
  if (state.members.at(*found).state == "removed") {
    return fail(Kind::refused, "this member was removed from " + address,
                "what is in the clone stays yours; ask an admin why");
  }
  const OwnerId who = *found;
  return std::unique_ptr<Origin>(std::make_unique<PathOrigin>(std::move(community), who));
}

// --- another machine, by ssh

struct SshAddress {
  std::string destination;  ///< [user@]host
  std::string port;
};

bool is_plain(std::string_view text, std::string_view besides) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           besides.find(c) != std::string_view::npos;
  });
}

Result<SshAddress> parse_ssh(const std::string& address) {
  const std::string_view rest = std::string_view(address).substr(kSsh.size());
  std::string_view place = rest.substr(0, rest.find('/'));
  SshAddress parsed;
  if (const auto at = place.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = place.substr(0, at);
    place.remove_prefix(at + 1);
    if (!is_plain(user, "._-") || user.starts_with('-')) place = {};
    parsed.destination = std::string(user) + "@";
  }
  if (const auto colon = place.find(':'); colon != std::string_view::npos) {
    parsed.port = place.substr(colon + 1);
    place = place.substr(0, colon);
    if (parsed.port.size() > 5 || !is_plain(parsed.port, "") ||
        parsed.port.find_first_not_of("0123456789") != std::string::npos) {
      place = {};
    }
  }
  if (!is_plain(place, ".-_") || place.starts_with('-')) {
    return fail(Kind::usage, "'" + for_terminal_line(address.substr(0, 200)) + "' is no address",
                "write ssh://user@host or ssh://user@host:port");
  }
  parsed.destination += place;
  return parsed;
}

class SshOrigin : public Origin {
 public:
  SshOrigin(const Env& env, SshAddress address) : address_(std::move(address)) {
    program_ = env.variable("CAMP_SSH").value_or("ssh");
    for (const char* name : {"HOME", "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSH_ASKPASS",
                             "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"}) {
      if (const auto value = env.variable(name)) {
        environment_.push_back(std::string(name) + "=" + *value);
      }
    }
  }

  Result<git::UploadPack> upload_pack(std::string_view repository,
                                      const git::TransferLimits& limits) override {
    git::TransferLimits patient = limits;
    patient.silence = kSshSilence;
    auto started =
        git::UploadPack::start(call("git-upload-pack '" + std::string(repository) + "'"), patient);
    return started ? std::move(started) : unreachable(started.error());
  }

  Result<std::vector<Answer>> submit(const std::vector<std::string>& lines) override {
    ProcessSpec spec = call("camp-submit");
    for (const std::string& line : lines) spec.input += line;
    const std::string output = CAMP_TRY(run(std::move(spec)));
    std::vector<Answer> answers;
    for (std::size_t at = 0; at < output.size();) {
      const std::size_t end = std::min(output.find('\n', at), output.size());
      answers.push_back(CAMP_TRY(parse_answer(std::string_view(output).substr(at, end - at))));
      at = end + 1;
    }
    if (answers.size() > lines.size()) return fail(Kind::network, "the origin answers too much");
    return answers;
  }

  Result<std::string> get_media(std::string_view repository, std::string_view sha256) override {
    ProcessSpec spec =
        call("camp-media get " + std::string(repository) + " " + std::string(sha256));
    spec.max_output = kMaxMedia;
    std::string bytes = CAMP_TRY(run(std::move(spec)));
    if (crypto::sha256_hex(bytes) == sha256) return bytes;
    return fail(Kind::refused, "the origin sent another picture than the one that was asked for",
                "nothing was taken from it");
  }

  Result<void> put_media(std::string_view repository, std::string_view sha256,
                         std::string_view bytes) override {
    ProcessSpec spec =
        call("camp-media put " + std::string(repository) + " " + std::string(sha256));
    spec.input = bytes;
    CAMP_TRY(run(std::move(spec)));
    return {};
  }

 private:
  /// Never asks: a clone syncs from cron. Nothing is passed on that the forced command could use.
  ProcessSpec call(std::string command) const {
    ProcessSpec spec;
    spec.argv = {program_, "-T",
                 "-a",     "-x",
                 "-o",     "BatchMode=yes",
                 "-o",     "ConnectTimeout=20",
                 "-o",     "ServerAliveInterval=15",
                 "-o",     "ClearAllForwardings=yes"};
    if (!address_.port.empty()) spec.argv.insert(spec.argv.end(), {"-p", address_.port});
    spec.argv.insert(spec.argv.end(), {"--", address_.destination, std::move(command)});
    spec.environment = environment_;
    spec.timeout = kPatience;
    return spec;
  }

  Result<std::string> run(ProcessSpec spec) const {
    const auto result = run_process(spec);
    if (!result) return unreachable(result.error());
    if (result->ok()) return result->output;
    std::string said = result->errors;
    while (said.ends_with('\n') || said.ends_with('\r')) said.pop_back();
    said = said.substr(said.rfind('\n') == std::string::npos ? 0 : said.rfind('\n') + 1);
    const Kind kind = result->status == exit_code(Kind::refused)     ? Kind::refused
                      : result->status == exit_code(Kind::not_found) ? Kind::not_found
                      : result->status == exit_code(Kind::busy)      ? Kind::busy
                                                                     : Kind::network;
    return fail(kind, address_.destination + " says no: " + for_terminal_line(said.substr(0, 300)),
                way_out(said));
  }

  tl::unexpected<Error> unreachable(Error error) const {
    if (error.kind == Kind::network || error.kind == Kind::refused ||
        error.kind == Kind::not_found) {
      error.message = address_.destination + ": " + error.message;
      if (error.kind == Kind::network) error.hint = way_out(error.message);
    }
    if (error.kind == Kind::failed && error.hint.empty()) {
      error.hint = "install the program 'ssh', or correct CAMP_SSH";
    }
    return tl::unexpected<Error>(std::move(error));
  }

  std::string way_out(std::string_view said) const {
    if (said.find("Host key") != std::string_view::npos) {
      return "run 'ssh " + address_.destination + "' once, to accept the key of that machine";
    }
    if (said.find("Permission denied") != std::string_view::npos) {
      return "give the admin your public key: 'camp help ssh-command' says what line to add";
    }
    if (said.find("command not found") != std::string_view::npos) {
      return "the origin's account has no camp in its PATH: tell its admin";
    }
    return "try again later, or look at it with 'ssh " + address_.destination + "'";
  }

  SshAddress address_;
  std::string program_;
  std::vector<std::string> environment_;
};

}  // namespace

bool is_https(std::string_view address) {
  return address.starts_with("https://") || address.starts_with("http://");
}

bool is_remote(std::string_view address) { return address.starts_with(kSsh) || is_https(address); }

Result<void> check_address(const Env& env, const std::string& address) {
  if (address.starts_with(kSsh)) {
    CAMP_TRY(parse_ssh(address));
    return {};
  }
  if (is_https(address)) {
    CAMP_TRY(parse_https(env, address));
    return {};
  }
  if (address.empty() || address.starts_with('-') || address.find("::") != std::string::npos ||
      address.find("://") != std::string::npos) {
    return fail(Kind::usage, "'" + for_terminal_line(address.substr(0, 200)) + "' is no address",
                "name a directory, ssh://user@host or https://host");
  }
  return {};
}

Result<std::unique_ptr<Origin>> open_origin(const Env& env, const std::string& address,
                                            const std::string& member, const Proof& proof) {
  CAMP_TRY(check_address(env, address));
  if (is_https(address)) return open_https(env, address, member, proof);
  if (!address.starts_with(kSsh)) return open_path(env, address, member);
  return std::unique_ptr<Origin>(std::make_unique<SshOrigin>(env, CAMP_TRY(parse_ssh(address))));
}

Result<std::unique_ptr<Origin>> open_clone(store::Community clone) {
  std::optional<OwnerId> member;
  if (!clone.settings().mirror) member = clone.settings().own_member;
  return std::unique_ptr<Origin>(std::make_unique<PathOrigin>(std::move(clone), std::move(member)));
}

}  // namespace camp::fed
