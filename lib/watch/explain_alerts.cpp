#include "watch/explain_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/alert_names.hpp"
#include "notify/incident_words.hpp"
#include "notify/job_words.hpp"
#include "notify/kind_words.hpp"
#include "rules/evaluate.hpp"
#include "watch/alert_notices.hpp"
#include "watch/current_facts.hpp"
#include "watch/doubt_words.hpp"
#include "watch/incident_views.hpp"
#include "watch/publish.hpp"

namespace arrivald::watch {

using delivery::Dimension;
using delivery::Subject;
using rules::AlertState;

namespace {

// What is wrong comes first.
enum class Rank { firing, bad, unclear, past, well };

struct Entry {
  Rank rank = Rank::well;
  std::string text;
};

// The shortest window decides first.
Duration firstWindow(const rules::Kind& kind) {
  return std::visit(
      [](const auto& k) {
        Duration first{};
        if constexpr (requires { k.windows; })
          for (const auto window : k.windows)
            first = first > Duration{} ? std::min<Duration>(first, window) : Duration(window);
        if constexpr (requires { k.window; }) first = k.window;
        if constexpr (requires { k.span; }) first = k.span;
        return first;
      },
      kind);
}

// What of the statistics a rule needs.
delivery::Metrics metricsJudged(const rules::Kind& kind) {
  return std::visit(
      [](const auto& k) {
        if constexpr (requires { k.input; }) return rules::metricsOf(k.input);
        return delivery::kOutcomeMetrics | delivery::kDropMetrics |
               delivery::Metrics{delivery::Metric::requests};
      },
      kind);
}

class Explanation {
 public:
  Explanation(const Owners& owners, const config::Config& config, Language language)
      : owners_(owners),
        config_(config),
        words_(notify::Catalogue::of(language)),
        views_(owners, config, language),
        current_(views_.current()),
        notices_(owners, config, current_, language),
        incidents_(views_.rows()),
        now_(owners.clock().now()) {}

  notify::AlertNames names() const;
  std::string text(const notify::AlertSelection& selection);

 private:
  std::string say(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_.text(key, fillings);
  }
  std::string at(Instant instant) const { return config_.zone.zonedText(instant); }

  Entry entryOf(const rules::Rule& rule, const Subject& subject) const;
  std::string noticed(const rules::Rule& rule, const Subject& subject, const rules::Alert* alert,
                      const rules::Evaluation& evaluation) const;
  std::string numbers(const rules::Evaluation& evaluation) const;
  std::string checks(const rules::Evaluation& evaluation) const;
  std::string value(const std::string& what, double number) const;
  std::string whyUnknown(const rules::Rule& rule, const Subject& subject) const;
  std::string whyNoMail(const rules::Rule& rule, const Subject& subject) const;
  std::string whyNoStanding(const rules::Rule& rule, const Subject& subject) const;
  std::string refusal(const std::string& account) const;
  std::string memory(const rules::Alert& alert, const rules::Rule* rule) const;
  std::string incidentLine(const rules::AlertKey& key) const;
  const pages::IncidentRow* openIncidentOf(const rules::AlertKey& key) const;
  std::string openIncidents(const notify::AlertSelection& selection) const;
  std::string neverRead(const rules::Rule& rule, const Subject& subject,
                        const rules::Evaluation& evaluation) const;
  const rules::Alert* storedAlert(const std::string& rule, const Subject& subject) const;
  void addForgottenRules(const notify::AlertSelection& selection, std::vector<Entry>& entries) const;

