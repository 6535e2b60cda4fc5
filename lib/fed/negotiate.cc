// SPDX-License-Identifier: MIT
#include "fed/negotiate.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace camp::fed {
namespace {

constexpr int kFullWeight = 1000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The parts between separators that stand in no quoted string.
std::vector<std::string_view> parts(std::string_view text, char separator) {
  std::vector<std::string_view> all;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == separator) {
      all.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  all.push_back(trimmed(text.substr(begin)));
  return all;
}

/// A weight in thousandths (RFC 9110 12.4.2); 0 for one that is written otherwise.
int weight_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * kFullWeight;
  if (text.size() > 1 && text[1] != '.') return 0;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= kFullWeight ? weight : 0;
}

struct Range {
  std::string_view type;
  int weight = kFullWeight;
};

Range read_range(std::string_view text) {
  const auto pieces = parts(text, ';');
  Range range{pieces.front()};
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::string_view piece = pieces[i];
    if (piece.size() >= 2 && (piece[0] == 'q' || piece[0] == 'Q') && piece[1] == '=') {
      range.weight = weight_of(piece.substr(2));
    }
  }
  return range;
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (http::same_name(type, name)) return true;
  }
  return false;
}

}  // namespace

std::string_view media_type_of(std::string_view content_type) {
  const std::string_view name = content_type.substr(0, content_type.find(';'));
  return name.substr(0, name.find_last_not_of(" \t") + 1);
}

Form wanted_form(const http::Headers& headers) {
  Form wanted = Form::page;
  int best = 0;
  for (const std::string_view field : headers.all("Accept")) {
    for (const std::string_view text : parts(field, ',')) {
      const Range range = read_range(text);
      const bool activity =
          is_one_of(range.type, {kActivityType, "application/ld+json", "application/json"});
      if (!activity && !is_one_of(range.type, {"text/html", "application/xhtml+xml"})) continue;
      if (range.weight <= best) continue;
      best = range.weight;
      wanted = activity ? Form::activity : Form::page;
    }
  }
  return wanted;
}

}  // namespace camp::fed
