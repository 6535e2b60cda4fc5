// SPDX-License-Identifier: MIT
#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace camp::http {
namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

struct Range4 {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// What of IPv4 is not global unicast.
constexpr std::array<Range4, 14> kNotPublic4{{
    {ip4(0, 0, 0, 0), 8},
    {ip4(10, 0, 0, 0), 8},
    {ip4(100, 64, 0, 0), 10},
    {ip4(127, 0, 0, 0), 8},
    {ip4(169, 254, 0, 0), 16},
    {ip4(172, 16, 0, 0), 12},
    {ip4(192, 0, 0, 0), 24},
    {ip4(192, 0, 2, 0), 24},
    {ip4(192, 88, 99, 0), 24},
    {ip4(192, 168, 0, 0), 16},
    {ip4(198, 18, 0, 0), 15},
    {ip4(198, 51, 100, 0), 24},
    {ip4(203, 0, 113, 0), 24},
    {ip4(224, 0, 0, 0), 3},
}};

struct Range6 {
  Bytes16 first;
  std::size_t bits;
};

constexpr Range6 kGlobal6{{0x20}, 3};  // 2000::/3, of which the ranges below are taken out
constexpr std::array<Range6, 4> kNotPublic6{{
    {{0x20, 0x01}, 23},              // 2001::/23, protocols and tunnels (Teredo, ORCHID)
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // 2001:db8::/32, documentation
    {{0x20, 0x02}, 16},              // 2002::/16, 6to4: holds an IPv4 address
    {{0x3f, 0xff}, 20},              // 3fff::/20, documentation
}};

bool within(std::uint32_t address, const Range4& range) {
  return (address ^ range.first) >> (32 - range.bits) == 0;
}

bool within(const Bytes16& address, const Range6& range) {
  for (std::size_t bit = 0; bit < range.bits; bit += 8) {
    const std::size_t here = std::min<std::size_t>(8, range.bits - bit);
    const int difference = address[bit / 8] ^ range.first[bit / 8];
    if (difference >> (8 - here) != 0) return false;
  }
  return true;
}

std::uint32_t ip4_of(const sockaddr& address) {
  sockaddr_in ip{};
  std::memcpy(&ip, &address, sizeof ip);
  return ntohl(ip.sin_addr.s_addr);
}

Bytes16 ip6_of(const sockaddr& address) {
  sockaddr_in6 ip{};
  std::memcpy(&ip, &address, sizeof ip);
  Bytes16 bytes{};
  std::memcpy(bytes.data(), &ip.sin6_addr, bytes.size());
  return bytes;
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const std::uint32_t ip = ip4_of(address);
    return std::none_of(kNotPublic4.begin(), kNotPublic4.end(),
                        [&](const Range4& range) { return within(ip, range); });
  }
  if (address.sa_family == AF_INET6) {
    const Bytes16 ip = ip6_of(address);
    return within(ip, kGlobal6) &&
           std::none_of(kNotPublic6.begin(), kNotPublic6.end(),
                        [&](const Range6& range) { return within(ip, range); });
  }
  return false;
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) return within(ip4_of(address), {ip4(127, 0, 0, 0), 8});
  Bytes16 one{};
  one.back() = 1;
  return address.sa_family == AF_INET6 && ip6_of(address) == one;
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    const in_addr ip{htonl(ip4_of(address))};
    inet_ntop(AF_INET, &ip, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    const Bytes16 ip = ip6_of(address);
    static constexpr Range6 kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
    const bool mapped = within(ip, kMapped);
    inet_ntop(mapped ? AF_INET : AF_INET6, ip.data() + (mapped ? 12 : 0), text.data(), text.size());
  } else {
    return "unix";
  }
  return text.data();
}

}  // namespace camp::http
