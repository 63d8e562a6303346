#include "desk/sessions.hpp"

#include <algorithm>

namespace arrivald::desk {
namespace {

// How old the stored instant of the last use may be: not every look at a page is written.
constexpr Duration kStoredWithin = std::chrono::minutes(1);

Role roleOf(std::int64_t stored) {
  return stored == 2 ? Role::admin : stored == 1 ? Role::operator_ : Role::viewer;
}

}  // namespace

void Sessions::load() {
  for (auto& row : table_.all()) {
    auto hash = row.tokenHash;
    sessions_.insert_or_assign(std::move(hash), std::move(row));
  }
}

Done Sessions::retain(const std::vector<Account>& accounts, SessionLimits limits) {
  limits_ = limits;
  std::vector<std::string> gone;
  for (const auto& [hash, row] : sessions_) {
    const auto kept =
        std::any_of(accounts.begin(), accounts.end(), [&, session = &row](const Account& account) {
          return account.user == session->user && account.role == roleOf(session->role);
        });
    if (!kept) gone.push_back(hash);
  }
  for (const auto& hash : gone) sessions_.erase(hash);
  return gone.empty() ? done() : database_.transact([&] {
    for (const auto& hash : gone) table_.remove(hash);
  });
}

void Sessions::shift(Duration step) {
  for (auto& one : closed_) one.at += step;
  for (auto& [hash, row] : sessions_) {
    row.created += step;
    row.lastSeen += step;
  }
}

bool Sessions::ended(const store::SessionRow& row) const {
  const auto now = clock_.now();
  return now - row.lastSeen >= limits_.idle || now - row.created >= limits_.max;
}

void Sessions::remove(Kept::iterator at) {
  const auto hash = at->first;
  sessions_.erase(at);
  // One that stays in the store ends by its age.
  static_cast<void>(database_.transact([&] { table_.remove(hash); }));
}

// Ended ones are remembered for a while.
void Sessions::makeRoom() {
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    const auto next = std::next(at);
    if (clock_.now() - at->second.lastSeen >= limits_.idle + kRemembered) remove(at);
    at = next;
  }
  if (sessions_.size() < kMaxSessions) return;
  remove(std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
    return a.second.lastSeen < b.second.lastSeen;
  }));
}

std::string Sessions::open(const Account& account) {
  makeRoom();
  auto token = toHex(random_(kTokenBytes));
  const auto now = clock_.now();
  const store::SessionRow row{sha256Hex(token), account.user, static_cast<std::int64_t>(account.role), now,
                              now};
  static_cast<void>(database_.transact([&] { table_.put(row); }));
  sessions_.insert_or_assign(row.tokenHash, row);
  return token;
}

std::optional<Session> Sessions::find(std::string_view token) {
  if (token.size() != kTokenBytes * 2) return std::nullopt;
  const auto found = sessions_.find(sha256Hex(token));
  if (found == sessions_.end() || ended(found->second)) return std::nullopt;
  auto& row = found->second;
  const auto now = clock_.now();
  if (now - row.lastSeen >= kStoredWithin) {
    row.lastSeen = now;
    static_cast<void>(database_.transact([&] { table_.put(row); }));
  }
  return Session{row.user, roleOf(row.role), csrfTokenOf(token)};
}

std::string Sessions::userOf(std::string_view token) const {
  const auto found = sessions_.find(sha256Hex(token));
  return found == sessions_.end() ? std::string() : found->second.user;
}

void Sessions::close(std::string_view token) {
  const auto found = sessions_.find(sha256Hex(token));
  if (found == sessions_.end()) return;
  if (closed_.size() >= kMaxSessions) closed_.pop_front();
  closed_.push_back({sha256Hex(csrfTokenOf(token)), found->second.user, clock_.now()});
  remove(found);
}

std::string Sessions::userOfForm(std::string_view csrf) const {
  const auto hash = sha256Hex(csrf);
  const auto found = std::ranges::find(closed_, hash, &Closed::csrfHash);
  return found == closed_.end() || clock_.now() - found->at >= kRemembered ? std::string() : found->user;
}

}  // namespace arrivald::desk
