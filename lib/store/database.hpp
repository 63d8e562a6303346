// Database: one SQLite file in WAL mode, its schema and its transactions. What is committed survives a kill
// at any instant and a power cut (synchronous=FULL).
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

/// Of a result code of SQLite, extended or not: diskFull, readOnly, ioError, damaged, locked, or storage for
/// all others.
Error::Kind kindOf(int code);

/// Thrown by statements and tables; caught by Database::transact and read, which turn it into an Error of
/// Party::storage with the file and the remedy in its text.
struct SqlError : std::runtime_error {
  explicit SqlError(const std::string& text, Error::Kind why = Error::Kind::storage)
      : std::runtime_error(text), kind(why) {}
  Error::Kind kind;
};

/// The schema's steps, oldest first: step i brings version i to i + 1. Never edited once released, only added
/// to.
std::span<const char* const> migrations();

class Database;

/// A prepared statement on loan from the database's cache, reset when it goes out of scope. Parameters are
/// bound in order, columns read in order. Throws SqlError.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  /// Not copied: the bytes must stay until run(), or as long as the statement.
  Statement& bindBlob(std::span<const std::byte> bytes);
  Statement& bindNull();

  /// True while there is a row.
  bool step();
  /// For statements without rows: binds are kept no longer, ready to be bound again.
  void run();

  std::int64_t integer(int column) const;
  bool isNull(int column) const;
  /// Valid until the next step.
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
  /// Opens or makes the file (mode 0600), checks it, and brings its schema up to date by `steps`, each in one
  /// transaction. ":memory:" is a database without a file. an Error of Party::storage names the file and the
  /// remedy: not writable, in use by another process, damaged, another program's, made by a newer arrivald. A
  /// file that is refused is left as it is.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                std::span<const char* const> steps = migrations());
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Runs `body` in one transaction: all of it is stored, or nothing. `body` may throw SqlError; other
  /// exceptions roll back and go on.
  Done transact(const std::function<void()>& body);
  /// Runs `body`, which only reads.
  Done read(const std::function<void()>& body);

  /// Folds the write-ahead log into the file; before a clean end.
  void checkpoint();

  /// Why the last transaction failed; nothing once one has succeeded.
  std::optional<Error::Kind> fault() const { return fault_; }

  /// Rows changed by the last statement.
  std::int64_t changes() const;
  std::int64_t lastInsertRow() const;
  /// Transactions rolled back so far: who remembers row numbers forgets them when it has risen.
  std::uint64_t rollbacks() const { return rollbacks_; }

 private:
  friend class Statement;
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void execute(const char* sql);
  /// The first column of the first row, or 0.
  std::int64_t number(std::string_view sql);
  void prepare();
  /// What is wrong with the file, in words; nothing if it can be used.
  std::optional<std::string> refusal(std::int64_t version, std::size_t newest);
  Done migrate(std::span<const char* const> steps, std::int64_t version);
  Error failed(const SqlError& error) const;
  std::string damage();
  sqlite3_stmt* take(std::string_view sql);
  void give(sqlite3_stmt* statement);

  sqlite3* handle_;
  std::string path_;
  std::optional<Error::Kind> fault_;
  bool transacting_ = false;
  std::uint64_t rollbacks_ = 0;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>, Hash, std::equal_to<>> idle_;
};

}  // namespace arrivald::store
