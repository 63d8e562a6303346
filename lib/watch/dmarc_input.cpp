#include "watch/dmarc_input.hpp"

#include <algorithm>
#include <iterator>

#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "runtime/sleep.hpp"
#include "store/dmarc_aside_table.hpp"

namespace arrivald::watch {
namespace {

constexpr std::size_t kMaxReporter = 100;  // bytes of its name

}  // namespace

runtime::Task<DmarcInput> readDmarcInput(std::shared_ptr<const std::string> bytes, std::string via,
                                         std::string name, const Clock& clock, runtime::Turn& turn) {
  DmarcInput input;
  input.via = std::move(via);
  input.name = std::move(name);
  input.bytes = bytes->size();
  input.head = bytes->substr(0, store::DmarcAsideTable::kMaxBytes);
  aggregate::InputReader reader(*bytes, clock.now());
  bool more = true;
  while (more) {
    more = reader.step();
    auto reports = reader.takeReports();
    // A reporter's name is a stranger's text, and becomes a label.
    for (auto& report : reports) report.reporter = oneLine(printable(report.reporter), kMaxReporter);
    std::ranges::move(reports, std::back_inserter(input.reports));
    if (!more || !turn.isOver()) continue;
    co_await runtime::yieldLoop();
    turn.begin();
  }
  input.findings = reader.findings();
  co_return std::move(input);
}

}  // namespace arrivald::watch
