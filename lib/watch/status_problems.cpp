#include "watch/status_problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <variant>

#include "notify/channel_answer.hpp"
#include "notify/compose.hpp"
#include "notify/incident_words.hpp"
#include "notify/job_words.hpp"
#include "notify/kind_traits.hpp"
#include "notify/kind_words.hpp"
#include "sendgrid/events.hpp"
#include "watch/alert_notices.hpp"
#include "watch/doubt_words.hpp"
#include "watch/incident_views.hpp"
#include "watch/publish.hpp"
#include "watch/readiness.hpp"
#include "watch/reconcile.hpp"
#include "watch/test_alerts.hpp"

namespace arrivald::watch {

using notify::Catalogue;
using rules::Severity;

namespace {

// A notification that waits for longer is not on its way any more.
constexpr Duration kWaitsLong = std::chrono::minutes(15);
// What is not known for longer after the start has a reason of its own.
constexpr Duration kStarts = std::chrono::minutes(15);
// A task that first runs later than that is not awaited.
constexpr Duration kSoon = std::chrono::minutes(10);
// Replies that a rule counts have come to an end once none has come for so long, at least.
constexpr Duration kQuietForReplies = std::chrono::hours(1);
// Alerts that have their next step.
constexpr std::size_t kMaxExplained = 20;

std::string number(const Catalogue& c, std::int64_t value) { return c.number(static_cast<double>(value)); }

// The shortest window in which a rule judges how much of the account's mail fails: before it is known nothing
// is called well, however bad the shorter windows look that are shown. Without such a rule the shortest of
// these.
Duration judgedWithin(const config::Config& config, const delivery::Subject& whole) {
  std::optional<Duration> shortest;
  for (const auto& rule : config.rules)
    if (const auto* kind = std::get_if<rules::RateThreshold>(&rule.kind); kind && rule.scope.contains(whole))
      for (const auto window : kind->windows)
        shortest = std::min<Duration>(shortest.value_or(window), window);
  if (shortest) return *shortest;
  return config.windows.empty() ? Duration{} : Duration(*std::ranges::min_element(config.windows));
}

bool isJudged(const Owners& owners, const config::Config& config, const std::string& account) {
  const delivery::Subject whole{account, delivery::Dimension::account, ""};
  const auto* series = owners.series(whole);
  return series &&
         series->sum(judgedWithin(config, whole), owners.clock().now(), maxAgeOf(owners.jobs(), whole))
             .knows(delivery::kOutcomeMetrics | delivery::Metrics{delivery::Metric::requests});
}

// So many mails with an outcome tell how the account's mail does, however seldom it sends.
std::int64_t enoughMails(const config::Config& config, const delivery::Subject& whole) {
  constexpr std::int64_t kUsual = 20;
  for (const auto& rule : config.rules)
    if (const auto* kind = std::get_if<rules::RateThreshold>(&rule.kind);
        kind && kind->input == rules::Input::deliveryRate && kind->lastMails > 0 &&
        rule.scope.contains(whole))
      return kind->lastMails;
  return kUsual;
}

bool isUnknown(const Owners& owners, const config::Config& config, const std::string& account) {
  return !lastRead(owners.jobs(), account) || !isJudged(owners, config, account) ||
         tooLittleYet(owners, config, account);
}

// Tasks that fail alike: they have one cause.
struct Failing {
  std::vector<std::string> accounts;  // one, but where the cause is this host's
  std::vector<TaskId> tasks;
  const Error* error = nullptr;  // of the first task
  int failures = 0;              // in a row, of the task with the most
  std::optional<Instant> lastSuccess, next;

