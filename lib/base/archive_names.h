// SPDX-License-Identifier: MIT
#pragma once

#include <locale.h>

#include <string>
#include <string_view>
#include <unordered_map>

namespace camp {

// What reading and writing archives have in common: which names we take, and how libarchive is
// brought to leave their bytes alone.

/// Why a name is none that we would take, as the rest of a sentence; empty if it is fine.
std::string fault_of_entry_name(std::string_view name, std::size_t max_bytes);

/// A name for a message: quoted, short and safe on a terminal.
std::string shown_entry_name(std::string_view name);

/// The names of an archive, with the directories that they imply.
class EntryNames {
 public:
  /// What is wrong with adding this name, as the rest of a sentence; empty if it is new and fits to
  /// the others.
  std::string add(std::string_view name, bool directory);

 private:
  enum class Kind { implied, directory, file };
  struct Known {
    std::string spelling;
    Kind kind;
  };

  std::string enter(std::string_view name, Kind kind);

  std::unordered_map<std::string, Known> known_;
  std::size_t bytes_ = 0;
};

/// libarchive converts names by the thread's locale, and under cron that is "C", in which it cannot
/// convert any but ASCII names (and has crashed). While a guard lives, this thread's is UTF-8.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{})) {}
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (valid()) ::freelocale(locale_);
  }
  bool valid() const { return locale_ != locale_t{}; }

  class Guard {
   public:
    explicit Guard(const Utf8Locale& locale) : before_(::uselocale(locale.locale_)) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { ::uselocale(before_); }

   private:
    locale_t before_;
  };

 private:
  locale_t locale_;
};

}  // namespace camp
