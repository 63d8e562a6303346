#include "store/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "store/lock_holder.hpp"

namespace arrivald::store {
namespace {

// Time for a previous process to release the file while it stops.
constexpr int kBusyMilliseconds = 2000;

// From so many pages on the log is copied into the file.
constexpr int kCheckpointPages = 2000;

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
      return lockedBy(std::nullopt, path);  // to ask would give up this process' own locks
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
    // What a killed process left: from here on it is known which pages the file has.
    if (path != ":memory:") database->noteFile();
    database->copyLog();
    const auto migrated = database->migrate(steps, version);
    if (!migrated) return migrated.error();
  } catch (const SqlError& error) {
    if (error.kind == Error::Kind::locked) {
      database.reset();  // closing the file that lockHolder() opens would give up this one's locks
      return Error::of(error.kind, lockedBy(lockHolder(path), path), Party::storage);
    }
    return refused(phrase("{} cannot be used: {}", path, error.what()), error.kind, path);
  }
  return database;
}

std::unique_ptr<Database> Database::openForReading(const std::string& path, const std::string& name,
                                                   std::size_t newest, Check check) {
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open_v2(name.c_str(), &handle,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path));
  if (opened != SQLITE_OK) return nullptr;
  sqlite3_extended_result_codes(handle, 1);
  try {
    const bool current = database->number("PRAGMA application_id") == kApplicationId &&
                         database->number("PRAGMA user_version") == static_cast<std::int64_t>(newest);
    if (!current || (check == Check::all && !database->damage().empty())) return nullptr;
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
  if (log_.isLost) {
    if (fileIsGone()) return checkFiles();
    const auto aside = setLogAside();
    if (!aside) return aside;
  }
  if (refusing_ && refusing_->kind == Error::Kind::locked && !isLeftByReaders()) return *refusing_;
  struct stat file{};
  const bool holdsState = standsIn_ && ::stat(path_.c_str(), &file) == 0 && file.st_size > 0;
  // One's own lock for reading would stand in the way.
  if (!standsIn_) closeHandle();
  auto opened = open(path_, steps_);
  if (!opened) {
    if (!standsIn_) {
      if (!refusing_) {
        refusing_ = opened.error();
        addMeanwhile(*refusing_);
      }
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

// Without the seconds for which open() waits, and without the checks of each opening: readers may stay for
// hours.
bool Database::isLeftByReaders() {
  closeHandle();  // own locks do not count, and lockHolder() would give them up
  auto holder = lockHolder(path_);
  if (!holder) return true;
  refusing_->say(lockedBy(holder, path_));
  addMeanwhile(*refusing_);
  auto reading = openForReading(path_, asUri(path_, "?mode=ro"), steps_.size(), Check::version);
  if (!reading) return true;  // what is wrong is found by opening it
  adopt(*reading);
  return false;
}

void Database::adopt(Database& other) {
  closeHandle();
  handle_ = std::exchange(other.handle_, nullptr);
  idle_ = std::exchange(other.idle_, {});
  log_ = std::exchange(other.log_, {});
  file_ = std::exchange(other.file_, {});
  if (handle_) watchCommits();
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
  watchCommits();
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
  if (canContinueWithout(failure.kind)) addMeanwhile(failure);
  return failure;
}

Database::~Database() { closeHandle(); }

void Database::closeHandle() {
  for (auto& [sql, statements] : idle_)
    for (auto* statement : statements) sqlite3_finalize(statement);
  idle_.clear();
  // What is left of a cut log is played back at the next start; copying it now could copy what is missing.
  if (handle_ && (log_.isLost || isOverwritten_))
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  log_ = {};
  file_.reset();
  isOverwritten_ = false;
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
  if (const auto there = checkFiles(); !there) return there;
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
    return checkFiles();
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

// What is written to a file without a name is lost with the process: SQLite goes on with it.
bool Database::fileIsGone() {
  int moved = 0;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0)
    return true;
  struct stat file{};
  return ::stat(path_.c_str(), &file) == 0 && file.st_size == 0;
}

std::optional<Database::File> Database::lookAtFile() const {
  struct stat found{};
  if (::stat(path_.c_str(), &found) != 0) return std::nullopt;
  File file;
  file.changed = std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
  file.bytes = found.st_size;
  return file;
}

// The first page, which tells the size and the version of what is in the file, and others spread over it.
// Read by SQLite's own descriptor: closing another one would give up the locks.
std::uint64_t Database::sampleOfFile() const {
  constexpr std::int64_t kPages = 16;
  constexpr int kBytes = 4096;
  sqlite3_file* file = nullptr;
  sqlite3_int64 bytes = 0;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
      !file->pMethods || file->pMethods->xFileSize(file, &bytes) != SQLITE_OK)
    return 0;
  std::uint64_t sum = 0xcbf29ce484222325U;  // FNV-1a
  std::array<unsigned char, kBytes> page{};
  const auto pages = bytes / kBytes;
  for (std::int64_t i = 0; i <= kPages && pages > 0; ++i) {
    const auto at = std::min(pages - 1, pages * i / kPages) * kBytes;
    if (file->pMethods->xRead(file, page.data(), kBytes, at) != SQLITE_OK) return 0;
    for (const auto byte : page) sum = (sum ^ byte) * 0x100000001b3U;
  }
  return sum;
}

void Database::noteFile() {
  file_ = lookAtFile();
  if (file_) file_->sample = sampleOfFile();
}

bool Database::fileIsOverwritten() {
  if (isOverwritten_ || !file_) return isOverwritten_;
  const auto now = lookAtFile();
  if (!now || (now->changed == file_->changed && now->bytes == file_->bytes)) return false;
  // Its time may have been set.
  isOverwritten_ = now->bytes != file_->bytes || sampleOfFile() != file_->sample;
  file_->changed = now->changed;
  if (isOverwritten_) ::rename((path_ + "-wal").c_str(), (path_ + "-wal-set-aside").c_str());
  return isOverwritten_;
}

// Nobody but SQLite touches the log, and while the connection lives it is never made shorter.
bool Database::logIsGone() {
  if (log_.isLost) return true;
  struct stat found{};
  if (::stat((path_ + "-wal").c_str(), &found) != 0) {
    log_.isLost = log_.isSeen && errno == ENOENT;
    return log_.isLost;
  }
  const auto device = static_cast<std::uint64_t>(found.st_dev);
  const auto inode = static_cast<std::uint64_t>(found.st_ino);
  if (!log_.isSeen) {
    log_.isSeen = true;
    log_.device = device;
    log_.inode = inode;
  }
  const bool same = log_.device == device && log_.inode == inode;
  log_.isCut = same && found.st_size < log_.bytes;
  log_.isLost = !same || log_.isCut;
  if (!log_.isLost) log_.bytes = found.st_size;
  return log_.isLost;
}

Done Database::checkFiles() {
  if (path_ == ":memory:" || standsIn_ || refusing_) return done();
  const auto gone = [this](Phrase words) {
    fault_ = Error::Kind::notFound;
    return Error::of(Error::Kind::notFound, std::move(words), Party::storage);
  };
  if (fileIsGone())
    return gone(
        phrase("{} was deleted, replaced or emptied while arrivald runs: put it back, or leave it "
               "to start over, and restart arrivald; until then nothing is stored",
               path_));
  if (fileIsOverwritten())
    return gone(
        phrase("{} was overwritten while arrivald runs: restart arrivald, which goes on with what the file "
               "holds now; until then nothing is stored",
               path_));
  if (!logIsGone()) return done();
  if (!log_.isCut || log_.isInFile)
    return gone(
        phrase("{}-wal, the database's log, was deleted, replaced or cut while arrivald runs: leave it to "
               "arrivald, which copies what it held into the database and writes again within a minute",
               path_));
  return gone(
      phrase("{}-wal, the database's log, was cut while arrivald runs, so that events that were acknowledged "
             "last may be missing from the database: leave it to arrivald, which goes on with what it has "
             "counted in memory and writes again within a minute",
             path_));
}

void Database::watchCommits() {
  sqlite3_wal_hook(
      handle_,
      [](void* database, sqlite3*, const char*, int framesInLog) {
        static_cast<Database*>(database)->committed(framesInLog);
        return SQLITE_OK;
      },
      this);
}

// As SQLite does by itself, but never from a log that lacks what SQLite believes it to hold: zeros would be
// copied over good pages.
void Database::committed(int pagesInLog) {
  log_.isInFile = false;
  // Written from its beginning again, as all of it was in the file.
  if (pagesInLog <= log_.pagesInFile) log_.pagesInFile = 0;
  if (pagesInLog >= kCheckpointPages && !fileIsOverwritten() && !logIsGone()) copyLog();
}

void Database::copyLog() {
  int inLog = 0, copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &inLog, &copied);
  log_.isInFile = code == SQLITE_OK && inLog == copied;
  log_.pagesInFile = std::max({log_.pagesInFile, copied, 0});
  if (file_) noteFile();
}

bool Database::rescueLog() {
  if (log_.isInFile) return true;
  sqlite3_file* log = nullptr;
  sqlite3_int64 bytes = 0;
  const bool isOpen =
      sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log &&
      log->pMethods && log->pMethods->xFileSize(log, &bytes) == SQLITE_OK;
  if (isOpen && !log_.isCut && bytes >= log_.bytes) copyLog();
  return log_.isInFile;
}

// SQLite plays back whatever log it finds at the next opening, also one that is older than the file or
// somebody else's. Only the rest of a cut log is wanted, and only if no page of it is in the file already:
// that may have later ones.
Done Database::setLogAside() {
  const bool isWhole = rescueLog();
  const auto path = path_ + "-wal";
  struct stat found{};
  const bool isOurs = ::stat(path.c_str(), &found) == 0 &&
                      static_cast<std::uint64_t>(found.st_dev) == log_.device &&
                      static_cast<std::uint64_t>(found.st_ino) == log_.inode;
  if (isOurs && !isWhole && log_.pagesInFile == 0) return done();
  if (::rename(path.c_str(), (path + "-set-aside").c_str()) == 0 || errno == ENOENT) return done();
  return Error::of(kindOf(SQLITE_CANTOPEN, errno),
                   phrase("{} cannot be moved away: {}", path, std::strerror(errno)), Party::storage);
}

bool Database::isFull() const {
  struct statvfs disk{};
  if (path_ == ":memory:" || ::statvfs(path_.c_str(), &disk) != 0 || disk.f_blocks == 0) return false;
  return disk.f_bavail * disk.f_frsize < kMinFreeBytes;
}

void Database::checkpoint() {
  if (refusing_ || (path_ != ":memory:" && (fileIsGone() || fileIsOverwritten()))) return;
  if (logIsGone()) return static_cast<void>(setLogAside());
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  log_.bytes = 0;
  log_.isInFile = code == SQLITE_OK;
  if (file_) noteFile();
}
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Database::lastInsertRow() const { return sqlite3_last_insert_rowid(handle_); }

}  // namespace arrivald::store
