// SPDX-License-Identifier: MIT
#include "store/media.h"

#include <algorithm>

#include "crypto/digest.h"

namespace camp::store {
namespace {

constexpr std::size_t kMaxBytes = 16 << 20;
constexpr std::size_t kDigestDigits = 64;

std::string directory_of(std::string_view repository) { return "media/" + std::string(repository); }

bool is_digest(std::string_view name) {
  return name.size() == kDigestDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The fan-out directories of a repository's media.
Result<std::vector<std::string>> fans(const Directory& root, std::string_view repository) {
  const std::string top = directory_of(repository);
  std::vector<std::string> paths;
  if (!root.exists(top)) return paths;
  for (const std::string& name : CAMP_TRY(root.list(top))) {
    if (name.size() == 2) paths.push_back(top + "/" + name);
  }
  return paths;
}

}  // namespace

std::string media_path(std::string_view repository, std::string_view sha256) {
  return directory_of(repository) + "/" + std::string(sha256.substr(0, 2)) + "/" +
         std::string(sha256);
}

Result<void> put_media(const Directory& root, std::string_view repository, std::string_view sha256,
                       std::string_view bytes) {
  const std::string path = media_path(repository, sha256);
  if (root.exists(path)) return {};
  CAMP_TRY(root.create(path.substr(0, path.rfind('/'))));
  return root.write_file_atomically(path, bytes);
}

Result<std::string> read_media(const Directory& root, std::string_view repository,
                               std::string_view sha256) {
  const std::string path = media_path(repository, sha256);
  std::string bytes = CAMP_TRY(root.read_file(path, kMaxBytes));
  if (crypto::sha256_hex(bytes) != sha256) {
    return fail(Kind::damaged, path + " is not the file that its name says",
                "restore it from a backup or a clone");
  }
  return bytes;
}

Result<std::vector<std::string>> list_media(const Directory& root, std::string_view repository) {
  std::vector<std::string> digests;
  for (const std::string& fan : CAMP_TRY(fans(root, repository))) {
    for (std::string& name : CAMP_TRY(root.list(fan))) {
      if (is_digest(name)) digests.push_back(std::move(name));
    }
  }
  std::sort(digests.begin(), digests.end());
  return digests;
}

Result<void> remove_media(const Directory& root, std::string_view repository,
                          std::string_view sha256) {
  return root.remove_file(media_path(repository, sha256));
}

Result<void> remove_media_leftovers(const Directory& root, std::string_view repository) {
  for (const std::string& fan : CAMP_TRY(fans(root, repository))) {
    CAMP_TRY(root.remove_temporaries(fan));
  }
  return {};
}

}  // namespace camp::store
