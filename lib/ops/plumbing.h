// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ops/open.h"

namespace camp::ops {

// The undecorated commands under everything else: `camp object …`.

/// The object id that a JSON text has by its content (with or without `id` and `proof`).
Result<std::string> hash_object(std::string_view json);

/// A finished object file from a JSON text without `id` and `proof`, signed by the actor. Its
/// author and community must be the actor and this community. Nothing is stored.
Result<std::string> sign_object(const store::Community& community, const Actor& actor,
                                std::string_view json);

struct Verified {
  std::string id;  ///< full id
  std::string type;
  std::string key;      ///< did:key the signature verifies under; empty for a letter
  std::string author;   ///< handle, if a member
  bool counts = false;  ///< the key speaks for the author
};
/// Checks an object file's form and signature, and whether its key is its author's.
Result<Verified> verify_object(const store::Community& community, std::string_view bytes);

/// The stored bytes of an object that the actor may read.
Result<std::string> cat_object(const store::Community& community, const Actor& actor,
                               const std::string& which);

struct ListedObject {
  std::string repository, branch, path, blob;
};
/// Every object file that the actor may read, by repository, branch and path.
Result<void> list_objects(const store::Community& community, const Actor& actor,
                          const std::function<void(const ListedObject&)>& each);

}  // namespace camp::ops
