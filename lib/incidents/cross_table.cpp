#include "incidents/cross_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace arrivald::incidents {
namespace {

// What is learned fades with this mean age.
constexpr double kMeanAgeHours = 14 * 24;
constexpr double kLeastUsual = 1e-5;
// Shrinking: of a receiver towards 2 of 400, of a pair towards its receiver, of kinds towards the account.
constexpr double kReceiverFailures = 2, kReceiverMails = 400;
constexpr double kPairMails = 300;
constexpr double kKindFailures = 20;
constexpr std::size_t kMaxFolded = 10'000;

// What is usual of waiting mail while nothing has been learned, and how many mails that counts for.
constexpr double kUnlearnedMails = 100;
constexpr std::array<double, 2> kUnansweredUnlearned{0.08, 0.015};
constexpr std::array<double, 2> kDeferredUnlearned{0.02, 0.005};

std::int64_t minuteOf(Instant at) {
  return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
}
std::int64_t minutesOf(Duration window) { return window / std::chrono::minutes(1); }

std::uint64_t keyOf(std::uint16_t category, std::uint16_t receiver) {
  return std::uint64_t{category} << 16U | receiver;
}
std::uint64_t keyOf(std::uint32_t pair, std::uint8_t kind) {
  return std::uint64_t{pair} << 8U | kind | std::uint64_t{1} << 62U;
}

std::vector<char> maskOf(const std::vector<std::string>& values, const std::vector<std::string>& names) {
  std::vector<char> mask(values.size(), names.empty() ? 1 : 0);
  for (const std::string& name : names)
    if (const auto found = std::ranges::find(values, name); found != values.end())
      mask[static_cast<std::size_t>(found - values.begin())] = 1;
  return mask;
}

std::vector<Kind> causeKinds() {
  std::vector<Kind> kinds;
  for (std::size_t k = 0; k < kCauseKinds; ++k) kinds.push_back(static_cast<Kind>(k));
  return kinds;
}

}  // namespace

CrossTable::CrossTable(Instant from) : since_(minuteOf(from)), minute_(since_) {
  Axes axes;
  axes.categories.emplace_back(kOther);
  axes.receivers.emplace_back(kOther);
  axes.kinds = causeKinds();
  axes_ = std::make_shared<const Axes>(std::move(axes));
  receivers_.emplace_back();
  computeUsual();
}

std::uint16_t CrossTable::valueOf(Dimension dimension, std::string_view name) {
  const bool category = dimension == Dimension::category;
  const auto& values = category ? axes_->categories : axes_->receivers;
  if (name.empty()) return 0;
  if (const auto found = std::ranges::find(values, name); found != values.end())
    return static_cast<std::uint16_t>(found - values.begin());
  if (folded_.contains(name) || values.size() >= std::numeric_limits<std::uint16_t>::max()) return 0;
  Axes axes = *axes_;
  (category ? axes.categories : axes.receivers).emplace_back(name);
  axes_ = std::make_shared<const Axes>(std::move(axes));
  if (!category) {
    receivers_.emplace_back();
    receivers_.back().usual = usualKinds_;
  }
  return static_cast<std::uint16_t>((category ? axes_->categories : axes_->receivers).size() - 1);
}

std::uint32_t CrossTable::pairOf(std::uint16_t category, std::uint16_t receiver) {
  const auto [place, isNew] =
      places_.try_emplace(keyOf(category, receiver), static_cast<std::uint32_t>(pairs_.size()));
  if (isNew) {
    pairs_.push_back({category, receiver});
    pairs_.back().usual = static_cast<float>(usualShare(receivers_[receiver]));
  }
  return place->second;
}

std::uint32_t CrossTable::failureOf(std::uint32_t pair, std::uint8_t kind) {
  const auto [place, isNew] =
      places_.try_emplace(keyOf(pair, kind), static_cast<std::uint32_t>(failures_.size()));
  if (isNew) failures_.push_back({pair, kind});
  return place->second;
}

