// CurrentFacts: the facts as they stand, for one evaluation of the rules.
#pragma once

#include "config/config.hpp"
#include "rules/window_facts.hpp"
#include "watch/event_stream_facts.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// rules::Feeds of the configuration. Refers to its inputs; loop thread only.
class ConfiguredFeeds final : public rules::Feeds {
 public:
  ConfiguredFeeds(const Owners& owners, const config::Config& configuration)
      : owners_(owners), configuration_(configuration) {}
  bool watched(const delivery::Subject& subject, rules::Feed feed) const override;

 private:
  const Owners& owners_;
  const config::Config& configuration_;
};

/// Windows and readings, what the event stream says, and what is watched at all. Refers to the owners and the
/// configuration, which may not change while it lives. Loop thread only.
class CurrentFacts {
 public:
  CurrentFacts(const Owners& owners, const config::Config& configuration);
  CurrentFacts(const CurrentFacts&) = delete;
  CurrentFacts& operator=(const CurrentFacts&) = delete;

  const rules::WindowFacts& facts() const { return facts_; }
  const EventStreamFacts& stream() const { return stream_; }

 private:
  EventStreamFacts stream_;
  ConfiguredFeeds feeds_;
  rules::WindowFacts facts_;
};

}  // namespace arrivald::watch
