// SPDX-License-Identifier: MIT
#include "ops/clone.h"

#include <array>
#include <filesystem>
#include <memory>

#include "crypto/did_key.h"
#include "fed/fetch.h"
#include "fed/origin.h"
#include "ops/identity.h"
#include "ops/paper.h"
#include "ops/ssh.h"
#include "ops/staging.h"
#include "store/create.h"
#include "store/settings.h"
#include "store/writer.h"

namespace camp::ops {
namespace {

constexpr std::string_view kCampToml =
    "# Settings of this clone. camp reads this file and never changes it.\n"
    "# What concerns the community is set where it was made; nothing is left to set here.\n";

/// The address as it is kept: a clone finds its origin from any directory.
std::string absolute_address(const std::string& source) {
  if (fed::is_remote(source)) return source;
  std::error_code error;
  const auto path = std::filesystem::canonical(source, error);
  return error ? source : path.string();
}

/// One line for the origin, and what it says to it.
Result<void> ask(fed::Origin& origin, const std::string& line) {
  const auto answers = CAMP_TRY(origin.submit({line}));
  if (answers.size() != 1) return fail(Kind::network, "the origin does not answer", "try again");
  if (answers.front().accepted) return {};
  return fail(Kind::refused, answers.front().reason, answers.front().hint);
}

class Cloning {
 public:
  Cloning(const Env& env, const CloneRequest& request)
      : env_(env), request_(request), source_(absolute_address(request.source)) {}

  Result<Cloned> run() {
    CAMP_TRY(fed::check_address(env_, request_.source));
    Staging staging = CAMP_TRY(Staging::begin(env_, request_.directory));
    origin_ = CAMP_TRY(fed::open_origin(env_, source_, request_.as, CAMP_TRY(first_proof())));
    CAMP_TRY(build(staging.path(), staging.target(), staging));
    CAMP_TRY(staging.finish());
    cloned_.directory = staging.target();
    if (!mirror() && !fed::is_remote(source_)) {
      cloned_.authorized_keys =
          authorized_keys_line(env_, source_, cloned_.handle).value_or(std::string());
    }
    return std::move(cloned_);
  }

 private:
  bool mirror() const { return request_.as.empty(); }

  /// This device's key, made when it is first needed.
  const std::shared_ptr<const crypto::SecretKey>& device_key() {
    if (!device_key_) {
      device_key_ = std::make_shared<const crypto::SecretKey>(crypto::SecretKey::generate(env_));
    }
    return device_key_;
  }

  /// With what an origin that nobody knows us at is asked over https: this device's key with the
  /// code, or the paper key, which is about to admit it.
  Result<fed::Proof> first_proof() {
    if (mirror() || !fed::is_https(source_)) return fed::Proof{};
    if (!request_.code.empty()) return fed::Proof{device_key(), request_.code};
    if (request_.authority.sheet.empty()) return fed::Proof{};
    PaperSheet sheet =
        CAMP_TRY(read_paper_sheet(request_.authority.sheet, request_.authority.sheet_name));
    if (!sheet.key) return fed::Proof{};
    return fed::Proof{std::make_shared<const crypto::SecretKey>(*std::move(sheet.key)), {}};
  }

  Result<void> build(const std::string& path, const std::string& target, const Staging& staging) {
    const Directory root = CAMP_TRY(Directory::open_private(path));
    CAMP_TRY(staging.lay_out(root));
    CAMP_TRY(root.create("outbox"));
    store::Settings settings;
    settings.format = store::kFormat;
    settings.origin = source_;
    settings.mirror = mirror();
    settings.community = CAMP_TRY(
        fed::fetch_first_papers(root, *origin_, mirror() ? store::kPublic : store::kLocal));
    CAMP_TRY(store::write_settings(root, settings));
    CAMP_TRY(root.write_file_atomically("camp.toml", kCampToml));
    if (!mirror()) {
      settings.own_member = CAMP_TRY(member_here(path));
      CAMP_TRY(store::create_clone_repositories(root, settings.own_member));
      CAMP_TRY(store::write_settings(root, settings));
    }
    auto community = CAMP_TRY(store::Community::open(path, env_));
    cloned_.community = settings.community;
    cloned_.member = settings.own_member;
    cloned_.name = CAMP_TRY(community.index().community_name());
    if (!mirror()) CAMP_TRY(enroll(community, device_name(target)));
    cloned_.report = CAMP_TRY(sync(community, request_.sync));
    const SyncPeer& peer = cloned_.report.peers.front();
    return peer.state == "ok" ? Result<void>() : tl::unexpected<Error>(peer.error);
  }