void CrossTable::count(Cell& cell, Touched touched, std::int64_t minute) {
  for (std::size_t w = 0; w < kWindows.size(); ++w)
    if (minute > minute_ - minutesOf(kWindows[w])) cell.sums[w] += touched.count;
  // An hour that has been learned is not learned again.
  if (const std::int64_t ago = minute_ / 60 - minute / 60; ago < 2)
    cell.hours[static_cast<std::size_t>(ago)] += touched.count;
  Minute& slot = minutes_[static_cast<std::size_t>(minute) % kMinutes];
  if (slot.number != minute) {
    slot.number = minute;
    slot.touched.clear();
  }
  if (cell.minute == static_cast<std::int32_t>(minute)) {
    Touched& known = slot.touched[cell.at];
    const unsigned room = std::numeric_limits<std::uint16_t>::max() - unsigned{known.count};
    const auto more = static_cast<std::uint16_t>(std::min(room, unsigned{touched.count}));
    known.count = static_cast<std::uint16_t>(known.count + more);
    touched.count = static_cast<std::uint16_t>(touched.count - more);
    if (touched.count == 0) return;
  }
  cell.minute = static_cast<std::int32_t>(minute);
  cell.at = static_cast<std::uint32_t>(slot.touched.size());
  slot.touched.push_back(touched);
}

void CrossTable::add(std::string_view category, std::string_view receiver, std::optional<Kind> failure,
                     Instant at, std::uint32_t mails) {
  const std::int64_t minute = std::min(minuteOf(at), minute_);
  if (minute <= minute_ - static_cast<std::int64_t>(kMinutes)) return;
  since_ = std::min(since_, minute);
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint16_t>::max();
  const std::uint16_t c = valueOf(Dimension::category, category);
  const std::uint16_t g = valueOf(Dimension::receiver, receiver);
  for (; mails > 0; mails -= std::min(mails, kMost)) {
    const auto some = static_cast<std::uint16_t>(std::min(mails, kMost));
    const std::uint32_t pair = pairOf(c, g);
    count(pairs_[pair].cell, {c, g, some, Touched::kOutcomes}, minute);
    if (failure && index(*failure) < kCauseKinds) {
      const auto kind = static_cast<std::uint8_t>(*failure);
      count(failures_[failureOf(pair, kind)].cell, {c, g, some, kind}, minute);
    }
  }
  if (cells() > kMaxCells) makeRoom();
}

void CrossTable::forget(std::int64_t minute, std::size_t window) {
  if (minute < 0) return;
  const Minute& slot = minutes_[static_cast<std::size_t>(minute) % kMinutes];
  if (slot.number != minute) return;
  for (const Touched& touched : slot.touched) {
    const auto pair = places_.find(keyOf(touched.category, touched.receiver));
    if (pair == places_.end()) continue;
    if (touched.kind == Touched::kOutcomes) {
      pairs_[pair->second].cell.sums[window] -= touched.count;
    } else if (const auto failure = places_.find(keyOf(pair->second, touched.kind));
               failure != places_.end()) {
      failures_[failure->second].cell.sums[window] -= touched.count;
    }
  }
}

void CrossTable::advance(Instant now, std::span<const Root> unusual) {
  unusual_.assign(unusual.begin(), unusual.end());
  const std::int64_t until = minuteOf(now);
  while (minute_ < until) {
    minutes_[static_cast<std::size_t>(minute_) % kMinutes].touched.shrink_to_fit();
    ++minute_;
    for (std::size_t w = 0; w < kWindows.size(); ++w) forget(minute_ - minutesOf(kWindows[w]), w);
    if (minute_ % 60 == 0) learn(unusual);
  }
}

void CrossTable::shift(Duration step) {
  const std::int64_t minutes = minutesOf(step);
  std::array<Minute, kMinutes> moved;
  for (Minute& slot : minutes_) {
    if (slot.number < 0) continue;
    slot.number += minutes;
    auto& place = moved[static_cast<std::size_t>(slot.number) % kMinutes];
    place = std::move(slot);
  }
  minutes_ = std::move(moved);
  since_ += minutes;
  minute_ += minutes;
  for (Pair& pair : pairs_) pair.cell.minute = -1;
  for (Failure& failure : failures_) failure.cell.minute = -1;
}

