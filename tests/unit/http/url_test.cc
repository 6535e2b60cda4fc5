// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <string>
#include <utility>
#include <vector>

#include "catch.h"

namespace camp::http {
namespace {

TEST_CASE("URLs that are used, and what they become") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"https://friend.camp/", "https://friend.camp/"},
      {"https://friend.camp", "https://friend.camp/"},
      {"HTTPS://Friend.Camp/A", "https://friend.camp/A"},
      {"https://friend.camp:443/a", "https://friend.camp/a"},
      {"https://friend.camp?a=b", "https://friend.camp/?a=b"},
      {"https://friend.camp/users/ana#main-key", "https://friend.camp/users/ana#main-key"},
      {"https://friend.camp/@ana/a%2Fb;c=1?d[]=%C3%A9&e=f/g?h",
       "https://friend.camp/@ana/a%2Fb;c=1?d[]=%C3%A9&e=f/g?h"},
      {"https://b\xC3\xBC"
       "cher.example/",
       "https://xn--bcher-kva.example/"},
      {"https://friend.camp//a//", "https://friend.camp//a//"},
      {"https://friend.camp/a:b", "https://friend.camp/a:b"},
      {"https://friend.camp/...", "https://friend.camp/..."},
  };
  for (const auto& [text, normal] : rows) {
    INFO(text);
    const auto url = parse_url(text);
    REQUIRE(url);
    CHECK(url->text() == normal);
    CHECK(parse_url(url->text()) == *url);
    CHECK(url->port == 0);
  }
}

TEST_CASE("the parts of a URL are what is sent, and the fragment is not") {
  const auto url = parse_url("https://friend.camp/a/b?c=d#e").value();
  CHECK(url.scheme == "https");
  CHECK(url.host == "friend.camp");
  CHECK(url.authority() == "friend.camp");
  CHECK(url.origin() == "https://friend.camp");
  CHECK(url.path == "/a/b");
  CHECK(url.query == "c=d");
  CHECK(url.fragment == "e");
  CHECK(url.target() == "/a/b?c=d");
}

TEST_CASE("URLs that are refused") {
  using namespace std::string_literals;
  const std::vector<std::string> rows{
      "",
      "friend.camp",
      "//friend.camp/",
      "/a",
      "https:",
      "https:/",
      "https://",
      "https:///nohost",
      "https:friend.camp",
      "https:/friend.camp/",
      "https:////friend.camp/",
      // Other schemes.
      "http://friend.camp/",
      "ftp://friend.camp/",
      "file:///etc/passwd",
      "gopher://friend.camp/",
      "javascript:alert(1)",
      "httpss://friend.camp/",
      " https://friend.camp/",
      // Users, ports, and what makes parsers disagree.
      "https://ana@friend.camp/",
      "https://ana:x@friend.camp/",
      "https://@friend.camp/",
      "https://friend.camp\\@evil.example/",
      "https://evil.example#@friend.camp/\\",
      "https://friend.camp:80/",
      "https://friend.camp:8443/",
      "https://friend.camp:/",
      "https://friend.camp:0/",
      "https://friend.camp:0443/",
      "https://friend.camp:99999/",
      "https://friend.camp:x/",
      "https://friend.camp:443:443/",
      // Addresses in every spelling.
      "https://127.0.0.1/",
      "https://10.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://0177.0.0.1/",
      "https://127.1/",
      "https://[::1]/",
      "https://[::ffff:127.0.0.1]/",
      "https://0/",
      "https://\xE2\x91\xA0.1/",
      "https://a.example.127/",
      // Names that are none.
      "https://localhost/",
      "https://camp/",
      "https://friend.camp./",
      "https://.camp/",
      "https://a..b/",
      "https://exa%6dple.org/",
      "https://a_b.example/",
      "https://a b.example/",
      "https://-a.example/",
      "https://a\xC2\xAD"
      "b.example/",
      "https://*.example/",
      "https://friend.camp%00.evil.example/",
      "https://friend.camp%2f.evil.example/",
      // Characters.
      "https://friend.camp/a b",
      "https://friend.camp/a\tb",
      "https://friend.camp/a\nb",
      "https://friend.camp/\xC3\xA9",
      "https://friend.camp/%",
      "https://friend.camp/%zz",
      "https://friend.camp/%4",
      "https://friend.camp/a\\b",
      "https://friend.camp/<a>",
      "https://friend.camp/a?b c",
      "https://friend.camp/a?b\"",
      "https://friend.camp/a#b#c",
      "https://friend.camp/a#b c",
      "https://friend.camp/a\0b"s,
      "https://friend.camp/{a}",
      // Paths that lead elsewhere.
      "https://friend.camp/../a",
      "https://friend.camp/a/..",
      "https://friend.camp/./a",
      "https://friend.camp/%2e%2E/a",
      "https://friend.camp/.%2e",
      "https://friend.camp/a/.",
      "https://friend.camp/" + std::string(2048, 'a'),
  };
  for (const std::string& text : rows) {
    INFO(text);
    const auto url = parse_url(text);
    CHECK_FALSE(url);
    if (url) CHECK(url->text() == "");  // shows what it became
    if (!url) CHECK(url.error().kind == Kind::refused);
  }
}

