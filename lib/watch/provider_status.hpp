// ProviderStatus: the latest state of the provider's status page, and when it was read.
#pragma once

#include <optional>

#include "metrics/registry.hpp"
#include "statuspage/status_summary.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. In memory only, since the page is read soon after a start.
class ProviderStatus final : public Owner {
 public:
  explicit ProviderStatus(metrics::Registry& registry) : registry_(registry) {}

  void retain(const config::Config& configuration) override {
    if (configuration.statusPage) return;
    latest_.reset();
    registry_.statusPageUnreadable();
  }
  void shift(Duration step) override {
    if (latest_) latest_->at += step;
  }

  struct Latest {
    statuspage::StatusSummary summary;
    Instant at{};
  };
  void read(statuspage::StatusSummary summary, Instant at);
  void unreadable() { registry_.statusPageUnreadable(); }
  /// Nothing if the page has not been read.
  const std::optional<Latest>& latest() const { return latest_; }

 private:
  metrics::Registry& registry_;
  std::optional<Latest> latest_;
};

}  // namespace arrivald::watch