  void add(const TaskId& id, const JobState& job) {
    if (!error) error = &*job.error;
    tasks.push_back(id);
    if (std::ranges::find(accounts, id.account) == accounts.end()) accounts.push_back(id.account);
    failures = std::max(failures, job.failuresInARow);
    if (job.lastSuccess) lastSuccess = std::max(lastSuccess.value_or(*job.lastSuccess), *job.lastSuccess);
    if (job.nextRun) next = std::min(next.value_or(*job.nextRun), *job.nextRun);
  }
};

bool endsSentence(std::string_view text) {
  return text.ends_with('.') || text.ends_with('?') || text.ends_with("。");
}

// That has the alert; null: none has.
const incidents::Incident* incidentOf(const incidents::Followed& followed, const rules::AlertKey& key) {
  for (const auto& incident : followed.incidents)
    if (std::ranges::find(incident.members, key) != incident.members.end()) return &incident;
  return nullptr;
}

// How an alert that still fires is over: it looks at so long a time that what is over stands in it.
struct Over {
  Instant since;
  std::int64_t incident = 0;  // that has ended; 0: the alert is of none
};

// An alert that arrivald cannot read something, which the error of a task explains.
bool isOfReading(const rules::Alert& alert) {
  return rules::active(alert.state) && std::holds_alternative<rules::ReadingEvidence>(alert.evidence);
}

// Collects the problems; one member function for each part of the state.
class Collector {
  using Place = StatusProblem::Place;

 public:
  Collector(const Owners& owners, const config::Config& config, const ConfigNotices& notices)
      : owners_(owners),
        config_(config),
        notices_(notices),
        words_(Catalogue::of(config.language)),
        now_(owners.clock().now()) {}

  std::vector<StatusProblem> all() {
    addStore();
    addReload();
    addJobs();
    addAlerts();
    addOutbox();
    addTests();
    for (const auto& account : config_.accounts) addReading(account);
    for (const auto& account : config_.accounts) {
      addStream(account);
      addZone(account);
    }
    addUnplacedEvents();
    addScopes();
    addSilence();
    addStatusPage();
    std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
      return std::tuple(b.severity, a.place) < std::tuple(a.severity, b.place);
    });
    return std::move(problems_);
  }

 private:
  void add(Severity severity, std::string text, Place place = Place::note) {
    problems_.push_back({severity, std::move(text), place});
  }
  std::string at(Instant instant) const { return config_.zone.zonedText(instant); }

  void addStore();
  void addReload();
  void addAlerts();
  std::string alertText(const rules::Alert& alert, const AlertNotices& notices) const;
  std::string nameOf(const std::string& alert) const;
  std::optional<Over> overOf(const rules::Alert& alert) const;
  std::string overText(const rules::Alert& alert, const Over& over) const;
  std::string nextText(const rules::Alert& alert, const AlertNotices& notices,
                       std::set<std::int64_t>& shown) const;
  void addTests();
  void addOutbox();
  void addReading(const config::Account& account);
  void addDoubts(const config::Account& account);
  std::vector<Failing> failing() const;
  std::string stopped(const Failing& one) const;
  void addJobs();
  std::string notReadYet(const std::string& account) const;
  void addStream(const config::Account& account);
  void addStreamContent(const config::Account& account);
  void addUnplacedEvents();
  void addZone(const config::Account& account);
  void addScopes();
  void addSilence();
  void addStatusPage();

  const Owners& owners_;
  const config::Config& config_;
  const ConfigNotices& notices_;
  const Catalogue& words_;
  Instant now_;
  std::vector<StatusProblem> problems_;
};

void Collector::addStore() {
  const auto trouble = owners_.health().trouble();
  if (!trouble) return;
  const auto key = notify::storeKey(trouble->kind);
  add(Severity::critical,
      words_.text("page.store_trouble",
                  {{"title", words_.text(key + ".title")},
                   {"next", words_.text(key + ".next", {{"path", config_.storePath}})}}),
      Place::host);
}

void Collector::addReload() {
  if (notices_.refused)
    add(Severity::warning, refusedReloadText(owners_, config_, *notices_.refused), Place::configuration);
}

// As people call the alert with that id.
std::string Collector::nameOf(const std::string& alert) const {
  for (const auto& one : owners_.alerts().all())
    if (rules::toText(one.key) == alert)
      return one.key.rule + words_.text("cli.list_separator") + notify::subjectWords(words_, one.key.subject);
  return alert;
}