  const Owners& owners_;
  const config::Config& config_;
  const notify::Catalogue& words_;
  const IncidentViews views_;
  const CurrentFacts& current_;  ///< of views_: they are made once
  const AlertNotices notices_;
  const std::vector<pages::IncidentRow> incidents_;  ///< those that go on, and some that are over
  Instant now_;
};

notify::AlertNames Explanation::names() const {
  notify::AlertNames names;
  for (const auto& rule : config_.rules) names.rules.push_back(rule.name);
  for (const auto& subject : current_.facts().subjects()) names.subjects.insert(subject);
  for (const auto& alert : owners_.alerts().all()) {
    if (alert.state == AlertState::inactive) continue;
    names.alerts.insert(alert.key);
    names.subjects.insert(alert.key.subject);
    if (std::ranges::find(names.rules, alert.key.rule) == names.rules.end())
      names.rules.push_back(alert.key.rule);
  }
  // What an incident is about has a name, also where no rule watches it by itself.
  for (const auto& incident : owners_.incidents().followed().incidents) {
    if (!isLive(incident.state)) continue;
    for (const auto& receiver : incident.root.receivers)
      names.subjects.insert({incident.account, Dimension::domainGroup, receiver});
    for (const auto& category : incident.root.categories)
      if (!category.empty()) names.subjects.insert({incident.account, Dimension::category, category});
  }
  return names;
}

namespace {

// Whether an incident is about the subject: its own mail, an alert of it, or its whole account.
bool concerns(const incidents::Incident& incident, const Subject& subject) {
  if (incident.account != subject.account) return false;
  if (subject.dimension == Dimension::account) return true;
  const auto names = [&](const std::vector<std::string>& all) {
    return std::ranges::find(all, subject.name) != all.end();
  };
  if (delivery::isReceiver(subject.dimension) && names(incident.root.receivers)) return true;
  if (subject.dimension == Dimension::category && names(incident.root.categories)) return true;
  return std::ranges::any_of(incident.members,
                             [&](const rules::AlertKey& key) { return key.subject == subject; });
}

}  // namespace

// First of all, which of them go on: a rule may see nothing bad, or too little, of what an incident is about.
std::string Explanation::openIncidents(const notify::AlertSelection& selection) const {
  std::string lines;
  const notify::IncidentWords words(config_.zone, now_, words_.language());
  for (const auto& incident : owners_.incidents().followed().incidents) {
    if (!isLive(incident.state)) continue;
    const bool isMember = std::ranges::any_of(incident.members, [&](const rules::AlertKey& key) {
      return selection.contains(key.rule, key.subject);
    });
    const bool isSubject =
        selection.rules.empty() &&
        (selection.subjects.empty() || std::ranges::any_of(selection.subjects, [&](const Subject& subject) {
           return concerns(incident, subject);
         }));
    if (isMember || isSubject)
      lines += say(incident.state == incidents::State::quiet ? "cli.explain.open.quiet" : "cli.explain.open",
                   {{"number", std::to_string(incident.number)},
                    {"headline", words.headline(incident)},
                    {"since", at(incident.began)}}) +
               "\n";
  }
  return lines;
}

// Why a rule that sees nothing bad has seen nothing at all; empty: it has.
std::string Explanation::neverRead(const rules::Rule& rule, const Subject& subject,
                                   const rules::Evaluation& evaluation) const {
  const auto feed = rules::feedOf(rule);
  const auto* stream = owners_.events().status().find(subject.account);
  const bool hasEvents = stream && stream->lastEvent;
  const auto readTo = [&](JobKind kind) {
    const auto* job = owners_.jobs().at(subject.account, kind);
    return job != nullptr && job->lastSuccess;
  };
  switch (feed) {
    case rules::Feed::readings: {
      const auto* seen = std::get_if<rules::ReadingEvidence>(&evaluation.evidence);
      return seen && seen->limit > Duration{} ? std::string() : say("cli.why.not_configured");
    }
    case rules::Feed::events:
      if (hasEvents) return {};
      return stream ? say("cli.why.no_events") : say("cli.why.no_stream");
    case rules::Feed::lists:
      return readTo(JobKind::crawl) ? std::string() : whyUnknown(rule, subject);
    case rules::Feed::replies:
    case rules::Feed::mailOrLists:
      return hasEvents || readTo(JobKind::crawl) ? std::string() : whyUnknown(rule, subject);
    case rules::Feed::dmarc: {
      const auto* signs = current_.facts().dmarcSigns(subject);
      return signs && (signs->quiet || signs->unreadable > 0) ? std::string() : say("cli.why.dmarc");
    }
    default:
      return {};
  }
}

const rules::Alert* Explanation::storedAlert(const std::string& rule, const Subject& subject) const {
  const auto& all = owners_.alerts().all();
  const auto found = std::ranges::find_if(
      all, [&](const auto& one) { return one.key.rule == rule && one.key.subject == subject; });
  return found == all.end() ? nullptr : &*found;
}

std::string Explanation::text(const notify::AlertSelection& selection) {
  std::vector<Entry> entries;
  const auto& facts = current_.facts();
  for (const auto& rule : config_.rules)
    for (const auto& subject : facts.subjects())
      if (selection.contains(rule.name, subject) && rule.scope.contains(subject) &&
          facts.watched(subject, rules::feedOf(rule)))
        entries.push_back(entryOf(rule, subject));
  addForgottenRules(selection, entries);
  std::ranges::stable_sort(entries, {}, &Entry::rank);
  std::string text = openIncidents(selection);
  for (const auto& entry : entries) text += entry.text;
  return text;
}

// Alerts whose rule or subject is not watched any more are remembered for a day, too.
void Explanation::addForgottenRules(const notify::AlertSelection& selection,
                                    std::vector<Entry>& entries) const {
  const auto subjects = current_.facts().subjects();
  for (const auto& alert : owners_.alerts().all()) {
    const auto& [rule, subject] = alert.key;
    if (alert.state == AlertState::inactive || !selection.contains(rule, subject)) continue;
    const auto known = std::ranges::find(config_.rules, rule, &rules::Rule::name);
    if (known != config_.rules.end() && known->scope.contains(subject) &&
        current_.facts().watched(subject, rules::feedOf(*known)) &&
        std::ranges::find(subjects, subject) != subjects.end())
      continue;
    entries.push_back(
        {Rank::past, say("cli.explain.heading", {{"rule", rule},
                                                 {"subject", notify::subjectWords(words_, subject)},
                                                 {"verdict", say("cli.explain.not_watched")}}) +
                         "\n" + memory(alert, nullptr)});
  }
}

namespace {

// Whether the numbers name what is usual, as far as it is known.
bool saysUsual(const rules::Evidence& evidence) {
  const auto* rate = std::get_if<rules::RateEvidence>(&evidence);
  return rate != nullptr && rate->usual.has_value();
}

}  // namespace

Entry Explanation::entryOf(const rules::Rule& rule, const Subject& subject) const {
  const auto* stored = storedAlert(rule.name, subject);
  const auto* alert = stored && stored->state != AlertState::inactive ? stored : nullptr;
  auto evaluation = rules::explain(rule, subject, current_.facts(), now_, stored);
  std::string unread;
  if (evaluation.outcome == rules::Outcome::good) unread = neverRead(rule, subject, evaluation);
  if (!unread.empty()) evaluation.outcome = rules::Outcome::unknown;
  Entry entry;
  entry.rank = alert && rules::active(alert->state)        ? Rank::firing
               : evaluation.outcome == rules::Outcome::bad ? Rank::bad
               : evaluation.outcome == rules::Outcome::between ||
                       evaluation.outcome == rules::Outcome::unknown ||
                       (alert && alert->state == AlertState::pending)
                   ? Rank::unclear
               : alert ? Rank::past
                       : Rank::well;
  const bool unknown = evaluation.outcome == rules::Outcome::unknown;
  const auto key = fmt::format("cli.explain.outcome.{}", rules::name(evaluation.outcome));
  entry.text = say("cli.explain.heading", {{"rule", rule.name},
                                           {"subject", notify::subjectWords(words_, subject)},
                                           {"verdict", say(key, {{"why", !unread.empty() ? unread
                                                                         : unknown ? whyUnknown(rule, subject)
                                                                                   : ""}})}}) +
               "\n";
  if (!unknown) entry.text += numbers(evaluation) + checks(evaluation);
  if (evaluation.learningUntil)
    entry.text += "  " +
                  say(saysUsual(evaluation.evidence) ? "cli.explain.learning.so_far" : "cli.explain.learning",
                      {{"until", at(*evaluation.learningUntil)}}) +
                  "\n";
  if (std::holds_alternative<rules::StreamSilent>(rule.kind)) entry.text += refusal(subject.account);
  if (alert) entry.text += memory(*alert, &rule);
  if (evaluation.outcome == rules::Outcome::bad || entry.rank == Rank::firing)
    entry.text += noticed(rule, subject, alert, evaluation);
  return entry;
}

// The one that people are notified of the alert with; null where the alert has words of its own.
const pages::IncidentRow* Explanation::openIncidentOf(const rules::AlertKey& key) const {
  for (const auto& incident : owners_.incidents().followed().incidents) {
    if (incident.byAlerts || !isLive(incident.state) ||
        std::ranges::find(incident.members, key) == incident.members.end())
      continue;
    const auto row = std::ranges::find(incidents_, incident.number, &pages::IncidentRow::number);
    return row == incidents_.end() ? nullptr : &*row;
  }
  return nullptr;
}

// The side and the next step, as a notification says them: or would, if it were sent now. One cause has one
// side: that of the incident, where there is one.
std::string Explanation::noticed(const rules::Rule& rule, const Subject& subject, const rules::Alert* alert,
                                 const rules::Evaluation& evaluation) const {
  if (const auto* of = alert ? openIncidentOf(alert->key) : nullptr; of && !of->side.empty())
    return "  " + say("side") + ": " + of->side + "\n  " + say("next") + ": " + of->next + "\n";
  rules::Alert noted = alert ? *alert : rules::Alert{};
  if (!alert) {
    noted.key = {rule.name, subject};
    noted.severity = evaluation.severity;
  }
  if (evaluation.outcome == rules::Outcome::bad) noted.evidence = evaluation.evidence;
  const auto notice = notices_.of(noted);
  std::string lines;
  for (const auto& field : {notice.side, notice.next})
    if (field) lines += "  " + field->label + ": " + field->value + "\n";
  return lines;
}

std::string Explanation::numbers(const rules::Evaluation& evaluation) const {
  const auto& evidence = evaluation.evidence;
  const auto mails = rules::badMail(evidence);
  if (mails && mails->total == 0) return "  " + say("cli.explain.no_mail") + "\n";
  const auto value = notify::valueLine(evidence, words_);
  if (value.empty()) return {};
  std::string line = "  " + say("cli.explain.value", {{"value", value}});
  if (mails)
    line += say("cli.explain.mails", {{"bad", words_.number(static_cast<double>(mails->bad))},
                                      {"n", words_.number(static_cast<double>(mails->total))}});
  if (const auto window = rules::windowOf(evidence); window > Duration{})
    line += say("cli.explain.window", {{"window", words_.duration(window)}});
  return line + "\n";
}

std::string Explanation::value(const std::string& what, double number) const {
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, what) != names.end();
  };
  if (is({"bound", "latest", "difference"})) return words_.percent(number);
  if (is({"quiet", "age"})) return words_.duration(Duration(static_cast<Duration::rep>(number * 1000)));
  if (what.starts_with("chance")) return notify::chanceWords(number, words_);
  if (what == "score") return fmt::format("{:.1f}", number);
  if (const auto input = rules::inputNamed(what)) return words_.value(*input, number);
  return words_.number(number);
}

