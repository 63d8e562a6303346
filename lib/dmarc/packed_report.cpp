#include "dmarc/packed_report.hpp"

#include <algorithm>
#include <cstdint>

namespace arrivald::dmarc {
namespace {

using aggregate::Report;
using aggregate::Row;
using aggregate::Words;

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kAddressBytes = 16;
constexpr std::size_t kV4Bytes = 4;

void putNumber(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7F) | 0x80);
  bytes += static_cast<char>(number);
}

void putText(std::string& bytes, std::string_view text) {
  putNumber(bytes, text.size());
  bytes += text;
}

void putWords(std::string& bytes, const Words& words) {
  putNumber(bytes, words.size());
  for (Words::Id id = 1; id < words.size(); ++id) putText(bytes, words[id]);
}

// Reads what put…() wrote; once it has failed everything is 0.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}
  bool ok() const { return ok_; }
  bool atEnd() const { return left_.empty(); }
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(left_.front());
      left_.remove_prefix(1);
      number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return number;
    }
    ok_ = false;
    return 0;
  }
  std::string_view text(std::uint64_t size) {
    if (size > left_.size()) {
      ok_ = false;
      return {};
    }
    const auto text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
  }
  void words(Words& words) {
    const auto count = number();
    for (std::uint64_t id = 1; ok_ && id < count; ++id)
      if (words.add(text(number())) != id) ok_ = false;
  }
  Words::Id id(const Words& words) {
    const auto id = number();
    if (id >= words.size()) ok_ = false;
    return ok_ ? static_cast<Words::Id>(id) : 0;
  }

 private:
  std::string_view left_;
  bool ok_ = true;
};

void putRow(std::string& bytes, const Row& row) {
  const bool v4 = row.source.isV4();
  putNumber(bytes, (static_cast<unsigned>(row.disposition) << 3) | (row.dkim ? 4U : 0U) |
                       (row.spf ? 2U : 0U) | (v4 ? 1U : 0U));
  const auto* address = reinterpret_cast<const char*>(row.source.bytes.data());
  bytes += v4 ? std::string_view(address + kAddressBytes - kV4Bytes, kV4Bytes)
              : std::string_view(address, kAddressBytes);
  putNumber(bytes, row.count);
  for (const auto id : {row.headerFrom, row.envelopeFrom, row.envelopeTo, row.auth, row.reasons})
    putNumber(bytes, id);
}

Row rowFrom(Unpacker& from, const Report& report) {
  Row row;
  const auto flags = from.number();
  row.disposition = static_cast<aggregate::Disposition>(std::min<std::uint64_t>(flags >> 3, 4));
  row.dkim = (flags & 4U) != 0;
  row.spf = (flags & 2U) != 0;
  const bool v4 = (flags & 1U) != 0;
  const auto address = from.text(v4 ? kV4Bytes : kAddressBytes);
  if (v4) row.source.bytes[10] = row.source.bytes[11] = 0xFF;
  std::ranges::copy(address, row.source.bytes.end() - static_cast<std::ptrdiff_t>(address.size()));
  row.count = from.number();
  row.headerFrom = from.id(report.words);
  row.envelopeFrom = from.id(report.words);
  row.envelopeTo = from.id(report.words);
  row.auth = from.id(report.authSets);
  row.reasons = from.id(report.reasonSets);
  return row;
}

// What the sets name has to be among the words.
bool isWhole(const Report& report) {
  return std::ranges::all_of(report.rows, [&](const Row& row) {
    for (const auto& result : report.authOf(row))
      if (result.domain >= report.words.size() || result.detail >= report.words.size()) return false;
    return std::ranges::all_of(report.reasonsOf(row), [&](const aggregate::Reason& reason) {
      return reason.comment < report.words.size();
    });
  });
}

}  // namespace

std::string packRows(const Report& report) {
  std::string bytes;
  putNumber(bytes, kVersion);
  putWords(bytes, report.words);
  putWords(bytes, report.authSets);
  putWords(bytes, report.reasonSets);
  putNumber(bytes, report.rows.size());
  for (const auto& row : report.rows) putRow(bytes, row);
  return bytes;
}

std::optional<Report> unpackRows(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() != kVersion) return std::nullopt;
  Report report;
  from.words(report.words);
  from.words(report.authSets);
  from.words(report.reasonSets);
  const auto rows = from.number();
  for (std::uint64_t i = 0; from.ok() && i < rows; ++i) report.rows.push_back(rowFrom(from, report));
  if (!from.ok() || !from.atEnd() || !isWhole(report)) return std::nullopt;
  return report;
}

}  // namespace arrivald::dmarc