std::string Collector::alertText(const rules::Alert& alert, const AlertNotices& notices) const {
  const auto recovering = notices.recovering(alert);
  const auto value = recovering.empty() ? notify::valueLine(alert.evidence, words_) : std::string();
  const auto* incident = incidentOf(owners_.incidents().followed(), alert.key);
  const auto number = incident != nullptr ? incident->number : 0;
  auto text = words_.text(number != 0 ? "cli.problem.alert.of" : "cli.problem.alert",
                          {{"number", std::to_string(number)},
                           {"rule", alert.key.rule},
                           {"subject", notify::subjectWords(words_, alert.key.subject)},
                           {"what", notify::what(alert.evidence, words_)},
                           {"value", value.empty() ? "" : ", " + value},
                           {"since", at(alert.beganAt)}});
  if (!recovering.empty()) {
    text += words_.text("cli.problem.recovering", {{"how", recovering}});
    // What follows begins with a full stop of its own.
    for (const std::string_view stop : {".", "。"})
      if (text.ends_with(stop)) text.resize(text.size() - stop.size());
  }
  if (alert.unknownSince)
    text += words_.text("cli.problem.unknown_since", {{"since", at(*alert.unknownSince)}});
  if (!alert.mutedBy.empty()) text += words_.text("cli.problem.muted_by", {{"by", nameOf(alert.mutedBy)}});
  return text;
}

// Of an alert whose incident has recovered. A rule that counts replies over hours is over once none has come
// for three times as long as usual between them, and for an hour.
std::optional<Over> Collector::overOf(const rules::Alert& alert) const {
  if (alert.state != rules::AlertState::firing) return std::nullopt;
  const auto* incident = incidentOf(owners_.incidents().followed(), alert.key);
  if (incident != nullptr && incident->state == incidents::State::resolved && !incident->byAlerts)
    return Over{notify::overAt(*incident), incident->number};
  const auto* found = std::get_if<rules::CauseEvidence>(&alert.evidence);
  if (found == nullptr || found->replies <= 0 || alert.unknownSince) return std::nullopt;
  const auto& subject = alert.key.subject;
  const auto last = owners_.causes().lastOfEvents(subject.account, subject.name, found->causes, now_);
  const Duration quiet = std::max<Duration>(kQuietForReplies, 3 * (found->window / found->replies));
  if (!last || now_ - *last < quiet) return std::nullopt;
  return Over{*last, 0};
}

std::string Collector::overText(const rules::Alert& alert, const Over& over) const {
  return words_.text(over.incident != 0 ? "cli.problem.over.of" : "cli.problem.over",
                     {{"number", std::to_string(over.incident)},
                      {"since", at(over.since)},
                      {"rule", alert.key.rule},
                      {"what", notify::what(alert.evidence, words_)},
                      {"subject", notify::subjectWords(words_, alert.key.subject)},
                      {"window", words_.duration(rules::windowOf(alert.evidence))}});
}

// Of the alerts of one incident each would have a step of its own, for its part of the mail: what people are
// to do is the incident's, said once.
std::string Collector::nextText(const rules::Alert& alert, const AlertNotices& notices,
                                std::set<std::int64_t>& shown) const {
  const auto* incident = incidentOf(owners_.incidents().followed(), alert.key);
  const bool ofIncident =
      incident != nullptr && isLive(incident->state) && incident->root.family != incidents::Family::rule;
  if (ofIncident && !shown.insert(incident->number).second)
    return words_.text("cli.problem.next.same", {{"number", std::to_string(incident->number)}});
  const auto next = ofIncident ? IncidentViews(owners_, config_, config_.language).describe(*incident).next
                               : notices.of(alert).next;
  if (!next) return {};
  return words_.text("cli.problem.next", {{"label", next->label}, {"next", next->value}});
}

