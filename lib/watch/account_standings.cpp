#include "watch/account_standings.hpp"

#include <algorithm>

namespace arrivald::watch {
namespace {

using rules::Input;
using store::StandingRow;

constexpr Duration kEnoughForPace = std::chrono::hours(6);

// Of plans without credits SendGrid reports zeros.
bool hasCredits(const StandingRow& row) {
  return row.remain && (*row.remain > 0 || row.total.value_or(0) > 0 || row.overage.value_or(0) > 0);
}

// A plan that takes more mail than it pays for never refuses it for want of credits.
bool takesMore(const StandingRow& row) { return row.overage.value_or(0) > 0; }

}  // namespace

void AccountStandings::load() {
  for (auto& [account, row] : table_.all()) readings_[account].push_back(std::move(row));
}

void AccountStandings::retain(const config::Config& configuration) {
  zones_.clear();
  for (const auto& account : configuration.accounts)
    if (account.credits) zones_.emplace(account.name, account.zone);
}

void AccountStandings::shift(Duration step) {
  for (auto& [account, readings] : readings_)
    for (auto& row : readings) row.at += step;
}

void AccountStandings::read(const config::Account& account, StandingRow row) {
  registry_.standing(account.name, row.remain, row.total, row.reputation);
  for (auto& [name, kept] : readings_)
    std::erase_if(kept, [&](const StandingRow& old) { return old.at < row.at - kKept; });
  auto& readings = readings_[account.name];
  if (!readings.empty() && row.at <= readings.back().at) return;
  readings.push_back(row);
  const auto stored = database_.transact([&] {
    table_.put(account.name, row);
    table_.forgetBefore(row.at - kKept);
  });
  health_.record("standings", stored);
}

const StandingRow* AccountStandings::latest(std::string_view account, Instant now) const {
  const auto found = readings_.find(account);
  if (found == readings_.end() || found->second.empty() || zones_.find(account) == zones_.end())
    return nullptr;
  const auto& last = found->second.back();
  return now - last.at <= kCurrent ? &last : nullptr;
}

std::optional<double> AccountStandings::secondsLeft(const Readings& readings, Duration window, Instant now,
                                                    const TimeZone& zone) const {
  const auto& last = readings.back();
  if (!hasCredits(last)) return std::nullopt;
  if (takesMore(last)) return kNoEnd;
  std::int64_t used = 0;
  Duration seen{};
  const StandingRow* before = nullptr;
  for (const auto& row : readings) {
    if (row.at < now - window || !row.remain) continue;
    if (before && *row.remain <= *before->remain) {
      used += *before->remain - *row.remain;
      seen += row.at - before->at;
    }
    before = &row;
  }
  if (*last.remain == 0) return 0;
  if (seen < kEnoughForPace) return std::nullopt;
  if (used == 0) return kNoEnd;
  const auto left = static_cast<double>(*last.remain) * static_cast<double>(seen.count()) /
                    static_cast<double>(used) / 1000;
  if (last.nextReset && *last.nextReset > zone.dateOf(last.at) &&
      left > static_cast<double>((zone.startOf(*last.nextReset) - last.at).count()) / 1000)
    return kNoEnd;
  return std::min(left, kNoEnd);
}

std::optional<double> AccountStandings::number(std::string_view account, Input input, Duration window,
                                               Instant now) const {
  const auto* last = latest(account, now);
  const auto zone = zones_.find(account);
  if (!last || zone == zones_.end()) return std::nullopt;
  const auto& readings = readings_.find(account)->second;
  switch (input) {
    case Input::creditsLeft:
      if (!hasCredits(*last)) return std::nullopt;
      return takesMore(*last) ? kNoEnd : static_cast<double>(*last->remain);
    case Input::creditsLast:
      return secondsLeft(readings, window, now, zone->second);
    case Input::reputation:
      return last->reputation;
    case Input::reputationFall: {
      if (!last->reputation) return std::nullopt;
      double highest = *last->reputation;
      for (const auto& row : readings)
        if (row.at >= now - window && row.reputation) highest = std::max(highest, *row.reputation);
      return highest - *last->reputation;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace arrivald::watch
