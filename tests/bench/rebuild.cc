// SPDX-License-Identifier: MIT
// Building the index anew, with every signature checked again and with the verdicts remembered.
#include <fmt/core.h>
#include <sodium.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/parallel.h"
#include "bench.h"
#include "ops/care.h"

namespace camp::bench {
namespace {

/// Seconds for checking a signature over 64 bytes (what a proof signs) `count` times, on all cores.
Result<double> bare_verification_us(std::size_t count) {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
  std::array<unsigned char, 64> message{};
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(), seed.data());
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       secret_key.data());
  std::atomic<std::size_t> wrong{0};
  const Stopwatch watch;
  parallel_for(count, [&](std::size_t) {
    if (crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                    public_key.data()) != 0) {
      ++wrong;
    }
  });
  if (wrong == 0) return watch.us();
  return fail(Kind::bug, "a good signature did not verify");
}

/// Blob ids of a repository's months, one a line.
Result<void> list_blobs(const git::Repository& repository, const std::string& path) {
  std::ofstream list(path);
  for (const git::Branch& branch : CAMP_TRY(repository.branches())) {
    if (!branch.name.starts_with("e/")) continue;
    CAMP_TRY(repository.for_each_file(branch.tip, "", [&](const git::Entry& entry) {
      list << entry.blob << '\n';
      return Result<bool>(true);
    }));
  }
  return {};
}

class Rebuild {
 public:
  Rebuild(const Options& options, std::size_t posts) : options_(options), posts_(posts) {}

  Result<void> run_all() {
    auto community = CAMP_TRY(open_store(options_, posts_));
    for (const auto name : {store::kLocal, store::kPublic}) {
      CAMP_TRY(list_blobs(CAMP_TRY(community.repository(name)), list_of(name)));
    }
    for (int round = 0; round < std::max(2, options_.rounds / 2); ++round) {
      CAMP_TRY(one_round(community));
    }
    report_rows();
    return {};
  }

 private:
  std::string list_of(std::string_view name) const {
    return options_.scratch + "/blobs-" + std::string(name);
  }

  Result<void> one_round(store::Community& community) {
    bare_.take(CAMP_TRY(bare_verification_us(posts_)));
    Stopwatch watch;
    objects_ = CAMP_TRY(ops::reindex(community, true, {}));
    verified_.take(watch.us());
    double cat_us = 0;
    for (const auto name : {store::kLocal, store::kPublic}) {
      const auto cat = CAMP_TRY(
          run({"git", "-C", community.repository_path(name), "cat-file", "--batch"},
              {"PATH=/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent"}, list_of(name)));
      cat_us += cat.us;
    }
    cat_.take(cat_us);
    watch = Stopwatch();
    CAMP_TRY(ops::reindex(community, false, {}));
    remembered_.take(watch.us());
    return {};
  }

  void report_rows() const {
    const auto rate = [](std::size_t count, double us) {
      return fmt::format("{:.0f}/s", static_cast<double>(count) / us * 1e6);
    };
    const double scale = static_cast<double>(objects_) / static_cast<double>(posts_);
    report("verify and index from nothing", posts_, rate(objects_, verified_.us()),
           fmt::format("{} Ed25519, {} cores", rate(posts_, bare_.us()),
                       std::thread::hardware_concurrency()),
           {bare_.us() * scale / verified_.us(), "x", 0.8, true});
    report("index with remembered verdicts", posts_, rate(objects_, remembered_.us()),
           rate(objects_, cat_.us()) + " cat-file", {cat_.us() / remembered_.us(), "x", 0.4, true});
  }

  const Options& options_;
  std::size_t posts_, objects_ = 0;
  Fastest bare_, verified_, cat_, remembered_;
};

}  // namespace

Result<void> bench_rebuild(const Options& options) {
  if (sodium_init() < 0) return fail(Kind::failed, "libsodium does not start");
  return Rebuild(options, options.main_size()).run_all();
}

}  // namespace camp::bench
