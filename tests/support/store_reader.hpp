// StoreReader: another process that reads the store, called sqlite3, until it is told to leave.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "store/database.hpp"

namespace arrivald::testing {

class StoreReader {
 public:
  /// Returns once the process reads.
  explicit StoreReader(const std::string& path) {
    int toChild[2], fromChild[2];
    REQUIRE(::pipe(toChild) == 0);
    REQUIRE(::pipe(fromChild) == 0);
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    char byte = 'y';
    if (process_ == 0) {
      ::prctl(PR_SET_NAME, "sqlite3");
      ::close(toChild[1]);
      const Error why{Error::Kind::locked, "", Party::storage};
      const auto reading = store::Database::openUnwritable(path, why);
      const bool said = ::write(fromChild[1], &byte, 1) == 1 && ::read(toChild[0], &byte, 1) == 0;
      ::_exit(said && !reading->standsIn() ? 0 : 1);
    }
    ::close(toChild[0]);
    toChild_ = toChild[1];
    REQUIRE(::read(fromChild[0], &byte, 1) == 1);
    for (const int end : fromChild) ::close(end);
  }
  StoreReader(const StoreReader&) = delete;
  StoreReader& operator=(const StoreReader&) = delete;
  ~StoreReader() { static_cast<void>(leave()); }

  pid_t process() const { return process_; }
  /// Whether it could read the store all the time.
  bool leave() {
    if (toChild_ < 0) return left_;
    ::close(toChild_);
    toChild_ = -1;
    int status = 1;
    left_ = ::waitpid(process_, &status, 0) == process_ && status == 0;
    return left_;
  }

 private:
  pid_t process_ = -1;
  int toChild_ = -1;
  bool left_ = false;
};

}  // namespace arrivald::testing
