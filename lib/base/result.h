// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace camp {

/// What went wrong, in the few classes that a caller or a script acts on. The exit code and the
/// stable name of each stand in one table (result.cc) and in camp(1).
enum class Kind {
  failed,       ///< nothing more precise applies
  usage,        ///< the command line or an argument is wrong
  not_found,    ///< there is no such thing, or nothing new
  refused,      ///< permission, audience or signature
  conflict,     ///< needs a person: a vote, a fork, a choice
  network,      ///< a peer or the network; retry later
  damaged,      ///< the store is damaged
  bug,          ///< camp broke its own rules
  busy,         ///< somebody else holds the lock
  interrupted,  ///< a person pressed Ctrl-C
  closed_pipe,  ///< the reader of our output went away
};

/// The process exit code of a kind (camp(1), EXIT STATUS).
int exit_code(Kind kind);
/// The stable lower-case name of a kind, as `--json` prints it in `error.code`.
std::string_view code_name(Kind kind);

/// A failure as a person reads it: what failed, then what to do about it.
struct Error {
  Kind kind = Kind::failed;
  std::string message;  ///< one line, no full stop
  std::string hint;     ///< one line: the next step; may be empty
};

/// A value or an Error. A class, not an alias, so that dropping one is a compiler warning.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// An Error to return where a Result is expected.
inline tl::unexpected<Error> fail(Kind kind, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(message), std::move(hint)});
}

/// The same error, with the act that it interrupted in front of its message.
inline tl::unexpected<Error> fail_while(std::string_view act, Error error) {
  error.message = std::string(act) + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

namespace detail {
template <class T>
T take(Result<T>&& result) {
  return std::move(*result);
}
inline void take(Result<void>&&) {}
}  // namespace detail

}  // namespace camp

/// The value of a Result, or an early return of its Error from the enclosing function.
#define CAMP_TRY(expression)                                                                \
  __extension__({                                                                           \
    _Pragma("GCC diagnostic push")                                                          \
        _Pragma("GCC diagnostic ignored \"-Wshadow\"") auto camp_try_result = (expression); \
    _Pragma("GCC diagnostic pop") if (!camp_try_result.has_value()) {                       \
      return tl::unexpected<::camp::Error>(std::move(camp_try_result).error());             \
    }                                                                                       \
    ::camp::detail::take(std::move(camp_try_result));                                       \
  })
