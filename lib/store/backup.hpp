// Backup: a copy of the whole database, made while it is in use; and how a copy takes its place again.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_backup;

namespace arrivald::store {

class Database;

/// How many copies are kept unless it is said otherwise, and at most.
inline constexpr std::size_t kCopiesKept = 7, kMaxCopiesKept = 1000;

/// A copy that is being made. What is written to the database meanwhile is in it, too. Until finish() has
/// succeeded the file has another name, and goes away with this object. Loop thread only, but for finish().
class Backup {
 public:
  /// `path`: where the copy will be; nothing may be there yet, and its folder is made (mode 0700). The
  /// database must outlive this object. Errors of Party::storage name the file and the remedy: no room, not
  /// writable, a file in the way; or the database itself cannot be written, so that it lacks what memory
  /// knows.
  static Result<std::unique_ptr<Backup>> begin(Database& database, std::string path);
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;
  ~Backup();

  /// Copies the next megabyte, in one or two milliseconds; false once there is nothing left. After an error
  /// the copy is of no use.
  Result<bool> copyNext();
  /// Checks the copy, makes it durable and gives it its name. May take seconds: any thread, after copyNext()
  /// has returned false.
  Done finish();

 private:
  Backup(std::string path, std::string partial) : path_(std::move(path)), partial_(std::move(partial)) {}
  Error failed(int code) const;
  void close();

  std::string path_, partial_;
  sqlite3* copy_ = nullptr;
  sqlite3_backup* run_ = nullptr;
};

/// Whether the file is a whole database of this arrivald, or of an earlier one.
Done checkBackup(const std::string& path);

/// Puts a copy in the place of the database at `path`, with the mode and owner of what is there. What was
/// there is kept beside it, under the name that is returned; empty if there was nothing. An error leaves
/// everything as it was: the copy is no good, or an arrivald is running.
Result<std::string> restore(const std::string& copy, const std::string& path);

}  // namespace arrivald::store
