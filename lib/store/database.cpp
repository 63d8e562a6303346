#include "store/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace arrivald::store {
namespace {

// Time for a previous process to release the file while it stops.
constexpr int kBusyMilliseconds = 2000;

Error storage(std::string text, Error::Kind kind = Error::Kind::storage) {
  return {kind, std::move(text), Party::storage};
}

// With less the disk counts as full.
constexpr std::uint64_t kMinFreeBytes = std::uint64_t{1} << 20;

Phrase remedyFor(Error::Kind kind, const std::string& path) {
  switch (kind) {
    case Error::Kind::diskFull:
      return phrase("the disk is full: free space on the file system of {}", path);
    case Error::Kind::readOnly:
      return phrase(
          "it is not writable: {} and its folder must exist and be writable by arrivald's user, on a file "
          "system that is not mounted read-only",
          path);
    case Error::Kind::ioError:
      return phrase("the disk below {} may be failing: see the system's log", path);
    case Error::Kind::damaged:
      return phrase(
          "the file is damaged: stop arrivald and move {} away to start over (windows and lists are read "
          "again), or restore a backup",
          path);
    case Error::Kind::locked:
      return phrase("another arrivald is using it: stop that one, or give this one a file of its own");
    default:
      return {};
  }
}

/// An error of this kind that ends with the remedy.
Error refused(Phrase what, Error::Kind kind, const std::string& path) {
  auto remedy = remedyFor(kind, path);
  if (!remedy.empty()) what = phrase("{}; {}", std::move(what), std::move(remedy));
  return Error::of(kind, std::move(what), Party::storage);
}

/// For errors while arrivald runs: what it does until the fault has passed.
void addMeanwhile(Error& error) {
  if (canContinueWithout(error.kind))
    error.say(phrase("{}; arrivald goes on, and writes again once it can", error.said()));
}

/// What the system's error says about the disk.
std::optional<Error::Kind> kindOfSystemError(int systemError) {
  switch (systemError) {
    case ENOSPC:
    case EDQUOT:
      return Error::Kind::diskFull;
    case EROFS:
    case EACCES:
    case EPERM:
      return Error::Kind::readOnly;
    case EIO:
    case ENXIO:
    case ESTALE:
      return Error::Kind::ioError;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Error::Kind::storage;
    default:
      return std::nullopt;
  }
}

/// A path as part of a "file:" address.
std::string asUri(const std::string& path, std::string_view query) {
  std::string uri = "file:";
  for (const char c : path)
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
    else
      uri += c;
  return uri.append(query);
}

}  // namespace

Error::Kind kindOf(int code, int systemError) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Error::Kind::diskFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Error::Kind::readOnly;
    case SQLITE_CANTOPEN:
      return kindOfSystemError(systemError).value_or(Error::Kind::readOnly);
    case SQLITE_IOERR:
      return kindOfSystemError(systemError).value_or(Error::Kind::ioError);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error::Kind::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error::Kind::locked;
    default:
      return Error::Kind::storage;
  }
}

bool canContinueWithout(Error::Kind kind) {
  return kind == Error::Kind::diskFull || kind == Error::Kind::readOnly || kind == Error::Kind::ioError ||
         kind == Error::Kind::damaged;
}

Statement::Statement(Database& database, std::string_view sql)
    : database_(database), handle_(database.take(sql)) {}

Statement::~Statement() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  database_.give(handle_);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw SqlError(sqlite3_errmsg(database_.handle_), database_.kindOfFailure(code));
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
  throw SqlError(sqlite3_errmsg(database_.handle_), database_.kindOfFailure(code));
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

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 std::span<const char* const> steps) {
  if (path != ":memory:") {
    // Created with this mode before SQLite opens it, since the file contains addresses.
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
      const auto kind = kindOf(SQLITE_CANTOPEN, errno);
      return refused(phrase("{} cannot be opened: {}", path, std::strerror(errno)), kind, path);
    }
    ::close(file);
  }
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(
      path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path));
  database->steps_ = steps;
  if (opened != SQLITE_OK)
    return refused(phrase("{} cannot be opened: {}", path, sqlite3_errstr(opened)),
                   database->kindOfFailure(opened), path);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  try {
    // One process at a time: a second arrivald on the same file would send every notification twice. Asked
    // for before the first read, so that no shared memory file is needed, which a full disk has no room for.
    if (path != ":memory:") database->execute("PRAGMA locking_mode=EXCLUSIVE");
    const auto version = database->number("PRAGMA user_version");
    if (const auto refusal = database->refusal(version, steps.size()))
      return storage(fmt::format("{} {}", path, *refusal));
    database->prepare();
    if (version > 0)
      if (const auto damage = database->damage(); !damage.empty())
        return refused(phrase("{} fails its check ({})", path, damage), Error::Kind::damaged, path);
    const auto migrated = database->migrate(steps, version);
    if (!migrated) return migrated.error();
  } catch (const SqlError& error) {
    return refused(phrase("{} cannot be used: {}", path, error.what()), error.kind, path);
  }
  return database;
}

