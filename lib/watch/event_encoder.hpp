// EventEncoder: the provider's events → the records that are stored.
#pragma once

#include <array>
#include <string>

#include "sendgrid/events.hpp"
#include "stream/record.hpp"
#include "watch/event_log.hpp"

namespace arrivald::watch {

/// Loop thread only.
class EventEncoder {
 public:
  /// `hashAddresses`: keep fingerprints instead of addresses.
  void use(const config::EventStream& settings) { hashAddresses_ = settings.hashAddresses; }

  /// Adds the event to `batch`, whose account is set. Texts beyond Record's limits are cut, before anything
  /// is worked out of them, so that a giant costs no more than others.
  void encode(const sendgrid::Event& event, PendingBatch& batch);

 private:
  void fillKeys(const sendgrid::Event& event, std::string_view account, std::string_view reason,
                stream::Record& record) const;
  void fillTexts(const sendgrid::Event& event, std::string_view reason, stream::Record& record);
  std::string_view joinCategories(const sendgrid::Event& event);

  bool hashAddresses_ = false;
  // What records refer to where a text had to be cleaned.
  std::string id_, email_, reason_, status_, domain_, categories_;
};

}  // namespace arrivald::watch
