// Whatever comes in, as one input and as one report: it ends, and a report says the same however it is cut.
#include <cstdint>
#include <cstdlib>

#include "aggregate/input_reader.hpp"
#include "aggregate/report_reader.hpp"
#include "dmarc/identity.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace arrivald;
using namespace arrivald::aggregate;

const Instant kNow = fromUnixSeconds(1'790'000'000);

Result<Report, Refusal> readInPieces(std::string_view bytes, std::size_t piece) {
  const auto attempt = [&](ReportReader::Mode mode) {
    ReportReader reader(mode);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      if (!reader.feed(bytes.substr(at, piece))) break;
    return reader.finish(kNow);
  };
  auto report = attempt(ReportReader::Mode::asWritten);
  if (!report && report.error() == Refusal::xmlNotWellFormed) return attempt(ReportReader::Mode::repairing);
  return report;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  InputReader input(bytes, kNow);
  std::size_t taken = 0;
  while (input.step()) taken += input.takeReports().size();
  taken += input.takeReports().size();
  if (taken != input.findings().reports) std::abort();

  const auto whole = readReport(bytes, kNow);
  const auto cut = readInPieces(bytes, 1 + size % 13);
  if (whole.ok() != cut.ok()) std::abort();
  if (!whole && whole.error() != cut.error()) std::abort();
  if (whole &&
      (!(dmarc::fingerprintOf(*whole) == dmarc::fingerprintOf(*cut)) || !(whole->warnings == cut->warnings)))
    std::abort();
  return 0;
}
