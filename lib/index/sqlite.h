// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "index/snapshot.h"

struct sqlite3;
struct sqlite3_stmt;

namespace camp::index {

class Database;

/// A value to bind as bytes instead of text.
struct Bytes {
  std::string_view bytes;
};

/// A prepared statement on loan from its Database: reset and handed back when it goes out of scope,
/// so that no read transaction stays open behind it. Values are only ever bound, never pasted.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Starts again with these values for ?1, ?2, …: integers, text, Bytes, or std::nullopt for NULL.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int position = 0;
    (bind_one(++position, values), ...);
    return *this;
  }
  /// Moves to the next row; false when there is none.
  Result<bool> next();
  /// Runs a statement that gives no rows.
  Result<void> run();

  std::int64_t integer(int column) const;
  bool is_null(int column) const;
  bool is_bytes(int column) const;
  /// Text or bytes of the current row, until the next call of next().
  std::string_view text(int column) const;
  std::string string(int column) const { return std::string(text(column)); }

 private:
  friend class Database;
  Statement(Database& database, std::string_view name, sqlite3_stmt* statement)
      : database_(&database), name_(name), statement_(statement) {}

  void reset();
  void bind_integer(int position, std::int64_t value);
  void bind_text(int position, std::string_view value);
  void bind_bytes(int position, std::string_view value);
  void bind_null(int position);
  template <class Value>
  void bind_one(int position, const Value& value) {
    if constexpr (std::is_same_v<Value, std::nullopt_t>) {
      bind_null(position);
    } else if constexpr (std::is_same_v<Value, Bytes>) {
      bind_bytes(position, value.bytes);
    } else if constexpr (std::is_integral_v<Value> || std::is_enum_v<Value>) {
      bind_integer(position, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_same_v<Value, std::optional<std::int64_t>>) {
      value ? bind_integer(position, *value) : bind_null(position);
    } else {
      bind_text(position, value);
    }
  }

  Database* database_;
  std::string_view name_;
  sqlite3_stmt* statement_;
};

/// One connection to one SQLite file, set up the way this module needs it. Errors are Kind::failed,
/// a damaged file Kind::damaged, a lock that nobody gave back in five seconds Kind::busy.
class Database {
 public:
  enum class Access { write, read, immutable };

  static Result<std::unique_ptr<Database>> open(const std::string& path, Access access);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// The statement of that name in queries.sql.
  Result<Statement> statement(std::string_view name);
  /// A statement that is needed once, from its text.
  Result<Statement> prepare(const std::string& sql);
  /// Runs several statements without values and rows.
  Result<void> script(const std::string& sql);
  /// The first column of the first row, as an integer.
  Result<std::int64_t> number(const std::string& sql);

  bool in_transaction() const;
  bool read_only() const;
  /// See Snapshot; inside a transaction or another snapshot it changes nothing.
  Result<Snapshot> look();
  /// A number that differs from an earlier one if the file has been changed in between, by this
  /// connection or another: of the present snapshot. 0 while this connection is writing.
  std::int64_t version() const;
  /// Takes the write lock later than BEGIN would, or not at all: for reading.
  Result<void> begin(bool write);
  Result<void> commit();
  void rollback();
  /// Moves the write-ahead log into the file and empties it; false if somebody still reads it.
  Result<bool> truncate_log();

  tl::unexpected<Error> error(int code, std::string_view act) const;

 private:
  friend class Statement;
  friend class Snapshot;
  friend class Transaction;
  Database() = default;
  void end_look();
  Result<void> configure(Access access);
  Result<sqlite3_stmt*> compile(std::string_view sql);
  Statement lend(std::string_view name, sqlite3_stmt* statement);
  void give_back(std::string_view name, sqlite3_stmt* statement);

  sqlite3* handle_ = nullptr;
  bool looking_ = false;  ///< the open transaction is a snapshot's
  std::map<std::string_view, std::vector<sqlite3_stmt*>> idle_;
};

/// Makes an empty file that nobody but us may read, unless it is there: SQLite itself would let
/// others read it. An existing file is not opened: closing it again would take this process's locks
/// on it away from every connection (POSIX locks), and another process, thinking that it is the
/// last, would delete the log under them.
Result<void> make_private_file(const std::string& path);

/// BEGIN until commit(); rolls back if it is left otherwise. Inside another transaction it does
/// nothing, and the outer one decides.
class Transaction {
 public:
  static Result<Transaction> write(Database& database) { return start(database, true); }
  /// Several reads that must see the same state.
  static Result<Transaction> read(Database& database) { return start(database, false); }
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  static Result<Transaction> start(Database& database, bool write);
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace camp::index
