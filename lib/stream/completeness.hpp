// Completeness: whether an event stream brings the mail that the statistics count. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "delivery/window.hpp"

namespace arrivald::stream {

/// What both sources count, so that it can be compared. Bounces and blocks are one, since a bounce without a
/// type may be either; deferrals are attempts and are left out.
enum class Part : std::uint8_t { processed, delivered, failed, dropped };
inline constexpr std::size_t kParts = 4;
/// "processed", "delivered", "failed", "dropped".
std::string_view name(Part part);

/// How many mails of one part each source gained, and how many the stream lacks.
struct PartGained {
  Part part = Part::processed;
  std::int64_t statistics = 0, events = 0;
  /// Statistics ahead of the stream by more than they were before: what lags in the statistics is not lacking
  /// in the stream, whatever the lag, and what both count late cancels out.
  std::int64_t lacking = 0;
};

/// An event is flushed into the stream's counts within this time: batches come every 30 seconds.
inline constexpr Duration kEventsArriveWithin = std::chrono::seconds(100);

/// By how much the statistics count later than the stream: as the course of processed mail of the last hours
/// shows it. Mail that comes evenly fits any lag.
struct Behind {
  static constexpr Duration kMost = std::chrono::minutes(20);
  Duration least{0}, most{kMost};
  /// Whether lags that matter are told apart.
  bool isKnown() const { return most - least <= std::chrono::minutes(5); }
  friend bool operator==(const Behind&, const Behind&) = default;
};
Behind behindOf(const delivery::Series& statistics, const delivery::Series& events, Instant now);

/// What each source gained after `from` up to `now`. Only what the statistics counted kEventsArriveWithin
/// before `now` has to be in the stream. All zero where the two were not both known.
std::array<PartGained, kParts> gainedSince(const delivery::Series& statistics, const delivery::Series& events,
                                           Instant from, Instant now);

/// The worst part of which the stream lacks at least `minMails` and the share `minShare` of what the
/// statistics counted; nothing if there is none.
std::optional<PartGained> lackingOf(const std::array<PartGained, kParts>& gained, std::int64_t minMails,
                                    double minShare);

/// The worst part of which the stream has lacked a tenth and more for some minutes, and goes on to: not what
/// a restart or a short delay left behind, nor what statistics that are behind have yet to count. Nothing
/// where that cannot be told yet. Of the last half hour, but of no time before `since`.
std::optional<PartGained> missingOf(const delivery::Series& statistics, const delivery::Series& events,
                                    Instant since, Instant now);

}  // namespace arrivald::stream
