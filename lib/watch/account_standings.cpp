#include "watch/account_standings.hpp"

#include <algorithm>

namespace arrivald::watch {
namespace {

using rules::Input;
using store::StandingRow;

constexpr Duration kEnoughForPace = std::chrono::hours(6);
constexpr Duration kDay = std::chrono::hours(24);
// What shows the present pace: readings are an hour apart.
constexpr Duration kRecent = std::chrono::minutes(70);
constexpr Duration kEnoughOfRecent = std::chrono::minutes(30);

// Of plans without credits SendGrid reports zeros, and no renewal.
bool hasCredits(const StandingRow& row) {
  const bool noPlan = row.remain == 0 && row.total == 0 && row.overage.value_or(0) == 0 && !row.nextReset;
  return row.remain && !noPlan;
}

// Whether the last values are low, fewer than kHolds of them in a row, after others were within a day that
// were taken back: two answers that take turns, of which nobody knows the true one.
template <typename Value, typename IsLow>
bool comesAndGoes(const std::vector<StandingRow>& readings, Value value, IsLow isLow) {
  if (readings.empty()) return false;
  std::vector<std::pair<const StandingRow*, double>> rows;
  for (const auto& row : readings)
    if (const auto told = value(row); told && row.at >= readings.back().at - kDay)
      rows.emplace_back(&row, *told);
  double highest = 0;
  for (const auto& [row, number] : rows) highest = std::max(highest, number);
  std::size_t lows = 0;
  while (lows < rows.size() && isLow(rows[rows.size() - 1 - lows].second, highest)) ++lows;
  if (lows == 0 || lows >= AccountStandings::kHolds) return false;
  // Before those: high, low and back, no more than it was, and in the same period of the plan.
  const std::pair<const StandingRow*, double>* before = nullptr;
  bool wasLow = false;
  for (std::size_t i = 0; i + lows < rows.size(); ++i) {
    if (isLow(rows[i].second, highest)) {
      wasLow = before != nullptr;
      continue;
    }
    const bool isBack = wasLow && rows[i].second <= before->second &&
                        before->first->total == rows[i].first->total &&
                        before->first->nextReset == rows[i].first->nextReset;
    if (isBack) return true;
    before = &rows[i];
    wasLow = false;
  }
  return false;
}

std::optional<double> creditsOf(const StandingRow& row) {
  return row.remain && AccountStandings::canBe(row) ? std::optional(static_cast<double>(*row.remain))
                                                    : std::nullopt;
}

bool areCreditsFlipping(const std::vector<StandingRow>& readings) {
  return comesAndGoes(readings, creditsOf, [](double left, double) { return left <= 0; });
}

bool isReputationFlipping(const std::vector<StandingRow>& readings) {
  constexpr double kFar = 2;
  return comesAndGoes(
      readings, [](const StandingRow& row) { return row.reputation; },
      [](double rating, double highest) { return rating <= highest - kFar; });
}

// A plan that takes more mail than it pays for never refuses it for want of credits.
bool takesMore(const StandingRow& row) { return row.overage.value_or(0) > 0; }

// The credits used, and the time in which that was seen.
struct Use {
  double credits = 0;
  Duration seen{};
  // How long `left` lasts at this pace, in milliseconds; at most kNoEnd seconds.
  double lasts(double left) const {
    constexpr double kNoEnd = AccountStandings::kNoEnd * 1000;
    return credits > 0 ? std::min(kNoEnd, left * static_cast<double>(seen.count()) / credits) : kNoEnd;
  }
};

// No renewal and no change of the plan lies between them.
bool isSamePlan(const StandingRow& one, const StandingRow& other) {
  return one.total == other.total && one.nextReset == other.nextReset;
}

// Readings that tell the credits, without one that fell and was taken back by the next.
std::vector<const StandingRow*> believed(const std::vector<StandingRow>& readings) {
  std::vector<const StandingRow*> rows;
  for (const auto& row : readings) {
    if (!row.remain || !AccountStandings::canBe(row)) continue;
    if (rows.size() >= 2) {
      const auto& before = *rows[rows.size() - 2];
      const auto& dip = *rows.back();
      if (isSamePlan(before, dip) && isSamePlan(dip, row) && *dip.remain < *row.remain &&
          *row.remain <= *before.remain)
        rows.pop_back();
    }
    rows.push_back(&row);
  }
  return rows;
}

// The latest reading takes away most of the credits, far beyond what was ever used between two: the next one
// tells whether it is so.
bool isDoubtful(const std::vector<StandingRow>& readings) {
  constexpr std::int64_t kMuch = 1000, kFar = 10;
  const auto rows = believed(readings);
  if (rows.size() < 2 || rows.back() != &readings.back()) return false;
  const auto fell = [&](std::size_t i) {
    return isSamePlan(*rows[i - 1], *rows[i]) ? *rows[i - 1]->remain - *rows[i]->remain : std::int64_t{0};
  };
  std::int64_t most = 0;
  for (std::size_t i = 1; i + 1 < rows.size(); ++i) most = std::max(most, fell(i));
  const auto fall = fell(rows.size() - 1);
  return fall > kMuch && 2 * fall > *rows[rows.size() - 2]->remain && fall > kFar * most;
}

// When the credits were renewed last: since the first reading that names a later renewal, or has nearly all
// of them again. Some that were bought in between are no renewal.
std::optional<Instant> renewedAt(const std::vector<StandingRow>& readings) {
  const auto rows = believed(readings);
  for (std::size_t i = rows.size(); i-- > 1;) {
    const auto &before = *rows[i - 1], &after = *rows[i];
    const bool rose = *after.remain > *before.remain;
    const bool isFull = after.total.value_or(0) > 0 && 10 * *after.remain >= 9 * *after.total;
    const bool isLater = before.nextReset && after.nextReset && *after.nextReset > *before.nextReset;
    if (rose && (isFull || isLater)) return after.at;
  }
  return std::nullopt;
}

// From one reading to the next.
Use useSince(const std::vector<StandingRow>& readings, Instant from) {
  Use use;
  const StandingRow* before = nullptr;
  for (const auto* each : believed(readings)) {
    const auto& row = *each;
    if (row.at < from) continue;
    if (before && *row.remain <= *before->remain && isSamePlan(*before, row)) {
      use.credits += static_cast<double>(*before->remain - *row.remain);
      use.seen += row.at - before->at;
    }
    before = &row;
  }
  return use;
}

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
  registry_.standing(account.name, canBe(row) ? row.remain : std::nullopt, row.total, row.reputation);
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

bool AccountStandings::canBe(const StandingRow& row) {
  if (!row.remain || !row.total) return true;
  // Of a plan without credits SendGrid reports zeros.
  return *row.remain <= *row.total && (*row.total == 0 || *row.remain >= -*row.total);
}

std::optional<AccountStandings::Doubt> AccountStandings::doubt(std::string_view account, Instant now) const {
  const auto* last = latest(account, now);
  if (!last) return std::nullopt;
  if (!canBe(*last)) return Doubt::impossibleCredits;
  const auto& readings = readings_.find(account)->second;
  if (areCreditsFlipping(readings)) return Doubt::flippingCredits;
  if (isReputationFlipping(readings)) return Doubt::flippingReputation;
  return std::nullopt;
}

const StandingRow* AccountStandings::latest(std::string_view account, Instant now) const {
  const auto found = readings_.find(account);
  if (found == readings_.end() || found->second.empty() || zones_.find(account) == zones_.end())
    return nullptr;
  const auto& last = found->second.back();
  return now - last.at <= kCurrent ? &last : nullptr;
}

// On the day on which the credits are renewed, by whatever clock, and the day after it, they last as long as
// the new ones, which are not known before SendGrid names the next renewal.
bool AccountStandings::isBeingRenewed(const store::StandingRow& row, const TimeZone& zone) {
  constexpr std::chrono::days kOneDay{1};
  const Date day = zone.dateOf(row.at);
  return row.nextReset && *row.nextReset <= day && *row.nextReset + kOneDay >= day;
}

std::optional<AccountStandings::Lasting> AccountStandings::lasting(const Readings& readings, Instant from,
                                                                   const TimeZone& zone) {
  const auto& last = readings.back();
  if (!hasCredits(last) || !canBe(last) || isDoubtful(readings)) return std::nullopt;
  Lasting lasting;
  if (takesMore(last)) return lasting;
  // What was used before a renewal says nothing of what comes after it.
  const auto renewed = renewedAt(readings);
  const auto since = [&](Instant at) { return useSince(readings, std::max(at, renewed.value_or(at))); };
  auto use = since(from);
  if (*last.remain > 0 && renewed == last.at) return lasting;
  if (*last.remain <= 0 || use.seen <= Duration{} || isBeingRenewed(last, zone)) return std::nullopt;
  const auto remain = static_cast<double>(*last.remain);
  const double oneDay = static_cast<double>(kDay.count());
  lasting.pace = use.seen;
  const bool isShort = renewed && *renewed > from && use.seen < kDay;
  if (use.seen < kEnoughForPace && !isShort) use.seen = kDay;
  double left = use.lasts(remain);
  auto day = since(last.at - kDay);
  day.seen = kDay;
  const auto recent = since(last.at - kRecent);
  const bool isFast =
      day.lasts(remain) <= oneDay && recent.seen >= kEnoughOfRecent && recent.lasts(remain) <= oneDay;
  if (isFast && recent.lasts(remain) < left) {
    left = recent.lasts(remain);
    lasting.pace = recent.seen;
  }
  if (last.nextReset && *last.nextReset > zone.dateOf(last.at) &&
      left > static_cast<double>((zone.startOf(*last.nextReset) - last.at).count()))
    return lasting;
  if (isShort && !isFast) return std::nullopt;
  lasting.seconds = left / 1000;
  return lasting;
}

Duration AccountStandings::paceOf(std::string_view account, Duration window, Instant now) const {
  constexpr Duration kHour = std::chrono::hours(1);
  const auto zone = zones_.find(account);
  if (!latest(account, now) || zone == zones_.end()) return window;
  const auto left = lasting(readings_.find(account)->second, now - window, zone->second);
  if (!left || left->pace <= Duration{} || 10 * left->pace >= 9 * window) return window;
  return std::max(kHour, Duration(std::chrono::round<std::chrono::hours>(left->pace)));
}

bool AccountStandings::isBorneOut(std::string_view account, Input input, Instant now) const {
  const auto* last = latest(account, now);
  if (!last) return false;
  const auto& readings = readings_.find(account)->second;
  return std::any_of(readings.begin(), readings.end() - 1, [&](const StandingRow& row) {
    if (input == Input::creditsLeft || input == Input::creditsLast)
      return hasCredits(row) && canBe(row) && *row.remain > 0;
    return row.reputation.has_value();
  });
}

std::optional<double> AccountStandings::number(std::string_view account, Input input, Duration window,
                                               Instant now) const {
  const auto* last = latest(account, now);
  const auto zone = zones_.find(account);
  if (!last || zone == zones_.end()) return std::nullopt;
  const auto& readings = readings_.find(account)->second;
  switch (input) {
    case Input::creditsLeft:
      if (!hasCredits(*last) || !canBe(*last) || areCreditsFlipping(readings)) return std::nullopt;
      return takesMore(*last) ? kNoEnd : static_cast<double>(std::max<std::int64_t>(0, *last->remain));
    case Input::creditsLast: {
      const auto left = lasting(readings, now - window, zone->second);
      return left ? std::optional(left->seconds) : std::nullopt;
    }
    case Input::reputation:
      return last->reputation;
    case Input::reputationFall: {
      // A rating falls step by step. Zero at once is what SendGrid says where it has none.
      if (last->reputation.value_or(0) <= 0 || isReputationFlipping(readings)) return std::nullopt;
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
