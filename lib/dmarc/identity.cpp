#include "dmarc/identity.hpp"

#include <string>
#include <string_view>

#include "aggregate/hash.hpp"
#include "mime/text.hpp"

namespace arrivald::dmarc {
namespace {

void putNumber(std::string& bytes, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 0xFF);
}

// With its length, so that no two lists of texts are the same bytes.
void putText(std::string& bytes, std::string_view text) {
  putNumber(bytes, text.size());
  bytes += text;
}

std::uint64_t hashOfRow(const aggregate::Report& report, const aggregate::Row& row, std::string& bytes) {
  bytes.assign(reinterpret_cast<const char*>(row.source.bytes.data()), row.source.bytes.size());
  putNumber(bytes, row.count);
  bytes += static_cast<char>(row.disposition);
  bytes += static_cast<char>(row.dkim ? 1 : 0);
  bytes += static_cast<char>(row.spf ? 1 : 0);
  for (const auto id : {row.headerFrom, row.envelopeFrom, row.envelopeTo}) putText(bytes, report.words[id]);
  for (const auto& result : report.authOf(row)) {
    bytes += static_cast<char>(result.method);
    bytes += static_cast<char>(result.outcome);
    putText(bytes, report.words[result.domain]);
    putText(bytes, report.words[result.detail]);
  }
  for (const auto& reason : report.reasonsOf(row)) {
    bytes += static_cast<char>(reason.type);
    putText(bytes, report.words[reason.comment]);
  }
  return aggregate::hashOf(bytes);
}

}  // namespace

Fingerprint fingerprintOf(const aggregate::Report& report) {
  Fingerprint print;
  std::string bytes;
  for (const auto& row : report.rows) {
    print.rows += hashOfRow(report, row, bytes);
    print.messages += row.count;
  }
  bytes.clear();
  putText(bytes, mime::lower(report.reporter));
  putText(bytes, report.reportId);
  if (report.reportId.empty()) putNumber(bytes, print.rows);
  putText(bytes, report.policy.domain);
  putNumber(bytes, static_cast<std::uint64_t>(unixSeconds(report.period.begin)));
  putNumber(bytes, static_cast<std::uint64_t>(unixSeconds(report.period.end)));
  print.key = aggregate::hashOf(bytes);
  return print;
}

Standing standingOf(const std::optional<Fingerprint>& known, const Fingerprint& read) {
  if (!known) return Standing::fresh;
  if (known->rows == read.rows) return Standing::same;
  return read.messages > known->messages ? Standing::replaces : Standing::differsAndStays;
}

Standing KnownReports::meet(const Fingerprint& read) {
  const auto found = known_.find(read.key);
  const auto standing = standingOf(found == known_.end() ? std::nullopt : std::optional(found->second), read);
  if (standing == Standing::fresh || standing == Standing::replaces) known_[read.key] = read;
  return standing;
}

}  // namespace arrivald::dmarc
