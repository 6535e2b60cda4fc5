// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <string>

namespace camp::http {

/// Whether an address is one of the public internet: global unicast, and none of the ranges that
/// lead back to us or into somebody's network (private, shared, link-local, benchmarking,
/// documentation, translated and tunnelled ones; IANA special-purpose registries). Reads as much as
/// the address's family needs; anything but IPv4 and IPv6 is not public.
bool is_public(const sockaddr& address);

/// Whether it is 127.0.0.0/8 or ::1. A mapped form of them is not.
bool is_loopback(const sockaddr& address);

/// The address without its port, as text: "127.0.0.1", "::1"; "unix" for a Unix socket. An IPv4
/// address mapped into IPv6 is written as the IPv4 address.
std::string address_text(const sockaddr& address);

}  // namespace camp::http
