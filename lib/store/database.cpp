#include "store/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace arrivald::store {
namespace {

// For a predecessor that is just ending.
constexpr int kBusyMilliseconds = 2000;

Error storage(std::string text, Error::Kind kind = Error::Kind::storage) {
  return {kind, std::move(text), Party::storage};
}

Error::Kind kindOf(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Error::Kind::diskFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return Error::Kind::readOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error::Kind::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error::Kind::locked;
    case SQLITE_IOERR:
      return Error::Kind::ioError;
    default:
      return Error::Kind::storage;
  }
}

std::string remedyFor(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "; free some space on that disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "; its folder must exist and be writable by arrivald's user";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; the file is damaged: move the file away to begin anew (windows and lists are read again), or "
             "put back a copy";
    case SQLITE_BUSY:
      return "; another arrivald is using it: stop that one, or give this one a file of its own";
    case SQLITE_IOERR:
      return "; the disk may be failing: see the system's log";
    default:
      return "";
  }
}

}  // namespace

Statement::Statement(Database& database, std::string_view sql)
    : database_(database), handle_(database.take(sql)) {}

Statement::~Statement() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  database_.give(handle_);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw SqlError(sqlite3_errmsg(database_.handle_), kindOf(code));
}

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(handle_, ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  check(sqlite3_bind_text64(handle_, ++bound_, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bindBlob(std::span<const std::byte> bytes) {
  check(sqlite3_bind_blob64(handle_, ++bound_, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bindNull() {
  check(sqlite3_bind_null(handle_, ++bound_));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw SqlError(std::string(sqlite3_errmsg(database_.handle_)) + remedyFor(code), kindOf(code));
}

void Statement::run() {
  while (step()) {
  }
  sqlite3_reset(handle_);
  bound_ = 0;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
bool Statement::isNull(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return {text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
  return {bytes, bytes ? static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)) : 0};
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  if (path != ":memory:") {
    // Made with the right mode before SQLite sees it: it holds addresses.
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
      return storage(
          fmt::format("{} cannot be opened: {}{}", path, std::strerror(errno), remedyFor(SQLITE_CANTOPEN)),
          Error::Kind::readOnly);
    ::close(file);
  }
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(
      path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (opened != SQLITE_OK)
    return storage(fmt::format("{} cannot be opened: {}{}", path, sqlite3_errstr(opened), remedyFor(opened)),
                   kindOf(opened));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  try {
    database->execute("PRAGMA journal_mode=WAL");
    database->execute("PRAGMA synchronous=FULL");
    database->execute("PRAGMA foreign_keys=ON");
    database->execute("PRAGMA cache_size=-2000");
    database->execute("PRAGMA wal_autocheckpoint=2000");
    database->execute("PRAGMA trusted_schema=OFF");
    // One process at a time: a second arrivald on the same file would tell everything twice.
    if (path != ":memory:") {
      database->execute("PRAGMA locking_mode=EXCLUSIVE");
      database->execute("BEGIN IMMEDIATE; COMMIT");
    }
    std::int64_t version = 0;
    {
      Statement statement(*database, "PRAGMA user_version");
      if (statement.step()) version = statement.integer(0);
    }
    if (version > 0)
      if (const auto damage = database->damage(); !damage.empty())
        return storage(fmt::format("{} fails its check ({}){}", path, damage, remedyFor(SQLITE_CORRUPT)),
                       Error::Kind::damaged);
    const auto steps = migrations();
    const auto newest = static_cast<std::int64_t>(steps.size());
    if (version > newest)
      return storage(
          fmt::format("{} was written by a newer arrivald (schema {}, this one knows {}): install that "
                      "version again, or move the file away",
                      path, version, newest));
    for (; version < newest; ++version) {
      const auto done = database->transact([&] {
        database->execute(steps[static_cast<std::size_t>(version)]);
        database->execute(fmt::format("PRAGMA user_version={}", version + 1).c_str());
      });
      if (!done)
        return storage(fmt::format("{} could not be brought up to date: {}", path, done.error().text),
                       done.error().kind);
    }
  } catch (const SqlError& error) {
    return storage(fmt::format("{} cannot be used: {}", path, error.what()), error.kind);
  }
  return database;
}

Database::~Database() {
  for (auto& [sql, statements] : idle_)
    for (auto* statement : statements) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::execute(const char* sql) {
  char* message = nullptr;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, &message);
  if (code == SQLITE_OK) return;
  std::string text = message ? message : sqlite3_errstr(code);
  sqlite3_free(message);
  throw SqlError(text + remedyFor(code), kindOf(code));
}

// Every table but the lists' entries, which may be many and which a crawl reads again anyway.
std::string Database::damage() {
  std::vector<std::string> tables;
  {
    Statement rows(*this, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'suppressions'");
    while (rows.step()) tables.emplace_back(rows.text(0));
  }
  for (const auto& table : tables) {
    Statement row(*this, fmt::format("PRAGMA quick_check(\"{}\")", table));
    if (row.step() && row.text(0) != "ok") return std::string(row.text(0));
  }
  return {};
}

sqlite3_stmt* Database::take(std::string_view sql) {
  const auto found = idle_.find(sql);
  if (found != idle_.end() && !found->second.empty()) {
    auto* statement = found->second.back();
    found->second.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) throw SqlError(std::string(sqlite3_errmsg(handle_)) + remedyFor(code), kindOf(code));
  return statement;
}

void Database::give(sqlite3_stmt* statement) {
  const std::string_view sql = sqlite3_sql(statement);
  auto found = idle_.find(sql);
  if (found == idle_.end()) found = idle_.emplace(sql, 0).first;
  found->second.push_back(statement);
}

Done Database::transact(const std::function<void()>& body) {
  if (transacting_) throw std::logic_error("transactions do not nest");
  transacting_ = true;
  const auto rollBack = [this] {
    transacting_ = false;
    ++rollbacks_;
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  };
  try {
    execute("BEGIN IMMEDIATE");
    body();
    execute("COMMIT");
    transacting_ = false;
    return done();
  } catch (const SqlError& error) {
    rollBack();
    return storage(error.what(), error.kind);
  } catch (...) {
    rollBack();
    throw;
  }
}

Done Database::read(const std::function<void()>& body) {
  try {
    body();
    return done();
  } catch (const SqlError& error) {
    return storage(error.what(), error.kind);
  }
}

void Database::checkpoint() {
  sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Database::lastInsertRow() const { return sqlite3_last_insert_rowid(handle_); }

}  // namespace arrivald::store
