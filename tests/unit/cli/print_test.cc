// SPDX-License-Identifier: MIT
#include "cli/print.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "cli/run.h"
#include "sample.h"

using camp::Json;
using camp::Kind;
using namespace camp::cli;

static_assert(!std::is_convertible_v<std::string, Cell>, "a string must say whose words it holds");
static_assert(std::is_convertible_v<Foreign, Cell> && std::is_convertible_v<Own, Cell>);
static_assert(!std::is_convertible_v<bool, Cell>);

namespace {

constexpr std::int64_t kNow = 1'795'428'000'000;

struct Page {
  std::ostringstream out = {};
  std::ostringstream err = {};
  Printer printer;

  explicit Page(Format format, bool color = false, bool quiet = false, int width = 40)
      : printer(out, err,
                {.format = format, .color = color, .width = width, .quiet = quiet, .now_ms = [] {
                   return kNow;
                 }}) {}
};

void list_two(Printer& printer) {
  printer.begin_list({"HANDLE", "POSTS", "SEEN"});
  for (const auto& [handle, posts] : {std::pair{"bo", 7}, {"ana\x1b[31m\tx", 120}}) {
    printer.record(
        [&, h = std::string(handle), p = posts] {
          return Json{{"h", h}, {"n", p}};
        },
        [&, h = std::string(handle), p = posts] {
          return Row{Foreign{h}, p, Time{kNow - 5 * 60'000}};
        });
  }
  printer.finish();
}

}  // namespace

TEST_CASE("a list for people stands in columns with relative times") {
  Page page(Format::human);
  list_two(page.printer);
  CHECK(page.out.str() ==
        "HANDLE  POSTS  SEEN\n"
        "bo          7  5m\n"
        "ana x     120  5m\n");
}

TEST_CASE("a list for a pipe is tab-separated with full times and without titles") {
  Page page(Format::plain);
  list_two(page.printer);
  CHECK(page.out.str() ==
        "bo\t7\t2026-11-23T09:55:00.000Z\n"
        "ana x\t120\t2026-11-23T09:55:00.000Z\n");
}

TEST_CASE("a list for machines is one JSON document, or one record a line") {
  Page json(Format::json);
  list_two(json.printer);
  const Json parsed = Json::parse(json.out.str());
  REQUIRE(parsed.size() == 2);
  CHECK(parsed[1]["h"] == "ana\x1b[31m\tx");
  Page lines(Format::jsonl);
  list_two(lines.printer);
  CHECK(lines.out.str() == "{\"h\":\"bo\",\"n\":7}\n{\"h\":\"ana\\u001b[31m\\tx\",\"n\":120}\n");
}

TEST_CASE("an empty list is a document, too") {
  Page page(Format::json);
  page.printer.begin_list();
  page.printer.finish();
  CHECK(page.out.str() == "[]\n");
  Page failed(Format::json);
  failed.printer.begin_list();
  failed.printer.finish(false);
  CHECK(failed.out.str().empty());
  Page lines(Format::jsonl);
  lines.printer.begin_list();
  lines.printer.finish();
  CHECK(lines.out.str().empty());
}

TEST_CASE("JSON is ASCII whatever it holds, and broken UTF-8 does not stop it") {
  Page page(Format::json);
  page.printer.document({{"a", "\xc5\xbc\xe2\x80\xae"}, {"b", "\xff"}});
  CHECK(page.out.str() == "{\"a\":\"\\u017c\\u202e\",\"b\":\"\\ufffd\"}\n");
}

TEST_CASE("foreign words cannot act on the terminal, with colour or without") {
  const Format format = GENERATE(Format::human, Format::plain);
  Page page(format);
  page.printer.line(
      {Foreign{"a\x1b]0;owned\x07"
               "b\xe2\x80\xae"
               "c\rd"}});
  page.printer.say("{} said {}", Foreign{"x\x1b[2J"}, Foreign{"y\nz"});
  page.printer.note("{}", Foreign{"\x9b"
                                  "31m\x1b[1m"});
  page.printer.paragraph(Foreign{"one\x1b[31m\ntwo"}, 2);
  CHECK(page.out.str().find('\x1b') == std::string::npos);
  CHECK(page.out.str().find("\xe2\x80\xae") == std::string::npos);
  CHECK(page.out.str().find('\r') == std::string::npos);
  CHECK(page.out.str().find("y z\n") != std::string::npos);
  CHECK(page.err.str().find('\x1b') == std::string::npos);
  CHECK(page.err.str().find('\x9b') == std::string::npos);
}

TEST_CASE("braces in foreign words are not holes") {
  Page page(Format::plain);
  page.printer.say("{} and {}", Foreign{"{}{}"}, 3);
  CHECK(page.out.str() == "{}{} and 3\n");
}

TEST_CASE("paragraphs wrap for people only") {
  const std::string text(30, 'a');
  Page human(Format::human, false, false, 40);
  human.printer.paragraph(Foreign{text + " " + text}, 2);
  CHECK(human.out.str() == "  " + text + "\n  " + text + "\n");
  Page plain(Format::plain);
  plain.printer.paragraph(Foreign{text + " " + text});
  CHECK(plain.out.str() == text + " " + text + "\n");
}

TEST_CASE("colour surrounds the cell and nothing else") {
  Page page(Format::human, true);
  page.printer.line({Id{"k7f2q1a"}, " x"});
  CHECK(page.out.str() == "\x1b[33mk7f2q1a\x1b[0m x\n");
}

TEST_CASE("quiet silences sentences and remarks, not data") {
  Page page(Format::plain, false, true);
  page.printer.say("posted");
  page.printer.note("remark");
  page.printer.line({"data"});
  CHECK(page.out.str() == "data\n");
  CHECK(page.err.str().empty());
}

TEST_CASE("sentences stay out of a machine's document") {
  Page page(Format::json);
  page.printer.say("posted");
  page.printer.note("remark");
  page.printer.line({"x"});
  page.printer.blank();
  page.printer.text("help");
  CHECK(page.out.str().empty());
  CHECK(page.err.str().empty());
}

TEST_CASE("errors are two lines, made safe, or one document") {
  Page page(Format::human);
  page.printer.error({Kind::refused, "no\x1b[31m\nway", "ask"});
  CHECK(page.err.str() == "camp: no way\nhint: ask\n");
  Page bare(Format::plain);
  bare.printer.error({Kind::failed, "no", ""});
  CHECK(bare.err.str() == "camp: no\n");
  Page json(Format::jsonl);
  json.printer.error({Kind::refused, "no", "ask"});
  CHECK(Json::parse(json.err.str()) ==
        Json{{"error", {{"code", "refused"}, {"message", "no"}, {"hint", "ask"}}}});
}

namespace {

PrintSettings settings(std::vector<std::pair<std::string, std::string>> variables, bool terminal,
                       Globals globals = {}) {
  std::ostringstream out;
  Session session{.out = out, .err = out};
  session.terminal.out = terminal;
  session.start_pager = [](const std::string&) {};
  return print_settings(globals, sample::env(std::move(variables)), session);
}

}  // namespace

TEST_CASE("a terminal means people, a pipe means plain, and options overrule both") {
  CHECK(settings({}, true).format == Format::human);
  CHECK(settings({}, false).format == Format::plain);
  CHECK(settings({}, true, {.plain = true}).format == Format::plain);
  CHECK(settings({}, true, {.json = true}).format == Format::json);
  CHECK(settings({}, true, {.jsonl = true}).format == Format::jsonl);
}

TEST_CASE("colour follows the option, then NO_COLOR, CLICOLOR_FORCE and TERM") {
  CHECK(settings({{"TERM", "xterm"}}, true).color);
  CHECK_FALSE(settings({{"TERM", "xterm"}}, false).color);
  CHECK_FALSE(settings({{"TERM", "dumb"}}, true).color);
  CHECK_FALSE(settings({{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}, true).color);
  CHECK(settings({{"CLICOLOR_FORCE", "1"}}, false).color);
  CHECK_FALSE(settings({{"CLICOLOR_FORCE", "0"}}, false).color);
  CHECK(settings({{"NO_COLOR", "1"}}, false, {.color = "always"}).color);
  CHECK_FALSE(settings({}, true, {.color = "never"}).color);
  CHECK_FALSE(settings({{"TERM", "xterm"}}, true, {.plain = true}).color);
}

TEST_CASE("a pager is for terminals and never cat") {
  CHECK(settings({}, true).start_pager);
  CHECK_FALSE(settings({}, false).start_pager);
  CHECK_FALSE(settings({{"PAGER", "cat"}}, true).start_pager);
  CHECK_FALSE(settings({{"CAMP_PAGER", "cat"}, {"PAGER", "more"}}, true).start_pager);
}