TEST_CASE("for tests on one machine loopback is allowed, and nothing else more") {
  const Policy loopback{.loopback = true};
  const std::vector<std::pair<std::string, std::string>> rows{
      {"http://localhost:8080/a", "http://localhost:8080/a"},
      {"http://LOCALHOST/", "http://localhost/"},
      {"http://127.0.0.1:80/", "http://127.0.0.1/"},
      {"http://127.9.8.7:5/", "http://127.9.8.7:5/"},
      {"http://[::1]:5/", "http://[::1]:5/"},
      {"https://localhost:8443/", "https://localhost:8443/"},
      {"https://127.0.0.1:443/", "https://127.0.0.1/"},
      {"https://friend.camp/", "https://friend.camp/"},
  };
  for (const auto& [text, normal] : rows) {
    INFO(text);
    const auto url = parse_url(text, loopback);
    REQUIRE(url);
    CHECK(url->text() == normal);
    CHECK(parse_url(url->text(), loopback) == *url);
  }
  for (const char* text :
       {"http://friend.camp/", "https://friend.camp:8443/", "http://10.0.0.1/", "https://10.0.0.1/",
        "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/",
        "http://localhost./", "http://a.localhost/", "http://127.0.0.1.evil.example/",
        "http://0.0.0.0/", "http://[::]/", "ftp://localhost/", "http://ana@localhost/",
        "http://localhost:0/", "http://0127.0.0.1/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text, loopback));
  }
}

TEST_CASE("a Location field is read from where it stands") {
  const Url base = parse_url("https://friend.camp/a/b?c#d").value();
  const std::vector<std::pair<std::string, std::string>> rows{
      {"https://other.example/x", "https://other.example/x"},
      {"/x/y?z", "https://friend.camp/x/y?z"},
      {"x", "https://friend.camp/a/x"},
      {"../x", "https://friend.camp/x"},
      {"?x", "https://friend.camp/a/b?x"},
      {"/x y", "https://friend.camp/x%20y"},
      {"//other.example/x", "https://other.example/x"},
  };
  for (const auto& [reference, meant] : rows) {
    INFO(reference);
    const auto url = resolve_url(base, reference);
    REQUIRE(url);
    CHECK(url->text() == meant);
  }
  for (const char* reference :
       {"http://friend.camp/", "file:///etc/passwd", "gopher://a.example/", "//127.0.0.1/",
        "https://127.0.0.1/", "https://2130706433/", "//ana@friend.camp/", "https://localhost/",
        "javascript:alert(1)", "", "https:///nohost", "\\\\evil.example/", "https://exa%6dple.org/",
        "//friend.camp:8443/"}) {
    INFO(reference);
    const auto url = resolve_url(base, reference);
    CHECK_FALSE(url);
    if (url) CHECK(url->text() == "");
  }
}

}  // namespace
}  // namespace camp::http
