#include "stream/record.hpp"

#include <algorithm>

namespace arrivald::stream {
namespace {

template <class Number>
void put(char*& to, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) *to++ = static_cast<char>(number >> (8 * i) & 0xFF);
}

template <class Number>
Number take(const char*& from) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(*from++)) << (8 * i));
  return number;
}

// Kind, five numbers of 8 bytes, six lengths of 2.
constexpr std::size_t kHead = 1 + 5 * 8 + 6 * 2;

std::string_view domainOf(std::string_view email) {
  const auto at = email.rfind('@');
  return at == std::string_view::npos ? std::string_view() : email.substr(at + 1);
}

}  // namespace

void append(std::string& bytes, const Record& record) {
  const auto email = record.email.substr(0, Record::kMaxText);
  const std::string_view texts[] = {
      record.messageId.substr(0, Record::kMaxText), email,
      // Not kept twice.
      record.domain == domainOf(email) ? std::string_view() : record.domain.substr(0, Record::kMaxText),
      record.reason.substr(0, Record::kMaxReason), record.status.substr(0, 20),
      record.categories.substr(0, Record::kMaxReason)};
  std::size_t size = kHead;
  for (const auto text : texts) size += text.size();
  const auto begin = bytes.size();
  bytes.resize(begin + size);
  char* to = bytes.data() + begin;
  put(to, static_cast<std::uint8_t>(record.kind));
  put(to, static_cast<std::uint64_t>(unixMilliseconds(record.at)));
  for (const auto key : {record.idKey, record.contentKey, record.messageKey, record.emailKey}) put(to, key);
  for (const auto text : texts) put(to, static_cast<std::uint16_t>(text.size()));
  for (const auto text : texts) to = std::copy(text.begin(), text.end(), to);
}

bool RecordReader::next(Record& record) {
  if (rest_.size() < kHead) return false;
  const char* from = rest_.data();
  const auto kind = take<std::uint8_t>(from);
  if (kind >= kEventKinds) return false;
  record.kind = static_cast<EventKind>(kind);
  record.at = fromUnixMilliseconds(static_cast<std::int64_t>(take<std::uint64_t>(from)));
  for (auto* key : {&record.idKey, &record.contentKey, &record.messageKey, &record.emailKey})
    *key = take<std::uint64_t>(from);
  std::size_t lengths[6];
  std::size_t size = kHead;
  for (auto& length : lengths) size += length = take<std::uint16_t>(from);
  if (size > rest_.size()) return false;
  std::size_t at = kHead;
  std::size_t i = 0;
  for (auto* text : {&record.messageId, &record.email, &record.domain, &record.reason, &record.status,
                     &record.categories}) {
    *text = rest_.substr(at, lengths[i]);
    at += lengths[i++];
  }
  if (record.domain.empty()) record.domain = domainOf(record.email);
  rest_.remove_prefix(size);
  return true;
}

}  // namespace arrivald::stream