// What is muted, or follows from the error of a task, has its next step there.
void Collector::addAlerts() {
  const CurrentFacts current(owners_, config_);
  const AlertNotices notices(owners_, config_, current, config_.language);
  const auto explained = failing();
  std::size_t steps = 0;
  std::set<std::int64_t> shown;
  for (const auto& alert : owners_.alerts().all()) {
    if (!rules::active(alert.state)) continue;
    if (const auto over = overOf(alert)) {
      add(Severity::info, overText(alert, *over));
      problems_.back().incident = over->incident;
      continue;
    }
    auto text = alertText(alert, notices);
    const bool hasCause =
        isOfReading(alert) && std::ranges::any_of(explained, [&](const Failing& one) {
          return std::ranges::find(one.accounts, alert.key.subject.account) != one.accounts.end();
        });
    if (hasCause) {
      text += words_.text("cli.problem.see_above");
    } else if (alert.mutedBy.empty() && ++steps <= kMaxExplained) {
      text += nextText(alert, notices, shown);
    }
    const bool ofWatch = notify::traitsOf(alert.evidence).concern == notify::Concern::watch;
    const auto place = ofWatch ? Place::watching : Place::mail;
    // What looks over is worth a look, and wakes nobody.
    const bool recovers = !notices.recovering(alert).empty();
    add(recovers ? std::min(alert.severity, Severity::warning) : alert.severity, std::move(text),
        alert.mutedBy.empty() ? place : Place::muted);
    const auto* incident = incidentOf(owners_.incidents().followed(), alert.key);
    problems_.back().incident = incident != nullptr ? incident->number : 0;
  }
}

void Collector::addOutbox() {
  const auto depth = owners_.outbox().depth();
  if (!depth) return;
  if (depth->undeliverable > 0) {
    const auto newest = owners_.outbox().undeliverable(1);
    const bool known = newest && !newest->empty();
    const auto outcome = known ? newest->front().outcome : std::string();
    add(Severity::critical,
        words_.text("cli.problem.undeliverable",
                    {{"n", number(words_, depth->undeliverable)},
                     {"channel", known ? newest->front().channel : "?"},
                     {"reason", known ? notify::answerWords(words_, outcome) : "?"},
                     {"remedy", words_.text(fmt::format("cli.test.remedy.{}", notify::remedyFor(outcome)))}}),
        Place::channel);
  }
  if (depth->waiting > 0 && depth->oldest && now_ - *depth->oldest > kWaitsLong)
    add(Severity::warning,
        words_.text("cli.problem.waiting",
                    {{"n", number(words_, depth->waiting)}, {"since", at(*depth->oldest)}}),
        Place::channel);
}

// Whoever tried a channel in vain is not told that all is well.
void Collector::addTests() {
  for (const auto& channel : config_.channels)
    if (const auto test = failedTest(owners_.outbox(), channel.name))
      add(Severity::warning,
          words_.text(
              "cli.problem.test_failed",
              {{"channel", channel.name},
               {"at", at(test->created)},
               {"reason", notify::answerWords(words_, test->outcome)},
               {"remedy", words_.text(fmt::format("cli.test.remedy.{}", notify::remedyFor(test->outcome)))}}),
          Place::channel);
}

// One odd answer is worth a note, several are a warning.
void Collector::addDoubts(const config::Account& account) {
  constexpr Duration kSeveral = std::chrono::minutes(5);
  const auto addOf = [&](delivery::Dimension dimension) {
    for (auto& doubt :
         doubtWords(owners_.statistics(), {account.name, dimension}, words_, config_.zone, now_))
      add(now_ - doubt.since >= kSeveral ? Severity::warning : Severity::info, std::move(doubt.text));
  };
  addOf(delivery::Dimension::account);
  for (const auto dimension : account.dimensions()) addOf(dimension);
}

// The tasks of an account that have had no outcome yet and are to have one soon, as text.
std::string Collector::notReadYet(const std::string& account) const {
  std::string tasks;
  for (const auto& [id, job] : owners_.jobs()) {
    if (id.account != account || job.lastSuccess || job.error) continue;
    if (!job.running && job.nextRun && *job.nextRun - now_ > kSoon) continue;
    tasks += (tasks.empty() ? "" : words_.text("cli.list_separator")) + notify::taskWords(words_, id.task);
  }
  return tasks;
}

