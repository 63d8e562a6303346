#include "simulator/account.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/episodes.hpp"

namespace arrivald::simulator {

using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using suppression::List;

namespace {

using namespace std::chrono_literals;

// The delay of events.
constexpr Duration kReportDelay = 10s;
// How long after its release an address gets a mail.
constexpr Duration kNextMail = 3min;
// The number of the first of them, beyond those of the town's mails.
constexpr std::uint64_t kFirstNextMail = 3'000'000'000;

// The group of receivers that an address belongs to; the first one if it belongs to none.
std::size_t groupOf(std::string_view email) {
  constexpr std::size_t kGroups = 5, kOffices = 2;
  for (std::size_t group = 0; group < kGroups; ++group)
    if (email.ends_with(std::string("@") + receiver(group).domain)) return group;
  return email.ends_with(".lg.jp") ? kOffices : 0;
}

}  // namespace

Account::Account(AccountOptions options, Instant start)
    : options_(std::move(options)),
      town_(options_.seed, options_.zone),
      random_(options_.seed * 7919ULL + 1),
      at_(std::chrono::floor<std::chrono::minutes>(start - 48h)),
      nextPublication_(at_),
      lists_(Archive(options_.seed, options_.archived, start)) {
  for (const auto& group : town_.groups()) providers_.push_back(group.name);
  if (options_.archived == 0)
    fillLists();
  else
    for (auto& [list, entry] : episodesBefore(start)) lists_.add(list, std::move(entry));
  advance(start);
}

// Entries of a few years, so that a crawl has several pages.
void Account::fillLists() {
  for (std::uint64_t i = 0; i < 1300; ++i)
    suppress({at_ - 13h * static_cast<int>(i), 1'000'000'000 + i, i % providers_.size(),
              i % 3 ? Metric::bounces : Metric::blocks});
  for (int i = 0; i < 40; ++i) {
    lists_.add(List::unsubscribes, {"reader" + std::to_string(i) + "@example.jp", at_ - 24h * i, "", "", ""});
    lists_.add(List::invalidEmails, {"not an address " + std::to_string(i), at_ - 12h * i,
                                     "Mail domain mentioned in email address is unknown", "", ""});
    if (i < 12)
      lists_.add(List::groupUnsubscribes, {"member" + std::to_string(i) + "@example.jp", at_ - 36h * i, "",
                                           "", "", kUnsubscribeGroupId});
    if (i < 5)
      lists_.add(List::spamReports,
                 {"angry" + std::to_string(i) + "@example.com", at_ - 48h * i, "", "", "203.0.113.9"});
  }
}

void Account::plan(Incident incident, Instant start, Duration length) {
  planned_.push_back({incident, start, start + length, false});
}

Incident Account::incident(Instant now) const {
  for (const auto& one : planned_)
    if (now >= one.start && now < one.end) return one.incident;
  return Incident::none;
}

void Account::advance(Instant now) {
  lists_.advance(now);
  for (; at_ + 1min <= now; at_ += 1min) minute(at_);
  publish(now);
}

bool Account::release(List list, std::string_view email, Instant now) {
  const auto entries = lists_.find(list, email);
  if (entries.empty() || !lists_.remove(list, email, now)) return false;
  const bool isNobodys = entries.front().status == "5.1.1" || ++released_ % kFailsAgain == 0;
  nextMails_.push_back(
      {now + kNextMail, std::string(email), isNobodys ? Metric::bounces : Metric::delivered});
  return true;
}

void Account::sendNext(Instant at, std::vector<Counts>& groups, std::vector<Happening>& happenings) {
  std::erase_if(nextMails_, [&](const NextMail& mail) {
    if (mail.at > at) return false;
    const auto group = groupOf(mail.recipient);
    const auto number = kFirstNextMail + nextMail_++;
    for (const auto metric : {Metric::requests, Metric::processed, mail.outcome}) ++groups[group][metric];
    happenings.push_back({at + 10s, number, group, Metric::processed, mail.recipient});
    happenings.push_back({at + 13s, number, group, mail.outcome, mail.recipient});
    return true;
  });
}

void Account::minute(Instant at) {
  for (auto& one : planned_)
    if (!one.begun && one.start <= at) {
      one.begun = true;
      town_.begin(one.incident, one.start, one.end - one.start);
    }
  std::vector<Happening> happenings;
  auto groups = town_.minute(at, &happenings);
  sendNext(at, groups, happenings);
  Counts all;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].isZero()) continue;
    all += groups[i];
    auto provider = groups[i];
    // SendGrid's mailbox-provider statistics have a single kind of drops.
    provider[Metric::drops] = std::exchange(provider[Metric::bounceDrops], 0);
    unpublished_.push_back({at, {"", Dimension::mailboxProvider, providers_[i]}, provider});
  }
  std::array<Counts, 3> byCategory{};
  for (const auto& one : happenings) {
    auto& counts = byCategory[categoryOf(one.mail)];
    ++counts[one.metric];
    if (one.metric == Metric::processed || one.metric == Metric::bounceDrops) ++counts[Metric::requests];
    if (one.metric == Metric::bounces || one.metric == Metric::blocks) suppress(one);
  }
  if (followed_) unreported_.insert(unreported_.end(), happenings.begin(), happenings.end());
  if (all.isZero()) return;
  unpublished_.push_back({at, {"", Dimension::account, ""}, all});
  for (std::size_t i = 0; i < byCategory.size(); ++i)
    if (!byCategory[i].isZero())
      unpublished_.push_back({at, {"", Dimension::category, categories()[i]}, byCategory[i]});
}

