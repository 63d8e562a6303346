// ReportReader: the bytes of one report, in pieces, to a Report. The only user of expat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "aggregate/reason.hpp"
#include "aggregate/report.hpp"
#include "base/result.hpp"

namespace arrivald::aggregate {

inline constexpr std::uint64_t kMaxReportBytes = 128ULL << 20;
/// A piece of this size is read in about a millisecond.
inline constexpr std::size_t kPieceBytes = 128 * 1024;

/// A report is read whole or not at all; the result does not depend on how its bytes are cut. Reads by the
/// exact path of local names, in whatever order they come.
class ReportReader {
 public:
  enum class Mode : std::uint8_t {
    asWritten,
    repairing,  ///< escapes what a writer forgot to escape: for a report that is not well formed as it was
                ///< written
  };
  explicit ReportReader(Mode mode = Mode::asWritten);
  ~ReportReader();
  ReportReader(const ReportReader&) = delete;
  ReportReader& operator=(const ReportReader&) = delete;

  /// At most kPieceBytes at a time. False: it is refused, whatever follows.
  bool feed(std::string_view bytes);
  /// Reads what waits for more that may not come: at the end of a member, which may be the end of the report.
  /// False: it is refused.
  bool settle();
  /// Whether the last tag has been read.
  bool complete() const;
  std::uint64_t bytes() const;
  /// Call it once, at the end.
  Result<Report, Refusal> finish(Instant now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All of a report at once: as it was written, then repaired.
Result<Report, Refusal> readReport(std::string_view bytes, Instant now);

}  // namespace arrivald::aggregate
