#include "store/backup.hpp"

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
#include <filesystem>
#include <utility>

#include "store/database.hpp"

namespace arrivald::store {
namespace {

namespace fs = std::filesystem;

constexpr int kPagesAtOnce = 256;
// What has to stay free beside a copy: the database goes on growing.
constexpr std::uint64_t kRoomBeside = std::uint64_t{16} << 20;
constexpr int kBusyMilliseconds = 2000;

Error refused(Error::Kind kind, Phrase what) { return Error::of(kind, std::move(what), Party::storage); }

Error unwritable(const std::string& path, int systemError) {
  return refused(kindOf(SQLITE_CANTOPEN, systemError),
                 phrase("{} cannot be written: {}", path, std::strerror(systemError)));
}

std::string folderOf(const std::string& path) {
  const auto folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Done syncPath(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return unwritable(path, errno);
  const bool synced = ::fsync(file) == 0;
  const int why = errno;
  ::close(file);
  if (!synced) return unwritable(path, why);
  return done();
}

// Nothing half written is ever found under `to`.
Done moveDurably(const std::string& from, const std::string& to) {
  const auto synced = syncPath(from, O_RDWR);
  if (!synced) return synced;
  if (::rename(from.c_str(), to.c_str()) != 0) return unwritable(to, errno);
  return syncPath(folderOf(to), O_RDONLY | O_DIRECTORY);
}

// A connection of its own to a file, closed at the end.
class Connection {
 public:
  Connection(const std::string& path, int flags) {
    opened_ = sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    if (handle_) sqlite3_busy_timeout(handle_, kBusyMilliseconds);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sqlite3_close(handle_); }

  int opened() const { return opened_; }
  int execute(const char* sql) { return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }
  /// The first column of the first row, as text; the error's words where there is none.
  std::string ask(const char* sql) { return askOf(handle_, sql); }
  static std::string askOf(sqlite3* handle, const char* sql) {
    std::string answer;
    const int code = sqlite3_exec(
        handle, sql,
        [](void* to, int, char** values, char**) {
          auto& text = *static_cast<std::string*>(to);
          if (text.empty() && values[0]) text = values[0];
          return 0;
        },
        &answer, nullptr);
    return code == SQLITE_OK ? answer : sqlite3_errmsg(handle);
  }

 private:
  sqlite3* handle_ = nullptr;
  int opened_ = SQLITE_OK;
};

Done enoughRoom(const std::string& path, std::uint64_t bytes) {
  struct statvfs disk{};
  if (::statvfs(folderOf(path).c_str(), &disk) != 0) return unwritable(path, errno);
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (disk.f_blocks == 0 || free >= bytes + kRoomBeside) return done();
  return refused(
      Error::Kind::diskFull,
      phrase("a copy needs {} MB on the file system of {}, and {} MB are free there: free space, or "
             "delete old copies",
             std::to_string((bytes + kRoomBeside) >> 20), folderOf(path), std::to_string(free >> 20)));
}

}  // namespace

Result<std::unique_ptr<Backup>> Backup::begin(Database& database, std::string path) {
  if (!database.isWritable())
    return refused(Error::Kind::storage,
                   phrase("the database cannot be written now, so that a copy would lack what only memory "
                          "knows: see `arrivald status`, and try again"));
  if (const auto there = database.checkFiles(); !there) return there.error();
  // One folder that is not there yet is made.
  if (::mkdir(folderOf(path).c_str(), 0700) != 0 && errno != EEXIST) return unwritable(folderOf(path), errno);
  const auto pages = Connection::askOf(database.handle_, "PRAGMA page_count");
  const auto size = Connection::askOf(database.handle_, "PRAGMA page_size");
  const auto room =
      enoughRoom(path, std::strtoull(pages.c_str(), nullptr, 10) * std::strtoull(size.c_str(), nullptr, 10));
  if (!room) return room.error();
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0)
    return refused(Error::Kind::invalid, phrase("{} exists already: nothing was copied", path));

