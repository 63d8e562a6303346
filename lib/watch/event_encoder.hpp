// EventEncoder: converts the provider's events to the records that are stored.
#pragma once

#include <array>
#include <string>

#include "config/config.hpp"
#include "sendgrid/events.hpp"
#include "stream/fingerprint.hpp"
#include "stream/record.hpp"
#include "watch/pending_batch.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Keeps nothing from one event to the next.
class EventEncoder {
 public:
  /// `hashAddresses`: store fingerprints, made with `key`, instead of addresses.
  void use(const config::EventStream& settings, const stream::FingerprintKey& key) {
    hashAddresses_ = settings.hashAddresses;
    key_ = key;
  }
  void useKey(const stream::FingerprintKey& key) { key_ = key; }
  /// A malformed event as it may be stored: of limited size, and without the local parts of addresses where
  /// these are hashed.
  std::string storable(std::string_view malformed) const;

  /// Adds the event to `batch`, whose account must be set. Texts beyond Record's limits are truncated before
  /// they are processed, so that a huge event costs no more than others.
  void encode(const sendgrid::Event& event, PendingBatch& batch);

 private:
  void fillKeys(const sendgrid::Event& event, std::string_view account, std::string_view reason,
                stream::Record& record) const;
  void fillTexts(const sendgrid::Event& event, std::string_view reason, stream::Record& record);
  void fillIds(const sendgrid::Event& event, stream::Record& record);
  std::string_view joinCategories(const sendgrid::Event& event);

  bool hashAddresses_ = false;
  stream::FingerprintKey key_;
  // Storage for texts that had to be cleaned; records refer to it.
  std::string id_, smtpId_, email_, reason_, status_, domain_, categories_;
};

}  // namespace arrivald::watch
