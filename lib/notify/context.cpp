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

// The part of the busiest bucket's mail that a bucket needs: one in twenty.
constexpr std::int64_t kTellingPart = 20;

void addTrends(Context& context, const Subject& subject, const MailView& mail) {
  const auto known = mail.knownFor(subject);
  if (!known) return;
  context.bucket = trendBucket(*known);
  const auto buckets = mail.buckets(subject, context.bucket, kTrendBuckets);
  // A night hour of two mails would set the scale and hide the day: it is shown as unknown.
  std::int64_t busiest = 0;
  for (const auto& bucket : buckets)
    if (bucket) busiest = std::max(busiest, bucket->outcomes());
  for (const auto& bucket : buckets) {
    const bool telling = bucket && kTellingPart * bucket->outcomes() >= busiest;
    context.delivery.push_back(telling ? rules::rateOf(rules::Input::deliveryRate, *bucket) : std::nullopt);
    context.drops.push_back(bucket ? rules::rateOf(rules::Input::dropRate, *bucket) : std::nullopt);
    context.requests.push_back(bucket ? std::optional(static_cast<double>((*bucket)[Metric::requests]))
                                      : std::nullopt);
  }
}

// By domain group while the event stream is alive, which knows nothing of subusers.
// Counts the mail that the alert is about: dropped or failed.
void addBreakdown(Context& context, const Subject& subject, rules::Input input, Duration window, bool alive,
                  const MailView& mail) {
  if (subject.dimension != Dimension::account && subject.dimension != Dimension::subuser) return;
  const bool streamed = subject.dimension == Dimension::account && alive;
  for (const auto& [part, counts] : mail.breakdown(
           subject.account, streamed ? Dimension::domainGroup : Dimension::mailboxProvider, window))
    if (const auto mails = rules::badMail(input, counts); mails.total > 0)
      context.breakdown.push_back({part.dimension, part.name, mails.bad, mails.total});
}

// The stream's replies carry the time of their mail, so any window will do; those of the lists come later.
Causes causesOf(const Subject& subject, Duration decided, bool alive, MailView::Replies replies,
                const MailView& mail) {
  const auto window = decided > Duration{} && alive ? decided : std::max(decided, kMinListWindow);
  const bool streamed =
      alive && (subject.dimension == Dimension::account || subject.dimension == Dimension::domainGroup);
  Causes causes;
  if (!streamed && replies == MailView::Replies::dropped)
    return causes;  // the lists know what was refused, not what was dropped
  if (streamed)
    causes = mail.streamCauses(subject.account, subject.name, replies, window);
  else if (subject.dimension == Dimension::account)
    causes = mail.listCauses(subject.account, "", window);
  else if (subject.dimension == Dimension::mailboxProvider)
    causes = mail.listCauses(subject.account, subject.name, window);
  else
    return causes;  // the lists know neither subusers nor categories
  causes.window = window;
  return causes;
}

bool isAboutDrops(const rules::Evidence& evidence) {
  const auto* rate = std::get_if<rules::RateEvidence>(&evidence);
  const auto* number = std::get_if<rules::NumberEvidence>(&evidence);
  return (rate && rate->input == rules::Input::dropRate) || (number && number->input == rules::Input::drops);
}

// What most failures of the account have in common, and how the other receivers do.
std::optional<Loss> lossOf(const Context& context, const Subject& subject, Duration window,
                           const MailView& mail) {
  if (subject.dimension != Dimension::account) return std::nullopt;
  auto loss = mail.mainLoss(subject.account, window);
  if (!loss) return std::nullopt;
  // The others are as usual if none of them fails for more than one mail in twenty, beyond single ones.
  loss->othersNormal = std::ranges::none_of(context.breakdown, [&](const BreakdownRow& row) {
    return row.name != loss->group && row.failed > 3 && 20 * row.failed > row.outcomes;
  });
  return loss;
}

}  // namespace

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

  const bool alive = mail.streamAlive(subject.account);
  const auto decided = rules::windowOf(evidence);
  addTrends(context, subject, mail);
  const auto* rate = std::get_if<rules::RateEvidence>(&evidence);
  const bool ofDrops = rate && rate->input == rules::Input::dropRate;
  addBreakdown(context, subject, ofDrops ? rules::Input::dropRate : rules::Input::deliveryRate,
               decided > Duration{} ? decided : kUsualWindow, alive, mail);
  const auto* late = std::get_if<rules::OverdueEvidence>(&evidence);
  const auto replies = late                     ? MailView::Replies::deferred
                       : isAboutDrops(evidence) ? MailView::Replies::dropped
                                                : MailView::Replies::failed;
  context.causes = causesOf(subject, decided, alive, replies, mail);
  if (late) {
    const auto waiting = mail.waiting(subject, late->after, late->window);
    context.heldByProvider = waiting && 2 * waiting->deferred < waiting->messages;
  } else if (alive && replies == MailView::Replies::failed) {
    context.loss = lossOf(context, subject, decided > Duration{} ? decided : kMinListWindow, mail);
  }
  return context;
}

}  // namespace arrivald::notify
