// SPDX-License-Identifier: MIT
// Signs and verifies requests for openssl_test.py:
//   signature_tool sign cavage|rfc9421 KEY.pem KEY-ID METHOD HOST TARGET NOW-MS <body >fields
//   signature_tool verify PUBLIC.pem HOST NOW-MS <request
// A request is "METHOD TARGET", its fields, an empty line and the body.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "fed/http_signature.h"
#include "fed/message_signature.h"
#include "fed/verify_request.h"

namespace {

using namespace camp;

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return read_all(file);
}

Result<void> sign(const std::vector<std::string>& words) {
  const auto key = CAMP_TRY(crypto::RsaSecretKey::from_pem(read_file(words[2])));
  fed::OutgoingRequest request{.method = words[4], .host = words[5], .target = words[6]};
  request.content_type = "application/activity+json";
  request.body = read_all(std::cin);
  const auto make = words[1] == "cavage" ? fed::sign_request : fed::sign_message;
  const auto headers = CAMP_TRY(make(request, words[3], key, std::stoll(words[7])));
  for (const http::Field& field : headers.fields()) {
    std::cout << field.name << ": " << field.value << "\n";
  }
  return {};
}

Result<void> verify(const std::vector<std::string>& words) {
  const auto key = CAMP_TRY(crypto::RsaPublicKey::from_pem(read_file(words[1])));
  http::Request request;
  std::string line;
  std::getline(std::cin, line);
  request.method = line.substr(0, line.find(' '));
  request.target = line.substr(line.find(' ') + 1);
  while (std::getline(std::cin, line) && !line.empty()) {
    const std::size_t colon = line.find(':');
    request.headers.add(line.substr(0, colon), line.substr(colon + 1));
  }
  request.body = read_all(std::cin);
  const auto claim = CAMP_TRY(fed::read_signature(
      request, {.own_host = words[2], .scheme = "https", .now_ms = std::stoll(words[3])}));
  return fed::verify_signature(claim, key);
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const bool signing = words.size() == 8 && words[0] == "sign";
  if (!signing && !(words.size() == 4 && words[0] == "verify")) return 2;
  const auto done = signing ? sign(words) : verify(words);
  if (!done) std::cerr << done.error().message << "\n";
  return done ? 0 : 1;
}
