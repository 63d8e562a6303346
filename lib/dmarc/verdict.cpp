#include "dmarc/verdict.hpp"

#include <algorithm>
#include <array>

namespace arrivald::dmarc {

std::string_view name(Outcome outcome) {
  static constexpr std::array<std::string_view, 5> kNames = {"accepted", "replaced", "duplicate", "ignored",
                                                             "rejected"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

void InputJudge::warn(std::string warning) {
  if (std::ranges::find(verdict_.warnings, warning) == verdict_.warnings.end())
    verdict_.warnings.push_back(std::move(warning));
}

void InputJudge::add(const aggregate::Report& report, const Tally& tally, Standing standing) {
  if (standing != Standing::fresh && standing != Standing::same) differs_ = true;
  if (standing == Standing::same || standing == Standing::differsAndStays) {
    ++verdict_.duplicates;
    return;
  }
  if (standing == Standing::fresh) fresh_ = true;
  ++verdict_.reports;
  verdict_.records += report.records;
  verdict_.recordsSkipped += report.recordsSkipped();
  verdict_.tally += tally;
  for (std::size_t i = 0; i < aggregate::kWarningCount; ++i)
    if (const auto warning = static_cast<aggregate::Warning>(i); report.warnings.has(warning))
      warn(std::string(name(warning)));
}

Verdict InputJudge::finish(const aggregate::Findings& findings) const {
  auto judged = *this;
  auto& verdict = judged.verdict_;
  const bool any = verdict.reports + verdict.duplicates > 0;
  if (any) {
    verdict.outcome = fresh_                ? Outcome::accepted
                      : verdict.reports > 0 ? Outcome::replaced
                                            : Outcome::duplicate;
    if (!fresh_) verdict.reason = differs_ ? "same_report_differs" : "same_report";
    for (const auto refusal : findings.refused) judged.warn("part_rejected:" + std::string(name(refusal)));
  } else if (!findings.refused.empty()) {
    verdict.outcome = Outcome::rejected;
    verdict.reason = name(findings.refused.front());
  } else {
    verdict.reason = findings.failureReport ? "failure_report"
                     : findings.tlsReport   ? "tls_report"
                                            : "no_report";
  }
  return verdict;
}

}  // namespace arrivald::dmarc