std::vector<Happening> Account::eventsUntil(Instant now, std::size_t max) {
  followed_ = true;
  std::sort(unreported_.begin(), unreported_.end(), [](const Happening& a, const Happening& b) {
    return std::tuple(a.at, a.mail) < std::tuple(b.at, b.mail);
  });
  std::size_t count = 0;
  while (count < unreported_.size() && count < max && unreported_[count].at <= now - kReportDelay) ++count;
  const auto end = unreported_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Happening> reported(unreported_.begin(), end);
  unreported_.erase(unreported_.begin(), end);
  return reported;
}

void Account::publish(Instant now) {
  if (now < nextPublication_) return;
  nextPublication_ = now + options_.publishEvery;
  while (!unpublished_.empty() && unpublished_.front().at + options_.lag <= now) {
    if (incident(now) == Incident::statisticsGap) break;
    const auto& one = unpublished_.front();
    totals_[one.subject][options_.zone.dateOf(one.at)] += one.counts;
    unpublished_.pop_front();
  }
}

void Account::suppress(const Happening& happening) {
  const auto [text, status] = answerTo(happening);
  lists_.add(happening.metric == Metric::bounces ? List::bounces : List::blocks,
             {addressOf(happening), happening.at, text, status, ""});
}

Counts Account::total(const Subject& subject, Date date) const {
  const auto found = totals_.find({"", subject.dimension, subject.name});
  if (found == totals_.end()) return {};
  const auto day = found->second.find(date);
  return day == found->second.end() ? Counts{} : day->second;
}

Fault Account::fault(Instant now, unsigned random) const {
  switch (incident(now)) {
    case Incident::apiOutage: {
      constexpr Fault kWays[] = {Fault::serverError, Fault::html, Fault::hang, Fault::halfBody};
      return kWays[random % std::size(kWays)];
    }
    case Incident::keyRevoked:
      return Fault::unauthorized;
    case Incident::throttled:
      return Fault::throttled;
    default:
      return Fault::none;
  }
}

std::string Account::statusPage(Instant now) const {
  using nlohmann::json;
  // The page uses American time, as the real one does.
  const auto angeles = TimeZone::find("America/Los_Angeles");
  const auto zone = angeles ? *angeles : TimeZone();
  const auto time = [&](Instant at) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(zone.local(at).time_since_epoch() -
                                                                      at.time_since_epoch())
                           .count();
    auto text = toIso(Instant(zone.local(at).time_since_epoch()));
    text.pop_back();
    return text + (hours < -7 ? ".000-08:00" : hours < 0 ? ".000-07:00" : ".000+00:00");
  };
  bool troubled = false;
  json incidents = json::array();
  for (const auto& one : planned_) {
    const bool ofProvider = one.incident == Incident::totalStall || one.incident == Incident::apiOutage ||
                            one.incident == Incident::statisticsGap;
    if (!ofProvider || now < one.start + options_.admitsAfter || now >= one.end + options_.admitsAfter)
      continue;
    troubled = true;
    incidents.push_back({{"id", "inc" + std::to_string(unixSeconds(one.start))},
                         {"name", one.incident == Incident::totalStall  ? "Delayed Mail Sending"
                                  : one.incident == Incident::apiOutage ? "Elevated API Errors"
                                                                        : "Delayed Event Webhook and Stats"},
                         {"status", "investigating"},
                         {"impact", "major"},
                         {"started_at", time(one.start + options_.admitsAfter)},
                         {"created_at", time(one.start + options_.admitsAfter)},
                         {"shortlink", "https://status.example/inc"},
                         {"components", json::array()}});
  }
  json components = json::array();
  for (const auto* component :
       {"API", "Mail Sending", "SMTP", "Marketing Campaigns", "Event Webhook", "Statistics"})
    components.push_back(
        {{"id", component},
         {"name", component},
         {"status",
          troubled && std::string_view(component) == "Mail Sending" ? "partial_outage" : "operational"}});
  return json{{"page",
               {{"id", "3tgl2vf85cht"},
                {"name", "SendGrid (simulated)"},
                {"time_zone", "America/Los_Angeles"},
                {"updated_at", time(now)}}},
              {"status",
               {{"indicator", troubled ? "major" : "none"},
                {"description", troubled ? "Partial System Outage" : "All Systems Operational"}}},
              {"components", std::move(components)},
              {"incidents", std::move(incidents)},
              {"scheduled_maintenances", json::array()}}
      .dump();
}

}  // namespace arrivald::simulator