  /// Whom `--as` means, by the list of members that has just come.
  Result<OwnerId> member_here(const std::string& path) {
    const auto community = CAMP_TRY(store::Community::open(path, env_));
    const index::MemberRow row = CAMP_TRY(find_member(community, request_.as));
    if (row.state == "removed") return fail(Kind::refused, "@" + row.handle + " is no member now");
    cloned_.handle = row.handle;
    return OwnerId::parse(row.id);
  }

  std::string device_name(const std::string& target) const {
    return request_.device.empty() ? std::filesystem::path(target).filename().string()
                                   : request_.device;
  }

  /// Makes this device's keys and has them admitted. They are kept before anybody is asked, so that
  /// an answer that is lost loses nothing.
  Result<void> enroll(store::Community& community, const std::string& device) {
    const model::KeyState state = CAMP_TRY(community.keys_of(cloned_.member));
    CAMP_TRY(community.keyring().put(cloned_.member, *device_key()));
    const model::SigningKey key{device_key()->public_key(), model::KeyRole::device, device};
    if (!request_.code.empty()) {
      CAMP_TRY(claim(community, state, key));
    } else if (state.unclaimed) {
      return fail(Kind::refused, "@" + cloned_.handle + " has not claimed yet",
                  "give the code that came with the invitation: --code CODE");
    } else {
      CAMP_TRY(admit(community, state, key));
    }
    if (fed::is_https(source_)) {
      origin_ = CAMP_TRY(fed::open_origin(env_, source_, request_.as, {device_key(), {}}));
    }
    CAMP_TRY(fed::fetch_repository(community, *origin_, store::kLocal, fed::Part::papers));
    if (CAMP_TRY(community.keys_of(cloned_.member)).speaks(key.key)) return {};
    return fail(Kind::network, "the origin did not admit this device", "try again");
  }

  Result<void> claim(store::Community& community, const model::KeyState& state,
                     const model::SigningKey& key) {
    if (!state.unclaimed) {
      return fail(
          Kind::refused, "@" + cloned_.handle + " is claimed already",
          "if it was you, give your paper key with --paper-key-file FILE instead of a code");
    }
    CAMP_TRY(ask(*origin_, fed::claim_line({.code = request_.code})));
    const PaperKeys sheet = new_paper_keys(env_);
    const auto rotation = crypto::SecretKey::generate(env_);
    CAMP_TRY(community.keyring().put(cloned_.member, rotation));
    CAMP_TRY(
        request_.paper(CAMP_TRY(paper_sheet(sheet, cloned_.handle, cloned_.member, cloned_.name))));
    return ask(*origin_,
               fed::claim_line({.code = request_.code,
                                .rotation = {sheet.key.public_key(), rotation.public_key()},
                                .next = {model::commitment(sheet.spare.public_key())},
                                .signing = {key}}));
  }

  /// One more device of somebody who has claimed: a key that decides has to say so. That is the one
  /// on paper, or one that the origin's directory holds and its owner may use.
  Result<void> admit(store::Community& community, const model::KeyState& state,
                     const model::SigningKey& key) {
    if (request_.authority.sheet.empty()) {
      const auto only_owner =
          fail(Kind::refused, "only @" + cloned_.handle + " can admit this device",
               "give your paper key with --paper-key-file FILE");
      if (fed::is_remote(source_)) return only_owner;
      auto origin = CAMP_TRY(store::Community::open(source_, env_));
      const Actor actor{cloned_.member, cloned_.handle, {}};
      const auto added = add_key(origin, actor, key.name, crypto::to_did_key(key.key), {}, {});
      if (!added && added.error().kind == Kind::refused) return only_owner;
      return added ? Result<void>() : tl::unexpected<Error>(added.error());
    }
    const crypto::SecretKey signer = CAMP_TRY(authority_key(community, state, request_.authority));
    const std::array signers{&signer};
    const std::string log = CAMP_TRY(model::append_operation(
        CAMP_TRY(community.state_file(store::member_keys_file(cloned_.member))),
        model::adding(state, key), signers, env_.now_ms()));
    return ask(*origin_, fed::key_log_line({.log = log}));
  }

  const Env& env_;
  const CloneRequest& request_;
  std::string source_;
  std::shared_ptr<const crypto::SecretKey> device_key_;
  std::unique_ptr<fed::Origin> origin_;
  Cloned cloned_;
};

}  // namespace

Result<Cloned> clone(const Env& env, const CloneRequest& request) {
  return Cloning(env, request).run();
}

}  // namespace camp::ops
