// SPDX-License-Identifier: MIT
#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "catch.h"

namespace camp::http {
namespace {

sockaddr_storage address_of(const std::string& text) {
  sockaddr_storage storage{};
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    std::memcpy(&storage, &four, sizeof four);
  } else {
    REQUIRE(inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1);
    six.sin6_family = AF_INET6;
    std::memcpy(&storage, &six, sizeof six);
  }
  return storage;
}
const sockaddr& any(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr&>(storage);
}

TEST_CASE("addresses of the public internet, and the last ones before each range that is not") {
  for (const char* text :
       {"1.0.0.0",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0",     "172.15.255.255",  "172.32.0.0",
        "191.255.255.255", "192.0.1.0",       "192.0.3.0",       "192.88.98.255",
        "192.88.100.0",    "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",      "198.51.99.255",   "198.51.101.0",    "203.0.112.255",
        "203.0.114.0",     "223.255.255.255", "2001:200::",      "2001:4860:4860::8888",
        "2001:db7:ffff::", "2001:db9::",      "2003::",          "2a00::1",
        "2600::",          "3ffe:ffff::",     "2000::"}) {
    INFO(text);
    CHECK(is_public(any(address_of(text))));
    CHECK_FALSE(is_loopback(any(address_of(text))));
  }
}

TEST_CASE("addresses that lead to us, into somebody's network, or nowhere") {
  for (const char* text : {"0.0.0.0",
                           "0.255.255.255",
                           "10.0.0.0",
                           "10.255.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.0.0.0",
                           "192.0.0.255",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.0",
                           "192.168.255.255",
                           "198.18.0.0",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.0",
                           "239.255.255.250",
                           "240.0.0.0",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:8.8.8.8",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::8.8.8.8",
                           "64:ff9b:1::1",
                           "100::1",
                           "1fff:ffff::",
                           "2001::1",
                           "2001:0:4136:e378::",
                           "2001:1ff::",
                           "2001:db8::1",
                           "2001:db8:ffff::",
                           "2002:7f00:1::",
                           "2002::",
                           "3fff::1",
                           "3fff:fff::",
                           "4000::",
                           "5f00::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1"}) {
    INFO(text);
    CHECK_FALSE(is_public(any(address_of(text))));
  }
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  CHECK_FALSE(is_public(any(storage)));
  storage.ss_family = AF_UNSPEC;
  CHECK_FALSE(is_public(any(storage)));
}

TEST_CASE("loopback is what the kernel calls so, and not what maps to it") {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1"}) {
    INFO(text);
    CHECK(is_loopback(any(address_of(text))));
  }
  for (const char* text : {"126.0.0.1", "128.0.0.1", "::", "::2", "::ffff:127.0.0.1", "0.0.0.0"}) {
    INFO(text);
    CHECK_FALSE(is_loopback(any(address_of(text))));
  }
}

TEST_CASE("addresses are written in one way") {
  CHECK(address_text(any(address_of("127.0.0.1"))) == "127.0.0.1");
  CHECK(address_text(any(address_of("2001:DB8:0:0::1"))) == "2001:db8::1");
  CHECK(address_text(any(address_of("::ffff:192.0.2.1"))) == "192.0.2.1");
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  CHECK(address_text(any(storage)) == "unix");
}

}  // namespace
}  // namespace camp::http