double CrossTable::usualShare(const Receiver& receiver) const {
  return (receiver.failures + kReceiverFailures) / (receiver.mails + kReceiverMails);
}

void CrossTable::learn(std::span<const Root> unusual) {
  const double fade = std::exp(-1 / kMeanAgeHours);
  std::vector<Masks> left;
  for (const Root& root : unusual)
    if (root.family == Family::shares) left.push_back(masksOf(root));
  const auto isLeft = [&](const Pair& pair) {
    return std::ranges::any_of(left, [&](const Masks& masks) { return masks.hold(pair); });
  };
  for (Receiver& receiver : receivers_) {
    receiver.mails *= fade;
    receiver.failures *= fade;
    for (double& kind : receiver.kinds) kind *= fade;
    for (Receiver::Waits& waits : receiver.waits)
      waits = {waits.mails * fade, waits.unanswered * fade, waits.deferred * fade};
  }
  for (Pair& pair : pairs_) {
    pair.mails *= static_cast<float>(fade);
    pair.failures *= static_cast<float>(fade);
    if (!isLeft(pair)) {
      pair.mails += static_cast<float>(pair.cell.hours[1]);
      receivers_[pair.receiver].mails += pair.cell.hours[1];
    }
    pair.cell.hours = {0, pair.cell.hours[0]};
  }
  for (Failure& failure : failures_) {
    Pair& pair = pairs_[failure.pair];
    if (!isLeft(pair)) {
      pair.failures += static_cast<float>(failure.cell.hours[1]);
      receivers_[pair.receiver].failures += failure.cell.hours[1];
      receivers_[pair.receiver].kinds[failure.kind] += failure.cell.hours[1];
    }
    failure.cell.hours = {0, failure.cell.hours[0]};
  }
  computeUsual();
}

void CrossTable::computeUsual() {
  std::array<double, kCauseKinds> kinds{};
  double all = 0;
  for (const Receiver& receiver : receivers_)
    for (std::size_t k = 0; k < kCauseKinds; ++k) {
      kinds[k] += receiver.kinds[k];
      all += receiver.kinds[k];
    }
  for (std::size_t k = 0; k < kCauseKinds; ++k)
    usualKinds_[k] = (kinds[k] + 1) / (all + static_cast<double>(kCauseKinds));
  for (Receiver& receiver : receivers_)
    for (std::size_t k = 0; k < kCauseKinds; ++k)
      receiver.usual[k] =
          (receiver.kinds[k] + kKindFailures * usualKinds_[k]) / (receiver.failures + kKindFailures);
  for (Pair& pair : pairs_)
    pair.usual = static_cast<float>(
        (static_cast<double>(pair.failures) + kPairMails * usualShare(receivers_[pair.receiver])) /
        (static_cast<double>(pair.mails) + kPairMails));
}

double CrossTable::usualOf(const Pair& pair, std::size_t kind) const {
  return std::max(static_cast<double>(pair.usual) * receivers_[pair.receiver].usual[kind], kLeastUsual);
}

// Folds the rarest category, or receiver where there is one category only, into "other", until an eighth of
// the cells is free.
void CrossTable::makeRoom() {
  while (cells() > kMaxCells - kMaxCells / 8) {
    const Dimension dimension = axes_->categories.size() > 2 ? Dimension::category : Dimension::receiver;
    const std::size_t values =
        (dimension == Dimension::category ? axes_->categories : axes_->receivers).size();
    if (values < 2) return;
    std::vector<double> mails(values);
    for (const Pair& pair : pairs_)
      mails[dimension == Dimension::category ? pair.category : pair.receiver] +=
          static_cast<double>(pair.mails) + pair.cell.hours[0] + pair.cell.hours[1];
    const auto rarest = std::ranges::min_element(mails.begin() + 1, mails.end());
    fold(dimension, static_cast<std::uint16_t>(rarest - mails.begin()));
  }
}

