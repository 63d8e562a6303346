// Record: one event as it is stored, in some 150 bytes: what duplicate detection, messages in flight and
// searches need.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::stream {

struct Record {
  static constexpr std::size_t kMaxText = 320;     ///< bytes of an id or an address
  static constexpr std::size_t kMaxReason = 1000;  ///< bytes of a reply
  static constexpr std::size_t kMaxCategories = 10;
  static constexpr char kBetweenCategories = '\x1f';

  EventKind kind = EventKind::other;
  Instant at{};                  ///< the event's own timestamp (SendGrid's clock)
  std::uint64_t idKey = 0;       ///< fingerprint of the event's id, or 0
  std::uint64_t contentKey = 0;  ///< fingerprint of the event's content
  std::uint64_t messageKey = 0;  ///< fingerprint of message id and recipient
  std::uint64_t emailKey = 0;    ///< fingerprint of the address, or 0
  std::string_view messageId;    ///< whole
  std::string_view smtpId;       ///< only where its stem is not that of messageId
  std::string_view email;        ///< personal data; empty where addresses are kept hashed
  std::string_view domain;       ///< of the address
  std::string_view reason;
  std::string_view status;
  std::string_view categories;  ///< separated by kBetweenCategories
  friend bool operator==(const Record&, const Record&) = default;
};

/// Appends the stored form of a record. Texts beyond the limits are truncated. The bytes are stored: their
/// layout does not change without a migration.
void append(std::string& bytes, const Record& record);

/// Calls `take` with each category.
template <class Take>
void eachCategory(std::string_view categories, Take take) {
  while (!categories.empty()) {
    const auto end = categories.find(Record::kBetweenCategories);
    if (const auto one = categories.substr(0, end); !one.empty()) take(one);
    categories.remove_prefix(end == std::string_view::npos ? categories.size() : end + 1);
  }
}

/// The mail's first category; empty: it has none.
inline std::string_view firstCategory(std::string_view categories) {
  return categories.substr(0, categories.find(Record::kBetweenCategories));
}

/// Reads records one after another; their texts are views into the bytes.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}
  /// False at the end, or if the bytes are corrupt.
  bool next(Record& record);
  /// What has not been read: not empty if the bytes are corrupt.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace arrivald::stream
