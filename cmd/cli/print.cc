// SPDX-License-Identifier: MIT
#include "cli/print.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/terminal.h"
#include "base/text.h"
#include "base/time.h"

namespace camp::cli {
namespace {

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::none:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::id:
      return "\x1b[33m";
    case Style::good:
      return "\x1b[32m";
    case Style::warning:
      return "\x1b[31m";
  }
  return "";
}

std::string painted(std::string text, Style style, bool color) {
  if (!color || style == Style::none || text.empty()) return text;
  return std::string(escape_of(style)) + text + "\x1b[0m";
}

/// ASCII only, so that no terminal and no locale can disturb it; broken UTF-8 becomes U+FFFD.
std::string dumped(const Json& value) {
  return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

void Printer::line(const Row& cells) {
  if (machine()) return;
  std::string text;
  for (const Cell& cell : cells) text += render(cell, settings_.color);
  put_line(out_, text);
}

void Printer::text(std::string_view text) {
  if (machine()) return;
  out_ << text;
  if (settings_.flush_lines) out_.flush();
}

void Printer::paragraph(const Foreign& text, int indent) {
  if (machine()) return;
  const std::string safe = for_terminal(text.text);
  const std::string margin(static_cast<std::size_t>(std::max(indent, 0)), ' ');
  std::size_t start = 0;
  while (start <= safe.size()) {
    const std::size_t end = std::min(safe.find('\n', start), safe.size());
    const std::string_view piece = std::string_view(safe).substr(start, end - start);
    if (human() && !piece.empty()) {
      const int room = std::max(width() - indent, 20);
      for (const std::string& part : wrap(piece, static_cast<std::size_t>(room))) {
        put_line(out_, margin + part);
      }
    } else {
      put_line(out_, piece.empty() ? std::string() : margin + std::string(piece));
    }
    start = end + 1;
  }
}

void Printer::document(const Json& value) {
  if (machine()) put_json(value);
}

void Printer::put_json(const Json& value) { put_line(out_, dumped(value)); }

void Printer::begin_list(std::vector<std::string> titles) {
  in_list_ = true;
  records_ = 0;
  rows_.clear();
  titles_ = std::move(titles);
}

void Printer::record(const std::function<Json()>& json, const std::function<Row()>& row) {
  record(json, row, [&] { rows_.push_back(row()); });
}

void Printer::record(const std::function<Json()>& json, const std::function<Row()>& row,
                     const std::function<void()>& human) {
  ++records_;
  switch (settings_.format) {
    case Format::jsonl:
      return put_json(json());
    case Format::json:
      out_ << (records_ == 1 ? "[\n" : ",\n") << dumped(json());
      in_list_ = true;
      return;
    case Format::human:
      return human();
    case Format::plain:
      break;
  }
  std::string text;
  for (const Cell& cell : row()) {
    text += render(cell, false) + "\t";
  }
  if (!text.empty()) text.pop_back();
  put_line(out_, text);
}

void Printer::put_columns() {
  if (rows_.empty()) return;
  std::vector<std::size_t> widths;
  const auto widen = [&](std::size_t column, std::string_view text) {
    if (widths.size() <= column) widths.resize(column + 1);
    widths[column] = std::max(widths[column], display_width(text));
  };
  for (std::size_t i = 0; i < titles_.size(); ++i) widen(i, titles_[i]);
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widen(i, render(row[i], false));
  }
  const auto put = [&](const Row& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t used = display_width(render(row[i], false));
      const std::string gap(widths[i] - std::min(used, widths[i]), ' ');
      const bool last = i + 1 == row.size();
      if (row[i].number_) text += gap;
      text += render(row[i], settings_.color);
      if (!last) text += (row[i].number_ ? "" : gap) + "  ";
    }
    put_line(out_, text);
  };
  if (!titles_.empty()) {
    Row heading;
    for (const std::string& name : titles_) heading.push_back(Cell(Own{name}).styled(Style::dim));
    put(heading);
  }
  for (const Row& row : rows_) put(row);
  rows_.clear();
}

void Printer::page() {
  if (human() && settings_.start_pager) settings_.start_pager();
}

void Printer::error(const Error& error) {
  if (machine()) {
    Json body{{"code", code_name(error.kind)}, {"message", error.message}, {"hint", error.hint}};
    put_line(err_, dumped(Json{{"error", std::move(body)}}));
    return;
  }
  put_line(err_, "camp: " + for_terminal_line(error.message));
  if (!error.hint.empty()) put_line(err_, "hint: " + for_terminal_line(error.hint));
}

void Printer::progress(std::string_view stage, std::size_t done) {
  in_progress_ = true;
  err_ << "\r\x1b[K" << stage << ": " << done << std::flush;
}

void Printer::finish(bool complete) {
  if (in_progress_) err_ << "\r\x1b[K";
  in_progress_ = false;
  if (in_list_ && settings_.format == Format::json && (complete || records_ > 0)) {
    put_line(out_, records_ == 0 ? "[]" : "\n]");
  }
  put_columns();
  in_list_ = false;
  out_.flush();
  err_.flush();
}

std::int64_t Printer::now() {
  if (now_ == 0 && settings_.now_ms) now_ = settings_.now_ms();
  return now_;
}

std::string Printer::render(const Cell& cell, bool color) {
  std::string text = cell.text_;
  if (cell.foreign_) text = for_terminal_line(text);
  if (cell.is_time_) text = human() ? relative_time(cell.time_, now()) : format_time(cell.time_);
  return painted(std::move(text), cell.style_, color);
}

std::string Printer::fill(std::string_view format, const Row& cells, bool color) {
  std::string text;
  auto cell = cells.begin();
  while (!format.empty()) {
    const std::size_t hole = std::min(format.find("{}"), format.size());
    text += format.substr(0, hole);
    format.remove_prefix(hole);
    if (format.empty()) break;
    if (cell != cells.end()) text += render(*cell++, color);
    format.remove_prefix(2);
  }
  return text;
}

void Printer::put_line(std::ostream& stream, std::string_view text) {
  const bool remark = &stream == &err_;
  // Remarks are read while the command runs, a server's log above all, and in their order.
  if (remark) out_.flush();
  stream << text << '\n';
  if (settings_.flush_lines || remark) stream.flush();
}

}  // namespace camp::cli
