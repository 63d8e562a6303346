#include "watch/status_problems.hpp"

#include <algorithm>

#include "notify/channel_answer.hpp"
#include "notify/compose.hpp"
#include "notify/job_words.hpp"
#include "notify/kind_words.hpp"
#include "watch/doubt_words.hpp"
#include "watch/readiness.hpp"
#include "watch/reconcile.hpp"

namespace arrivald::watch {

using notify::Catalogue;
using rules::Severity;

namespace {

// A notification that waits for longer is not on its way any more.
constexpr Duration kWaitsLong = std::chrono::minutes(15);

std::string number(const Catalogue& c, std::int64_t value) { return c.number(static_cast<double>(value)); }

// Collects the problems; one member function for each part of the state.
class Collector {
 public:
  Collector(const Owners& owners, const config::Config& config)
      : owners_(owners),
        config_(config),
        words_(Catalogue::of(config.language)),
        now_(owners.clock().now()) {}

  std::vector<StatusProblem> all() {
    addStore();
    addAlerts();
    addOutbox();
    for (const auto& account : config_.accounts) addReading(account);
    addJobs();
    for (const auto& account : config_.accounts) {
      addStream(account);
      addZone(account);
    }
    addScopes();
    addSilence();
    addStatusPage();
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& a, const auto& b) { return a.severity > b.severity; });
    return std::move(problems_);
  }

 private:
  void add(Severity severity, std::string text) { problems_.push_back({severity, std::move(text)}); }
  std::string at(Instant instant) const { return config_.zone.zonedText(instant); }

  void addStore();
  void addAlerts();
  void addOutbox();
  void addReading(const config::Account& account);
  void addDoubts(const config::Account& account);
  void addJobs();
  void addStream(const config::Account& account);
  void addStreamContent(const config::Account& account);
  void addZone(const config::Account& account);
  void addScopes();
  void addSilence();
  void addStatusPage();

  const Owners& owners_;
  const config::Config& config_;
  const Catalogue& words_;
  Instant now_;
  std::vector<StatusProblem> problems_;
};

void Collector::addStore() {
  const auto trouble = owners_.health().trouble();
  if (!trouble) return;
  const auto key = notify::storeKey(trouble->kind);
  add(Severity::critical, words_.text("page.store_trouble",
                                      {{"title", words_.text(key + ".title")},
                                       {"next", words_.text(key + ".next", {{"path", config_.storePath}})}}));
}

void Collector::addAlerts() {
  for (const auto& alert : owners_.alerts().all()) {
    if (!rules::active(alert.state)) continue;
    const auto value = notify::valueLine(alert.evidence, words_);
    std::string text =
        words_.text("cli.problem.alert", {{"rule", alert.key.rule},
                                          {"subject", notify::subjectWords(words_, alert.key.subject)},
                                          {"what", notify::what(alert.evidence, words_)},
                                          {"value", value.empty() ? "" : ", " + value},
                                          {"since", at(alert.beganAt)}});
    if (alert.state == rules::AlertState::recovering) text += words_.text("cli.problem.recovering");
    if (alert.unknownSince)
      text += words_.text("cli.problem.unknown_since", {{"since", at(*alert.unknownSince)}});
    if (!alert.mutedBy.empty()) text += words_.text("cli.problem.muted_by", {{"by", alert.mutedBy}});
    add(alert.severity, std::move(text));
  }
}

void Collector::addOutbox() {
  const auto depth = owners_.outbox().depth();
  if (!depth) return;
  if (depth->undeliverable > 0) {
    const auto newest = owners_.outbox().undeliverable(1);
    const bool known = newest && !newest->empty();
    add(Severity::critical,
        words_.text("cli.problem.undeliverable",
                    {{"n", number(words_, depth->undeliverable)},
                     {"channel", known ? newest->front().channel : "?"},
                     {"reason", known ? notify::answerWords(words_, newest->front().outcome) : "?"}}));
  }
  if (depth->waiting > 0 && depth->oldest && now_ - *depth->oldest > kWaitsLong)
    add(Severity::warning, words_.text("cli.problem.waiting", {{"n", number(words_, depth->waiting)},
                                                               {"since", at(*depth->oldest)}}));
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

void Collector::addReading(const config::Account& account) {
  addDoubts(account);
  if (lastRead(owners_.jobs(), account.name)) return;
  const auto* job = owners_.jobs().at(account.name, JobKind::statistics);
  const bool failed = job && job->error;
  add(failed ? Severity::critical : Severity::info,
      words_.text(failed ? "cli.problem.never_read" : "cli.problem.not_read_yet",
                  {{"account", account.name}}));
}

void Collector::addJobs() {
  for (const auto& [id, job] : owners_.jobs()) {
    if (!job.error) continue;
    const auto task = notify::taskWords(words_, id.task);
    add(Severity::warning,
        words_.text(id.account.empty() ? "cli.problem.own_job" : "cli.problem.job",
                    {{"task", task},
                     {"account", id.account},
                     {"n", std::to_string(job.failuresInARow)},
                     {"error", notify::errorWords(words_, *job.error)},
                     {"last", job.lastSuccess ? at(*job.lastSuccess) : words_.text("cli.never")},
                     {"next", job.nextRun ? at(*job.nextRun) : words_.text("cli.now")}}));
  }
}

void Collector::addStream(const config::Account& account) {
  const auto& status = owners_.events().status();
  const auto* stream = status.find(account.name);
  if (!stream) return;
  if (const auto refused = owners_.events().refused().since(account.name))
    add(Severity::warning,
        words_.text("cli.problem.refused", {{"account", account.name},
                                            {"since", at(refused->first)},
                                            {"n", number(words_, refused->count)},
                                            {"error", notify::refusalWords(refused->kind, words_)},
                                            {"next", words_.text(notify::refusalNextKey(refused->kind))}}));
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
        words_.text("cli.problem.malformed", {{"account", account.name},
                                              {"n", number(words_, malformed)},
                                              {"reason", status.find(account.name)->malformedWhy}}));
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

std::vector<StatusProblem> problemsOf(const Owners& owners, const config::Config& config) {
  return Collector(owners, config).all();
}

std::string_view stateOf(const std::vector<StatusProblem>& problems, const Owners& owners,
                         const config::Config& config) {
  const auto worst = problems.empty() ? Severity::info : problems.front().severity;
  if (worst == Severity::critical) return "critical";
  if (worst == Severity::warning) return "warning";
  return notReady(owners, config) ? "unknown" : "ok";
}

}  // namespace arrivald::watch
