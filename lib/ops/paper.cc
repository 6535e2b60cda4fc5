// SPDX-License-Identifier: MIT
#include "ops/paper.h"

#include <fmt/format.h>

#include "crypto/paper_key.h"

namespace camp::ops {
namespace {

constexpr std::string_view kKeyTitle = "KEY";
constexpr std::string_view kSpareTitle = "SPARE KEY";
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

Result<crypto::SecretKey> key_in(std::string_view sheet, std::string_view title,
                                 std::string_view name) {
  std::string words = section(sheet, title);
  auto seed = crypto::bytes_of(words);
  crypto::wipe(words);
  if (!seed) {
    return fail(Kind::usage, fmt::format("{}: below {}: {}", name, title, seed.error().message),
                seed.error().hint);
  }
  auto key = crypto::SecretKey::from_seed(*seed);
  crypto::wipe(*seed);
  return key;
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
      "Paper key of @{} in \"{}\"\n"
      "member {}\n"
      "\n"
      "Whoever holds these words decides who this member is. Write them down or print them,\n"
      "keep them away from the computer, and give the spare key to somebody you trust.\n"
      "\n"
      "{}\n{}\n{}\n{}",
      handle, community_name, member.text(), kKeyTitle, in_lines(CAMP_TRY(words)), kSpareTitle,
      in_lines(CAMP_TRY(spare)));
}

Result<PaperKeys> read_paper_sheet(std::string_view sheet, std::string_view name) {
  auto key = CAMP_TRY(key_in(sheet, kKeyTitle, name));
  auto spare = CAMP_TRY(key_in(sheet, kSpareTitle, name));
  return PaperKeys{std::move(key), std::move(spare)};
}

}  // namespace camp::ops
