// SPDX-License-Identifier: MIT
#include "ops/identity.h"

#include <array>

#include "base/encoding.h"
#include "crypto/rsa.h"

namespace camp::ops {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kCodeBytes = 10;

Result<NewOwner> make_owner(const Env& env, model::Genesis genesis,
                            const crypto::SecretKey& signer) {
  genesis.salt = env.random_bytes(kSaltBytes);
  const std::array signers{&signer};
  NewOwner owner;
  owner.log = CAMP_TRY(model::make_key_log(genesis, signers, env.now_ms()));
  owner.id = CAMP_TRY(model::verify_key_log(owner.log)).owner;
  return owner;
}

}  // namespace

Result<NewMember> new_claimed_member(const Env& env) {
  PaperKeys paper = new_paper_keys(env);
  auto rotation = crypto::SecretKey::generate(env);
  auto device = crypto::SecretKey::generate(env);
  model::Genesis genesis;
  genesis.rotation = {paper.key.public_key(), rotation.public_key()};
  genesis.next = {model::commitment(paper.spare.public_key())};
  genesis.signing = {{device.public_key(), model::KeyRole::device, "first"}};
  NewMember member{CAMP_TRY(make_owner(env, std::move(genesis), paper.key)), std::move(paper),
                   rotation.public_key()};
  member.owner.kept.push_back(std::move(rotation));
  member.owner.kept.push_back(std::move(device));
  return member;
}

Result<NewOwner> new_unclaimed_member(const Env& env) {
  auto rotation = crypto::SecretKey::generate(env);
  auto server = crypto::SecretKey::generate(env);
  model::Genesis genesis;
  genesis.unclaimed = true;
  genesis.rotation = {rotation.public_key()};
  genesis.signing = {{server.public_key(), model::KeyRole::server, ""}};
  NewOwner owner = CAMP_TRY(make_owner(env, std::move(genesis), rotation));
  owner.kept.push_back(std::move(rotation));
  owner.kept.push_back(std::move(server));
  return owner;
}

Result<NewOwner> new_community(const Env& env, const crypto::SecretKey& admin_key) {
  auto server = crypto::SecretKey::generate(env);
  model::Genesis genesis;
  genesis.subject = model::Subject::community;
  genesis.rotation = {admin_key.public_key()};
  genesis.signing = {{server.public_key(), model::KeyRole::server, ""}};
  NewOwner owner = CAMP_TRY(make_owner(env, std::move(genesis), admin_key));
  owner.kept.push_back(std::move(server));
  return owner;
}

Result<void> keep_keys(const store::Keyring& keyring, const NewOwner& owner) {
  for (const crypto::SecretKey& key : owner.kept) CAMP_TRY(keyring.put(owner.id, key));
  return {};
}

Result<std::string> make_transport_key(const store::Keyring& keyring, const OwnerId& member) {
  std::string pem = CAMP_TRY(crypto::generate_rsa_2048_pem());
  CAMP_TRY(keyring.put_transport_key(member, pem));
  return pem;
}

Result<crypto::SecretKey> held_rotation_key(const store::Keyring& keyring,
                                            const model::KeyState& state) {
  for (const crypto::PublicKey& key : state.rotation) {
    auto secret = CAMP_TRY(keyring.find(state.owner, key));
    if (secret) return *std::move(secret);
  }
  return fail(Kind::refused, "this directory holds no key that may change these keys",
              "give the paper key with --paper-key-file FILE");
}

std::string new_claim_code(const Env& env) {
  const std::string digits = to_base32(env.random_bytes(kCodeBytes));
  std::string code;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += digits[i];
  }
  return code;
}

}  // namespace camp::ops
