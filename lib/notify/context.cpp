#include "notify/context.hpp"

#include <algorithm>

namespace arrivald::notify {

using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;

namespace {

// Where the rule that fired has no window of its own.
constexpr Duration kUsualWindow = std::chrono::hours(1);
// The lists are read every few minutes: a shorter window would often hold no reply yet.
constexpr Duration kMinListWindow = std::chrono::hours(1);

StatusSaid saidBy(const StatusReport& report) {
  StatusSaid said{report.description, "", report.troubled, report.age};
  const auto concerning = std::ranges::find_if(report.incidents, &StatusReport::Incident::concernsMail);
  if (concerning != report.incidents.end())
    said.incident = concerning->name;
  else if (!report.incidents.empty())
    said.incident = report.incidents.front().name;
  return said;
}

std::string runbookOf(const rules::Rule* rule, const Links& links) {
  if (!rule) return "";
  if (!rule->runbook.empty() || links.runbooks.empty()) return rule->runbook;
  return links.runbooks + "/" + rule->name;
}

// The part of the busiest bucket's mail that a bucket needs, so that its rate is shown: one in twenty.
constexpr std::int64_t kTellingPart = 20;

std::int64_t mailsOf(rules::Input input, const delivery::Counts& counts) {
  return rules::unit(input) == rules::Unit::share ? rules::badMail(input, counts).total : 0;
}

// A night hour of two mails would set the scale and hide the day: its rate is shown as unknown.
void addTrend(Context& context, const Subject& subject, rules::Input input, const MailView& mail) {
  const auto known = mail.knownFor(subject);
  if (!known) return;
  context.bucket = trendBucket(*known);
  const auto buckets = mail.buckets(subject, context.bucket, kTrendBuckets);
  std::int64_t busiest = 0;
  for (const auto& bucket : buckets)
    if (bucket) busiest = std::max(busiest, mailsOf(input, *bucket));
  for (const auto& bucket : buckets) {
    if (!bucket || kTellingPart * mailsOf(input, *bucket) < busiest)
      context.trend.emplace_back();
    else if (rules::unit(input) == rules::Unit::share)
      context.trend.push_back(rules::rateOf(input, *bucket));
    else
      context.trend.emplace_back(static_cast<double>(rules::numberOf(input, *bucket)));
  }
}

struct BreakdownWanted {
  std::string_view account;
  Dimension by = Dimension::mailboxProvider;
  rules::Input input = rules::Input::deliveryRate;
  Duration window{};
  Instant began{};  ///< of the trouble; not in the past: unknown
};

// What became of each receiver's mail since the trouble began, and what was usual.
void addBeginning(std::vector<BreakdownRow>& rows, const BreakdownWanted& wanted, const MailView& mail,
                  Instant now) {
  constexpr Duration kShortest = std::chrono::minutes(5), kLongest = std::chrono::hours(24);
  if (wanted.began <= Instant{} || wanted.began >= now) return;
  const auto lasted = std::clamp<Duration>(now - wanted.began, kShortest, kLongest);
  const auto rowOf = [&](const Subject& part) {
    const auto row = std::ranges::find(rows, part.name, &BreakdownRow::name);
    return row == rows.end() ? nullptr : &*row;
  };
  for (const auto& [part, counts] : mail.breakdown(wanted.account, wanted.by, lasted)) {
    auto* row = rowOf(part);
    if (row == nullptr) continue;
    row->since = rules::badMail(wanted.input, counts);
    if (const auto before = mail.before(part, wanted.began))
      row->before = rules::badMail(wanted.input, *before);
  }
  if (lasted < 2 * kShortest) return;
  for (const auto& [part, counts] : mail.breakdown(wanted.account, wanted.by, lasted / 2))
    if (auto* row = rowOf(part)) row->latest = rules::badMail(wanted.input, counts);
}

std::vector<BreakdownRow> breakdownOf(const BreakdownWanted& wanted, const MailView& mail, Instant now) {
  std::vector<BreakdownRow> rows;
  for (const auto& [part, counts] : mail.breakdown(wanted.account, wanted.by, wanted.window))
    if (const auto mails = rules::badMail(wanted.input, counts); mails.total > 0)
      rows.push_back({part.dimension, part.name, mails.bad, mails.total});
  addBeginning(rows, wanted, mail, now);
  return rows;
}

// The share of failures by which receivers are compared; nothing where failures tell nothing: of mail that
// waits, and of alerts that are no matter of receivers.
std::optional<rules::Input> comparedBy(const KindTraits& traits) {
  if (traits.concern != Concern::receivers || !traits.replies) return std::nullopt;
  if (*traits.replies == MailView::Replies::deferred) return std::nullopt;
  return traits.breakdown.value_or(rules::Input::deliveryRate);
}

// The stream's replies carry the time of their mail, so any window will do; those of the lists come later.
Causes causesOf(const Subject& subject, MailView::Wanted wanted, bool alive, const MailView& mail) {
  if (alive && (subject.dimension == Dimension::account || subject.dimension == Dimension::domainGroup)) {
    if (wanted.window <= Duration{}) wanted.window = kMinListWindow;
    return mail.streamCauses(subject.account, subject.name, wanted);
  }
  using Replies = MailView::Replies;
  // The lists know what was refused, neither what was put off nor what was dropped.
  if (wanted.replies == Replies::deferred || wanted.replies == Replies::dropped) return {};
  wanted.window = std::max(wanted.window, kMinListWindow);
  if (subject.dimension == Dimension::account) return mail.listCauses(subject.account, "", wanted);
  if (isReceiver(subject.dimension)) return mail.listCauses(subject.account, subject.name, wanted);
  return {};  // nor subusers and categories
}

MailView::Wanted wantedOf(MailView::Replies replies, const rules::Rule* rule, Duration window) {
  MailView::Wanted wanted{replies, window, {}};
  if (const auto* seen = rule ? std::get_if<rules::CauseSeen>(&rule->kind) : nullptr)
    wanted.classes = seen->causes;
  return wanted;
}

// What most failures of the account have in common, and how the other receivers do.
std::optional<Loss> lossOf(const Context& context, const Subject& subject, Duration window,
                           const MailView& mail) {
  if (subject.dimension != Dimension::account) return std::nullopt;
  auto loss = mainLoss(mail.failedMail(subject.account), window, context.now);
  if (!loss) return std::nullopt;
  loss->othersNormal = othersNormal(context.breakdown, loss->group);
  return loss;
}

}  // namespace

bool othersNormal(const std::vector<BreakdownRow>& breakdown, std::string_view but) {
  return std::ranges::none_of(breakdown, [&](const BreakdownRow& row) {
    return row.name != but && row.failed > 3 && 20 * row.failed > row.outcomes;
  });
}

Duration trendBucket(Duration knownFor) {
  if (knownFor < std::chrono::hours(6)) return std::chrono::minutes(5);
  return knownFor < std::chrono::hours(24) ? Duration(std::chrono::minutes(15))
                                           : Duration(std::chrono::hours(1));
}

Context contextOf(const rules::Change& change, const rules::Rule* rule, const Links& links,
                  const TimeZone& zone, const MailView& mail, Instant now) {
  const auto& subject = change.alert.key.subject;
  const auto& evidence = change.reason.evidence;
  Context context;
  context.zone = zone;
  context.now = now;
  if (const auto report = mail.statusReport()) context.statusPage = saidBy(*report);
  context.statusPageUrl = links.statusPage;
  context.dashboard = links.dashboard;
  context.page = links.page;
  context.runbook = runbookOf(rule, links);
  if (change.kind != rules::Change::Kind::resolved)
    context.recovering = recoveringOf(change.alert, rule, now);

  const bool alive = mail.streamAlive(subject.account);
  context.streamed = alive;
  const auto traits = traitsOf(evidence);
  const auto decided = rules::windowOf(evidence);
  if (traits.trend) addTrend(context, subject, *traits.trend, mail);
  // The event stream knows domain groups.
  const auto by = isReceiver(subject.dimension) ? subject.dimension
                  : alive                       ? Dimension::domainGroup
                                                : Dimension::mailboxProvider;
  const auto window = decided > Duration{} ? decided : kUsualWindow;
  const BreakdownWanted rows{subject.account, by, traits.breakdown.value_or(rules::Input::deliveryRate),
                             window, change.reason.since};
  const bool isAccount = subject.dimension == Dimension::account;
  // SendGrid counts a subuser's mail apart from its account's.
  const bool isOfAccount = subject.dimension != Dimension::subuser;
  if (traits.breakdown && isAccount) context.breakdown = breakdownOf(rows, mail, now);
  if (traits.replies) {
    const auto wanted = wantedOf(*traits.replies, rule, decided);
    context.causes = causesOf(subject, wanted, alive, mail);
    if (comparedBy(traits) && isOfAccount && !(isAccount && traits.breakdown)) {
      context.whole = Whole{breakdownOf(rows, mail, now), {}};
      if (!isAccount)
        context.whole->causes = causesOf({subject.account, Dimension::account, ""}, wanted, alive, mail);
    }
    if (alive && traits.breakdown && *traits.replies == MailView::Replies::failed)
      context.loss = lossOf(context, subject, decided > Duration{} ? decided : kMinListWindow, mail);
  }
  if (traits.concern == Concern::plan) context.creditsRenewed = mail.creditsRenewed(subject.account);
  if (const auto* late = std::get_if<rules::OverdueEvidence>(&evidence)) {
    const auto waiting = mail.waiting(subject, late->after, late->window);
    context.heldByProvider = waiting && 2 * waiting->deferred < waiting->messages;
  }
  return context;
}

}  // namespace arrivald::notify
