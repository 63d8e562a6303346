// Alert: what Prometheus' Alertmanager is told of, as its API v2 takes it. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::alertmanager {

/// Labels are its identity: with any other label it is another alert. Alertmanager resolves it by itself at
/// `endsAt`, so one that goes on has to be posted again before that.
struct Alert {
  /// Names as Prometheus allows them; values without content are left out.
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  Instant startsAt{};
  Instant endsAt{};
  std::string generatorUrl;  ///< where to read more; empty: nowhere
  friend bool operator==(const Alert&, const Alert&) = default;
};

/// The body of POST /api/v2/alerts: an array of {labels, annotations, startsAt, endsAt, generatorURL}. Values
/// are cut at 1,000 bytes in labels and 4,000 in annotations.
std::string bodyOf(std::span<const Alert> alerts);

/// Value. Which alerts go on by what was posted last, so that the end of each is told.
class Posted {
 public:
  /// Everything to post now: `goOn`; what went on at an earlier call and no longer does, with its end, for
  /// kEndsToldFor; and of `over`, which others know to have ended, what is not among these: after a restart
  /// nothing is known to have been posted. At most kMaxAlerts, those that go on first.
  std::vector<Alert> update(std::vector<Alert> goOn, const std::vector<Alert>& over, Instant now);

  /// Several posts, so that a member that misses one learns of the end.
  static constexpr Duration kEndsToldFor = std::chrono::minutes(5);
  static constexpr std::size_t kMaxAlerts = 1000;

 private:
  std::vector<Alert> goOn_;
  std::vector<Alert> over_;
};

}  // namespace arrivald::alertmanager
