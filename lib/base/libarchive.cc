// SPDX-License-Identifier: MIT
#include "base/libarchive.h"

#include <dlfcn.h>

#include <optional>

namespace camp {
namespace {

// The name of the ABI that archive.h declares; Debian 12 and 13 have the same.
constexpr const char* kFile = "libarchive.so.13";

/// Looks one function up; 1 if it is missing.
template <class Function>
int look_up(void* handle, const char* name, Function*& into) {
  into = reinterpret_cast<Function*>(::dlsym(handle, name));
  return into == nullptr ? 1 : 0;
}

std::optional<LibArchive> load() {
  // Never closed: some of its parts cannot be loaded twice.
  void* const handle = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return std::nullopt;
  LibArchive loaded;
  int missing = 0;
#define CAMP_LIBARCHIVE_LOAD(name) missing += look_up(handle, #name, loaded.name);
  CAMP_LIBARCHIVE_CALLS(CAMP_LIBARCHIVE_LOAD)
#undef CAMP_LIBARCHIVE_LOAD
  return missing == 0 ? std::optional(loaded) : std::nullopt;
}

const std::optional<LibArchive>& loaded() {
  static const std::optional<LibArchive> library = load();
  return library;
}

}  // namespace

Result<void> load_libarchive() {
  if (loaded()) return {};
  return fail(Kind::failed, "archives cannot be read: libarchive is missing",
              "install it, for example with 'apt install libarchive13'");
}

const LibArchive& lib() { return *loaded(); }

}  // namespace camp
