// Sessions: who is logged in.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "desk/token.hpp"
#include "desk/users.hpp"
#include "store/sessions_table.hpp"

namespace arrivald::desk {

/// A user of the configuration, as far as sessions need to know.
struct Account {
  std::string user;
  Role role = Role::viewer;
};

struct SessionLimits {
  Duration idle = std::chrono::minutes(60);
  Duration max = std::chrono::hours(12);
};

struct Session {
  std::string user;
  Role role = Role::viewer;
  std::string csrf;  ///< the token of its forms
};

/// Resource; loop thread only. A token is 256 random bits, which only the browser has; memory and the store
/// have its hash. Survives a restart.
class Sessions {
 public:
  /// Beyond it the session that was used least recently ends.
  static constexpr std::size_t kMaxSessions = 1000;
  static constexpr Duration kRemembered = std::chrono::hours(24);

  Sessions(store::Database& database, const Clock& clock, RandomBytes random)
      : database_(database), clock_(clock), random_(std::move(random)) {}
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// Call it once, inside Database::read; throws store::SqlError.
  void load();
  /// Ends the sessions of users that are gone or have another role, and uses these limits from now on.
  Done retain(const std::vector<Account>& accounts, SessionLimits limits);
  /// The wall clock was set: ages do not change.
  void shift(Duration step);
  void storeShift(Duration step) { table_.shift(step); }

  /// A new session and its token. A session that the store refuses lives until the next restart.
  std::string open(const Account& account);
  /// Empty for a token of no session, and of one that has ended. Counts as use of it.
  std::optional<Session> find(std::string_view token);
  /// Whose session it is or was, for what a form held that came too late; known for kRemembered.
  std::string userOf(std::string_view token) const;
  void close(std::string_view token);
  /// Whose form carries this token, of a session that was closed within kRemembered; empty: not known.
  std::string userOfForm(std::string_view csrf) const;
  std::size_t size() const { return sessions_.size(); }

 private:
  using Kept = std::map<std::string, store::SessionRow, std::less<>>;
  bool ended(const store::SessionRow& row) const;
  void remove(Kept::iterator at);
  void makeRoom();

  store::Database& database_;
  const Clock& clock_;
  RandomBytes random_;
  store::SessionsTable table_{database_};
  SessionLimits limits_;
  Kept sessions_;  // by the hash of the token
  struct Closed {
    std::string csrfHash, user;
    Instant at{};
  };
  std::deque<Closed> closed_;  // oldest first, in memory only; at most kMaxSessions
};

}  // namespace arrivald::desk