// A threshold of one number fires beyond its limit, all others from their limit on.
std::string_view limitKey(const rules::Check& check, const rules::Evidence& evidence) {
  if (std::holds_alternative<rules::NumberEvidence>(evidence))
    return check.above ? "cli.explain.more_than" : "cli.explain.less_than";
  return check.above ? "cli.explain.at_least" : "cli.explain.at_most";
}

// What must hold for the rule to fire, and whether it does.
std::string Explanation::checks(const rules::Evaluation& evaluation) const {
  std::string lines;
  for (const auto& check : evaluation.checks) {
    if (check.what == "refused") continue;  // said in words of its own
    // Neither value nor limit is a number.
    if (check.what == "outcomes ceased" || check.what == "answered by statistics") {
      lines += "    " +
               say(check.holds ? "cli.explain.so" : "cli.explain.not_so",
                   {{"what", say("cli.check." + check.what)}}) +
               "\n";
      continue;
    }
    const auto own = "cli.check." + check.what, input = "input." + check.what;
    lines += "    " +
             say(check.holds ? "cli.explain.holds" : "cli.explain.lacks",
                 {{"what", words_.has(own)     ? say(own)
                           : words_.has(input) ? say(input)
                                               : check.what},
                  {"value", value(check.what, check.value)},
                  {"limit",
                   say(limitKey(check, evaluation.evidence), {{"limit", value(check.what, check.limit)}})}}) +
             "\n";
  }
  return lines;
}

