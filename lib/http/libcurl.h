// SPDX-License-Identifier: MIT
#pragma once

#include <curl/curl.h>

#include "base/result.h"

// For client.cc and url.cc alone.
namespace camp::http {

#define CAMP_LIBCURL_CALLS(X) \
  X(curl_easy_cleanup)        \
  X(curl_easy_init)           \
  X(curl_easy_perform)        \
  X(curl_easy_reset)          \
  X(curl_easy_setopt)         \
  X(curl_easy_strerror)       \
  X(curl_free)                \
  X(curl_global_init)         \
  X(curl_slist_append)        \
  X(curl_slist_free_all)      \
  X(curl_url)                 \
  X(curl_url_cleanup)         \
  X(curl_url_get)             \
  X(curl_url_set)

/// The functions of libcurl. Like libarchive it is loaded when it is first needed: Debian's brings
/// along seventeen other libraries (LDAP, Kerberos, RTMP), which most commands would load in vain.
struct LibCurl {
#define CAMP_LIBCURL_MEMBER(name) decltype(&::name) name = nullptr;
  CAMP_LIBCURL_CALLS(CAMP_LIBCURL_MEMBER)
#undef CAMP_LIBCURL_MEMBER
};

/// Loads and starts it; Kind::failed if it is not installed. From any thread.
Result<void> load_libcurl();
/// The loaded library.
const LibCurl& lib();

}  // namespace camp::http