void CrossTable::fold(Dimension dimension, std::uint16_t value) {
  Axes axes = *axes_;
  auto& names = dimension == Dimension::category ? axes.categories : axes.receivers;
  if (folded_.size() >= kMaxFolded) folded_.clear();
  folded_.insert(names[value]);
  names.erase(names.begin() + value);
  axes_ = std::make_shared<const Axes>(std::move(axes));
  const auto moved = [&](std::uint16_t of, Dimension its) {
    if (its != dimension || of < value) return of;
    return static_cast<std::uint16_t>(of == value ? 0 : of - 1);
  };
  if (dimension == Dimension::receiver) {
    const Receiver& gone = receivers_[value];
    Receiver& other = receivers_[0];
    other.mails += gone.mails;
    other.failures += gone.failures;
    for (std::size_t k = 0; k < kCauseKinds; ++k) other.kinds[k] += gone.kinds[k];
    receivers_.erase(receivers_.begin() + value);
  }
  const auto addTo = [](Cell& to, const Cell& from) {
    for (std::size_t w = 0; w < kWindows.size(); ++w) to.sums[w] += from.sums[w];
    for (std::size_t h = 0; h < to.hours.size(); ++h) to.hours[h] += from.hours[h];
    to.minute = -1;
  };
  const std::vector<Pair> pairs = std::exchange(pairs_, {});
  const std::vector<Failure> failures = std::exchange(failures_, {});
  places_.clear();
  std::vector<std::uint32_t> places;
  for (const Pair& pair : pairs) {
    const std::uint32_t at =
        pairOf(moved(pair.category, Dimension::category), moved(pair.receiver, Dimension::receiver));
    addTo(pairs_[at].cell, pair.cell);
    pairs_[at].mails += pair.mails;
    pairs_[at].failures += pair.failures;
    places.push_back(at);
  }
  for (const Failure& failure : failures)
    addTo(failures_[failureOf(places[failure.pair], failure.kind)].cell, failure.cell);
  for (Minute& slot : minutes_)
    for (Touched& touched : slot.touched) {
      touched.category = moved(touched.category, Dimension::category);
      touched.receiver = moved(touched.receiver, Dimension::receiver);
    }
  computeUsual();
}

CrossTable::Masks CrossTable::masksOf(const Root& root) const {
  return {maskOf(axes_->categories, root.categories), maskOf(axes_->receivers, root.receivers)};
}

Duration CrossTable::covered() const { return std::chrono::minutes(minute_ - since_); }

Grids CrossTable::shares(Duration window) const {
  const auto w = static_cast<std::size_t>(std::ranges::find(kWindows, windowFor(window)) - kWindows.begin());
  Grid grid(axes_, kWindows[w]);
  const std::size_t receivers = axes_->receivers.size();
  for (const Pair& pair : pairs_) {
    const std::uint32_t mails = pair.cell.sums[w];
    if (mails == 0) continue;
    const std::size_t at = pair.category * receivers + pair.receiver;
    grid.mails(at) = mails;
    for (std::size_t k = 0; k < kCauseKinds; ++k)
      grid.expected(at, k) = static_cast<float>(mails * usualOf(pair, k));
  }
  for (const Failure& failure : failures_) {
    const Pair& pair = pairs_[failure.pair];
    grid.seen(pair.category * receivers + pair.receiver, failure.kind) =
        static_cast<float>(failure.cell.sums[w]);
  }
  Grids grids;
  grids.push_back(std::move(grid));
  return grids;
}

void CrossTable::setWaiting(std::vector<WaitingWindow> waiting) {
  std::vector<char> unusual(axes_->receivers.size());
  for (const Root& root : unusual_) {
    if (root.family != Family::waiting) continue;
    const std::vector<char> mask = maskOf(axes_->receivers, root.receivers);
    for (std::size_t g = 0; g < unusual.size(); ++g) unusual[g] = unusual[g] || mask[g];
  }
  for (const WaitingWindow& window : waiting) {
    if (window.window != std::chrono::minutes(1)) continue;
    for (const WaitingMail& mail : window.receivers) {
      const auto found = std::ranges::find(axes_->receivers, mail.receiver);
      if (found == axes_->receivers.end()) continue;
      const auto g = static_cast<std::size_t>(found - axes_->receivers.begin());
      if (unusual[g]) continue;
      Receiver::Waits& waits = receivers_[g].waits[static_cast<std::size_t>(window.late)];
      waits.mails += static_cast<double>(mail.mails);
      waits.unanswered += static_cast<double>(mail.unanswered);
      waits.deferred += static_cast<double>(mail.deferred);
    }
  }
  waiting_ = std::move(waiting);
}