std::string Explanation::whyUnknown(const rules::Rule& rule, const Subject& subject) const {
  const auto* stream = owners_.events().status().find(subject.account);
  const auto feed = rules::feedOf(rule);
  if (feed == rules::Feed::dmarc) return say("cli.why.dmarc");
  const bool byLists = feed == rules::Feed::mailOrLists || feed == rules::Feed::replies;
  const bool byEvents =
      !byLists && (feed == rules::Feed::events || subject.dimension == Dimension::domainGroup);
  if (byEvents && !stream) return say("cli.why.no_stream");
  if (byEvents && !owners_.events().status().alive(subject.account, now_))
    return stream->lastEvent ? say("cli.why.stream", {{"since", at(*stream->lastEvent)}})
                             : say("cli.why.no_events");
  std::optional<JobKind> kind = jobReading(subject.dimension);
  const auto* reading = std::get_if<rules::NothingRead>(&rule.kind);
  const bool ofLists =
      reading && std::ranges::find(reading->sources, rules::Source::lists) != reading->sources.end();
  if (feed == rules::Feed::lists || byLists || ofLists) kind = JobKind::crawl;
  if (feed == rules::Feed::standing) kind = JobKind::credits;
  if (feed == rules::Feed::streamSettings) kind = JobKind::eventWebhook;
  if (!byEvents && kind) {
    const std::string task(name(*kind));
    if (const auto* job = owners_.jobs().at(subject.account, *kind)) {
      if (job->error)
        return say("cli.why.failing",
                   {{"task", notify::taskWords(words_, task)},
                    {"error", notify::errorWords(words_, *job->error)},
                    {"last", job->lastSuccess ? at(*job->lastSuccess) : say("cli.never")}});
      if (!job->lastSuccess) return say("cli.why.not_read", {{"task", notify::taskWords(words_, task)}});
    }
  }
  if (feed == rules::Feed::standing) return whyNoStanding(rule, subject);
  return feed == rules::Feed::mail || feed == rules::Feed::events ? whyNoMail(rule, subject)
                                                                  : say("cli.why.other");
}

