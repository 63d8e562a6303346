#include "stream/record.hpp"

#include <algorithm>

#include "base/little_endian.hpp"

namespace arrivald::stream {
namespace {

// The stored layout: kind (1 byte), time and four keys (8 bytes each), seven lengths (2 bytes each), then the
// texts in the order of the lengths. Integers are little-endian.
constexpr std::size_t kHead = 1 + 5 * 8 + 7 * 2;

std::string_view domainOf(std::string_view email) {
  const auto at = email.rfind('@');
  return at == std::string_view::npos ? std::string_view() : email.substr(at + 1);
}

}  // namespace

void append(std::string& bytes, const Record& record) {
  const auto email = record.email.substr(0, Record::kMaxText);
  const std::string_view texts[] = {
      record.messageId.substr(0, Record::kMaxText), email,
      // The domain is part of the address: it is stored only where they differ.
      record.domain == domainOf(email) ? std::string_view() : record.domain.substr(0, Record::kMaxText),
      record.reason.substr(0, Record::kMaxReason), record.status.substr(0, 20),
      record.categories.substr(0, Record::kMaxReason), record.smtpId.substr(0, Record::kMaxText)};
  std::size_t size = kHead;
  for (const auto text : texts) size += text.size();
  const auto begin = bytes.size();
  bytes.resize(begin + size);
  char* to = bytes.data() + begin;
  putLittleEndian(to, static_cast<std::uint8_t>(record.kind));
  putLittleEndian(to, static_cast<std::uint64_t>(unixMilliseconds(record.at)));
  for (const auto key : {record.idKey, record.contentKey, record.messageKey, record.emailKey})
    putLittleEndian(to, key);
  for (const auto text : texts) putLittleEndian(to, static_cast<std::uint16_t>(text.size()));
  for (const auto text : texts) to = std::copy(text.begin(), text.end(), to);
}

bool RecordReader::next(Record& record) {
  if (rest_.size() < kHead) return false;
  const char* from = rest_.data();
  const auto kind = takeLittleEndian<std::uint8_t>(from);
  if (kind >= kEventKinds) return false;
  record.kind = static_cast<EventKind>(kind);
  record.at = fromUnixMilliseconds(static_cast<std::int64_t>(takeLittleEndian<std::uint64_t>(from)));
  for (auto* key : {&record.idKey, &record.contentKey, &record.messageKey, &record.emailKey})
    *key = takeLittleEndian<std::uint64_t>(from);
  std::size_t lengths[7];
  std::size_t size = kHead;
  for (auto& length : lengths) size += length = takeLittleEndian<std::uint16_t>(from);
  if (size > rest_.size()) return false;
  std::size_t at = kHead;
  std::size_t i = 0;
  for (auto* text : {&record.messageId, &record.email, &record.domain, &record.reason, &record.status,
                     &record.categories, &record.smtpId}) {
    *text = rest_.substr(at, lengths[i]);
    at += lengths[i++];
  }
  if (record.domain.empty()) record.domain = domainOf(record.email);
  rest_.remove_prefix(size);
  return true;
}

}  // namespace arrivald::stream
