#include "watch/mail_tables.hpp"

#include <algorithm>

namespace arrivald::watch {

using incidents::Late;
using incidents::WaitingWindow;

namespace {

// Of counts of the stream: a pause of any length is known, since nothing is flushed while it may have failed.
constexpr Duration kAnyGap = std::chrono::hours(100);

}  // namespace

void MailTables::retain(const std::set<std::string>& accounts) {
  std::erase_if(tables_, [&](const auto& entry) { return !accounts.contains(entry.first); });
}

void MailTables::shift(Duration step) {
  for (auto& [account, table] : tables_) table.mail.shift(step);
}

void MailTables::begin(const std::string& account, Instant now) {
  if (!tables_.contains(account)) tables_.emplace(account, Table{incidents::CrossTable(now), {}});
}

void MailTables::add(const std::string& account, std::string_view category, std::string_view receiver,
                     std::optional<incidents::Kind> failure, Instant at) {
  if (const auto found = tables_.find(account); found != tables_.end())
    found->second.mail.add(category, receiver, failure, at);
}

void MailTables::advance(const std::string& account, Instant now) {
  if (const auto found = tables_.find(account); found != tables_.end())
    found->second.mail.advance(now, found->second.unusual);
}

void MailTables::advance(Instant now) {
  for (auto& [account, table] : tables_) table.mail.advance(now, table.unusual);
}

void MailTables::setWaiting(const std::string& account, std::vector<WaitingWindow> waiting) {
  if (const auto found = tables_.find(account); found != tables_.end())
    found->second.mail.setWaiting(std::move(waiting));
}

void MailTables::setUnusual(const std::string& account, std::vector<incidents::Root> roots) {
  if (const auto found = tables_.find(account); found != tables_.end())
    found->second.unusual = std::move(roots);
}

const incidents::CrossTable* MailTables::find(std::string_view account) const {
  const auto found = tables_.find(account);
  return found == tables_.end() ? nullptr : &found->second.mail;
}

std::vector<WaitingWindow> waitingOf(const std::string& account, const stream::Aggregator& aggregator,
                                     const stream::DomainGroups& groups, const delivery::Windows& counts,
                                     Instant now) {
  std::vector<WaitingWindow> windows;
  // A minute by itself teaches what is usual.
  for (const auto late : {Late::soon, Late::overdue}) {
    for (const Duration window : incidents::kLateSinceBegun) windows.push_back({late, window, {}});
    for (const Duration window : incidents::kLateWindows) windows.push_back({late, window, {}});
  }
  for (std::size_t g = 0; g < aggregator.inFlight().groups(); ++g) {
    const auto group = static_cast<std::uint16_t>(g);
    const delivery::Subject subject{account, delivery::Dimension::domainGroup, groups.name(group)};
    const auto* series = counts.find(subject);
    if (!series) continue;
    for (auto& window : windows) {
      const auto after = lateAfter(window.late);
      const auto accepted =
          series->sum(window.window, now - after, kAnyGap).counts[delivery::Metric::processed];
      const auto waits = aggregator.inFlight().waiting(group, now, after, window.window);
      window.receivers.push_back({subject.name, std::max(accepted, waits.overdue),
                                  waits.overdue - waits.overdueDeferred, waits.overdueDeferred});
    }
  }
  return windows;
}

}  // namespace arrivald::watch
