// EventStreamFacts: implements rules::StreamFacts for the event stream.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "rules/stream_facts.hpp"
#include "watch/event_stream.hpp"
#include "watch/reconcile.hpp"

namespace arrivald::watch {

/// Value of references to its inputs; lives for one evaluation. Loop thread only.
class EventStreamFacts final : public rules::StreamFacts {
 public:
  EventStreamFacts(const EventStream& events, const Statistics& statistics, const RecentCauses& causes,
                   const config::Config& configuration)
      : events_(events), statistics_(statistics), causes_(causes), configuration_(configuration) {}

  bool alive(std::string_view account, Instant now) const override;
  bool complete(std::string_view account, Duration window, Instant now) const override;
  std::optional<Lacking> lacking(std::string_view account, Instant now) const override;
  bool caughtUp(std::string_view account, Instant now) const override;
  std::optional<std::int64_t> unheard(std::string_view account, Instant now) const override;
  Duration statisticsBehind(std::string_view account, Instant now) const override;
  /// Of an account or a group of receivers.
  Duration outcomeDelay(std::string_view account) const override;
  std::optional<CameLate> cameLate(std::string_view account) const override;
  std::optional<Waiting> waiting(const delivery::Subject& subject, Duration after, Duration window,
                                 Instant now) const override;
  /// Of an account, a category or a group of receivers.
  std::optional<Latency> latency(const delivery::Subject& subject, Duration window,
                                 Instant now) const override;
  /// Of an account or a group of receivers.
  std::optional<std::int64_t> causeCount(const delivery::Subject& subject,
                                         const std::vector<std::string>& causes, Duration window,
                                         Instant now) const override;
  std::optional<std::vector<Excess>> excessFailures(const delivery::Subject& subject,
                                                    std::int64_t max) const override;
  std::optional<DayCompared> dayCompared(std::string_view account, Instant now) const override;
  std::optional<SettingsSeen> streamSettings(std::string_view account) const override;
  std::optional<std::string> accountStatus(std::string_view account) const override;

 private:
  const config::Account* streamed(std::string_view account) const;

  const EventStream& events_;
  const Statistics& statistics_;
  const RecentCauses& causes_;
  const config::Config& configuration_;
  mutable std::map<std::tuple<std::string, Duration, Instant>, bool> complete_;  // by account and window
};

}  // namespace arrivald::watch
