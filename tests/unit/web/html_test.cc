// SPDX-License-Identifier: MIT
#include "web/html.h"

#include "catch.h"
#include "web/media.h"
#include "web/page.h"

using namespace camp;
using namespace camp::web;

namespace {

std::string escaped(std::string_view words) { return (Html() << words).text(); }
std::string linked(std::string_view address) { return Html().href(address).text(); }

}  // namespace

TEST_CASE("text goes into a page escaped, for elements and attributes alike") {
  CHECK(escaped("a < b > c & \"d\" 'e'") == "a &lt; b &gt; c &amp; &quot;d&quot; &#39;e&#39;");
  CHECK(escaped("</title><script>alert(1)</script>") ==
        "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  CHECK(escaped("\" onload=\"x") == "&quot; onload=&quot;x");
  CHECK(escaped("&amp;") == "&amp;amp;");
  CHECK(escaped("Zoë 🌱\n") == "Zoë 🌱\n");
  CHECK((Html() << "<p>"_html
                << "<p>" << std::int64_t{-3})
            .text() == "<p>&lt;p&gt;-3");
}

TEST_CASE("what no document may hold becomes a replacement character") {
  CHECK(escaped(std::string_view("a\0b", 3)) == "a\uFFFDb");
  CHECK(escaped("\x1B[2J\x07") == "\uFFFD[2J\uFFFD");
  CHECK(escaped("\xC2\x9B"
                "31m") == "\uFFFD31m");
  CHECK(escaped("\xFF<") == "\uFFFD&lt;");
  CHECK(escaped("\xEF\xBF\xBE") == "\uFFFD");
  CHECK(escaped("\xED\xA0\x80<").ends_with("\uFFFD&lt;"));
}

TEST_CASE("only addresses that lead to a page or to mail become links") {
  CHECK(linked("https://example.org/?a=1&b=2") == " href=\"https://example.org/?a=1&amp;b=2\"");
  CHECK(linked("http://example.org/") == " href=\"http://example.org/\"");
  CHECK(linked("mailto:bo@friend.camp") == " href=\"mailto:bo@friend.camp\"");
  CHECK(linked("/u/bo") == " href=\"/u/bo\"");
  for (const char* address :
       {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "//example.org/", "/\\example.org", "u/bo", "", "#x",
        "https://example.org/\" onclick=\"x", "https://example.org/\nx"}) {
    INFO(address);
    CHECK(linked(address).empty());
  }
}

TEST_CASE("words of anybody become harmless HTML") {
  const auto made = [](std::string_view content) {
    return Html::of_words(content, "text/html").text();
  };
  CHECK(made("<p onclick=x>hi<script>alert(1)</script></p>").find("script") == std::string::npos);
  CHECK(made("<img src=x onerror=alert(1)>").find("<img") == std::string::npos);
  CHECK(made("<a href=\"javascript:x\">y</a>").find("javascript") == std::string::npos);
  CHECK(made("<span class=\"overlay mention\" style=\"position:fixed\">y</span>") ==
        "<span class=\"mention\">y</span>");
}

TEST_CASE("small pictures of people elsewhere are words, and load nothing") {
  const auto made = [](std::string_view content, const std::string& name) {
    const std::vector<model::RemoteEmoji> emojis{{name, "https://m.example/blob.png"}};
    return Html::of_words(content, "text/html", emojis).text();
  };
  const std::string shown = "<p>hi <span title=\"a small picture, blob\">:blob:</span>:blobs::</p>";
  CHECK(made("<p>hi :blob::blobs::</p>", ":blob:") == shown);
  CHECK(made("<p>hi :blob::blobs::</p>", "blob") == shown);
  const std::string link = made("<a href=\"https://m.example/:blob:\">x</a>", ":blob:");
  CHECK(link.find("href=\"https://m.example/:blob:\"") != std::string::npos);
  CHECK(link.find("span") == std::string::npos);
  CHECK(made("<p>:\"><b>:</p>", ":\"><b>:").find("title") == std::string::npos);
  CHECK(made("<p>::</p>", "::") == "<p>::</p>");
  CHECK(made("<p>:blob:</p>", ":blob:").find("blob.png") == std::string::npos);
}

TEST_CASE("titles are one line") {
  CHECK(one_line("  a\n\nb\t c  ", 20) == "a b c");
  CHECK(one_line("a long sentence that goes on", 10).size() <= 12);
  CHECK(one_line(" \n ", 10).empty());
}

TEST_CASE("times are read by people and machines") {
  CHECK(time_of(1'764'151'200'123).text() ==
        "<time datetime=\"2025-11-26T10:00:00Z\">26 Nov 2025, 10:00</time>");
  CHECK(time_of(1'764'669'600'000).text() ==
        "<time datetime=\"2025-12-02T10:00:00Z\">2 Dec 2025, 10:00</time>");
}

TEST_CASE("E25 a picture's type is what its bytes are") {
  CHECK(type_of_bytes("\xFF\xD8\xFF\xE0") == "image/jpeg");
  CHECK(type_of_bytes("\x89PNG\r\n\x1A\n...") == "image/png");
  CHECK(type_of_bytes("RIFF\1\2\3\4WEBPVP8 ") == "image/webp");
  for (const char* bytes :
       {"{\"type\":\"Note\"}", "<svg/onload=x>", "GIF89a", "RIFF", "RIFF1234WAVE", ""}) {
    INFO(bytes);
    CHECK(type_of_bytes(bytes).empty());
  }
}
