#include "metrics/registry.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "metrics/catalogue.hpp"
#include "metrics/process.hpp"
#include "metrics/text.hpp"

namespace arrivald::metrics {
namespace {

using Values = std::vector<std::string>;

const prometheus::Histogram::BucketBoundaries& pollBuckets() {
  static const prometheus::Histogram::BucketBoundaries kSeconds = {0.05, 0.1, 0.25, 0.5, 1,
                                                                   2.5,  5,   10,   30,  60};
  return kSeconds;
}

const prometheus::Histogram::BucketBoundaries& latencyBuckets() {
  static const prometheus::Histogram::BucketBoundaries kSeconds = {1,   2,   5,    10,   30,    60,
                                                                   300, 600, 1800, 3600, 21600, 86400};
  return kSeconds;
}

double seconds(Duration span) { return static_cast<double>(span.count()) / 1000.0; }
double seconds(Instant instant) { return seconds(instant.time_since_epoch()); }

/// The series of one family by the values of its labels, which have passed through labelValue().
template <class Metric>
class Children {
 public:
  Children(prometheus::Family<Metric>& family, const SingleMetric& metric)
      : family_(family), metric_(metric) {}

  template <class... More>
  Metric& at(const Values& values, More&&... more) {
    const auto found = metrics_.find(values);
    if (found != metrics_.end()) return *found->second;
    std::map<std::string, std::string> labels;
    for (std::size_t i = 0; i < values.size(); ++i) labels.emplace(metric_.labels[i], values[i]);
    auto& made = family_.Add(labels, std::forward<More>(more)...);
    metrics_.emplace(values, &made);
    return made;
  }
  void removeIf(const std::function<bool(const Values&)>& condition) {
    std::erase_if(metrics_, [&](const auto& each) {
      if (!condition(each.first)) return false;
      family_.Remove(each.second);
      return true;
    });
  }

 private:
  prometheus::Family<Metric>& family_;
  const SingleMetric& metric_;
  std::map<Values, Metric*> metrics_;
};

template <class... Raw>
Values values(const Raw&... raw) {
  return Values{labelValue(raw)...};
}

std::set<std::string> labelSet(const std::vector<std::string>& names) {
  std::set<std::string> labels;
  for (const auto& name : names) labels.insert(labelValue(name));
  return labels;
}

/// The label values of one account that may have series.
class WatchedLabels {
 public:
  explicit WatchedLabels(const WatchedAccount& account)
      : dimensions_{std::string(delivery::name(delivery::Dimension::account))},
        tasks_(labelSet(account.tasks)),
        lists_(labelSet(account.lists)),
        hasStream_(account.domainGroups.has_value()),
        hasStanding_(account.standing) {
    for (const auto dimension : account.dimensions) dimensions_.emplace(delivery::name(dimension));
    if (!hasStream_) return;
    groups_ = labelSet(*account.domainGroups);
    dimensions_.emplace(delivery::name(delivery::Dimension::domainGroup));
  }

  /// `labels` are the values of `metric`'s labels; the first is this account.
  bool contains(const SingleMetric& metric, const Values& labels) const {
    if (!hasStream_ && metric.id >= Single::streamBatches && metric.id <= Single::streamOldest) return false;
    if (!hasStream_ && (metric.id == Single::streamDifference || metric.id == Single::streamLag))
      return false;
    if (metric.id >= Single::creditsRemaining && metric.id <= Single::reputation) return hasStanding_;
    for (std::size_t i = 1; i < labels.size(); ++i) {
      const auto label = metric.labels[i];
      const bool ofGroup = label == "name" && labels[i - 1] == "domain_group";
      const auto* among = label == "task"                      ? &tasks_
                          : label == "list"                    ? &lists_
                          : label == "dimension"               ? &dimensions_
                          : label == "domain_group" || ofGroup ? &groups_
                                                               : nullptr;
      if (among && !among->contains(labels[i])) return false;
    }
    return true;
  }

