// LoginThrottle: slows down whoever guesses passwords, without locking out the rightful user elsewhere.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "store/login_attempts_table.hpp"

namespace arrivald::desk {

/// Resource; loop thread only. Counts failures by user and address: after kFailures in a row that pair waits
/// kFirstWait, then twice as long each time. An address with many failures for any users waits, too.
class LoginThrottle {
 public:
  static constexpr std::int64_t kFailures = 5;
  static constexpr Duration kFirstWait = std::chrono::minutes(15);
  static constexpr Duration kMaxWait = std::chrono::hours(24);
  static constexpr std::size_t kAddressFailures = 30;
  static constexpr Duration kAddressWindow = std::chrono::minutes(10);
  /// Of pairs and of addresses; beyond it the one that failed least recently is forgotten.
  static constexpr std::size_t kMaxKept = 10'000;

  LoginThrottle(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  LoginThrottle(const LoginThrottle&) = delete;
  LoginThrottle& operator=(const LoginThrottle&) = delete;

  /// Call it once, inside Database::read; throws store::SqlError.
  void load();
  void shift(Duration step);
  void storeShift(Duration step) { table_.shift(step); }

  struct Wait {
    enum class Of { none, user, address } of = Of::none;
    Duration left{};
  };
  /// Whether a log-in may be tried now.
  Wait wait(const std::string& user, const std::string& from) const;
  void failed(const std::string& user, const std::string& from);
  void succeeded(const std::string& user, const std::string& from);
  /// Whether there are failures of a user, so that unlock() changes something.
  bool isKept(const std::string& user) const;
  /// Forgets all failures of a user; the number of pairs that were waiting.
  std::size_t unlock(const std::string& user);

 private:
  using Key = std::pair<std::string, std::string>;
  void forget(const Key& key);
  void makeRoom();

  store::Database& database_;
  const Clock& clock_;
  store::LoginAttemptsTable table_{database_};
  std::map<Key, store::LoginAttemptsRow> pairs_;
  std::map<std::string, std::deque<Instant>, std::less<>> addresses_;  // recent failures, oldest first
};

}  // namespace arrivald::desk
