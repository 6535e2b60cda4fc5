// SPDX-License-Identifier: MIT
#include "store/keyring.h"

#include "base/encoding.h"
#include "crypto/did_key.h"
#include "crypto/digest.h"
#include "crypto/rsa.h"

namespace camp::store {
namespace {

constexpr std::size_t kMaxKeyBytes = 16 << 10;
constexpr std::size_t kMostHalves = 100;

std::string directory_of(const OwnerId& owner) { return "keys/" + owner.text(); }

std::string file_of(const OwnerId& owner, const crypto::PublicKey& key) {
  return directory_of(owner) + "/" + crypto::to_multibase(key) + ".key";
}

std::string transport_file(const OwnerId& owner) { return directory_of(owner) + "/transport.pem"; }

std::string claim_file(const OwnerId& member) { return directory_of(member) + "/claim"; }

}  // namespace

std::string claim_digest(std::string_view code) {
  std::string digits;
  for (const char c : code) {
    if (c == '-' || c == ' ' || c == '\n' || c == '\r') continue;
    digits += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return crypto::sha256_hex(digits);
}

Result<void> Keyring::put(const OwnerId& owner, const crypto::SecretKey& key) const {
  CAMP_TRY(root_.create(directory_of(owner)));
  std::string seed = key.seed();
  std::string text = to_hex(seed) + "\n";
  const auto written = root_.write_file_atomically(file_of(owner, key.public_key()), text);
  crypto::wipe(seed);
  crypto::wipe(text);
  return written;
}

Result<std::optional<crypto::SecretKey>> Keyring::find(const OwnerId& owner,
                                                       const crypto::PublicKey& key) const {
  const std::string path = file_of(owner, key);
  if (!root_.exists(path)) return std::optional<crypto::SecretKey>();
  std::string text = CAMP_TRY(root_.read_private_file(path, kMaxKeyBytes));
  if (text.ends_with('\n')) text.pop_back();
  auto seed = from_hex(text);
  crypto::wipe(text);
  if (!seed) return fail(Kind::damaged, path + " is no key file", "restore it from a backup");
  auto secret = CAMP_TRY(crypto::SecretKey::from_seed(*seed));
  crypto::wipe(*seed);
  if (secret.public_key() != key) {
    return fail(Kind::damaged, path + " holds another key than its name says",
                "restore it from a backup");
  }
  return std::optional<crypto::SecretKey>(std::move(secret));
}

Result<void> Keyring::remove(const OwnerId& owner, const crypto::PublicKey& key) const {
  const std::string path = file_of(owner, key);
  return root_.exists(path) ? root_.remove_file(path) : Result<void>();
}

Result<void> Keyring::put_transport_key(const OwnerId& owner, std::string_view pem) const {
  CAMP_TRY(root_.create(directory_of(owner)));
  return root_.write_file_atomically(transport_file(owner), pem);
}

Result<std::optional<std::string>> Keyring::transport_key(const OwnerId& owner) const {
  if (!root_.exists(transport_file(owner))) return std::optional<std::string>();
  return std::optional(CAMP_TRY(root_.read_private_file(transport_file(owner), kMaxKeyBytes)));
}

Result<std::string> Keyring::instance_key(const OwnerId& community) const {
  if (auto held = CAMP_TRY(transport_key(community))) return *std::move(held);
  std::string pem = CAMP_TRY(crypto::generate_rsa_2048_pem());
  CAMP_TRY(root_.create(directory_of(community)));
  const auto made = root_.create_file_exclusively(transport_file(community), pem);
  if (made) return pem;
  if (made.error().kind != Kind::conflict) return tl::unexpected<Error>(made.error());
  return root_.read_private_file(transport_file(community), kMaxKeyBytes);
}

Result<std::string> Keyring::public_half(std::string_view private_pem) const {
  std::string digest = crypto::sha256(private_pem);
  if (const auto known = public_halves_.find(digest); known != public_halves_.end()) {
    return known->second;
  }
  std::string pem = CAMP_TRY(crypto::rsa_public_pem(private_pem));
  if (public_halves_.size() >= kMostHalves) public_halves_.clear();
  public_halves_.emplace(std::move(digest), pem);
  return pem;
}

Result<void> Keyring::put_claim(const OwnerId& member, std::string_view code_sha256) const {
  CAMP_TRY(root_.create(directory_of(member)));
  return root_.write_file_atomically(claim_file(member), std::string(code_sha256) + "\n");
}

Result<std::optional<std::string>> Keyring::claim(const OwnerId& member) const {
  if (!root_.exists(claim_file(member))) return std::optional<std::string>();
  std::string text = CAMP_TRY(root_.read_private_file(claim_file(member), kMaxKeyBytes));
  if (text.ends_with('\n')) text.pop_back();
  return std::optional<std::string>(std::move(text));
}

Result<void> Keyring::remove_claim(const OwnerId& member) const {
  return root_.exists(claim_file(member)) ? root_.remove_file(claim_file(member)) : Result<void>();
}

}  // namespace camp::store
