// SPDX-License-Identifier: MIT
#include "ops/paper.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "crypto/paper_key.h"

namespace camp::ops {
namespace {

constexpr std::string_view kKeyTitle = "KEY";
constexpr std::string_view kSpareTitle = "SPARE KEY";
constexpr std::string_view kMemberLine = "\nmember ";
constexpr int kWordsALine = 6;

/// Words in lines of six, each line numbered by its first word.
std::string in_lines(std::string_view words) {
  std::string lines;
  int number = 0;
  for (std::size_t at = 0; at < words.size(); ++number) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    lines += number % kWordsALine == 0 ? (number == 0 ? "  " : "\n  ") : " ";
    lines += words.substr(at, end - at);
    at = end + 1;
  }
  return lines + "\n";
}

/// The lines below a title, up to the next empty line.
std::string section(std::string_view sheet, std::string_view title) {
  const std::string heading = "\n" + std::string(title) + "\n";
  const auto at = sheet.find(heading);
  if (at == std::string_view::npos) return {};
  const auto from = at + heading.size();
  return std::string(sheet.substr(from, sheet.find("\n\n", from) - from));
}

/// The key below a title; none if the sheet has no such part.
Result<std::optional<crypto::SecretKey>> key_in(std::string_view sheet, std::string_view title,
                                                std::string_view name) {
  std::string words = section(sheet, title);
  if (words.empty()) return std::optional<crypto::SecretKey>();
  auto seed = crypto::bytes_of(words);
  crypto::wipe(words);
  if (!seed) {
    return fail(Kind::usage, fmt::format("{}: below {}: {}", name, title, seed.error().message),
                seed.error().hint);
  }
  auto key = crypto::SecretKey::from_seed(*seed);
  crypto::wipe(*seed);
  return std::optional(CAMP_TRY(std::move(key)));
}

}  // namespace

PaperKeys new_paper_keys(const Env& env) {
  return {crypto::SecretKey::generate(env), crypto::SecretKey::generate(env)};
}

Result<std::string> paper_sheet(const PaperKeys& keys, const std::string& handle,
                                const OwnerId& member, const std::string& community_name) {
  std::string seed = keys.key.seed();
  std::string spare_seed = keys.spare.seed();
  const auto words = crypto::words_of(seed);
  const auto spare = crypto::words_of(spare_seed);
  crypto::wipe(seed);
  crypto::wipe(spare_seed);
  return fmt::format(
      "Paper key of @{0} in \"{1}\"\n"
      "member {2}\n"
      "\n"
      "Whoever holds these words decides who this member is. Write them down or print them,\n"
      "and keep them away from the computer.\n"
      "\n"
      "{3}\n{4}"
      "\n"
      "- - - - - - - - - - - - - - - - - - cut here - - - - - - - - - - - - - - - - - -\n"
      "\n"
      "Spare key of @{0} in \"{1}\"\n"
      "member {2}\n"
      "\n"
      "It replaces the paper key when that is lost or stolen, and needs nothing else for it:\n"
      "'camp key rotate'. Give it to somebody you trust.\n"
      "\n"
      "{5}\n{6}",
      handle, community_name, member.text(), kKeyTitle, in_lines(CAMP_TRY(words)), kSpareTitle,
      in_lines(CAMP_TRY(spare)));
}

Result<PaperSheet> read_paper_sheet(std::string_view text, std::string_view name) {
  // A part that somebody typed in may begin with its title, and may have the line ends of Windows.
  std::string sheet = "\n";
  std::copy_if(text.begin(), text.end(), std::back_inserter(sheet),
               [](char c) { return c != '\r'; });
  PaperSheet read;
  read.key = CAMP_TRY(key_in(sheet, kKeyTitle, name));
  read.spare = CAMP_TRY(key_in(sheet, kSpareTitle, name));
  if (const auto at = sheet.find(kMemberLine); at != std::string::npos) {
    const auto from = at + kMemberLine.size();
    read.member = sheet.substr(from, sheet.find('\n', from) - from);
  }
  crypto::wipe(sheet);
  if (read.key || read.spare) return read;
  return fail(Kind::usage, fmt::format("{} is no paper key sheet", name),
              "it has a line KEY or SPARE KEY with 24 words below");
}

}  // namespace camp::ops
