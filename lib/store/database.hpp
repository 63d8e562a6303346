// Database: one SQLite file in WAL mode with its schema and transactions. Committed data survives a kill of
// the process and a power failure at any time (synchronous=FULL).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace arrivald::store {

/// Maps an SQLite result code, primary or extended, to diskFull, readOnly, ioError, damaged, locked, or
/// storage for all others. `systemError`: the errno of the failed call, 0 if it is not known. SQLite reports
/// a used-up quota, and a file system that the kernel made read-only, as I/O errors.
Error::Kind kindOf(int code, int systemError = 0);

/// Whether arrivald can go on without writing: what it reads and decides stays in memory. False where another
/// process, another program or a newer version owns the file.
bool canContinueWithout(Error::Kind kind);

/// Thrown by statements and tables; Database::transact() and read() turn it into an Error of Party::storage
/// whose text names the file and the remedy.
struct SqlError : std::runtime_error {
  explicit SqlError(const std::string& text, Error::Kind why = Error::Kind::storage)
      : std::runtime_error(text), kind(why) {}
  Error::Kind kind;
};

/// "arvd": PRAGMA application_id identifies the file as arrivald's.
inline constexpr std::int64_t kApplicationId = 0x61727664;

/// The schema's migrations, oldest first: step i migrates version i to i + 1. Once released a step is never
/// edited; new ones are appended.
std::span<const char* const> migrations();

class Database;

/// A prepared statement from the database's cache; it is reset and returned when it goes out of scope.
/// Parameters are bound in order; columns count from 0. Throws SqlError.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  /// The bytes are not copied: they must live until run(), or as long as the statement.
  Statement& bindBlob(std::span<const std::byte> bytes);
  Statement& bindNull();

  /// Advances to the next row; false at the end.
  bool step();
  /// For statements without rows. Afterwards parameters can be bound again.
  void run();

  std::int64_t integer(int column) const;
  bool isNull(int column) const;
  /// Valid until the next step(); so is blob().
  std::string_view text(int column) const;
  std::span<const std::byte> blob(int column) const;

 private:
  void check(int code) const;
  Database& database_;
  sqlite3_stmt* handle_;
  int bound_ = 0;
};

/// Resource; loop thread only.
class Database {
 public:
  /// Opens or creates the file (mode 0600), checks it and migrates its schema by `steps`, each in a
  /// transaction of its own. ":memory:" is a database without a file. An Error of Party::storage names the
  /// file and the remedy: not writable, locked by another process, corrupt, not arrivald's, or written by a
  /// newer version. A file that is refused is not changed.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                std::span<const char* const> steps = migrations());
  /// For a file that open() refused with an error canContinueWithout(), or as others only read it: what can
  /// be read of it is read, and every transaction is refused with `why` until reopen() succeeds. If nothing
  /// can be read, an empty database in memory takes the file's place.
  static std::unique_ptr<Database> openUnwritable(const std::string& path, Error why,
                                                  std::span<const char* const> steps = migrations());
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// False from openUnwritable(), or from the loss of the log, until reopen() succeeds.
  bool isWritable() const { return !refusing_ && !log_.isLost; }
  /// Whether an empty database in memory has taken the file's place.
  bool standsIn() const { return standsIn_; }
  /// Opens the file as open() does. On success memory is ahead of what the file holds. Where nothing could be
  /// read at first and there is something now, it is an error that asks for a restart: what was read since
  /// must not replace it. Of a log that others deleted or replaced everything is copied into the file first;
  /// of one that they cut, the commits that are left count. Call it outside of transactions, while no
  /// Statement lives.
  Done reopen();
  /// Whether the file and its log still are what was opened and written. transact() asks for it, too.
  Done checkFiles();

  /// Whether the file system has hardly any room left: a small transaction may succeed all the same. False if
  /// that is not known.
  bool isFull() const;

