#include "notify/incident_context.hpp"

#include <fmt/format.h>

#include "notify/incident_side.hpp"

namespace arrivald::notify {
namespace {

using incidents::Family;

// The root's own replies, by the event stream, which knows of each its receiver and its category.
Causes repliesTo(const incidents::Incident& incident, const MailView& mail, Instant now) {
  const bool waits = incident.root.family == Family::waiting;
  // What has ended is told by all of it, since its last window may be empty.
  const auto lasted = std::max<Duration>(now - incident.began, incident.window);
  MailView::Wanted wanted{waits ? MailView::Replies::deferred : MailView::Replies::failed,
                          incidents::isLive(incident.state) ? incident.window : lasted};
  wanted.receivers = incident.root.receivers;
  wanted.categories = incident.root.categories;
  return mail.streamCauses(incident.account, "", wanted);
}

// How a drift stands by now, beside its mean.
std::optional<rules::BadMail> lastDayOf(const delivery::Subject& subject, const MailView& mail) {
  constexpr std::size_t kDay = 24;
  rules::BadMail sum;
  for (const auto& hour : mail.buckets(subject, std::chrono::hours(1), kDay))
    if (hour) sum += rules::badMail(rules::Input::deliveryRate, *hour);
  return sum.total > 0 ? std::optional(sum) : std::nullopt;
}

// By the lists, which know no categories, and are asked for one receiver at most.
bool areOfList(const incidents::Root& root) {
  return root.isWhole() || (root.categories.empty() && root.receivers.size() == 1);
}

// A trend of other mail than the root's would contradict it.
void setTrend(Context& context, const incidents::Incident& incident, rules::Change change,
              const MailView& mail) {
  const auto& root = incident.root;
  if (root.isWhole() || !change.alert.key.subject.name.empty()) return;
  context.trend.clear();
  if (root.categories.size() != 1 || !root.receivers.empty()) return;
  change.alert.key.subject = {incident.account, delivery::Dimension::category, root.categories.front()};
  const auto ofCategory = contextOf(change, nullptr, {}, context.zone, mail, context.now);
  context.trend = ofCategory.trend;
  context.bucket = ofCategory.bucket;
}

}  // namespace

std::string incidentPage(std::string_view page, std::int64_t number) {
  while (page.ends_with('/')) page.remove_suffix(1);
  return fmt::format("{}/incident/{}", page, number);
}

IncidentContext incidentContextOf(const incidents::Incident& incident, const Links& links,
                                  const TimeZone& zone, const MailView& mail, Instant now) {
  const bool alive = mail.streamAlive(incident.account);
  auto change = changeAbout(incident);
  // Without the stream receivers are the provider's own groups.
  if (auto& dimension = change.alert.key.subject.dimension; !alive && delivery::isReceiver(dimension))
    dimension = delivery::Dimension::mailboxProvider;
  IncidentContext context;
  context.around = contextOf(change, nullptr, links, zone, mail, now);
  setTrend(context.around, incident, change, mail);
  if (!links.page.empty()) context.around.page = incidentPage(links.page, incident.number);
  context.around.loss.reset();
  context.around.runbook = links.runbooks.empty() || incident.members.empty()
                               ? ""
                               : links.runbooks + "/" + incident.members.front().rule;
  context.statisticsOnly = !alive;
  const auto& root = incident.root;
  if (incident.slow && root.receivers.size() + root.categories.size() <= 1) {
    auto subject = change.alert.key.subject;
    if (!root.categories.empty())
      subject = {incident.account, delivery::Dimension::category, root.categories.front()};
    context.lately = lastDayOf(subject, mail);
  }
  if (alive && incident.window > Duration{}) context.around.causes = repliesTo(incident, mail, now);
  // Others' replies explain nothing of it.
  if (!alive && incident.root.family == Family::shares && !areOfList(incident.root))
    context.around.causes = {};
  if (incident.root.family != Family::waiting) return context;
  const auto late = incidents::lateAfter(incident.stalled ? incidents::Late::soon : incidents::Late::overdue);
  if (const auto waiting = mail.waiting(change.alert.key.subject, late, incident.window);
      waiting && waiting->messages > 0) {
    context.longestWait = waiting->oldest;
    context.around.heldByProvider = 2 * waiting->deferred < waiting->messages;
  }
  return context;
}

}  // namespace arrivald::notify