std::unique_ptr<Database> Database::openForReading(const std::string& path, const std::string& name,
                                                   std::size_t newest) {
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(name.c_str(), &handle,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path));
  if (opened != SQLITE_OK) return nullptr;
  sqlite3_extended_result_codes(handle, 1);
  try {
    const bool current = database->number("PRAGMA application_id") == kApplicationId &&
                         database->number("PRAGMA user_version") == static_cast<std::int64_t>(newest);
    if (!current || !database->damage().empty()) return nullptr;
  } catch (const SqlError&) {
    return nullptr;
  }
  return database;
}

std::unique_ptr<Database> Database::openUnwritable(const std::string& path, Error why,
                                                   std::span<const char* const> steps) {
  // A file in WAL mode can be read from a read-only disk only as one that nobody changes; what a killed
  // process left in its log is missing then.
  auto database = openForReading(path, asUri(path, "?mode=ro"), steps.size());
  if (!database) database = openForReading(path, asUri(path, "?immutable=1"), steps.size());
  if (!database) {
    auto memory = open(":memory:", steps);
    if (!memory) throw std::runtime_error(memory.error().text);
    database = std::move(*memory);
    database->path_ = path;
    database->standsIn_ = true;
  }
  database->steps_ = steps;
  database->fault_ = why.kind;
  addMeanwhile(why);
  database->refusing_ = std::move(why);
  return database;
}

Done Database::reopen() {
  struct stat file{};
  const bool holdsState = standsIn_ && ::stat(path_.c_str(), &file) == 0 && file.st_size > 0;
  // One's own lock for reading would stand in the way.
  if (!standsIn_) closeHandle();
  auto opened = open(path_, steps_);
  if (!opened) {
    if (!standsIn_) {
      auto reading = openUnwritable(path_, *refusing_, steps_);
      adopt(*reading);
      standsIn_ = reading->standsIn_;
    }
    return std::move(opened).error();
  }
  if (holdsState)
    return storage(
        fmt::format("{} can be used again: restart arrivald, which goes on with what it holds", path_));
  adopt(**opened);
  refusing_.reset();
  standsIn_ = false;
  fault_.reset();
  return done();
}

void Database::adopt(Database& other) {
  closeHandle();
  handle_ = std::exchange(other.handle_, nullptr);
  idle_ = std::exchange(other.idle_, {});
  ++rollbacks_;  // ids of rows may differ
}

Error::Kind Database::kindOfFailure(int code) const {
  const auto kind = kindOf(code, handle_ ? sqlite3_system_errno(handle_) : 0);
  if (kind != Error::Kind::ioError || path_ == ":memory:") return kind;
  // Not every failed call leaves its errno.
  struct statvfs disk{};
  if (::statvfs(path_.c_str(), &disk) != 0) return kind;
  if ((disk.f_flag & ST_RDONLY) != 0) return Error::Kind::readOnly;
  return disk.f_bavail == 0 && disk.f_blocks > 0 ? Error::Kind::diskFull : kind;
}

// Reads only: a file that is refused must not be changed.
std::optional<std::string> Database::refusal(std::int64_t version, std::size_t newest) {
  const auto application = number("PRAGMA application_id");
  const bool empty = number("SELECT count(*) FROM sqlite_schema") == 0;
  if (application != kApplicationId && !empty)
    return "was not written by this program, or by one before its first release: name another file in "
           "store.path, or "
           "move this one away";
  if (version > static_cast<std::int64_t>(newest))
    return fmt::format(
        "was written by a newer arrivald (schema {}, this one knows {}): install that version again, or move "
        "the file away",
        version, newest);
  return std::nullopt;
}