 private:
  std::set<std::string> dimensions_, tasks_, lists_, groups_;
  bool hasStream_, hasStanding_;
};

}  // namespace

struct Registry::State {
  State(const Clock& clockGiven, std::string_view version, CardinalityLimits limits,
        std::string_view revision)
      : clock(clockGiven), mail(std::move(limits)) {
    for (std::size_t i = 0; i < kSingleCount; ++i) {
      const auto& metric = describe(static_cast<Single>(i));
      const std::string metricName(metric.name);
      const std::string help(metric.help);
      if (metric.type == Type::counter)
        counters.try_emplace(
            metric.id, prometheus::BuildCounter().Name(metricName).Help(help).Register(registry), metric);
      else if (metric.type == Type::gauge)
        gauges.try_emplace(metric.id, prometheus::BuildGauge().Name(metricName).Help(help).Register(registry),
                           metric);
      else
        histograms.try_emplace(
            metric.id, prometheus::BuildHistogram().Name(metricName).Help(help).Register(registry), metric);
    }
    gauge(Single::buildInfo, values(version, kCompiler, revision)).Set(1);
    // Metrics whose labels are known are exported with 0 before anything has happened.
    for (const auto id : {Single::configAccepted, Single::configRefused, Single::clockSteps}) counter(id, {});
    for (const auto* alertState : {"pending", "firing", "recovering"})
      gauge(Single::alertsByState, {alertState});
  }

#if defined(__clang__)
  static constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
  static constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

  prometheus::Counter& counter(Single id, const Values& labels) { return counters.at(id).at(labels); }
  bool isWatched(std::string_view account) const {
    return !watched || account.empty() || watched->contains(labelValue(account));
  }
  prometheus::Gauge& gauge(Single id, const Values& labels) { return gauges.at(id).at(labels); }
  prometheus::Histogram& histogram(Single id, const Values& labels) {
    return histograms.at(id).at(labels, id == Single::streamLatency ? latencyBuckets() : pollBuckets());
  }
  void absent(Single id, const Values& labels) {
    gauges.at(id).removeIf([&](const Values& each) { return each == labels; });
  }
  void set(Single id, const Values& labels, std::optional<double> value) {
    if (value)
      gauge(id, labels).Set(*value);
    else
      absent(id, labels);
  }
  /// Removes the series of any metric whose labels meet the condition.
  void removeIf(const std::function<bool(const SingleMetric&, const Values&)>& condition) {
    const auto removeFrom = [&](auto& families) {
      for (auto& [id, family] : families)
        family.removeIf([&](const Values& each) { return condition(describe(id), each); });
    };
    removeFrom(counters);
    removeFrom(gauges);
    removeFrom(histograms);
    ++removals;
  }
  /// Exports the counters of all knownValues() of the last label, with 0.
  void expect(Single id, Values labels) {
    labels.emplace_back();
    for (const auto value : knownValues(id)) {
      labels.back() = value;
      counter(id, labels);
    }
  }
  void expect(const WatchedAccount& account);
  void setAges();
  void setProcess();

  class Task;
  class Latencies;

  const Clock& clock;
  prometheus::Registry registry;
  std::map<Single, Children<prometheus::Counter>> counters;
  std::map<Single, Children<prometheus::Gauge>> gauges;
  std::map<Single, Children<prometheus::Histogram>> histograms;
  MailSeries mail;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Task>> tasks;  // by account and task
  std::optional<std::set<std::string>> watched;  // the accounts' labels, once retained
  std::map<Values, Instant> successes;           // by the labels of pollAge
  std::map<std::string, Instant> changes;        // by the account's label
  std::uint64_t removals = 0;  // calls of removeIf(): references to series may be invalid after one
  bool outboxKnown = false;
  std::optional<Instant> oldestWaiting;
  std::string alertText;
  std::size_t exposedBytes = 0;  // size of the last scrape: reserved for the next one
};

class Registry::State::Task final : public TaskSeries {
 public:
  Task(State& state, Values labels) : state_(state), labels_(std::move(labels)) { expect(); }

  /// Exports the series that exist before the first run.
  void expect() {
    state_.histogram(Single::pollSeconds, labels_);
    state_.counter(Single::missedRuns, labels_);
    for (const auto& failure : mayFail_) errors(failure);
  }
  void succeeded(Duration took, Instant at) override {
    state_.histogram(Single::pollSeconds, labels_).Observe(seconds(took));
    state_.gauge(Single::pollLastSuccess, labels_).Set(seconds(at));
    state_.successes[labels_] = at;
  }
  void failed(Party party, Error::Kind kind, Duration took) override {
    state_.histogram(Single::pollSeconds, labels_).Observe(seconds(took));
    errors({party, kind}).Increment();
  }
  void mayFail(Party party, Error::Kind kind) override {
    mayFail_.emplace(party, kind);
    errors({party, kind});
  }
  void missed(std::int64_t runs) override {
    if (runs > 0) state_.counter(Single::missedRuns, labels_).Increment(static_cast<double>(runs));
  }

