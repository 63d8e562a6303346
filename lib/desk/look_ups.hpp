// LookUps: addresses that somebody asked about, by a key that may stand in a URL where no address may.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "desk/token.hpp"
#include "store/database.hpp"

namespace arrivald::desk {

/// What a person typed to ask about.
struct Asked {
  enum class Of { nothing, address, domain } of = Of::nothing;
  std::string text;
};
/// Mends blanks, "mailto:", "<…>" and full-width signs. What has no "@" but a dot is a domain.
Asked readAsked(std::string_view typed);

/// In the store, so that links to answers outlive a restart; in memory while the store refuses. Resource;
/// loop thread only.
class LookUps {
 public:
  static constexpr std::size_t kMaxKept = 10'000;
  static constexpr Duration kKept = std::chrono::hours(12);
  static constexpr std::size_t kMaxUnsaved = 100;

  LookUps(store::Database& database, const Clock& clock, RandomBytes random)
      : database_(database), clock_(clock), random_(std::move(random)) {}
  LookUps(const LookUps&) = delete;
  LookUps& operator=(const LookUps&) = delete;

  /// The wall clock was set: ages do not change. Inside of a transaction; throws store::SqlError.
  void storeShift(Duration step);

  /// The key of an address; the same one while it is kept. What is too old, or too much, is forgotten.
  std::string keep(const std::string& address);
  std::optional<std::string> find(std::string_view key) const;
  /// Forgets what is too old.
  Done prune();

 private:
  store::Database& database_;
  const Clock& clock_;
  RandomBytes random_;
  std::map<std::string, std::string, std::less<>> unsaved_;  // addresses by key
};

}  // namespace arrivald::desk
