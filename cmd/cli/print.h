// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace camp::cli {

/// Text that somebody wrote: posts, names, reasons of peers, file contents. Printing takes out what
/// would act on a terminal.
struct Foreign {
  std::string text = {};
};
/// Text made by camp out of checked parts (ids, validated handles, counts). It is printed as it is.
struct Own {
  std::string text = {};
};
/// A short id, coloured.
struct Id {
  std::string text = {};
};
/// A moment in milliseconds UTC: "5m" on a terminal, RFC 3339 elsewhere.
struct Time {
  std::int64_t ms = 0;
};

enum class Style { none, bold, dim, id, good, warning };

/// One piece of output. A std::string does not convert: it must say whose words it holds (Foreign
/// or Own), so that forgetting to strip escapes does not compile.
class Cell {
 public:
  template <std::size_t N>
  Cell(const char (&literal)[N]) : text_(literal, N - 1) {}  // NOLINT: implicit, as all below
  Cell(Foreign foreign) : text_(std::move(foreign.text)), foreign_(true) {}
  Cell(Own own) : text_(std::move(own.text)) {}
  Cell(Id id) : text_(std::move(id.text)), style_(Style::id) {}
  Cell(Time time) : is_time_(true), time_(time.ms), style_(Style::dim) {}
  template <class Number,
            class = std::enable_if_t<std::is_integral_v<Number> && !std::is_same_v<Number, bool>>>
  Cell(Number number) : text_(std::to_string(number)), number_(true) {}

  Cell styled(Style style) && {
    style_ = style;
    return std::move(*this);
  }

 private:
  friend class Printer;
  std::string text_ = {};
  bool foreign_ = false;
  bool number_ = false;  ///< aligned to the right in columns
  bool is_time_ = false;
  std::int64_t time_ = 0;
  Style style_ = Style::none;
};

using Row = std::vector<Cell>;

/// `human` goes to a terminal: columns, colours, relative times. `plain` goes into a pipe: one
/// record a line, tabs between the fields, nothing shortened.
enum class Format { human, plain, json, jsonl };

/// How a Printer prints; facts and wishes already weighed (see print_settings).
struct PrintSettings {
  Format format = Format::plain;
  bool color = false;
  bool flush_lines = false;
  int width = 80;
  bool quiet = false;
  std::int64_t verbose = 0;
  std::function<std::int64_t()> now_ms = {};  ///< for relative times; asked once
  std::function<void()> start_pager = {};     ///< sends the output through a pager from here on
};

/// Where a command puts its words. Data goes to `out`, remarks to `err`. Nothing here fails: a
/// broken output is noticed by whoever runs the command, from the stream's state.
class Printer {
 public:
  Printer(std::ostream& out, std::ostream& err, PrintSettings settings)
      : out_(out), err_(err), settings_(std::move(settings)) {}

  Format format() const { return settings_.format; }
  /// For a person at a terminal.
  bool human() const { return format() == Format::human; }
  /// `--json` or `--jsonl`.
  bool machine() const { return format() == Format::json || format() == Format::jsonl; }
  int width() const { return settings_.width; }
  std::int64_t verbose() const { return settings_.verbose; }

  /// A sentence on the output, each `{}` replaced by the next cell; silent with -q and for
  /// machines.
  template <std::size_t N, class... Cells>
  void say(const char (&format)[N], Cells&&... cells) {
    if (!machine() && !settings_.quiet) {
      put_line(out_, fill({format, N - 1}, {Cell(std::forward<Cells>(cells))...}, settings_.color));
    }
  }
  /// A remark on standard error; silent with -q and for machines.
  template <std::size_t N, class... Cells>
  void note(const char (&format)[N], Cells&&... cells) {
    if (!machine() && !settings_.quiet) {
      put_line(err_, fill({format, N - 1}, {Cell(std::forward<Cells>(cells))...}, false));
    }
  }
  /// A remark that only -v shows.
  template <std::size_t N, class... Cells>
  void detail(const char (&format)[N], Cells&&... cells) {
    if (settings_.verbose > 0) note(format, std::forward<Cells>(cells)...);
  }
  /// A line of data for people and pipes, -q or not: the cells, one after the other.
  void line(const Row& cells);
  /// Words of several lines, wrapped to the width and indented (unwrapped in a pipe).
  void paragraph(const Foreign& text, int indent = 0);
  /// Text of camp's own with its line breaks: help, templates.
  void text(std::string_view text);
  void blank() { text("\n"); }
  /// A line on standard error that takes the place of the last such one, for whoever waits at a
  /// terminal: "reading posts: 1200". finish() clears it.
  void progress(std::string_view stage, std::size_t done);

  /// One JSON document; for --json and --jsonl only, else nothing.
  void document(const Json& value);

  /// Begins a list, so that an empty one prints `[]`. With a title for each column, a terminal
  /// shows them above the rows.
  void begin_list(std::vector<std::string> titles = {});
  /// One entry: `json` is asked with --json or --jsonl (an element, a line), `row` otherwise
  /// (aligned columns for people, tabs in a pipe).
  void record(const std::function<Json()>& json, const std::function<Row()>& row);
  /// The same with something better than columns for people: `human` prints it by itself.
  void record(const std::function<Json()>& json, const std::function<Row()>& row,
              const std::function<void()>& human);

  /// Nobody reads any more, or the disk is full: a long loop may stop. The exit code follows from
  /// it.
  bool broken() const { return !out_; }
  /// From here on through the pager, when a person reads.
  void page();
  /// Two lines on standard error (or one JSON document with --json): what failed, what to do.
  void error(const Error& error);
  /// Ends lists and flushes, when the command has returned. After a failure (`complete` is false)
  /// an empty list is not printed.
  void finish(bool complete = true);

 private:
  std::string render(const Cell& cell, bool color);
  std::string fill(std::string_view format, const Row& cells, bool color);
  void put_line(std::ostream& stream, std::string_view text);
  void put_columns();
  void put_json(const Json& value);
  std::int64_t now();

  std::ostream& out_;
  std::ostream& err_;
  PrintSettings settings_;
  std::vector<std::string> titles_ = {};
  std::vector<Row> rows_ = {};  ///< of a list for people, until its widths are known
  bool in_list_ = false;
  std::size_t records_ = 0;
  bool in_progress_ = false;
  std::int64_t now_ = 0;
};

}  // namespace camp::cli