std::optional<Grid> CrossTable::late(Late late, Duration window) const {
  const auto found = std::ranges::find_if(
      waiting_, [&](const WaitingWindow& one) { return one.late == late && one.window == window; });
  if (found == waiting_.end()) return std::nullopt;
  Axes axes;
  axes.categories.emplace_back();
  axes.kinds = {Kind::unanswered, Kind::deferred};
  for (const WaitingMail& mail : found->receivers) axes.receivers.push_back(mail.receiver);
  Grid grid(std::make_shared<const Axes>(std::move(axes)), window);
  const auto l = static_cast<std::size_t>(late);
  for (std::size_t g = 0; g < found->receivers.size(); ++g) {
    const WaitingMail& mail = found->receivers[g];
    const auto known = std::ranges::find(axes_->receivers, mail.receiver);
    Receiver::Waits waits;
    if (known != axes_->receivers.end())
      waits = receivers_[static_cast<std::size_t>(known - axes_->receivers.begin())].waits[l];
    const auto mails = static_cast<double>(mail.mails);
    const double perMail = mails / (waits.mails + kUnlearnedMails);
    grid.mails(g) = mails;
    grid.seen(g, 0) = static_cast<float>(mail.unanswered);
    grid.seen(g, 1) = static_cast<float>(mail.deferred);
    grid.expected(g, 0) =
        static_cast<float>((waits.unanswered + kUnlearnedMails * kUnansweredUnlearned[l]) * perMail);
    grid.expected(g, 1) =
        static_cast<float>((waits.deferred + kUnlearnedMails * kDeferredUnlearned[l]) * perMail);
  }
  return grid;
}

std::span<const Touched> CrossTable::minute(std::int64_t number) const {
  if (number < 0) return {};
  const Minute& slot = minutes_[static_cast<std::size_t>(number) % kMinutes];
  if (slot.number != number) return {};
  return slot.touched;
}

template <class Take>
void CrossTable::eachOf(const Root& root, std::int64_t number, Take take) const {
  const Masks masks = masksOf(root);
  std::array<bool, kCauseKinds> kinds{};
  for (std::size_t k = 0; k < kCauseKinds; ++k)
    kinds[k] = root.kinds.empty() || std::ranges::find(root.kinds, static_cast<Kind>(k)) != root.kinds.end();
  for (const Touched& touched : minute(number)) {
    if (!masks.categories[touched.category] || !masks.receivers[touched.receiver]) continue;
    Numbers numbers;
    if (touched.kind != Touched::kOutcomes) {
      if (!kinds[touched.kind]) continue;
      numbers.seen = touched.count;
    } else {
      numbers.mails = touched.count;
      const Pair& pair = pairs_[places_.at(keyOf(touched.category, touched.receiver))];
      for (std::size_t k = 0; k < kCauseKinds; ++k)
        if (kinds[k]) numbers.expected += touched.count * usualOf(pair, k);
    }
    take(touched, numbers);
  }
}

std::vector<Numbers> CrossTable::minutes(const Root& root) const {
  std::vector<Numbers> all;
  const std::int64_t first = std::max(since_, minute_ - static_cast<std::int64_t>(kMinutes) + 1);
  for (std::int64_t number = first; number <= minute_; ++number) {
    Numbers& sum = all.emplace_back();
    eachOf(root, number, [&](const Touched&, const Numbers& numbers) { sum += numbers; });
  }
  return all;
}

Breakdown CrossTable::breakdown(const Root& root, int minutesAgo) const {
  Breakdown all;
  if (minutesAgo < 0 || minutesAgo >= static_cast<int>(kMinutes)) return all;
  eachOf(root, minute_ - minutesAgo, [&](const Touched& touched, const Numbers& numbers) {
    all.add(
        {{{axes_->categories[touched.category], numbers}}, {{axes_->receivers[touched.receiver], numbers}}});
  });
  return all;
}

}  // namespace arrivald::incidents