void Collector::addReading(const config::Account& account) {
  addDoubts(account);
  if (lastRead(owners_.jobs(), account.name) && isJudged(owners_, config_, account.name)) {
    const delivery::Subject whole{account.name, delivery::Dimension::account, ""};
    if (const auto few = tooLittleYet(owners_, config_, account.name))
      add(Severity::info,
          words_.text("cli.problem.too_little", {{"account", account.name},
                                                 {"n", number(words_, few->total)},
                                                 {"failed", number(words_, few->bad)},
                                                 {"enough", number(words_, enoughMails(config_, whole))}}));
    if (const auto none = learningYet(owners_, config_, account.name))
      add(Severity::info,
          words_.text("cli.problem.learning", {{"account", account.name},
                                               {"n", number(words_, none->total)},
                                               {"enough", number(words_, enoughMails(config_, whole))}}));
    return;
  }
  const auto* job = owners_.jobs().at(account.name, JobKind::statistics);
  const bool failed = job && job->error && !job->lastSuccess;
  if (failed || now_ - owners_.started() >= kStarts || !isUnknown(owners_, config_, account.name)) return;
  const auto tasks = notReadYet(account.name);
  auto text =
      words_.text("cli.problem.starting", {{"account", account.name}, {"started", at(owners_.started())}});
  if (!tasks.empty()) text += words_.text("cli.problem.starting.tasks", {{"tasks", tasks}});
  const delivery::Subject whole{account.name, delivery::Dimension::account, ""};
  const auto* series = owners_.series(whole);
  if (const auto begin = series ? series->begin() : std::nullopt)
    if (const auto until = *begin + judgedWithin(config_, whole); until > now_)
      text += words_.text("cli.problem.starting.until", {{"until", at(until)}});
  add(Severity::info, std::move(text));
}

// One for each cause: what is wrong with an account's key or at the provider stops all of its tasks, what is
// wrong with this host or its network those of all accounts.
std::vector<Failing> Collector::failing() const {
  std::map<std::tuple<std::string, Party, Error::Kind>, Failing> causes;
  for (const auto& [id, job] : owners_.jobs()) {
    if (!job.error) continue;
    const bool ofHost = job.error->party == Party::network || job.error->party == Party::storage;
    const auto whose = id.account.empty() ? "/" + id.task : ofHost ? std::string() : id.account;
    causes[{whose, job.error->party, job.error->kind}].add(id, job);
  }
  std::vector<Failing> all;
  for (auto& [key, one] : causes) all.push_back(std::move(one));
  return all;
}

// "statistics, categories of main; statistics of second"
std::string Collector::stopped(const Failing& one) const {
  std::string all;
  for (const auto& account : one.accounts) {
    std::string tasks;
    for (const auto& id : one.tasks)
      if (id.account == account)
        tasks +=
            (tasks.empty() ? "" : words_.text("cli.list_separator")) + notify::taskWords(words_, id.task);
    all += all.empty() ? "" : "; ";
    all += account.empty() ? tasks
                           : words_.text("cli.problem.tasks_of", {{"tasks", tasks}, {"account", account}});
  }
  return all;
}

namespace {

// Files of the folder of DMARC reports that cannot be read, while all others are: see DmarcDirectory::look().
bool isOfSomeReports(const Failing& one) {
  const bool isDmarc =
      std::ranges::all_of(one.tasks, [](const TaskId& id) { return id.task == name(JobKind::dmarc); });
  return isDmarc && one.error->kind == Error::Kind::unavailable && one.error->party == Party::configuration;
}

}  // namespace

// As bad as what follows from it.
void Collector::addJobs() {
  for (const auto& one : failing()) {
    if (isOfSomeReports(one)) {
      add(Severity::info,
          words_.text("cli.problem.partly", {{"error", notify::errorWords(words_, *one.error)},
                                             {"next", one.next ? at(*one.next) : words_.text("cli.now")}}),
          Place::host);
      continue;
    }
    auto severity = Severity::warning;
    std::string unknown;
    for (const auto& id : one.tasks)
      if (id.task == name(JobKind::statistics) && !lastRead(owners_.jobs(), id.account)) {
        severity = Severity::critical;
        unknown += words_.text("cli.problem.never_read", {{"account", id.account}});
      }
    for (const auto& alert : owners_.alerts().all())
      if (isOfReading(alert) &&
          std::ranges::find(one.accounts, alert.key.subject.account) != one.accounts.end())
        severity = std::max(severity, alert.severity);
    const bool lacksEnd = !endsSentence(notify::errorWords(words_, *one.error));
    add(severity,
        words_.text("cli.problem.failing",
                    {{"error", notify::errorWords(words_, *one.error) +
                                   (lacksEnd ? words_.text("cli.problem.end") : std::string())},
                     {"stopped", stopped(one)},
                     {"n", std::to_string(one.failures)},
                     {"last", one.lastSuccess ? at(*one.lastSuccess) : words_.text("cli.never")},
                     {"next", one.next ? at(*one.next) : words_.text("cli.now")}}) +
            unknown,
        one.error->party == Party::storage ? Place::host : Place::source);
  }
}

