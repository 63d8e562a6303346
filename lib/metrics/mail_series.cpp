#include "metrics/mail_series.hpp"

#include <algorithm>
#include <functional>

#include "metrics/catalogue.hpp"
#include "metrics/text.hpp"
#include "rules/input.hpp"

namespace arrivald::metrics {
namespace {

using delivery::Counts;
using delivery::Dimension;
using delivery::Subject;

constexpr std::string_view kOther = "other";

std::string labelsOf(const Subject& subject, std::string_view name) {
  std::string labels = "{";
  appendLabel(labels, "account", subject.account);
  if (subject.dimension != Dimension::account) {
    labels += ',';
    appendLabel(labels, labelOf(subject.dimension), name);
  }
  return labels;
}

std::optional<double> valueOf(rules::Input input, const Counts& counts) {
  if (rules::unit(input) == rules::Unit::share) return rules::rateOf(input, counts);
  return static_cast<double>(rules::numberOf(input, counts));
}

}  // namespace

void SubjectSeries::add(const Counts& increment) {
  counted_ = true;
  for (const auto metric : delivery::allMetrics())
    total_[metric] += std::max<std::int64_t>(increment[metric], 0);
}

void SubjectSeries::setToday(const std::optional<Counts>& totals) {
  if (!folded_) today_ = totals;
}

void SubjectSeries::setWindow(const delivery::WindowSum& sum) {
  if (folded_ || (exported_ && std::ranges::find(*exported_, sum.window) == exported_->end())) return;
  const auto found = std::find_if(windows_.begin(), windows_.end(),
                                  [&](const auto& each) { return each.second.window == sum.window; });
  if (found != windows_.end())
    found->second = sum;
  else if (windows_.size() < kMaxWindows)
    windows_.emplace_back(",window=\"" + toText(sum.window) + "\"", sum);
}

MailSeries::MailSeries(CardinalityLimits limits) : limits_(std::move(limits)) {}

const std::vector<Duration>* MailSeries::exportedOf(Dimension dimension) const {
  const auto found = limits_.windows.find(dimension);
  return found == limits_.windows.end() ? nullptr : &found->second;
}

std::size_t MailSeries::costOf(Dimension dimension) const {
  const auto* exported = exportedOf(dimension);
  return seriesOf(dimension, exported ? std::min(exported->size(), windows_) : windows_);
}

std::size_t MailSeries::maxNames(Dimension dimension) const {
  if (dimension == Dimension::account) return 1;
  const auto limit = limits_.names.find(dimension);
  return limit == limits_.names.end() ? limits_.otherwise : limit->second;
}

SubjectSeries& MailSeries::other(Group& group, const Subject& subject) {
  if (!group.other) {
    group.other = std::make_unique<SubjectSeries>();
    group.other->labels_ = labelsOf(subject, kOther);
    group.other->folded_ = true;
  }
  if (group.foldedNames.size() < kMaxFoldedNames)
    group.foldedNames.insert(std::hash<std::string>()(subject.name));
  return *group.other;
}

SubjectSeries& MailSeries::at(const Subject& subject) {
  auto& group = groups_[{subject.dimension, subject.account}];
  const auto found = group.own.find(subject.name);
  if (found != group.own.end()) return *found->second;

  auto labels = labelsOf(subject, subject.name);
  const auto cost = costOf(subject.dimension);
  const bool fits = subject.dimension == Dimension::account || reserved_ + cost <= limits_.maxSeries;
  if (group.own.size() >= maxNames(subject.dimension) || !fits || subject.name == kOther ||
      group.labels.contains(labels))
    return other(group, subject);
  auto series = std::make_unique<SubjectSeries>();
  series->labels_ = labels;
  series->exported_ = exportedOf(subject.dimension);
  series->counted_ = subject.dimension != Dimension::category;
  series->reserved_ = cost;
  reserved_ += cost;
  group.labels.insert(std::move(labels));
  return *group.own.emplace(subject.name, std::move(series)).first->second;
}

void MailSeries::forget(const Subject& subject) {
  const auto group = groups_.find({subject.dimension, subject.account});
  if (group == groups_.end()) return;
  group->second.foldedNames.erase(std::hash<std::string>()(subject.name));
  const auto found = group->second.own.find(subject.name);
  if (found == group->second.own.end()) return;
  group->second.labels.erase(found->second->labels_);
  reserved_ -= found->second->reserved_;
  group->second.own.erase(found);
}

void MailSeries::release(const Group& group) {
  for (const auto& [name, series] : group.own) reserved_ -= series->reserved_;
}

void MailSeries::retain(const std::vector<WatchedAccount>& accounts, const std::vector<Duration>& windows,
                        const CardinalityLimits& limits) {
  windows_ = std::min(windows.size(), kMaxWindows);
  std::erase_if(groups_, [&](const auto& each) {
    const auto& [dimension, name] = each.first;
    const auto account = std::ranges::find(accounts, name, &WatchedAccount::name);
    const bool watched = account != accounts.end() &&
                         (dimension == Dimension::account || account->dimensions.contains(dimension) ||
                          (dimension == Dimension::domainGroup && account->domainGroups.has_value()));
    if (!watched) release(each.second);
    return !watched;
  });
  for (auto& [key, group] : groups_) {
    if (key.first != Dimension::domainGroup) continue;
    const auto& names = *std::ranges::find(accounts, key.second, &WatchedAccount::name)->domainGroups;
    std::vector<Subject> removed;
    for (const auto& [name, series] : group.own)
      if (std::ranges::find(names, name) == names.end()) removed.push_back({key.second, key.first, name});
    for (const auto& subject : removed) forget(subject);
  }
  if (!(limits == limits_)) use(limits);
  retainWindows(windows);
  removeExcess();
}

void MailSeries::use(const CardinalityLimits& limits) {
  limits_ = limits;
  for (auto& [key, group] : groups_) {
    group.foldedNames.clear();
    for (auto& [name, series] : group.own) series->exported_ = exportedOf(key.first);
  }
}

void MailSeries::retainWindows(const std::vector<Duration>& windows) {
  for (auto& [key, group] : groups_)
    for (auto& [name, series] : group.own) {
      const auto* exported = series->exported_;
      std::erase_if(series->windows_, [&](const auto& window) {
        const auto isIn = [&](const auto& list) {
          return std::ranges::find(list, window.second.window) != list.end();
        };
        return !isIn(windows) || (exported && !isIn(*exported));
      });
      reserved_ += costOf(key.first) - series->reserved_;
      series->reserved_ = costOf(key.first);
    }
}

// Counters of removed names are not added to "other": a jump there would look like mail of today.
void MailSeries::removeExcess() {
  using Named = std::pair<std::int64_t, Subject>;  // with the number of requests
  const auto byRequests = [](const Named& a, const Named& b) { return a.first < b.first; };
  std::vector<Named> all;
  std::vector<Subject> removed;
  for (const auto& [key, group] : groups_) {
    if (key.first == Dimension::account) continue;
    std::vector<Named> names;
    for (const auto& [name, series] : group.own)
      names.emplace_back(series->total_[delivery::Metric::requests], Subject{key.second, key.first, name});
    std::ranges::stable_sort(names, byRequests);
    const auto excess = names.size() - std::min(names.size(), maxNames(key.first));
    for (std::size_t i = 0; i < names.size(); ++i)
      if (i < excess)
        removed.push_back(names[i].second);
      else
        all.push_back(std::move(names[i]));
  }
  for (const auto& subject : removed) forget(subject);
  std::ranges::stable_sort(all, byRequests);
  for (auto each = all.begin(); each != all.end() && reserved_ > limits_.maxSeries; ++each)
    forget(each->second);
}

std::vector<MailSeries::Folded> MailSeries::folded() const {
  std::vector<Folded> all;
  for (const auto& [key, group] : groups_)
    if (key.first != Dimension::account) all.push_back({key.second, key.first, group.foldedNames.size()});
  return all;
}

void MailSeries::append(std::string& out) const {
  for (std::size_t i = 0; i < delivery::kMailDimensionCount; ++i)
    appendDimension(out, static_cast<Dimension>(i));
}

void MailSeries::appendDimension(std::string& out, Dimension dimension) const {
  std::vector<const SubjectSeries*> subjects;
  for (const auto& [key, group] : groups_) {
    if (key.first != dimension) continue;
    for (const auto& [name, series] : group.own) subjects.push_back(series.get());
    if (group.other) subjects.push_back(group.other.get());
  }
  if (subjects.empty()) return;
  const auto has = [&](auto condition) { return std::any_of(subjects.begin(), subjects.end(), condition); };
  const bool anyCounted = has([](const SubjectSeries* each) { return each->counted_; });
  const bool anyToday = has([](const SubjectSeries* each) { return each->today_.has_value(); });
  const bool anyWindow = has([](const SubjectSeries* each) { return !each->windows_.empty(); });
  const std::string begin = prefix(dimension);

  for (const auto& counter : mailCounters()) {
    if (!applies(counter.metric, dimension)) continue;
    const std::string total = begin + std::string(counter.stem) + "_total";
    if (anyCounted) appendHead(out, total, Type::counter, counter.help);
    for (const auto* each : subjects) {
      if (!each->counted_) continue;
      out.append(total).append(each->labels_).append("} ");
      appendNumber(out, each->total_[counter.metric]);
      out += '\n';
    }
    if (!anyToday || !hasToday(dimension)) continue;
    const std::string today = begin + "today_" + std::string(counter.stem);
    appendHead(out, today, Type::gauge, std::string(counter.help) + kTodayHelp);
    for (const auto* each : subjects) {
      if (!each->today_) continue;
      out.append(today).append(each->labels_).append("} ");
      appendNumber(out, (*each->today_)[counter.metric]);
      out += '\n';
    }
  }
  if (!anyWindow) return;

  const auto appendWindows = [&](const std::string& family, std::string_view help, auto valueOfSum) {
    appendHead(out, family, Type::gauge, help);
    for (const auto* each : subjects) {
      for (const auto& [label, sum] : each->windows_) {
        const std::optional<double> value = valueOfSum(sum);
        if (!value) continue;
        out.append(family).append(each->labels_).append(label).append("} ");
        appendNumber(out, *value);
        out += '\n';
      }
    }
  };
  for (const auto& gauge : windowGauges())
    appendWindows(begin + std::string(gauge.stem), gauge.help, [&](const delivery::WindowSum& sum) {
      return sum.knows(rules::metricsOf(gauge.input)) ? valueOf(gauge.input, sum.counts) : std::nullopt;
    });
  appendWindows(begin + std::string(kWindowCovered), kWindowCoveredHelp, [](const delivery::WindowSum& sum) {
    return std::optional<double>(static_cast<double>(sum.covered.count()) / 1000.0);
  });
}

}  // namespace arrivald::metrics
