// InputReader: whatever bytes came in — a report, an archive, a mail, a posted form, one in the other — to
// the reports in them. Decides by the bytes, never by a name or a type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "aggregate/reason.hpp"
#include "aggregate/report.hpp"
#include "base/instant.hpp"

namespace arrivald::aggregate {

inline constexpr std::size_t kMaxMailBytes = 32 << 20;
inline constexpr std::uint64_t kMaxUnpackedBytes = 256ULL << 20;  ///< of one input
inline constexpr int kMaxContainers = 4;                          ///< archives in each other

/// What was met beside reports.
struct Findings {
  std::size_t reports = 0;
  std::vector<Refusal> refused;  ///< of each report, archive or input that is refused, in their order
  bool tlsReport = false;        ///< RFC 8460
  bool failureReport = false;    ///< RFC 6591
};

/// Works in steps of about a millisecond, so that a loop can do something else in between. Needs a few
/// hundred KiB beside the reports, however much there is to unpack; an archive or a mail within an archive is
/// held in memory as a whole, up to 12 MiB.
class InputReader {
 public:
  /// `bytes` must stay. `now`: periods must not be in the future.
  InputReader(std::string_view bytes, Instant now);
  ~InputReader();
  InputReader(const InputReader&) = delete;
  InputReader& operator=(const InputReader&) = delete;

  /// False once everything has been read.
  bool step();
  /// The reports read since the last call.
  std::vector<Report> takeReports();
  const Findings& findings() const;

  struct State;  ///< for its implementation

 private:
  std::unique_ptr<State> state_;
};

}  // namespace arrivald::aggregate
