#include "watch/current_facts.hpp"

#include <algorithm>

namespace arrivald::watch {

namespace {

struct JobOfSource {
  rules::Source source;
  JobKind job;
};
constexpr JobOfSource kSources[] = {{rules::Source::statistics, JobKind::statistics},
                                    {rules::Source::subuserStatistics, JobKind::subusers},
                                    {rules::Source::categoryStatistics, JobKind::categories},
                                    {rules::Source::providerStatistics, JobKind::mailboxProviders},
                                    {rules::Source::lists, JobKind::suppressions}};

// Of an alert that a restart has outlived: the last success that it knew of.
std::optional<Instant> lastSuccessBefore(const std::vector<rules::Alert>& alerts, const std::string& account,
                                         rules::Source source) {
  for (const auto& alert : alerts) {
    const auto* evidence = std::get_if<rules::ReadingEvidence>(&alert.evidence);
    if (evidence && rules::active(alert.state) && alert.key.subject.account == account &&
        evidence->source == source)
      return alert.lastBad - evidence->age;
  }
  return std::nullopt;
}

// New entries are read from the end of the first crawl on: before it, a run of the job has read nothing.
bool wasCrawled(const Owners& owners, const std::string& account) {
  return std::ranges::any_of(suppression::kLists, [&](suppression::List list) {
    return owners.lists().progress(account, list).readTo.has_value();
  });
}

void setError(rules::Reading& reading, const JobState& failing) {
  const auto kind = *tellingKindOf(failing);
  reading.party = kind == failing.error->kind ? failing.error->party : Party::provider;
  reading.error = name(kind);
}

// Of lists of which none was ever read: as their crawl goes. One that goes on is no failure yet.
void readAsCrawl(const Jobs& jobs, const std::string& account, rules::Reading& reading) {
  reading.lastSuccess.reset();
  const auto* crawl = jobs.at(account, JobKind::crawl);
  if (!crawl) return;
  // What it read before it failed was read.
  if (crawl->lastProgress) reading.since = std::max(reading.since, *crawl->lastProgress);
  if (crawl->error) {
    setError(reading, *crawl);
  } else if (crawl->running && crawl->lastRun) {
    reading.since = std::max(reading.since, *crawl->lastRun);
  }
}

// What came before a start or a sleep says nothing about how events come since.
rules::Reading readingOf(const EventStream& events, const std::string& account,
                         const StreamStatus::Stream& stream) {
  rules::Reading reading;
  reading.source = rules::Source::events;
  reading.every = std::chrono::seconds(30);  // a batch comes at least so often while there is mail
  reading.since = stream.since;
  if (stream.lastEvent && *stream.lastEvent >= stream.since)
    reading.lastSuccess = stream.lastEvent;
  else
    reading.earlierSuccess = stream.lastEvent;
  if (const auto lasting = events.refused().lasting(account)) {
    reading.error = lasting->kind;
    reading.refused = lasting->count;
  }
  return reading;
}

struct Untold {
  Instant since;
  Error::Kind error;
};

// Since when no answer of a source tells a number that rates rest on, although the source can be read;
// nothing where the event stream tells instead.
std::optional<Untold> untoldOf(const Owners& owners, const std::string& account, rules::Source source) {
  using delivery::Dimension;
  using delivery::Metric;
  if (owners.events().status().alive(account, owners.clock().now())) return std::nullopt;
  std::optional<Instant> since;
  bool isBehind = false;
  for (const auto dimension :
       {Dimension::account, Dimension::subuser, Dimension::category, Dimension::mailboxProvider}) {
    if (rules::sourceOf(dimension) != source) continue;
    const auto& doubts = owners.statistics().doubts({account, dimension});
    isBehind = isBehind || doubts.behind;
    for (const auto metric : {Metric::requests, Metric::delivered, Metric::bounces, Metric::blocks})
      if (const auto one = doubts.untoldSince(metric, Statistics::Doubts::Below::far);
          one && !doubts.refused.contains(metric))  // that was read, and has a rule of its own
        since = std::min(since.value_or(*one), *one);
  }
  if (!since) return std::nullopt;
  // After a restart: as the alert has it.
  since = std::min(*since, lastSuccessBefore(owners.alerts().all(), account, source).value_or(*since));
  return Untold{*since, isBehind ? Error::Kind::unavailable : Error::Kind::malformed};
}

std::vector<rules::AccountReadings> readingsOf(const Owners& owners, const config::Config& config) {
  std::vector<rules::AccountReadings> accounts;
  for (const auto& account : config.accounts) {
    rules::AccountReadings facts;
    facts.account = account.name;
    for (const auto& [source, kind] : kSources) {
      const auto* job = owners.jobs().at(account.name, kind);
      if (!job) continue;
      rules::Reading reading;
      reading.source = source;
      reading.every = job->period;
      reading.since = job->since;
      // What was read before a stop, a reload or a sleep says nothing about how reading goes since.
      if (job->lastSuccess && *job->lastSuccess >= job->since)
        reading.lastSuccess = job->lastSuccess;
      else
        reading.earlierSuccess = lastSuccessBefore(owners.alerts().all(), account.name, source);
      if (job->error) setError(reading, *job);
      if (const auto untold = untoldOf(owners, account.name, source); untold && reading.lastSuccess) {
        reading.lastSuccess = std::min(*reading.lastSuccess, untold->since);
        if (reading.error.empty()) reading.error = name(untold->error);
      }
      if (source == rules::Source::lists && !wasCrawled(owners, account.name))
        readAsCrawl(owners.jobs(), account.name, reading);
      facts.readings.push_back(std::move(reading));
    }
    if (const auto* known = owners.events().status().find(account.name))
      facts.readings.push_back(readingOf(owners.events(), account.name, *known));
    accounts.push_back(std::move(facts));
  }
  return accounts;
}

// The lists know addresses, hence accounts and groups of receivers.
bool isOnLists(const delivery::Subject& subject) {
  return subject.dimension == delivery::Dimension::account ||
         subject.dimension == delivery::Dimension::domainGroup;
}

}  // namespace

bool ConfiguredFeeds::watched(const delivery::Subject& subject, rules::Feed feed) const {
  const auto account = std::ranges::find(configuration_.accounts, subject.account, &config::Account::name);
  if (account == configuration_.accounts.end()) return false;
  const bool isDomain = subject.dimension == delivery::Dimension::sendingDomain;
  if (isDomain != (feed == rules::Feed::dmarc)) return false;
  switch (feed) {
    case rules::Feed::mail:
      return owners_.statistics().reads(subject) ||
             (owners_.events().watches(subject) && owners_.events().counts().windows().find(subject));
    case rules::Feed::events:
      return owners_.events().watches(subject);
    case rules::Feed::streamSettings:
      return account->events && !account->events->url.empty();
    case rules::Feed::lists:
      return account->suppressions && isOnLists(subject);
    case rules::Feed::mailOrLists:
      return watched(subject, rules::Feed::lists) || watched(subject, rules::Feed::mail);
    case rules::Feed::replies:
      return watched(subject, rules::Feed::lists) || watched(subject, rules::Feed::events);
    case rules::Feed::standing:
      return account->credits;
    case rules::Feed::dmarc:
      return configuration_.dmarc &&
             std::ranges::find(configuration_.dmarc->domains, subject.name, &config::DmarcDomain::name) !=
                 configuration_.dmarc->domains.end();
    case rules::Feed::readings:
      break;
  }
  return true;
}

CurrentFacts::CurrentFacts(const Owners& owners, const config::Config& configuration)
    : stream_(owners.events(), owners.statistics(), owners.causes(), configuration),
      feeds_(owners, configuration),
      facts_({.statistics = owners.statistics().windows(),
              .profiles = owners.profiles().profiles(),
              .accounts = readingsOf(owners, configuration),
              .now = owners.clock().now(),
              .past = &owners.profiles().past(),
              .events = &owners.events().counts().windows(),
              .stream = &stream_,
              .lists = &owners.lists(),
              .account = &owners.accounts().numbers(),
              .feeds = &feeds_,
              .dmarc = owners.dmarc(),
              .alerts = owners.alerts().all()}) {}

}  // namespace arrivald::watch
