// SPDX-License-Identifier: MIT
#include "base/archive_names.h"

#include <algorithm>
#include <utility>

#include "base/terminal.h"
#include "base/text.h"

namespace camp {
namespace {

constexpr std::size_t kMostParts = 32;
// All names together; each is held while an archive is read, to find twins.
constexpr std::size_t kMostNameBytes = 32 << 20;

}  // namespace

std::string fault_of_entry_name(std::string_view name, std::size_t max_bytes) {
  if (name.empty()) return "has no name";
  if (name.size() > max_bytes) return "has a name that is too long";
  if (!is_utf8(name)) return "has a name that is not UTF-8";
  if (name.front() == '/') return "has an absolute name";
  const bool letter = (name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z');
  if (letter && name.size() >= 2 && name[1] == ':') return "has an absolute name";
  if (name.find('\\') != std::string_view::npos) return "has a backslash in its name";
  for (std::string_view rest = name; !rest.empty();) {
    const CodePoint point = decode_utf8(rest);
    if (point.value < 0x20 || (point.value >= 0x7F && point.value <= 0x9F)) {
      return "has a control character in its name";
    }
    rest.remove_prefix(point.length);
  }
  std::size_t parts = 0;
  for (std::size_t begin = 0; begin <= name.size(); ++parts) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part == "..") return "leads out of the archive with '..'";
    if (part.empty() || part == ".") return "has an empty part in its name";
    if (part.size() > 255) return "has a name that is too long";
    begin = end + 1;
  }
  return parts > kMostParts ? "is nested too deeply" : std::string();
}

std::string shown_entry_name(std::string_view name) {
  return "'" + truncate_to_width(for_terminal_line(name.substr(0, 1024)), 80) + "'";
}

std::string EntryNames::add(std::string_view name, bool directory) {
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    const std::string fault = enter(name.substr(0, slash), Kind::implied);
    if (!fault.empty()) return fault;
  }
  return enter(name, directory ? Kind::directory : Kind::file);
}

std::string EntryNames::enter(std::string_view name, Kind kind) {
  const auto [known, is_new] = known_.try_emplace(caseless(name), Known{std::string(name), kind});
  if (is_new) {
    bytes_ += 2 * name.size();
    return bytes_ > kMostNameBytes ? "is one name too many for the archive" : std::string();
  }
  if (known->second.spelling != name) {
    return "differs from " + shown_entry_name(known->second.spelling) + " only in spelling";
  }
  if (known->second.kind == Kind::file || kind == Kind::file) return "comes twice";
  if (kind == Kind::directory && std::exchange(known->second.kind, kind) == kind) {
    return "comes twice";
  }
  return {};
}

}  // namespace camp
