// verdict: what became of an input, in one word and its reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/input_reader.hpp"
#include "aggregate/report.hpp"
#include "dmarc/alignment.hpp"
#include "dmarc/identity.hpp"

namespace arrivald::dmarc {

enum class Outcome : std::uint8_t {
  accepted,   ///< at least one report counts that was not known
  replaced,   ///< a report took the place of one that was known with fewer messages
  duplicate,  ///< all its reports are known
  ignored,    ///< no aggregate report, and no mistake
  rejected,   ///< told, and counted in nothing
};
std::string_view name(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::ignored;
  std::string reason;  ///< of all but `accepted`: "xml_truncated", "same_report_differs", "tls_report"
  std::size_t reports = 0, duplicates = 0;
  std::uint64_t records = 0, recordsSkipped = 0;
  Tally tally;  ///< of the reports that count
  std::vector<std::string>
      warnings;  ///< each once; "part_rejected:not_a_report" of what was refused beside a report
};

/// Adds up the reports of an input. Give it each report with its standing, then ask for the verdict.
class InputJudge {
 public:
  void add(const aggregate::Report& report, Standing standing) { add(report, tallyOf(report), standing); }
  /// For a report without its rows.
  void add(const aggregate::Report& report, const Tally& tally, Standing standing);
  Verdict finish(const aggregate::Findings& findings) const;

 private:
  void warn(std::string warning);

  Verdict verdict_;
  bool fresh_ = false, differs_ = false;
};

}  // namespace arrivald::dmarc
