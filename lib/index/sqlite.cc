// SPDX-License-Identifier: MIT
#include "index/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "index/sql.h"

namespace camp::index {

namespace {

constexpr int kBusyMs = 5000;
constexpr std::size_t kIdlePerName = 4;

/// A file name as a URI, for the options that only a URI can carry.
std::string as_uri(const std::string& path, std::string_view options) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      uri += c;
    }
  }
  return uri.append(options);
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), name_(other.name_), statement_(other.statement_) {
  other.statement_ = nullptr;
}

Statement::~Statement() {
  if (statement_ != nullptr) {
    reset();
    database_->give_back(name_, statement_);
  }
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::bind_integer(int position, std::int64_t value) {
  sqlite3_bind_int64(statement_, position, value);
}

void Statement::bind_text(int position, std::string_view value) {
  // A null pointer would bind NULL, and an empty view may hold one.
  const char* data = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_text64(statement_, position, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind_bytes(int position, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_blob64(statement_, position, data, value.size(), SQLITE_TRANSIENT);
}

void Statement::bind_null(int position) { sqlite3_bind_null(statement_, position); }

Result<bool> Statement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return database_->error(code, name_.empty() ? "using the index" : name_);
}

Result<void> Statement::run() {
  CAMP_TRY(next());
  sqlite3_reset(statement_);
  return {};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

bool Statement::is_bytes(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_BLOB;
}

std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

Result<void> make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file >= 0) {
    ::close(file);
    return {};
  }
  // Where nothing can be made something may be there to read.
  if (errno == EEXIST || errno == EROFS || errno == EACCES || errno == EPERM) return {};
  return fail(Kind::failed, "opening " + path + ": " + std::strerror(errno));
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Access access) {
  std::unique_ptr<Database> database(new Database);
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  flags |= access == Access::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const std::string uri = as_uri(path, access == Access::immutable ? "?immutable=1" : "");
  const int code = sqlite3_open_v2(uri.c_str(), &database->handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    return database->error(code, "opening " + path);
  }
  CAMP_TRY(database->configure(access));
  return database;
}

Result<void> Database::configure(Access access) {
  sqlite3_busy_timeout(handle_, kBusyMs);
  // The file may have been swapped by somebody who wants our SQL to do their work.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  CAMP_TRY(
      script("PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA synchronous=NORMAL;"
             "PRAGMA mmap_size=0; PRAGMA cache_size=-8192; PRAGMA temp_store=FILE;"));
  if (access == Access::write && !read_only()) {
    CAMP_TRY(script("PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=4194304;"));
  }
  return {};
}

Database::~Database() {
  for (auto& [name, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) {
      sqlite3_finalize(statement);
    }
  }
  sqlite3_close_v2(handle_);
}

Result<sqlite3_stmt*> Database::compile(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    return error(code, "preparing a query");
  }
  return statement;
}

Result<Statement> Database::statement(std::string_view name) {
  const auto found = idle_.find(name);
  if (found != idle_.end() && !found->second.empty()) {
    sqlite3_stmt* statement = found->second.back();
    found->second.pop_back();
    return lend(found->first, statement);
  }
  const auto [stable_name, sql] = named_query(name);
  if (sql.empty()) {
    return fail(Kind::bug, "the index has no query named " + std::string(name));
  }
  return lend(stable_name, CAMP_TRY(compile(sql)));
}

Result<Statement> Database::prepare(const std::string& sql) {
  return lend({}, CAMP_TRY(compile(sql)));
}

/// What writes must not begin in a snapshot: if another connection has written since, SQLite
/// refuses to let it go on.
Statement Database::lend(std::string_view name, sqlite3_stmt* statement) {
  if (looking_ && sqlite3_stmt_readonly(statement) == 0) end_look();
  return Statement(*this, name, statement);
}

void Database::give_back(std::string_view name, sqlite3_stmt* statement) {
  std::vector<sqlite3_stmt*>* idle = name.empty() ? nullptr : &idle_[name];
  if (idle == nullptr || idle->size() >= kIdlePerName) {
    sqlite3_finalize(statement);
  } else {
    idle->push_back(statement);
  }
}

Result<void> Database::script(const std::string& sql) {
  end_look();
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Result<void>() : error(code, "using the index");
}

Result<std::int64_t> Database::number(const std::string& sql) {
  Statement statement = CAMP_TRY(prepare(sql));
  const bool row = CAMP_TRY(statement.next());
  return row ? statement.integer(0) : 0;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

bool Database::read_only() const { return sqlite3_db_readonly(handle_, "main") != 0; }

Result<void> Database::begin(bool write) {
  return CAMP_TRY(statement(write ? "begin_write" : "begin_read")).run();
}

Result<void> Database::commit() { return CAMP_TRY(statement("commit")).run(); }

void Database::rollback() {
  auto prepared = statement("rollback");
  if (prepared && prepared->run()) return;
  sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<Snapshot> Database::look() {
  if (in_transaction()) return Snapshot(nullptr);
  CAMP_TRY(begin(false));
  looking_ = true;
  Snapshot snapshot(this);
  // SQLite begins to read with the first question.
  CAMP_TRY(CAMP_TRY(statement("begin_look")).bind().next());
  return snapshot;
}

void Database::end_look() {
  // Not a rollback: a question that is being answered goes on.
  if (std::exchange(looking_, false) && !commit()) rollback();
}

std::int64_t Database::version() const {
  if (sqlite3_txn_state(handle_, "main") == SQLITE_TXN_WRITE) return 0;
  unsigned version = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_DATA_VERSION, &version);
  return version;
}

Result<bool> Database::truncate_log() {
  end_look();
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code == SQLITE_OK) {
    return true;
  }
  if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
    return false;
  }
  return error(code, "emptying the index's write-ahead log");
}

tl::unexpected<Error> Database::error(int code, std::string_view act) const {
  const std::string message =
      std::string(act) + ": " + (handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_));
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(Kind::damaged, "the index is damaged: " + message, "run `camp reindex`");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(Kind::busy, "the index is in use: " + message, "try again in a moment");
    case SQLITE_FULL:
      return fail(Kind::failed, "the disk is full: " + message, "free some space and try again");
    default:
      return fail(Kind::failed, message);
  }
}

Transaction::Transaction(Transaction&& other) noexcept : database_(other.database_) {
  other.database_ = nullptr;
}

Transaction::~Transaction() {
  if (database_ != nullptr) {
    database_->rollback();
  }
}

Snapshot::Snapshot(Snapshot&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Snapshot::~Snapshot() {
  if (database_ != nullptr) database_->end_look();
}

Result<Transaction> Transaction::start(Database& database, bool write) {
  if (write) database.end_look();
  if (database.in_transaction()) {
    return Transaction(nullptr);
  }
  CAMP_TRY(database.begin(write));
  return Transaction(&database);
}

Result<void> Transaction::commit() {
  if (database_ != nullptr) {
    CAMP_TRY(database_->commit());
    database_ = nullptr;
  }
  return {};
}

}  // namespace camp::index