  std::unique_ptr<Backup> backup(new Backup(path, path + ".partial"));
  // What an earlier copy left that was cut off.
  ::unlink(backup->partial_.c_str());
  // With this mode from the beginning, since it contains addresses.
  const int file = ::open(backup->partial_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return unwritable(backup->partial_, errno);
  ::close(file);
  const int opened = sqlite3_open_v2(backup->partial_.c_str(), &backup->copy_,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) return backup->failed(opened);
  sqlite3_extended_result_codes(backup->copy_, 1);
  // finish() makes all of it durable at once.
  sqlite3_exec(backup->copy_, "PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);
  backup->run_ = sqlite3_backup_init(backup->copy_, "main", database.handle_, "main");
  if (!backup->run_) return backup->failed(sqlite3_errcode(backup->copy_));
  return backup;
}

Backup::~Backup() {
  close();
  ::unlink(partial_.c_str());
  ::unlink((partial_ + "-journal").c_str());
}

void Backup::close() {
  if (run_) sqlite3_backup_finish(std::exchange(run_, nullptr));
  sqlite3_close(std::exchange(copy_, nullptr));
}

Error Backup::failed(int code) const {
  const auto kind = kindOf(code, copy_ ? sqlite3_system_errno(copy_) : 0);
  return refused(kind, phrase("the copy {} could not be made: {}", path_, sqlite3_errstr(code)));
}

Result<bool> Backup::copyNext() {
  const int code = sqlite3_backup_step(run_, kPagesAtOnce);
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return true;
  if (code != SQLITE_DONE) return failed(code);
  sqlite3_backup_finish(std::exchange(run_, nullptr));
  return false;
}

Done Backup::finish() {
  // The copy is one file, without a log beside it.
  const int code = sqlite3_exec(copy_, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code);
  close();
  const auto checked = checkBackup(partial_);
  if (!checked) return checked;
  return moveDurably(partial_, path_);
}

Done checkBackup(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0)
    return refused(Error::Kind::notFound, phrase("{} cannot be read: {}", path, std::strerror(errno)));
  Connection file(path, SQLITE_OPEN_READONLY);
  if (file.opened() != SQLITE_OK)
    return refused(kindOf(file.opened()),
                   phrase("{} cannot be read: {}", path, sqlite3_errstr(file.opened())));
  const auto check = file.ask("PRAGMA quick_check");
  if (check != "ok") return refused(Error::Kind::damaged, phrase("{} is no whole database: {}", path, check));
  if (file.ask("PRAGMA application_id") != std::to_string(kApplicationId))
    return refused(Error::Kind::invalid, phrase("{} is no database of arrivald", path));
  const auto version = std::strtoull(file.ask("PRAGMA user_version").c_str(), nullptr, 10);
  if (version == 0 || version > migrations().size())
    return refused(
        Error::Kind::invalid,
        phrase("{} was written by a newer arrivald (schema {}, this one knows {}): use that version", path,
               std::to_string(version), std::to_string(migrations().size())));
  return done();
}

namespace {

// Only one that runs holds the lock; whatever else is wrong with the file is why it is replaced.
Done notInUse(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return done();
  Connection file(path, SQLITE_OPEN_READWRITE);
  const int code = file.opened() == SQLITE_OK ? file.execute("BEGIN EXCLUSIVE") : file.opened();
  if (code == SQLITE_OK) file.execute("ROLLBACK");
  if (kindOf(code) != Error::Kind::locked) return done();
  return refused(Error::Kind::locked,
                 phrase("arrivald is running with {}: stop it first (systemctl stop arrivald)", path));
}

// Closes it at the end.
class Descriptor {
 public:
  explicit Descriptor(int file) : file_(file) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  int operator*() const { return file_; }
  bool isOpen() const { return file_ >= 0; }

 private:
  int file_;
};

bool copyBytes(int from, int to) {
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got <= 0) return got == 0;
    for (ssize_t at = 0; at < got;) {
      const auto written = ::write(to, buffer.data() + at, static_cast<std::size_t>(got - at));
      if (written < 0) return false;
      at += written;
    }
  }
}

// The copy beside the database, with the owner of what it will replace. The folder is the service's own,
// while this may run as root: what already has the name is not followed, and only the new file is changed.
Done copyBeside(const std::string& from, const std::string& partial, const std::string& path) {
  struct stat owner{};
  if (::lstat(path.c_str(), &owner) != 0 && ::stat(folderOf(path).c_str(), &owner) != 0)
    return unwritable(path, errno);
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.isOpen()) return unwritable(from, errno);
  ::unlink(partial.c_str());
  const Descriptor target(
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target.isOpen()) return unwritable(partial, errno);
  if (!copyBytes(*source, *target)) return unwritable(partial, errno);
  if (::geteuid() == 0 && ::fchown(*target, owner.st_uid, owner.st_gid) != 0)
    return unwritable(partial, errno);
  return done();
}

// Neither the store's own name nor what it is written to first, and no link.
Done canBecome(const std::string& copy, const std::string& path, const std::string& partial) {
  std::error_code ignored;
  if (fs::equivalent(copy, path, ignored) || fs::equivalent(copy, partial, ignored))
    return refused(Error::Kind::invalid,
                   phrase("{} lies where the store is put: copy it elsewhere first", copy));
  if (fs::is_symlink(path, ignored))
    return refused(Error::Kind::invalid,
                   phrase("{} is a link: name the file itself in store.path, then restore", path));
  return done();
}

// The database and its logs, which belong to it and must not be read into another.
constexpr std::array kFiles{"", "-wal", "-shm"};

bool exists(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

std::string unusedName(const std::string& path) {
  for (int n = 1;; ++n) {
    auto name = path + ".before-restore" + (n == 1 ? "" : fmt::format("-{}", n));
    if (std::ranges::none_of(kFiles, [&](const char* file) { return exists(name + file); })) return name;
  }
}

}  // namespace

Result<std::string> restore(const std::string& copy, const std::string& path) {
  const auto checked = checkBackup(copy);
  if (!checked) return checked.error();
  const auto free = notInUse(path);
  if (!free) return free.error();
  const auto partial = path + ".partial";
  const auto able = canBecome(copy, path, partial);
  if (!able) return able.error();
  const auto copied = copyBeside(copy, partial, path);
  if (!copied) {
    ::unlink(partial.c_str());
    return copied.error();
  }
  std::string kept;
  const auto name = unusedName(path);
  // Also logs whose database is gone.
  for (const char* file : kFiles) {
    if (!exists(path + file)) continue;
    if (::rename((path + file).c_str(), (name + file).c_str()) != 0) return unwritable(name + file, errno);
    kept = name;
  }
  const auto moved = moveDurably(partial, path);
  if (!moved) return moved.error();
  return kept;
}

}  // namespace arrivald::store
