// SPDX-License-Identifier: MIT
#include "ops/ssh.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file.h"

namespace camp::ops {
namespace {

constexpr std::size_t kMaxKey = 16 << 10;

/// A word of a forced command: for the shell, which reads it last, and for sshd, which reads it
/// first and knows one escape, that of the double quote.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '"') {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out + "'";
}

bool is_plain_path(std::string_view path) {
  return path.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "/._-+") == std::string_view::npos;
}

/// "<type> <base64> <comment>": without options in front, whose place our own take.
bool is_public_key(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view type = line.substr(0, space);
  const std::string_view rest = line.substr(space + 1), body = rest.substr(0, rest.find(' '));
  const bool known = type.starts_with("ssh-") || type.starts_with("ecdsa-sha2-") ||
                     type.starts_with("sk-ssh-") || type.starts_with("sk-ecdsa-");
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  return known && body.starts_with("AAAA") &&
         body.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
             "+/=") == std::string_view::npos &&
         std::none_of(line.begin(), line.end(), is_control);
}

Result<std::string> line_for(const std::string& directory, std::string_view handle,
                             std::string_view key) {
  // sshd starts the command somewhere else.
  std::error_code error;
  const auto whole = std::filesystem::canonical(directory, error);
  const std::string path = error ? directory : whole.string();
  if (path.find_first_of("\r\n") != std::string::npos) {
    return fail(Kind::refused, "a directory whose name has two lines cannot be served by ssh",
                "give it another name");
  }
  return "command=\"camp -C " + (is_plain_path(path) ? path : shell_word(path)) + " ssh-command " +
         std::string(handle) + "\",restrict " + std::string(key);
}

}  // namespace

Result<std::string> authorized_keys_line(const std::string& directory, std::string_view handle,
                                         std::string_view key) {
  while (key.ends_with('\n') || key.ends_with('\r') || key.ends_with(' ')) key.remove_suffix(1);
  if (is_public_key(key)) return line_for(directory, handle, key);
  return fail(Kind::usage, "that is no public key for ssh",
              "name the file that ends in .pub, as ssh-keygen wrote it");
}

Result<std::string> authorized_keys_line(const Env& env, const std::string& directory,
                                         std::string_view handle) {
  std::string key = "PUBLIC-KEY";
  const auto home = env.variable("HOME");
  const auto keys =
      home ? Directory::open(*home + "/.ssh") : Result<Directory>(fail(Kind::failed, ""));
  if (keys) {
    for (const char* name : {"id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"}) {
      const auto text = keys->read_file(name, kMaxKey);
      if (!text) continue;
      std::string line = text->substr(0, text->find('\n'));
      if (!is_public_key(line)) continue;
      key = std::move(line);
      break;
    }
  }
  return line_for(directory, handle, key);
}

Result<void> serve_ssh_command(store::Community& community, const std::string& handle,
                               std::string_view command, const fed::Streams& streams) {
  if (community.settings().is_clone()) {
    return fail(Kind::refused, "this is a clone, and serves nobody", "ask its origin");
  }
  const auto row = find_member(community, handle);
  if (!row && row.error().kind != Kind::not_found) return tl::unexpected<Error>(row.error());
  if (!row || row->state == "removed") {
    return fail(Kind::refused, "@" + handle + " is no member here now", "ask an admin why");
  }
  const fed::SshCommand parsed = CAMP_TRY(fed::parse_ssh_command(command));
  return fed::serve_ssh(community, CAMP_TRY(OwnerId::parse(row->id)), parsed, streams);
}

}  // namespace camp::ops