void Collector::addStream(const config::Account& account) {
  const auto& status = owners_.events().status();
  const auto* stream = status.find(account.name);
  if (!stream) return;
  const auto refused = owners_.events().refused().since(account.name);
  for (const auto& [kind, batches] : owners_.events().refused().lately(account.name))
    // Strangers post to every open port: while the stream lives that is worth a note.
    if (!refused || kind != refused->kind)
      add(Severity::info,
          words_.text("cli.problem.refused_lately", {{"account", account.name},
                                                     {"n", number(words_, batches)},
                                                     {"error", notify::refusalWords(kind, words_)},
                                                     {"next", words_.text(notify::refusalNextKey(kind))}}),
          Place::stream);
  if (refused)
    add(Severity::warning,
        words_.text("cli.problem.refused", {{"account", account.name},
                                            {"since", at(refused->first)},
                                            {"n", number(words_, refused->count)},
                                            {"error", notify::refusalWords(refused->kind, words_)},
                                            {"next", words_.text(notify::refusalNextKey(refused->kind))}}),
        Place::stream);
  if (!status.alive(account.name, now_))
    add(Severity::info, stream->lastEvent
                            ? words_.text("cli.problem.stream_unused",
                                          {{"account", account.name}, {"since", at(*stream->lastEvent)}})
                            : words_.text("cli.problem.no_events_yet", {{"account", account.name}}));
  addStreamContent(account);
}

void Collector::addStreamContent(const config::Account& account) {
  const auto& status = owners_.events().status();
  if (const auto lacking = status.lacking(account.name, now_))
    add(Severity::warning,
        words_.text("cli.problem.lacking",
                    {{"account", account.name},
                     {"what", words_.text("stream_differs.of." + std::string(stream::name(lacking->part)))},
                     {"statistics", number(words_, lacking->statistics)},
                     {"events", number(words_, lacking->events)}}));
  if (const auto settings = status.settings(account.name); settings && !settings->empty())
    add(Severity::warning,
        words_.text("cli.problem.settings",
                    {{"account", account.name},
                     {"error", notify::wordsOf(rules::SettingsEvidence{*settings}, words_).error}}));
  if (const auto malformed = status.malformed(account.name, std::chrono::hours(24), now_); malformed > 0)
    add(Severity::info,
        words_.text(
            "cli.problem.malformed",
            {{"account", account.name},
             {"n", number(words_, malformed)},
             {"reason", words_.say(sendgrid::malformedReason(status.find(account.name)->malformedWhy))}}));
}

// What SendGrid posts for an account that takes no events here is lost: but strangers post to every open
// port.
void Collector::addUnplacedEvents() {
  const auto& refused = owners_.events().refused();
  const auto severity = refused.lasting("") ? Severity::warning : Severity::info;
  for (const auto& [kind, batches] : refused.lately(""))
    add(severity,
        words_.text("cli.problem.refused_unplaced", {{"n", number(words_, batches)},
                                                     {"error", notify::refusalWords(kind, words_)},
                                                     {"next", words_.text(notify::refusalNextKey(kind))}}),
        Place::stream);
}

void Collector::addZone(const config::Account& account) {
  const auto begin = daysBeginElsewhere(owners_.statistics(), owners_.events().counts(), account, now_);
  if (!begin.empty())
    return add(Severity::warning,
               words_.text("cli.problem.zone",
                           {{"account", account.name}, {"zone", account.zone.name()}, {"begin", begin}}));
  if (const auto ahead = mailOfDayAhead(owners_.statistics(), account, now_))
    add(Severity::warning,
        words_.text("cli.problem.zone_ahead",
                    {{"account", account.name}, {"zone", account.zone.name()}, {"date", toText(*ahead)}}));
}

