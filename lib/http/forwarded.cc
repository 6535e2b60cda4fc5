// SPDX-License-Identifier: MIT
#include "http/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "http/address.h"

namespace camp::http {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Ip>
std::string text_of(const Ip& ip) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &ip, sizeof ip);
  return address_text(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace

std::string normal_address(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  const std::string host(text);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  if (inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) return text_of(four);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) return text_of(six);
  return {};
}

std::string forwarded_peer(const Headers& headers, const std::string& peer,
                           const std::vector<std::string>& trusted_proxies) {
  std::string found = peer;
  const auto values = headers.all("X-Forwarded-For");
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    std::string_view rest = *value;
    while (true) {
      const std::size_t comma = rest.rfind(',');
      const std::string address =
          normal_address(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (address.empty()) return found;
      found = address;
      const bool trusted =
          std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                      [&](const std::string& proxy) { return normal_address(proxy) == address; });
      if (!trusted) return found;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return found;
}

}  // namespace camp::http
