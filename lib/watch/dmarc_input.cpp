#include "watch/dmarc_input.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "dmarc/packed_report.hpp"
#include "store/dmarc_aside_table.hpp"
#include "unpack/block.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxReporter = 100;  // bytes of its name

DmarcReport prepared(aggregate::Report report, const TimeZone& zone) {
  // A reporter's name is a stranger's text, and becomes a label.
  report.reporter = oneLine(printable(report.reporter), kMaxReporter);
  DmarcReport ready;
  ready.print = dmarc::fingerprintOf(report);
  ready.tally = dmarc::tallyOf(report);
  ready.days = dmarc::dayCountsOf(report, zone);
  ready.zone = zone.name();
  ready.rows = unpack::deflated(dmarc::packRows(report));
  report.rows.clear();
  report.rows.shrink_to_fit();
  ready.report = std::move(report);
  return ready;
}

}  // namespace

std::size_t DmarcInput::cost() const {
  std::size_t rows = 1;
  for (const auto& report : reports) rows += report.days.size();
  return rows;
}

DmarcInput dmarcInputOf(const std::string& bytes, std::string via, std::string name, Instant now,
                        const TimeZone& zone) {
  DmarcInput input;
  input.via = std::move(via);
  input.name = std::move(name);
  input.bytes = bytes.size();
  input.head = bytes.substr(0, store::DmarcAsideTable::kMaxBytes);
  aggregate::InputReader reader(bytes, now);
  bool more = true;
  while (more) {
    more = reader.step();
    for (auto& report : reader.takeReports()) input.reports.push_back(prepared(std::move(report), zone));
  }
  input.findings = reader.findings();
  return input;
}

runtime::Task<DmarcInput> readDmarcInput(std::shared_ptr<const std::string> bytes, std::string via,
                                         std::string name, Instant now, TimeZone zone,
                                         runtime::FileThread& thread) {
  const auto input = std::make_shared<DmarcInput>();
  std::function<void()> step = [input, bytes = std::move(bytes), via = std::move(via), name = std::move(name),
                                now, zone = std::move(zone)] {
    *input = dmarcInputOf(*bytes, via, name, now, zone);
  };
  co_await thread.run(std::move(step));
  co_return std::move(*input);
}

}  // namespace arrivald::watch
