#include "watch/remembered_mail.hpp"

namespace arrivald::watch {

using delivery::Counts;
using delivery::Dimension;
using delivery::Subject;

namespace {

// Mailbox providers may be read every few minutes only.
constexpr Duration kMaxAge = std::chrono::minutes(15);

notify::Causes causesOf(RecentCauses::Summary summary, const notify::MailView::Wanted& wanted) {
  notify::Causes causes;
  causes.window = wanted.window;
  causes.replies = summary.entries;
  causes.receiver = std::move(summary.receiver);
  for (auto& one : summary.classes)
    causes.counts.push_back({one.causeClass, one.entries, one.verdict, std::move(one.textKey)});
  causes.samples = std::move(summary.samples);
  causes.earlier = summary.earlier;
  causes.domains = std::move(summary.domains);
  return causes;
}

}  // namespace

notify::Links linksOf(const config::Config& config) {
  notify::Links links;
  links.dashboard = config.links.dashboard;
  links.page = config.links.page;
  // The daemon has runbooks of its own, where its page is.
  links.runbooks =
      config.links.runbooks.empty() && !links.page.empty() ? links.page + "/runbooks" : config.links.runbooks;
  if (config.statusPage) links.statusPage = config.statusPage->url;
  return links;
}

bool RememberedMail::streamAlive(std::string_view account) const { return stream_.alive(account, now_); }

std::optional<Duration> RememberedMail::knownFor(const Subject& subject) const {
  const auto* series = owners_.series(subject);
  if (!series) return std::nullopt;
  return now_ - series->begin().value_or(now_);
}

std::vector<std::optional<Counts>> RememberedMail::buckets(const Subject& subject, Duration bucket,
                                                           std::size_t count) const {
  const auto* series = owners_.series(subject);
  return series ? series->buckets(bucket, count, now_) : std::vector<std::optional<Counts>>(count);
}

std::vector<std::pair<Subject, Counts>> RememberedMail::breakdown(std::string_view account,
                                                                  Dimension dimension,
                                                                  Duration window) const {
  std::vector<std::pair<Subject, Counts>> rows;
  const bool streamed = dimension == Dimension::domainGroup;
  for (const auto& [subject, series] :
       streamed ? owners_.events().counts().windows() : owners_.statistics().windows()) {
    if (subject.account != account || subject.dimension != dimension) continue;
    if (!streamed && !owners_.statistics().reads(subject)) continue;
    const auto sum = series.sum(window, now_, kMaxAge);
    if (sum.knows(delivery::kOutcomeMetrics)) rows.emplace_back(subject, sum.counts);
  }
  return rows;
}

std::optional<Counts> RememberedMail::before(const Subject& subject, Instant until) const {
  constexpr Duration kDay = std::chrono::hours(24);
  const auto* series = owners_.series(subject);
  const auto begin = series ? series->begin() : std::nullopt;
  if (!begin || *begin + delivery::Series::kShortestWindow > until) return std::nullopt;
  const auto sum = series->sum(std::min<Duration>(kDay, until - *begin), until, kMaxAge);
  return sum.knows(delivery::kOutcomeMetrics) ? std::optional(sum.counts) : std::nullopt;
}

notify::Causes RememberedMail::listCauses(std::string_view account, std::string_view provider,
                                          const Wanted& wanted) const {
  return causesOf(owners_.causes().summary(account, provider, wanted, now_), wanted);
}

notify::Causes RememberedMail::streamCauses(std::string_view account, std::string_view group,
                                            const Wanted& wanted) const {
  return causesOf(owners_.causes().ofEvents(account, group, wanted, now_), wanted);
}

std::vector<notify::FailedMail> RememberedMail::failedMail(std::string_view account) const {
  return owners_.causes().failedMail(account);
}

std::optional<rules::StreamFacts::Waiting> RememberedMail::waiting(const Subject& subject, Duration after,
                                                                   Duration window) const {
  return stream_.waiting(subject, after, window, now_);
}

std::optional<Date> RememberedMail::creditsRenewed(std::string_view account) const {
  const auto* standing = owners_.accounts().standings().latest(account, now_);
  return standing ? standing->nextReset : std::nullopt;
}

std::optional<notify::StatusReport> RememberedMail::statusReport() const {
  const auto& latest = owners_.provider().latest();
  if (!latest) return std::nullopt;
  const auto& summary = latest->summary;
  notify::StatusReport report;
  report.description = summary.description;
  for (const auto& incident : summary.incidents)
    report.incidents.push_back({incident.name, incident.concerns});
  report.troubled = summary.troubled();
  report.age = now_ - latest->at;
  return report;
}

}  // namespace arrivald::watch
