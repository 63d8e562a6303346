// PendingBatch: a batch of events that was decoded and is not stored yet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/events_table.hpp"
#include "stream/duplicates.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::watch {

/// One event that is waiting to be stored.
struct PendingEvent {
  stream::EventKind kind = stream::EventKind::other;
  stream::EventKeys keys;
  Instant at{};
  store::EventFinder finder;
  std::uint32_t smtpId = 0;        ///< likewise of its smtp-id; 0 if that has the message's stem
  std::size_t begin = 0, end = 0;  ///< the bytes of its record in the batch's records
};

/// A batch that is waiting to be stored.
struct PendingBatch {
  std::string account;
  std::vector<PendingEvent> events;
  std::string records;
  std::vector<store::MalformedEvent> malformed;  ///< the first of them, to be kept
  std::int64_t malformedCount = 0;
  std::string headers, body;  ///< as received; only if the batch is forwarded
  std::size_t bytes = 0;      ///< of the request's body
};

}  // namespace arrivald::watch
