// Feeds: what the configuration has watched, as rules ask for it. A part of Facts.
#pragma once

#include <cstdint>

#include "delivery/subject.hpp"

namespace arrivald::rules {

/// Where the numbers come from that a rule is judged by.
enum class Feed : std::uint8_t {
  mail,            ///< counts of the subject's mail: statistics, the event stream, or both
  events,          ///< the event stream only
  streamSettings,  ///< the event webhook's settings at the provider
  lists,           ///< the suppression lists
  mailOrLists,     ///< counts of the subject's mail, or the suppression lists
  replies,         ///< what receivers answered: by the event stream, or by the suppression lists
  standing,        ///< the plan's credits and the reputation
  readings,        ///< whether the sources can be read: known of each account
  dmarc,           ///< the DMARC reports about a sending domain
};

/// Read-only. Nothing behind it may change during an evaluation.
class Feeds {
 public:
  virtual ~Feeds() = default;

  /// Whether the configuration has `subject` watched by `feed`. What it does not have watched is not judged,
  /// and its alerts are closed: unlike what cannot be read at present, which is unknown.
  virtual bool watched(const delivery::Subject& subject, Feed feed) const {
    static_cast<void>(subject), static_cast<void>(feed);
    return true;
  }
};

}  // namespace arrivald::rules