 private:
  using Failure = std::pair<Party, Error::Kind>;

  prometheus::Counter& errors(const Failure& failure) {
    Values labels = labels_;
    labels.emplace_back(name(failure.first));
    labels.emplace_back(name(failure.second));
    return state_.counter(Single::pollErrors, labels);
  }

  State& state_;
  Values labels_;
  std::set<Failure> mayFail_;
};

class Registry::State::Latencies final : public LatencySeries {
 public:
  Latencies(State& state, Values labels) : state_(state), labels_(std::move(labels)) { find(); }

  void observe(Duration latency) override {
    if (removals_ != state_.removals) find();
    histogram_->Observe(seconds(latency));
  }

 private:
  void find() {
    histogram_ = &state_.histogram(Single::streamLatency, labels_);
    removals_ = state_.removals;
  }

  State& state_;
  Values labels_;
  prometheus::Histogram* histogram_ = nullptr;
  std::uint64_t removals_ = 0;
};

void Registry::State::expect(const WatchedAccount& account) {
  const auto labels = values(account.name);
  if (account.dimensions.empty() && account.tasks.empty()) return;
  if (!account.name.empty()) expect(Single::malformed, labels);
  for (const auto dimension : account.dimensions)
    counter(Single::corrections, {labels[0], std::string(delivery::name(dimension))});
  for (const auto& list : account.lists) {
    counter(Single::listAdded, values(account.name, list));
    counter(Single::listRemoved, values(account.name, list));
  }
  if (!account.domainGroups) return;
  expect(Single::streamBatches, labels);
  expect(Single::streamEvents, labels);
  expect(Single::streamDropped, labels);
  for (const auto id :
       {Single::streamRepeated, Single::streamMalformed, Single::streamLate, Single::streamLost})
    counter(id, labels);
  for (const auto* outcome : {"unknown_account", "token_refused", "busy", "too_large", "header_too_large",
                              "too_slow", "malformed_request"})
    counter(Single::streamBatches, {"", outcome});
}

void Registry::State::setAges() {
  const Instant now = clock.now();
  // If the clock was set back, ages would be negative: they are at least 0.
  const auto age = [&](Instant since) { return seconds(std::max<Duration>(now - since, Duration::zero())); };
  for (const auto& [labels, at] : successes) gauge(Single::pollAge, labels).Set(age(at));
  for (const auto& [account, at] : changes) gauge(Single::dataUnchanged, {account}).Set(age(at));
  if (outboxKnown) gauge(Single::outboxOldest, {}).Set(oldestWaiting ? age(*oldestWaiting) : 0);
  gauges.at(Single::foldedNames).removeIf([](const Values&) { return true; });
  for (const auto& folded : mail.folded())
    gauge(Single::foldedNames, values(folded.account, name(folded.dimension)))
        .Set(static_cast<double>(folded.names));
}

void Registry::State::setProcess() {
  const Process process = readProcess();
  const auto number = [](const std::optional<std::int64_t>& value) {
    return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
  };
  if (process.cpuSeconds) {
    auto& cpu = counter(Single::processCpu, {});
    cpu.Increment(std::max(*process.cpuSeconds - cpu.Value(), 0.0));
  }
  set(Single::processResident, {}, number(process.residentBytes));
  set(Single::processVirtual, {}, number(process.virtualBytes));
  set(Single::processOpenFiles, {}, number(process.openFiles));
  set(Single::processMaxFiles, {}, number(process.maxFiles));
  set(Single::processStart, {}, process.startSeconds);
  set(Single::processThreads, {}, number(process.threads));
}

Registry::Registry(const Clock& clock, std::string_view version, CardinalityLimits limits,
                   std::string_view revision)
    : state_(std::make_unique<State>(clock, version, std::move(limits), revision)) {}
Registry::~Registry() = default;

SubjectSeries& Registry::subject(const delivery::Subject& subject) { return state_->mail.at(subject); }
void Registry::forget(const delivery::Subject& subject) { state_->mail.forget(subject); }

void Registry::use(const CardinalityLimits& limits) { state_->mail.use(limits); }

void Registry::retain(const Watched& watched) {
  std::map<std::string, WatchedLabels> accounts;
  for (const auto& account : watched.accounts) accounts.emplace(labelValue(account.name), account);
  state_->watched.emplace();
  for (const auto& [account, labels] : accounts) state_->watched->insert(account);
  const auto channels = labelSet(watched.channels);
  const auto targets = labelSet(watched.forwardTargets);
  const auto isWatched = [&](const SingleMetric& metric, const Values& labels) {
    if (metric.labels[0] == "channel") return channels.contains(labels[0]);
    if (metric.labels[0] == "target") return targets.contains(labels[0]);
    // The account "" stands for series of no account; its tasks are restricted only if it is in the list.
    if (metric.labels[0] != "account") return true;
    // Lists of an account's subuser are labelled ACCOUNT/SUBUSER.
    const auto account = accounts.find(labels[0].substr(0, labels[0].find('/')));
    return account == accounts.end() ? labels[0].empty() : account->second.contains(metric, labels);
  };
  state_->removeIf([&](const auto& metric, const auto& labels) { return !isWatched(metric, labels); });
  std::erase_if(state_->successes,
                [&](const auto& each) { return !isWatched(describe(Single::pollAge), each.first); });
  std::erase_if(state_->changes, [&](const auto& each) { return !accounts.contains(each.first); });
  state_->mail.retain(watched.accounts, watched.windows, watched.limits);

  for (const auto& account : watched.accounts) {
    for (const auto& each : account.tasks) task(account.name, each);
    state_->expect(account);
  }
  for (auto& [key, series] : state_->tasks)
    if (isWatched(describe(Single::pollAge), values(key.first, key.second))) series->expect();
  for (const auto& channel : channels) state_->expect(Single::notifications, {channel});
  for (const auto& target : targets) state_->expect(Single::forwarded, {target});
  state_->expect(Single::heartbeats, {});
  state_->expect(Single::storeRefused, {});
}

void Registry::corrected(std::string_view account, delivery::Dimension dimension, std::int64_t cells) {
  if (cells > 0)
    state_->counter(Single::corrections, values(account, name(dimension)))
        .Increment(static_cast<double>(cells));
}

void Registry::dataChanged(std::string_view account, Instant at) {
  const auto labels = values(account);
  state_->changes[labels[0]] = at;
  state_->gauge(Single::dataLastChange, labels).Set(seconds(at));
}

TaskSeries& Registry::task(std::string_view account, std::string_view task) {
  auto& series = state_->tasks[{std::string(account), std::string(task)}];
  if (!series) series = std::make_unique<State::Task>(*state_, values(account, task));
  return *series;
}

void Registry::forgetTask(std::string_view account, std::string_view task) {
  const auto wanted = values(account, task);
  state_->tasks.erase({std::string(account), std::string(task)});
  state_->successes.erase(wanted);
  state_->removeIf([&](const SingleMetric& metric, const Values& labels) {
    return metric.labels[1] == "task" && labels[0] == wanted[0] && labels[1] == wanted[1];
  });
}

void Registry::rateLimit(std::string_view account, std::string_view endpoint,
                         std::optional<std::int64_t> limit, std::optional<std::int64_t> remaining) {
  const auto labels = values(account, endpoint);
  state_->set(Single::rateLimit, labels, limit);
  state_->set(Single::rateLimitRemaining, labels, remaining);
}

void Registry::standing(std::string_view account, std::optional<std::int64_t> remaining,
                        std::optional<std::int64_t> limit, std::optional<double> reputation) {
  const auto labels = values(account);
  state_->set(Single::creditsRemaining, labels, remaining);
  state_->set(Single::creditsLimit, labels, limit);
  state_->set(Single::reputation, labels,
              reputation ? std::optional<double>(*reputation / 100) : std::nullopt);
}

void Registry::contradictory(std::string_view account, std::optional<Duration> lasts) {
  state_->set(Single::statisticsContradictory, values(account),
              lasts ? std::optional<std::int64_t>(*lasts > Duration{} ? 1 : 0) : std::nullopt);
}

void Registry::malformed(std::string_view account, std::string_view what, std::int64_t count) {
  if (count > 0)
    state_->counter(Single::malformed, values(account, what)).Increment(static_cast<double>(count));
}

void Registry::listSize(std::string_view account, std::string_view list, std::int64_t entries) {
  state_->gauge(Single::listEntries, values(account, list)).Set(static_cast<double>(entries));
}

void Registry::listRead(std::string_view account, std::string_view list, Instant readTo) {
  state_->gauge(Single::listReadTo, values(account, list))
      .Set(static_cast<double>(unixMilliseconds(readTo)) / 1000);
}

void Registry::listChanged(std::string_view account, std::string_view list, std::int64_t added,
                           std::int64_t removed) {
  const auto labels = values(account, list);
  state_->counter(Single::listAdded, labels).Increment(static_cast<double>(std::max<std::int64_t>(added, 0)));
  state_->counter(Single::listRemoved, labels)
      .Increment(static_cast<double>(std::max<std::int64_t>(removed, 0)));
}

void Registry::listCause(std::string_view account, std::string_view list, std::string_view cause) {
  state_->counter(Single::listCauses, values(account, list, cause)).Increment();
}

void Registry::listCauseRemoved(std::string_view account, std::string_view list, std::string_view cause,
                                std::int64_t entries) {
  state_->counter(Single::listCausesRemoved, values(account, list, cause))
      .Increment(static_cast<double>(entries));
}

void Registry::listCauseSize(std::string_view account, std::string_view list, std::string_view cause,
                             std::optional<std::int64_t> entries) {
  state_->set(Single::listCauseEntries, values(account, list, cause),
              entries ? std::optional(static_cast<double>(*entries)) : std::nullopt);
}

void Registry::released(std::string_view account, std::string_view list, std::string_view cause) {
  state_->counter(Single::released, values(account, list, cause)).Increment();
}

void Registry::releaseArrived(std::string_view account, std::string_view list, std::string_view cause) {
  state_->counter(Single::releasesArrived, values(account, list, cause)).Increment();
}

void Registry::releaseFailedAgain(std::string_view account, std::string_view list, std::string_view cause) {
  state_->counter(Single::releasesFailedAgain, values(account, list, cause)).Increment();
}

void Registry::streamBatch(std::string_view account, std::string_view outcome) {
  if (!state_->isWatched(account)) return;
  state_->counter(Single::streamBatches, values(account, outcome)).Increment();
}
void Registry::streamEvents(std::string_view account, std::string_view event, std::int64_t count) {
  if (count > 0 && state_->isWatched(account))
    state_->counter(Single::streamEvents, values(account, event)).Increment(static_cast<double>(count));
}
void Registry::streamEventsStored(std::string_view account, std::string_view event, std::int64_t total) {
  auto& counter = state_->counter(Single::streamEvents, values(account, event));
  counter.Increment(std::max(static_cast<double>(total) - counter.Value(), 0.0));
}
void Registry::streamDropped(std::string_view account, std::string_view about) {
  if (state_->isWatched(account)) state_->counter(Single::streamDropped, values(account, about)).Increment();
}
void Registry::streamLate(std::string_view account, std::int64_t count) {
  if (count > 0 && state_->isWatched(account))
    state_->counter(Single::streamLate, values(account)).Increment(static_cast<double>(count));
}
void Registry::streamRepeated(std::string_view account, std::int64_t count) {
  if (!state_->isWatched(account)) return;
  state_->counter(Single::streamRepeated, values(account))
      .Increment(static_cast<double>(std::max<std::int64_t>(count, 0)));
}
void Registry::streamMalformed(std::string_view account, std::int64_t count) {
  if (!state_->isWatched(account)) return;
  state_->counter(Single::streamMalformed, values(account))
      .Increment(static_cast<double>(std::max<std::int64_t>(count, 0)));
}
void Registry::streamLost(std::string_view account, std::int64_t count) {
  state_->counter(Single::streamLost, values(account))
      .Increment(static_cast<double>(std::max<std::int64_t>(count, 0)));
}
std::unique_ptr<LatencySeries> Registry::streamLatency(std::string_view account, std::string_view group) {
  return std::make_unique<State::Latencies>(*state_, values(account, group));
}
void Registry::streamPercentile(const delivery::Subject& subject, std::string_view percentile,
                                std::optional<Duration> latency) {
  const auto labels = values(subject.account, delivery::name(subject.dimension), subject.name, percentile);
  state_->set(Single::streamPercentile, labels, latency ? std::optional(seconds(*latency)) : std::nullopt);
}
void Registry::streamWaiting(std::string_view account, std::string_view group, std::int64_t messages,
                             std::int64_t overdue, Duration oldest) {
  const auto labels = values(account, group);
  state_->gauge(Single::streamInFlight, labels).Set(static_cast<double>(messages));
  state_->gauge(Single::streamOverdue, labels).Set(static_cast<double>(overdue));
  state_->gauge(Single::streamOldest, labels).Set(seconds(oldest));
}

void Registry::forwards(std::string_view target, std::int64_t waiting, Duration lag) {
  state_->gauge(Single::forwardsWaiting, values(target)).Set(static_cast<double>(waiting));
  state_->gauge(Single::forwardLag, values(target)).Set(seconds(lag));
}
void Registry::forwarded(std::string_view target, std::string_view outcome) {
  state_->counter(Single::forwarded, values(target, outcome)).Increment();
}
void Registry::streamDifference(std::string_view account, std::string_view what, std::int64_t mails) {
  state_->gauge(Single::streamDifference, values(account, what)).Set(static_cast<double>(mails));
}
void Registry::streamLag(std::string_view account, std::string_view source, Duration lag) {
  state_->gauge(Single::streamLag, values(account, source)).Set(seconds(lag));
}

void Registry::alerts(const std::vector<rules::Alert>& alerts) {
  std::map<rules::AlertState, int> counted = {
      {rules::AlertState::pending, 0}, {rules::AlertState::firing, 0}, {rules::AlertState::recovering, 0}};
  // A set, since names that are equal after truncation and masking must not be exported twice.
  std::set<std::string> lines;
  for (const auto& alert : alerts) {
    const auto found = counted.find(alert.state);
    if (found == counted.end()) continue;
    ++found->second;
    if (lines.size() == kMaxAlerts) continue;
    std::string line(kAlerts);
    line += '{';
    appendLabel(line, "account", alert.key.subject.account);
    line += ',';
    appendLabel(line, "dimension", name(alert.key.subject.dimension));
    line += ',';
    appendLabel(line, "name", alert.key.subject.name);
    line += ',';
    appendLabel(line, "rule", alert.key.rule);
    line += ',';
    appendLabel(line, "severity", rules::name(alert.severity));
    line += ',';
    appendLabel(line, "state", rules::name(alert.state));
    line += "} 1\n";
    lines.insert(std::move(line));
  }
  for (const auto& [alertState, count] : counted)
    state_->gauge(Single::alertsByState, values(rules::name(alertState))).Set(count);
  state_->alertText.clear();
  if (lines.empty()) return;
  appendHead(state_->alertText, kAlerts, Type::gauge, kAlertsHelp);
  for (const auto& line : lines) state_->alertText += line;
}

void Registry::incidents(std::string_view account, const std::map<rules::Severity, int>& open,
                         int acknowledged) {
  // There from the beginning, so that the first one is seen to be counted.
  state_->counter(Single::incidentsOpened, values(account));
  for (const auto severity : {rules::Severity::info, rules::Severity::warning, rules::Severity::critical}) {
    const auto found = open.find(severity);
    state_->set(Single::incidentsOpen, values(account, rules::name(severity)),
                found == open.end() ? 0 : found->second);
  }
  state_->set(Single::incidentsAcknowledged, values(account), acknowledged);
}

void Registry::incidentOpened(std::string_view account) {
  state_->counter(Single::incidentsOpened, values(account)).Increment();
}

void Registry::notified(std::string_view channel, std::string_view outcome) {
  state_->counter(Single::notifications, values(channel, outcome)).Increment();
}

void Registry::forgetChannel(std::string_view channel) {
  state_->counters.at(Single::notifications).removeIf([label = labelValue(channel)](const Values& labels) {
    return labels[0] == label;
  });
}

void Registry::dmarcInput(std::string_view via, std::string_view outcome) {
  state_->counter(Single::dmarcInputs, values(via, outcome)).Increment();
  state_->gauge(Single::dmarcIntake, values(via)).Set(seconds(state_->clock.now()));
}
void Registry::dmarcRefused(std::string_view reason) {
  state_->counter(Single::dmarcRefused, values(reason)).Increment();
}
void Registry::dmarcDomain(std::string_view domain, const DmarcNumbers& numbers) {
  auto& state = *state_;
  for (auto id = Single::dmarcMessages; id <= Single::dmarcConditions;
       id = static_cast<Single>(static_cast<int>(id) + 1))
    state.gauges.at(id).removeIf(
        [label = labelValue(domain)](const Values& labels) { return labels[0] == label; });
  for (const auto& [key, count] : numbers.messages)
    state.gauge(Single::dmarcMessages, values(domain, key.first, key.second)).Set(static_cast<double>(count));
  for (const auto& [disposition, count] : numbers.dispositions)
    state.gauge(Single::dmarcDispositions, values(domain, disposition)).Set(static_cast<double>(count));
  for (const auto& [key, count] : numbers.sources)
    state.gauge(Single::dmarcSources, values(domain, key.first, key.second)).Set(static_cast<double>(count));
  state.set(Single::dmarcOwnPass, values(domain), numbers.ownPass);
  state.set(Single::dmarcCoverage, values(domain), numbers.coverage);
  if (numbers.day) state.gauge(Single::dmarcDay, values(domain)).Set(seconds(*numbers.day));
  for (const auto& [step, ready] : numbers.ready)
    state.gauge(Single::dmarcReady, values(domain, step)).Set(ready ? 1 : 0);
  for (const auto& [key, met] : numbers.conditions)
    state.gauge(Single::dmarcConditions, values(domain, key.first, key.second)).Set(met ? 1 : 0);
}
void Registry::retainDmarcDomains(const std::vector<std::string>& domains) {
  const auto kept = labelSet(domains);
  for (auto id = Single::dmarcMessages; id <= Single::dmarcConditions;
       id = static_cast<Single>(static_cast<int>(id) + 1))
    state_->gauges.at(id).removeIf([&](const Values& labels) { return !kept.contains(labels[0]); });
}

void Registry::outbox(std::int64_t waiting, std::int64_t undeliverable, std::optional<Instant> oldest) {
  state_->gauge(Single::outboxWaiting, {}).Set(static_cast<double>(waiting));
  state_->gauge(Single::outboxUndeliverable, {}).Set(static_cast<double>(undeliverable));
  state_->outboxKnown = true;
  state_->oldestWaiting = oldest;
}

void Registry::storeWorks() { state_->gauge(Single::storeWritable, {}).Set(1); }

void Registry::storeRefused(Error::Kind kind) {
  state_->gauge(Single::storeWritable, {}).Set(0);
  state_->counter(Single::storeRefused, values(name(kind))).Increment();
}

void Registry::heartbeat(std::string_view outcome) {
  state_->counter(Single::heartbeats, values(outcome)).Increment();
}

void Registry::configAccepted(Instant at) {
  state_->counter(Single::configAccepted, {}).Increment();
  state_->gauge(Single::configLastAccepted, {}).Set(seconds(at));
  state_->gauge(Single::configLastGood, {}).Set(1);
}

void Registry::configRefused() {
  state_->counter(Single::configRefused, {}).Increment();
  state_->gauge(Single::configLastGood, {}).Set(0);
}

void Registry::clockStepped(Duration step) {
  state_->counter(Single::clockSteps, {}).Increment();
  state_->gauge(Single::clockLastStep, {}).Set(seconds(step));
}

void Registry::statusPage(int indicator, std::int64_t unresolvedIncidents) {
  state_->gauge(Single::statusPage, {}).Set(indicator);
  state_->gauge(Single::statusPageIncidents, {}).Set(static_cast<double>(unresolvedIncidents));
}

void Registry::statusPageUnreadable() {
  state_->absent(Single::statusPage, {});
  state_->absent(Single::statusPageIncidents, {});
}

std::string Registry::expose() {
  state_->setAges();
  state_->setProcess();
  std::ostringstream few;
  prometheus::TextSerializer().Serialize(few, state_->registry.Collect());
  std::string out;
  out.reserve(state_->exposedBytes + state_->exposedBytes / 8 + 16 * 1024);
  out += few.str();
  out += state_->alertText;
  state_->mail.append(out);
  state_->exposedBytes = out.size();
  return out;
}

std::string_view Registry::contentType() { return "text/plain; version=0.0.4; charset=utf-8"; }

}  // namespace arrivald::metrics
