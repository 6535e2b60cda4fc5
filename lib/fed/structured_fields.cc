// SPDX-License-Identifier: MIT
#include "fed/structured_fields.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace camp::fed {
namespace {

constexpr std::size_t kMaxMembers = 16;
constexpr std::size_t kMaxItems = 64;
constexpr std::size_t kMaxParameters = 16;
constexpr std::size_t kMaxDigits = 15;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool is_key_character(char c) { return is_lower(c) || is_digit(c) || in(c, "_-.*"); }
bool is_token_character(char c) { return is_alpha(c) || is_digit(c) || in(c, "!#$%&'*+-.^_`|~:/"); }

tl::unexpected<Error> malformed(std::string what) {
  return fail(Kind::refused, "a structured field with " + std::move(what));
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<std::vector<Member>> dictionary();

 private:
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip(std::string_view set) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(set), rest_.size()));
  }
  template <class Allowed>
  std::string take_while(Allowed allowed) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), allowed);
    std::string taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  Result<std::string> key();
  Result<std::int64_t> integer();
  Result<std::string> string();
  Result<std::string> bytes();
  Result<BareItem> bare_item();
  Result<Parameters> parameters();
  Result<Item> item();
  Result<std::vector<Item>> list();
  Result<Member> member();

  std::string_view rest_;
};

Result<std::string> Reader::key() {
  if (rest_.empty() || !(is_lower(rest_.front()) || rest_.front() == '*')) {
    return malformed("a name that is none");
  }
  return take_while(is_key_character);
}

Result<std::int64_t> Reader::integer() {
  const bool negative = take('-');
  const std::string digits = take_while(is_digit);
  if (digits.empty() || digits.size() > kMaxDigits || next_is('.')) {
    return malformed("a number that is no integer");
  }
  const std::int64_t number = std::stoll(digits);
  return negative ? -number : number;
}

Result<std::string> Reader::string() {
  std::string text;
  take('"');
  while (!rest_.empty()) {
    char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') return text;
    if (c == '\\') {
      if (!next_is('"') && !next_is('\\')) return malformed("a foreign escape");
      c = rest_.front();
      rest_.remove_prefix(1);
    } else if (c < 0x20 || c > 0x7e) {
      return malformed("a foreign character in a string");
    }
    text += c;
  }
  return malformed("a string without its end");
}

Result<std::string> Reader::bytes() {
  take(':');
  const std::size_t end = rest_.find(':');
  if (end == std::string_view::npos) return malformed("a byte sequence without its end");
  auto decoded = from_base64(rest_.substr(0, end));
  if (!decoded) return malformed("a byte sequence that is not base64");
  rest_.remove_prefix(end + 1);
  return decoded;
}

Result<BareItem> Reader::bare_item() {
  if (rest_.empty()) return malformed("a missing value");
  const char first = rest_.front();
  if (first == '"') return BareItem(CAMP_TRY(string()));
  if (first == ':') return BareItem(Bytes{CAMP_TRY(bytes())});
  if (first == '-' || is_digit(first)) return BareItem(CAMP_TRY(integer()));
  if (is_alpha(first) || first == '*') return BareItem(Token{take_while(is_token_character)});
  if (take('?')) {
    if (take('1')) return BareItem(true);
    if (take('0')) return BareItem(false);
  }
  return malformed("a value of no known type");
}

Result<Parameters> Reader::parameters() {
  Parameters all;
  while (take(';')) {
    skip(" ");
    const std::string name = CAMP_TRY(key());
    if (find_parameter(all, name) != nullptr) return malformed("a parameter that occurs twice");
    if (all.size() == kMaxParameters) return malformed("too many parameters");
    BareItem value = true;
    if (take('=')) value = CAMP_TRY(bare_item());
    all.emplace_back(name, std::move(value));
  }
  return all;
}

Result<Item> Reader::item() {
  Item read;
  read.value = CAMP_TRY(bare_item());
  read.parameters = CAMP_TRY(parameters());
  return read;
}

Result<std::vector<Item>> Reader::list() {
  std::vector<Item> items;
  take('(');
  while (true) {
    skip(" ");
    if (take(')')) return items;
    if (items.size() == kMaxItems) return malformed("too many items");
    items.push_back(CAMP_TRY(item()));
    if (!next_is(' ') && !next_is(')')) return malformed("a list without its end");
  }
}

Result<Member> Reader::member() {
  Member read;
  read.name = CAMP_TRY(key());
  if (!take('=')) {
    read.items.push_back({true, {}});
  } else if (next_is('(')) {
    read.is_list = true;
    read.items = CAMP_TRY(list());
  } else {
    read.items.push_back({CAMP_TRY(bare_item()), {}});
  }
  read.parameters = CAMP_TRY(parameters());
  return read;
}

Result<std::vector<Member>> Reader::dictionary() {
  std::vector<Member> members;
  skip(" ");
  while (!rest_.empty()) {
    Member read = CAMP_TRY(member());
    const auto same = [&](const Member& other) { return other.name == read.name; };
    if (std::any_of(members.begin(), members.end(), same)) {
      return malformed("a member that occurs twice");
    }
    if (members.size() == kMaxMembers) return malformed("too many members");
    members.push_back(std::move(read));
    skip(" \t");
    if (rest_.empty()) break;
    if (!take(',')) return malformed("members without a comma between them");
    skip(" \t");
    if (rest_.empty()) return malformed("a comma at its end");
  }
  return members;
}

struct Serializer {
  std::string operator()(bool value) const { return value ? "?1" : "?0"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return serialize_string(value); }
  std::string operator()(const Token& value) const { return value.text; }
  std::string operator()(const Bytes& value) const { return ":" + to_base64(value.bytes) + ":"; }
};

std::string serialize_parameters(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += ";" + name;
    if (value != BareItem(true)) text += "=" + std::visit(Serializer(), value);
  }
  return text;
}

}  // namespace

Result<std::vector<Member>> parse_dictionary(std::string_view text) {
  return Reader(text).dictionary();
}

const BareItem* find_parameter(const Parameters& parameters, std::string_view name) {
  for (const auto& [other, value] : parameters) {
    if (other == name) return &value;
  }
  return nullptr;
}

std::string serialize_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string serialize_list(const Member& list) {
  std::string text = "(";
  for (const Item& item : list.items) {
    if (text.size() > 1) text += ' ';
    text += std::visit(Serializer(), item.value) + serialize_parameters(item.parameters);
  }
  return text + ")" + serialize_parameters(list.parameters);
}

}  // namespace camp::fed