// Their names only: what does not work without them stands with the account.
void Collector::addScopes() {
  for (const auto& account : config_.accounts) {
    const auto missing = owners_.scopes().missing(account.name);
    if (missing.empty()) continue;
    std::string names;
    for (const auto& scope : missing) names += (names.empty() ? "" : ", ") + scope;
    add(Severity::warning,
        words_.text("cli.problem.scope",
                    {{"account", account.name}, {"n", std::to_string(missing.size())}, {"scopes", names}}));
  }
}

// Watching without telling anybody is meant so in a trial, but should be seen.
void Collector::addSilence() {
  const bool any = std::any_of(config_.routes.begin(), config_.routes.end(),
                               [](const auto& route) { return !route.channels.empty(); });
  if (config_.channels.empty() || !any) add(Severity::info, words_.text("cli.problem.nobody"));
}

void Collector::addStatusPage() {
  const auto& latest = owners_.provider().latest();
  if (latest && latest->summary.troubled())
    add(Severity::info,
        words_.text("cli.problem.status_page", {{"description", latest->summary.description}}));
}

}  // namespace

namespace {

// The mail of an account's first day, while it is too little.
std::optional<rules::BadMail> fewOfFirstDay(const Owners& owners, const config::Config& config,
                                            const std::string& account) {
  constexpr Duration kFirstDay = std::chrono::hours(24);
  const delivery::Subject whole{account, delivery::Dimension::account, ""};
  const auto* series = owners.series(whole);
  const auto begin = series ? series->begin() : std::nullopt;
  const auto now = owners.clock().now();
  if (!begin || now - *begin >= kFirstDay) return std::nullopt;
  const auto mails = rules::badMail(rules::Input::deliveryRate,
                                    series->sum(now - *begin, now, maxAgeOf(owners.jobs(), whole)).counts);
  return mails.total < enoughMails(config, whole) ? std::optional(mails) : std::nullopt;
}

}  // namespace

std::optional<rules::BadMail> tooLittleYet(const Owners& owners, const config::Config& config,
                                           const std::string& account) {
  const auto few = fewOfFirstDay(owners, config, account);
  return few && few->bad > 0 ? few : std::nullopt;
}

std::optional<rules::BadMail> learningYet(const Owners& owners, const config::Config& config,
                                          const std::string& account) {
  const auto few = fewOfFirstDay(owners, config, account);
  return few && few->bad == 0 ? few : std::nullopt;
}

bool isLearning(const Owners& owners, const config::Config& config) {
  return std::ranges::any_of(config.accounts, [&](const auto& account) {
    return learningYet(owners, config, account.name).has_value();
  });
}

std::vector<StatusProblem> problemsOf(const Owners& owners, const config::Config& config,
                                      const ConfigNotices& notices) {
  return Collector(owners, config, notices).all();
}

bool isStarting(const Owners& owners, const config::Config& config) {
  return owners.clock().now() - owners.started() < kStarts &&
         std::ranges::any_of(
             config.accounts, [&](const auto& account) { return isUnknown(owners, config, account.name); });
}

Instant refusedAt(const Owners& owners, const ConfigNotices::Refused& refused) {
  return owners.clock().now() - (owners.clock().sinceBoot() - refused.at);
}

std::string refusedReloadText(const Owners& owners, const config::Config& config,
                              const ConfigNotices::Refused& refused) {
  const auto& words = Catalogue::of(config.language);
  return words.text("page.reload_refused", {{"at", config.zone.zonedText(refusedAt(owners, refused))},
                                            {"why", words.say(refused.why)}});
}

std::string_view stateOf(const std::vector<StatusProblem>& problems, const Owners& owners,
                         const config::Config& config) {
  const auto worst = problems.empty() ? Severity::info : problems.front().severity;
  if (worst == Severity::critical) return "critical";
  if (worst == Severity::warning) return "warning";
  if (notReady(owners, config)) return "unknown";
  const bool unknown = std::ranges::any_of(
      config.accounts, [&](const auto& account) { return isUnknown(owners, config, account.name); });
  return unknown ? "unknown" : "ok";
}

}  // namespace arrivald::watch
