// DigestSender: puts what is new on the suppression lists into the outbox when the digest is due.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "notify/digest.hpp"
#include "runtime/task.hpp"
#include "watch/owners.hpp"

namespace arrivald::desk {

/// Which entries were in a digest is stored with the notification: none is in two, and none is left out, over
/// a crash as well. A digest that was due while arrivald did not run is sent at the start. Resource; loop
/// thread only.
class DigestSender {
 public:
  /// `base`: of links, without a slash at its end.
  DigestSender(watch::Owners& owners, std::string base) : owners_(owners), base_(std::move(base)) {}
  DigestSender(const DigestSender&) = delete;
  DigestSender& operator=(const DigestSender&) = delete;

  /// Sends the digest if it is due. Nothing is sent if nothing is new, unless lists cannot be read: that is
  /// said once, since silence would say that nothing is new on them. What the store refuses is tried at the
  /// next call.
  Done look(const config::Config& configuration);
  /// The wall clock was set. Inside of a transaction; throws store::SqlError.
  static void storeShift(store::Database& database, Duration step);

 private:
  std::optional<notify::Digest> digestOf(const config::Config& configuration, Instant from, Instant to);

  watch::Owners& owners_;
  std::string base_;
};

/// Looks every half minute. What it refers to must outlive the task. `report`: of what the store refuses.
runtime::Task<> keepSendingDigests(DigestSender& sender, std::shared_ptr<const config::Config> configuration,
                                   Clock& clock, void (*report)(const Error&));

}  // namespace arrivald::desk