std::string Explanation::whyNoStanding(const rules::Rule& rule, const Subject& subject) const {
  const auto* kind = std::get_if<rules::Threshold>(&rule.kind);
  const auto left =
      owners_.accounts().numbers().accountNumber(subject.account, rules::Input::creditsLeft, {}, now_);
  if (!kind || kind->input != rules::Input::creditsLast || !left) return say("cli.why.standing");
  return say(*left <= 0 ? "cli.why.credits_used_up" : "cli.why.credits_short");
}

std::string Explanation::whyNoMail(const rules::Rule& rule, const Subject& subject) const {
  const auto* series = owners_.series(subject);
  if (!series || !series->begin()) return say("cli.why.no_data");
  const auto window = firstWindow(rule.kind);
  const auto last = series->lastRead();
  if (last && now_ - *last > maxAgeOf(owners_.jobs(), subject))
    return say("cli.why.old", {{"last", at(*last)}});
  const auto unknown = unknownWords(owners_.statistics(), {subject.account, subject.dimension},
                                    metricsJudged(rule.kind), words_, config_.zone);
  if (!unknown.empty()) return unknown.front().text;
  if (owners_.statistics().doubts({subject.account, subject.dimension}).held)
    return doubtWords(owners_.statistics(), {subject.account, subject.dimension}, words_, config_.zone, now_)
        .back()
        .text;
  if (*series->begin() > now_ - window)
    return say("cli.why.short", {{"begin", at(*series->begin())},
                                 {"window", words_.duration(window)},
                                 {"until", at(*series->begin() + window)}});
  if (std::holds_alternative<rules::SlowDrift>(rule.kind) ||
      std::holds_alternative<rules::NothingRequested>(rule.kind))
    return say("cli.why.learning", {{"begin", at(*series->begin())}});
  return say("cli.why.other");
}

std::string Explanation::refusal(const std::string& account) const {
  const auto refused = owners_.events().refused().since(account);
  if (!refused) return {};
  return "  " +
         say("cli.problem.refused", {{"account", account},
                                     {"since", at(refused->first)},
                                     {"n", words_.number(static_cast<double>(refused->count))},
                                     {"error", notify::refusalWords(refused->kind, words_)},
                                     {"next", say(notify::refusalNextKey(refused->kind))}}) +
         "\n";
}

// In which incident the alert is.
std::string Explanation::incidentLine(const rules::AlertKey& key) const {
  const auto& followed = owners_.incidents().followed();
  for (const auto& incident : followed.incidents) {
    if (std::ranges::find(incident.members, key) == incident.members.end()) continue;
    const notify::IncidentWords words(config_.zone, now_, words_.language());
    return "  " +
           say("cli.explain.incident", {{"number", std::to_string(incident.number)},
                                        {"headline", words.headline(incident)},
                                        {"since", at(incident.began)}}) +
           "\n";
  }
  const bool waits =
      std::ranges::any_of(followed.unexplained, [&](const auto& one) { return one.key == key; });
  return waits ? "  " + say("cli.explain.incident.waits") + "\n" : std::string();
}