void Database::prepare() {
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA synchronous=FULL");
  execute("PRAGMA foreign_keys=ON");
  execute("PRAGMA cache_size=-2000");
  execute("PRAGMA wal_autocheckpoint=2000");
  execute("PRAGMA trusted_schema=OFF");
  if (path_ != ":memory:") execute("BEGIN IMMEDIATE; COMMIT");
}

Done Database::migrate(std::span<const char* const> steps, std::int64_t version) {
  for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step) {
    const auto migrated = transact([&] {
      execute(steps[step]);
      execute(fmt::format("PRAGMA application_id={}", kApplicationId).c_str());
      execute(fmt::format("PRAGMA user_version={}", step + 1).c_str());
    });
    if (!migrated)
      return storage(fmt::format("{} could not be brought from schema {} to {}: {}", path_, step, step + 1,
                                 migrated.error().text),
                     migrated.error().kind);
  }
  return done();
}

std::int64_t Database::number(std::string_view sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

Error Database::failed(const SqlError& error) const {
  // Where the kind says all, SQLite's own words add nothing.
  const bool isPlain = error.kind == Error::Kind::diskFull || error.kind == Error::Kind::readOnly ||
                       error.kind == Error::Kind::locked;
  auto failure = isPlain ? Error::of(error.kind, remedyFor(error.kind, path_), Party::storage)
                         : refused(verbatim(error.what()), error.kind, path_);
  addMeanwhile(failure);
  return failure;
}

Database::~Database() { closeHandle(); }

void Database::closeHandle() {
  for (auto& [sql, statements] : idle_)
    for (auto* statement : statements) sqlite3_finalize(statement);
  idle_.clear();
  logSeen_ = false;
  sqlite3_close(std::exchange(handle_, nullptr));
}

void Database::execute(const char* sql) {
  char* message = nullptr;
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, &message);
  if (code == SQLITE_OK) return;
  std::string text = message ? message : sqlite3_errstr(code);
  sqlite3_free(message);
  throw SqlError(text, kindOfFailure(code));
}

// Checks every table except the suppression lists' entries: they may be many, and a crawl reads them again.
std::string Database::damage() {
  std::vector<std::string> tables;
  {
    Statement rows(*this,
                   "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'suppression_entries'");
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
  if (code != SQLITE_OK) throw SqlError(sqlite3_errmsg(handle_), kindOfFailure(code));
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
  if (refusing_) {
    fault_ = refusing_->kind;
    return *refusing_;
  }
  if (isGone()) {
    fault_ = Error::Kind::damaged;
    return Error::of(
        Error::Kind::damaged,
        phrase("{} was deleted, replaced or emptied while arrivald runs: put it back, or leave it "
               "to start over, and restart arrivald; until then nothing is stored",
               path_),
        Party::storage);
  }
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
    fault_.reset();
    return done();
  } catch (const SqlError& error) {
    rollBack();
    fault_ = error.kind;
    return failed(error);
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
    return failed(error);
  }
}

// What would be written to it were lost with the process: SQLite goes on with files that have no name.
bool Database::isGone() {
  if (path_ == ":memory:") return false;
  int moved = 0;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0)
    return true;
  struct stat file{};
  if (::stat(path_.c_str(), &file) == 0 && file.st_size == 0) return true;
  const bool hasLog = ::stat((path_ + "-wal").c_str(), &file) == 0;
  logSeen_ = logSeen_ || hasLog;
  return logSeen_ && !hasLog;
}

bool Database::isFull() const {
  struct statvfs disk{};
  if (path_ == ":memory:" || ::statvfs(path_.c_str(), &disk) != 0 || disk.f_blocks == 0) return false;
  return disk.f_bavail * disk.f_frsize < kMinFreeBytes;
}

void Database::checkpoint() {
  if (!isWritable()) return;
  sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Database::lastInsertRow() const { return sqlite3_last_insert_rowid(handle_); }

}  // namespace arrivald::store