  /// Runs `body` in one transaction (BEGIN IMMEDIATE): everything is committed, or nothing. `body` may throw
  /// SqlError, which becomes the Error; other exceptions roll back and propagate. Transactions do not nest.
  /// Refused as notFound once others deleted, replaced, emptied or overwrote the file, or deleted, replaced
  /// or cut its log; also where that is noticed only after the commit, which then may be lost.
  Done transact(const std::function<void()>& body);
  /// Runs `body`, which must only read.
  Done read(const std::function<void()>& body);

  /// Checkpoints the write-ahead log into the file; for a clean shutdown.
  void checkpoint();

  /// Why the last transaction failed; empty if it succeeded.
  std::optional<Error::Kind> fault() const { return fault_; }

  /// Rows changed by the last statement.
  std::int64_t changes() const;
  std::int64_t lastInsertRow() const;
  /// Number of transactions rolled back so far. A cache of row ids is invalid once it has increased.
  std::uint64_t rollbacks() const { return rollbacks_; }

 private:
  friend class Statement;
  friend class Backup;
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  /// Null if the file cannot be opened or read so.
  enum class Check : std::uint8_t { all, version };
  static std::unique_ptr<Database> openForReading(const std::string& path, const std::string& name,
                                                  std::size_t newest, Check check = Check::all);
  /// Whether a file that others read can be opened for writing now. Otherwise goes on reading.
  bool isLeftByReaders();
  void closeHandle();
  /// Takes over the connection of `other`, which cannot be used afterwards.
  void adopt(Database& other);
  /// kindOf() with the errno of the last call and the state of the file system.
  Error::Kind kindOfFailure(int code) const;
  void execute(const char* sql);
  /// The first column of the first row, or 0.
  std::int64_t number(std::string_view sql);
  void prepare();
  /// Why the file must not be used; empty if it can be used. Reads only.
  std::optional<std::string> refusal(std::int64_t version, std::size_t newest);
  Done migrate(std::span<const char* const> steps, std::int64_t version);
  Error failed(const SqlError& error) const;
  /// The write-ahead log as the last commit left it.
  struct LogFile {
    bool isSeen = false;  ///< the first write makes it
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = 0;
    int pagesInFile = 0;   ///< of its pages, that were copied into the database's file
    bool isInFile = true;  ///< all were
    bool isLost = false;   ///< from then on nothing is written
    bool isCut = false;    ///< it is shorter than what was written
  };
  bool fileIsGone();
  bool logIsGone();
  /// The database's file as the last checkpoint left it: nobody but checkpoints writes to it.
  struct File {
    std::int64_t changed = 0;  ///< nanoseconds
    std::int64_t bytes = 0;
    std::uint64_t sample = 0;  ///< a checksum of some of its pages
  };
  std::optional<File> lookAtFile() const;
  std::uint64_t sampleOfFile() const;
  void noteFile();
  /// Whether others wrote into it; its log is then set aside, which belongs to what was there before.
  bool fileIsOverwritten();
  /// Makes `handle_` call committed() after each commit.
  void watchCommits();
  /// Copies the log into the file from time to time.
  void committed(int pagesInLog);
  /// Whether the file has everything that was committed, if need be from a log that has no name any more.
  bool rescueLog();
  void copyLog();
  /// Moves away what lies in the place of the lost log, unless it is to be played back.
  Done setLogAside();
  std::string damage();
  sqlite3_stmt* take(std::string_view sql);
  void give(sqlite3_stmt* statement);

  sqlite3* handle_;
  LogFile log_;
  std::optional<File> file_;  // unknown until the first checkpoint
  bool isOverwritten_ = false;
  std::string path_;
  std::optional<Error> refusing_;  // why every transaction is refused
  bool standsIn_ = false;          // in memory, since nothing of the file could be read
  std::span<const char* const> steps_;
  std::optional<Error::Kind> fault_;
  bool transacting_ = false;
  std::uint64_t rollbacks_ = 0;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>, Hash, std::equal_to<>> idle_;
};

}  // namespace arrivald::store
