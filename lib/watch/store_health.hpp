// StoreHealth: whether the state can be stored, and since when not. Logs it, and exports it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "metrics/registry.hpp"

namespace arrivald::watch {

/// The owners that keep in memory what the store refuses record the result of their writes, for the page,
/// /readyz, the metrics and the notification. One log line per kind of error and hour, with the number of
/// refused writes. Resource; loop thread only.
class StoreHealth {
 public:
  StoreHealth(const Clock& clock, metrics::Registry& registry);
  StoreHealth(const StoreHealth&) = delete;
  StoreHealth& operator=(const StoreHealth&) = delete;

  void record(std::string_view owner, const Done& written);
  /// The store takes writes again: what each owner still lacks it writes by its next change.
  void recovered();
  bool ok() const { return failing_.empty(); }
  /// The error of one owner whose last write failed; nothing if all succeeded.
  std::optional<Error> trouble() const;
  /// When writes began to be refused; nothing if they are not.
  std::optional<Instant> since() const;
  /// How many writes were refused since then.
  std::int64_t refused() const { return refused_; }
  /// The wall clock was set by `step`.
  void shift(Duration step);

 private:
  void report(const Error& error);
  void reportEnd();

  struct Logged {
    Instant at{};
    std::int64_t unsaid = 0;  // since then
  };
  const Clock& clock_;
  metrics::Registry& registry_;
  std::map<std::string, Error> failing_;  // by owner
  std::map<Error::Kind, Logged> logged_;
  std::optional<Instant> since_;
  std::int64_t refused_ = 0;
};

}  // namespace arrivald::watch
