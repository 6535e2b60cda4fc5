// SPDX-License-Identifier: MIT
#include "http/libcurl.h"

#include <dlfcn.h>

#include <cstdlib>
#include <optional>

namespace camp::http {
namespace {

// The name of the ABI that curl.h declares; Debian 12 and 13 have the same.
constexpr const char* kFile = "libcurl.so.4";

/// Looks one function up; 1 if it is missing.
template <class Function>
int look_up(void* handle, const char* name, Function*& into) {
  into = reinterpret_cast<Function*>(::dlsym(handle, name));
  return into == nullptr ? 1 : 0;
}

std::optional<LibCurl> load() {
  // Never closed: some of its parts cannot be loaded twice.
  void* const handle = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return std::nullopt;
  LibCurl loaded;
  int missing = 0;
#define CAMP_LIBCURL_LOAD(name) missing += look_up(handle, #name, loaded.name);
  CAMP_LIBCURL_CALLS(CAMP_LIBCURL_LOAD)
#undef CAMP_LIBCURL_LOAD
  if (missing != 0) return std::nullopt;
  unsetenv("SSLKEYLOGFILE");  // curl would write the keys of every connection there
  loaded.curl_global_init(CURL_GLOBAL_DEFAULT);
  return loaded;
}

const std::optional<LibCurl>& loaded() {
  static const std::optional<LibCurl> library = load();
  return library;
}

}  // namespace

Result<void> load_libcurl() {
  if (loaded()) return {};
  return fail(Kind::failed, "other servers cannot be asked: libcurl is missing",
              "install it, for example with 'apt install libcurl4'");
}

const LibCurl& lib() { return *loaded(); }

}  // namespace camp::http