// The present alert, or the last one. A pending one waits from when it was seen, not from when it began.
std::string Explanation::memory(const rules::Alert& alert, const rules::Rule* rule) const {
  const auto worst = notify::valueLine(alert.worst, words_);
  const bool over = alert.state == AlertState::resolved;
  const auto until = over ? rules::overAt(alert) : alert.since;
  const auto lastedUntil = over ? until : now_;
  const auto since = alert.state == AlertState::pending ? alert.startedAt : alert.beganAt;
  std::string lines =
      "  " + say(fmt::format("cli.explain.alert.{}", rules::name(alert.state)),
                 {{"since", at(since)},
                  {"until", at(until)},
                  {"lasted", words_.duration(std::max(Duration{}, lastedUntil - since))},
                  {"severity", say(fmt::format("page.severity.{}", rules::name(alert.worstSeverity)))},
                  {"hold", rule ? words_.duration(rule->holdFor) : ""}});
  if (!worst.empty() && alert.state != AlertState::pending)
    lines += say("cli.explain.worst", {{"worst", worst}});
  lines += "\n";
  if (const auto recovering = notices_.recovering(alert); !recovering.empty())
    lines += "  " + recovering + "\n";
  lines += incidentLine(alert.key);
  if (alert.notifiedAt && rules::active(alert.state))
    lines += "  " + say("cli.explain.notified", {{"at", at(*alert.notifiedAt)}}) + "\n";
  if (alert.unknownSince)
    lines += "  " + say("cli.explain.unknown_since", {{"since", at(*alert.unknownSince)}}) + "\n";
  if (!alert.mutedBy.empty()) lines += "  " + say("cli.explain.muted", {{"by", alert.mutedBy}}) + "\n";
  return lines;
}

// Narrows `selection` by what is meant by `name`.
Done narrow(notify::AlertSelection& selection, const notify::AlertNames& names, const std::string& name,
            const notify::Catalogue& words) {
  if (name.empty()) return done();
  auto meant = notify::selectAlerts(names, name, words);
  if (!meant) return std::move(meant).error();
  if (!meant->rules.empty()) selection.rules = std::move(meant->rules);
  if (!meant->subjects.empty()) selection.subjects = std::move(meant->subjects);
  return done();
}

}  // namespace

namespace {

// Groups of receivers have a name before the first mail to them: it is understood on a new installation, too.
void addReceivers(notify::AlertNames& names, const Owners& owners, const config::Config& config) {
  const auto& groups = owners.events().aggregator().groups();
  for (const auto& account : config.accounts)
    for (std::size_t i = 0; i < groups.size(); ++i)
      names.subjects.insert(
          {account.name, Dimension::domainGroup, groups.name(static_cast<std::uint16_t>(i))});
}

// What was asked about, where no rule has anything to say of it yet.
std::string nothingOf(const notify::AlertSelection& selection, const notify::Catalogue& words) {
  if (selection.subjects.size() != 1) return words.text("cli.explain.nothing");
  return words.text("cli.explain.nothing_of",
                    {{"subject", notify::subjectWords(words, *selection.subjects.begin())}});
}

}  // namespace

Result<std::string> explainAlerts(const Owners& owners, const config::Config& config,
                                  const AlertQuestion& question) {
  const auto& words = notify::Catalogue::of(question.language.value_or(config.language));
  Explanation explanation(owners, config, question.language.value_or(config.language));
  auto names = explanation.names();
  if (names.rules.empty()) return Error{Error::Kind::notFound, words.text("cli.names.no_rules")};
  notify::AlertSelection selection;
  if (auto narrowed = narrow(selection, names, question.name, words); !narrowed) {
    const auto unknown = narrowed.error();
    addReceivers(names, owners, config);
    if (!narrow(selection, names, question.name, words)) return unknown;
  }
  // A rule and a subject may bear one name: each is sought among its own.
  notify::AlertNames rulesOnly, subjectsOnly;
  rulesOnly.rules = names.rules;
  subjectsOnly.subjects = names.subjects;
  if (const auto narrowed = narrow(selection, rulesOnly, question.rule, words); !narrowed)
    return narrowed.error();
  if (const auto narrowed = narrow(selection, subjectsOnly, question.subject, words); !narrowed)
    return narrowed.error();
  auto text = explanation.text(selection);
  if (text.empty()) return Error{Error::Kind::notFound, nothingOf(selection, words)};
  return text + words.text("cli.explain.kept") + "\n";
}

}  // namespace arrivald::watch
