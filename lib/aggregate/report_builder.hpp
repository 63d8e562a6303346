// ReportBuilder: makes a report of its elements. What may be left out has a default; a record that says
// nothing is skipped and counted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/elements.hpp"
#include "aggregate/reason.hpp"
#include "aggregate/report.hpp"
#include "base/result.hpp"

namespace arrivald::aggregate {

class ReportBuilder {
 public:
  ReportBuilder();
  /// Begins an element that has children. False: skip it.
  bool begin(Element element);
  void end(Element element);
  /// An element that has text, and its text as it stands.
  void text(Element element, std::string_view text);
  void add(Warning warning) { report_.warnings.add(warning); }
  /// More records than a report may have.
  bool tooLarge() const { return tooLarge_; }

  /// The report, if what it needs is there and its period is none of the future. Call it once.
  Result<Report, Refusal> finish(Instant now);

 private:
  // Texts as they stand, but for blanks around them.
  struct Auth {
    Method method = Method::dkim;
    std::string domain, detail, outcome;
  };
  struct Record {
    std::string sourceIp, count, disposition, dkim, spf, headerFrom, envelopeFrom, envelopeTo;
    std::vector<AuthResult> auth;
    std::vector<Reason> reasons;
    void clear();
  };
  void metadataText(Element element, std::string_view text);
  void policyText(Element element, std::string_view text);
  void recordText(Element element, std::string_view text);
  void authText(Element element, std::string_view text);
  void endAuth();
  void endReason();
  void endRecord();
  void merge(const Row& row);
  void growSlots();
  Words::Id domainId(std::string_view text);
  std::optional<Refusal> readPeriod(Instant now);

  Report report_;
  std::string email_, begin_, end_;
  bool metadataSeen_ = false, policySeen_ = false, tooLarge_ = false;
  Record record_;
  Auth auth_;
  std::string reasonType_, reasonComment_;
  std::vector<std::uint32_t> slots_;  // rows by hash, plus 1; 0: free
  std::string scratch_;
};

}  // namespace arrivald::aggregate
