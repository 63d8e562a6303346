// The contract of the reader: inputs as reporters, mail systems and attackers write them, each with what is
// right to say of it. Data that lies beside this checkout; tests/aggregate has a case of its own for every
// habit.
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

#include "aggregate/input_reader.hpp"
#include "dmarc/days.hpp"
#include "dmarc/identity.hpp"
#include "dmarc/verdict.hpp"
#include "support/paths.hpp"
#include "support/read_file.hpp"

using namespace arrivald;
using namespace arrivald::dmarc;

namespace {

const Instant kNow = parseIso("2026-09-30T00:00:00Z").value();

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
  return fields;
}

struct Answer {
  Verdict verdict;
  std::string days;  // "2026-08-31..2026-09-20"
};

Answer read(const std::string& bytes, KnownReports& known) {
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  aggregate::InputReader reader(bytes, kNow);
  InputJudge judge;
  std::optional<Date> first, last;
  for (bool more = true; more;) {
    more = reader.step();
    for (const auto& report : reader.takeReports()) {
      const auto standing = known.meet(fingerprintOf(report));
      judge.add(report, standing);
      if (standing != Standing::fresh && standing != Standing::replaces) continue;
      for (const auto& share : daysOf(report.period, tokyo)) {
        first = std::min(first.value_or(share.day), share.day);
        last = std::max(last.value_or(share.day), share.day);
      }
    }
  }
  std::string days;
  if (first) days = *first == *last ? toText(*first) : toText(*first) + ".." + toText(*last);
  return {judge.finish(reader.findings()), days};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// In the form of the line of the contract, from the verdict up to the warnings.
std::string said(const Answer& answer) {
  const auto& it = answer.verdict;
  std::ostringstream out;
  out << name(it.outcome) << '\t' << it.reason << '\t' << it.reports << '\t' << it.duplicates << '\t'
      << it.records << '\t' << it.recordsSkipped << '\t' << it.tally.messages() << '\t' << it.tally.both
      << '\t' << it.tally.dkimOnly << '\t' << it.tally.spfOnly << '\t' << it.tally.fail << '\t' << answer.days
      << '\t' << joined(it.warnings);
  return out.str();
}

}  // namespace

TEST_CASE("each input of the contract comes to what is right") {
  const auto folder = testing::inShared("/data/dmarc-cases/");
  std::ifstream in(folder + "EXPECTED.tsv");
  if (!in) {
    WARN("the shared data is not beside this checkout: not looked at");
    return;
  }
  int cases = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#') || line.starts_with("file\t")) continue;
    auto fields = split(line);
    REQUIRE(fields.size() >= 13);
    fields.resize(16);
    ++cases;
    std::string expected = fields[2];
    for (std::size_t i = 3; i <= 14; ++i) expected += '\t' + fields[i];
    KnownReports known;
    if (!fields[1].empty()) read(testing::readFile(folder + fields[1]), known);
    const auto bytes = testing::readFile(folder + fields[0]);
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = said(read(bytes, known));
    const auto took = std::chrono::steady_clock::now() - begin;
    CAPTURE(fields[0], fields[15]);
    CHECK(answer == expected);
    CHECK(took < std::chrono::seconds(5));
  }
  CHECK(cases == 105);
}
