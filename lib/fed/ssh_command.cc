// SPDX-License-Identifier: MIT
#include "fed/ssh_command.h"

#include <algorithm>

#include "fed/reception.h"
#include "git/upload_pack.h"
#include "store/gate.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxCommand = 512;
constexpr std::size_t kMaxPicture = 16 << 20;
constexpr std::string_view kUploadPack = "git-upload-pack '";
constexpr std::string_view kSubmit = "camp-submit";
constexpr std::string_view kMedia = "camp-media ";

tl::unexpected<Error> not_served() {
  return fail(Kind::refused, "that is not served here",
              "camp clone and camp sync ask for what is: git-upload-pack, camp-submit, camp-media");
}

/// Stock git asks for a path: '/public.git' as well as 'public'.
Result<SshCommand> parse_upload_pack(std::string_view command) {
  std::string_view name = command.substr(kUploadPack.size());
  if (!name.ends_with('\'')) return not_served();
  name.remove_suffix(1);
  if (name.starts_with('/')) name.remove_prefix(1);
  if (name.ends_with(".git")) name.remove_suffix(4);
  if (!is_repository(name)) return not_served();
  return SshCommand{SshCommand::What::upload_pack, std::string(name), {}};
}

Result<SshCommand> parse_media(std::string_view rest) {
  const bool get = rest.starts_with("get ");
  if (!get && !rest.starts_with("put ")) return not_served();
  rest.remove_prefix(4);
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos) return not_served();
  const std::string_view name = rest.substr(0, space), digest = rest.substr(space + 1);
  if (!is_repository(name) || !is_digest(digest)) return not_served();
  return SshCommand{get ? SshCommand::What::media_get : SshCommand::What::media_put,
                    std::string(name), std::string(digest)};
}

Result<void> receive_lines(store::Community& community, const OwnerId& member,
                           const Streams& streams) {
  Reception reception(community, member,
                      [&](const Answer& answer) { return streams.write(answer_line(answer)); });
  std::string buffer;
  while (true) {
    const std::string more = CAMP_TRY(streams.read());
    if (more.empty()) break;
    buffer += more;
    std::size_t at = 0;
    for (std::size_t end = 0; (end = buffer.find('\n', at)) != std::string::npos; at = end + 1) {
      CAMP_TRY(reception.take(std::string_view(buffer).substr(at, end - at)));
    }
    buffer.erase(0, at);
    if (buffer.size() > kMaxLine) {
      return fail(Kind::refused, "a line of over 1 MiB", "send one object a line");
    }
  }
  if (!buffer.empty()) CAMP_TRY(reception.take(buffer));
  return reception.finish();
}

Result<void> receive_media(store::Community& community, const OwnerId& member,
                           const SshCommand& command, const Streams& streams) {
  std::string bytes;
  while (true) {
    const std::string more = CAMP_TRY(streams.read());
    if (more.empty()) break;
    bytes += more;
    if (bytes.size() > kMaxPicture) return fail(Kind::refused, "a picture of more than 16 MiB");
  }
  return take_media(community, member, command.sha256, bytes);
}

}  // namespace

bool is_repository(std::string_view name) {
  return !name.empty() && name.size() <= 100 && !name.starts_with('/') && !name.ends_with('/') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/';
         });
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<SshCommand> parse_ssh_command(std::string_view command) {
  if (command.size() > kMaxCommand) return not_served();
  if (command == kSubmit) return SshCommand{SshCommand::What::submit, {}, {}};
  if (command.starts_with(kUploadPack)) return parse_upload_pack(command);
  if (command.starts_with(kMedia)) return parse_media(command.substr(kMedia.size()));
  return not_served();
}

Result<void> serve_ssh(store::Community& community, const OwnerId& member,
                       const SshCommand& command, const Streams& streams) {
  if (command.what == SshCommand::What::submit) {
    return receive_lines(community, member, streams);
  }
  const auto granted = store::Gate::grant(command.repository, store::Member{member});
  if (!granted || !community.directory().exists(granted->repository() + ".git")) {
    return fail(Kind::not_found, "there is no such repository",
                "members read public, local and their own");
  }
  const store::RepositoryGrant& grant = *granted;
  switch (command.what) {
    case SshCommand::What::upload_pack:
      return git::become_upload_pack(community.repository_path(grant.repository()),
                                     hidden_branches(community, grant));
    case SshCommand::What::media_get:
      return streams.write(CAMP_TRY(granted_media(community, grant, command.sha256)));
    default:
      return receive_media(community, member, command, streams);
  }
}

}  // namespace camp::fed
