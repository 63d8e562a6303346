#include "aggregate/report.hpp"

namespace arrivald::aggregate {
namespace {

constexpr std::array<std::string_view, 5> kDispositions = {"none", "quarantine", "reject", "pass", "other"};
constexpr std::array<std::string_view, 9> kOutcomes = {"pass",   "fail",      "softfail",  "neutral", "none",
                                                       "policy", "temperror", "permerror", "other"};
constexpr std::array<std::string_view, 7> kOverrides = {
    "other",        "forwarded",    "sampled_out",     "trusted_forwarder",
    "mailing_list", "local_policy", "policy_test_mode"};

void putId(std::string& bytes, Words::Id id) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(id >> shift & 0xFF);
}

Words::Id idAt(std::string_view bytes, std::size_t at) {
  Words::Id id = 0;
  for (std::size_t i = 0; i < 4; ++i)
    id |= static_cast<Words::Id>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
  return id;
}

constexpr std::size_t kResultBytes = 9, kReasonBytes = 5;

}  // namespace

std::string_view name(Disposition disposition) {
  return kDispositions.at(static_cast<std::size_t>(disposition));
}
std::string_view name(AuthOutcome outcome) { return kOutcomes.at(static_cast<std::size_t>(outcome)); }
std::string_view name(Override why) { return kOverrides.at(static_cast<std::size_t>(why)); }

std::string packed(const std::vector<AuthResult>& results) {
  std::string bytes;
  bytes.reserve(results.size() * kResultBytes);
  for (const auto& result : results) {
    bytes +=
        static_cast<char>(static_cast<unsigned>(result.method) << 4 | static_cast<unsigned>(result.outcome));
    putId(bytes, result.domain);
    putId(bytes, result.detail);
  }
  return bytes;
}

std::string packed(const std::vector<Reason>& reasons) {
  std::string bytes;
  bytes.reserve(reasons.size() * kReasonBytes);
  for (const auto& reason : reasons) {
    bytes += static_cast<char>(reason.type);
    putId(bytes, reason.comment);
  }
  return bytes;
}

std::vector<AuthResult> Report::authOf(const Row& row) const {
  std::vector<AuthResult> results;
  const auto bytes = authSets[row.auth];
  for (std::size_t at = 0; at + kResultBytes <= bytes.size(); at += kResultBytes)
    results.push_back({static_cast<Method>(bytes[at] >> 4), static_cast<AuthOutcome>(bytes[at] & 0xF),
                       idAt(bytes, at + 1), idAt(bytes, at + 5)});
  return results;
}

std::vector<Reason> Report::reasonsOf(const Row& row) const {
  std::vector<Reason> reasons;
  const auto bytes = reasonSets[row.reasons];
  for (std::size_t at = 0; at + kReasonBytes <= bytes.size(); at += kReasonBytes)
    reasons.push_back({static_cast<Override>(bytes[at]), idAt(bytes, at + 1)});
  return reasons;
}

}  // namespace arrivald::aggregate
