// SPDX-License-Identifier: MIT
#include "base/ids.h"

#include <array>

#include "base/encoding.h"

namespace camp {
namespace {

constexpr std::size_t kOwnerBytes = 20;
constexpr std::size_t kTimeBytes = 6;
constexpr std::size_t kTimeDigits = 10;
constexpr std::size_t kDigestBytes = 16;
constexpr std::size_t kIdDigits = 36;
constexpr std::string_view kScheme = "camp:";

std::string time_digits(std::int64_t ms) {
  std::array<char, kTimeBytes> bytes{};
  auto rest = static_cast<std::uint64_t>(ms);
  for (std::size_t i = kTimeBytes; i-- > 0; rest >>= 8) bytes[i] = static_cast<char>(rest & 0xff);
  return to_base32(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace

Result<OwnerId> OwnerId::parse(std::string_view text) {
  if (!from_base32(text, kOwnerBytes)) {
    return fail(Kind::failed,
                "'" + std::string(text.substr(0, 64)) + "' is no member or community id");
  }
  OwnerId id;
  id.text_ = text;
  return id;
}

Result<OwnerId> OwnerId::parse_uri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) {
    return fail(Kind::failed, "'" + std::string(uri.substr(0, 64)) + "' is no camp: id");
  }
  return parse(uri.substr(kScheme.size()));
}

Result<ObjectId> ObjectId::parse(std::string_view text) {
  if (text.size() != kIdDigits || !from_base32(text.substr(0, kTimeDigits), kTimeBytes) ||
      !from_base32(text.substr(kTimeDigits), kDigestBytes)) {
    return fail(Kind::failed, "'" + std::string(text.substr(0, 64)) + "' is no object id");
  }
  ObjectId id;
  id.text_ = text;
  return id;
}

ObjectId ObjectId::make(std::int64_t ms, std::string_view digest) {
  ObjectId id;
  id.text_ = time_digits(ms) + to_base32(digest.substr(0, kDigestBytes));
  return id;
}

std::string ObjectId::floor_at(std::int64_t ms) {
  return time_digits(ms < 0 ? 0 : ms) + std::string(kIdDigits - kTimeDigits, '0');
}

std::int64_t ObjectId::time_ms() const {
  if (text_.empty()) return 0;
  const auto bytes = from_base32(std::string_view(text_).substr(0, kTimeDigits), kTimeBytes);
  std::uint64_t ms = 0;
  for (const char byte : *bytes) ms = (ms << 8) | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(ms);
}

Result<FullId> FullId::parse(std::string_view uri) {
  const auto slash = uri.find('/');
  if (slash == std::string_view::npos) {
    return fail(Kind::failed, "'" + std::string(uri.substr(0, 96)) + "' names no object");
  }
  FullId id;
  id.author = CAMP_TRY(OwnerId::parse_uri(uri.substr(0, slash)));
  id.object = CAMP_TRY(ObjectId::parse(uri.substr(slash + 1)));
  return id;
}

}  // namespace camp
