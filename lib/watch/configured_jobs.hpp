// configured_jobs: which jobs a configuration asks for. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/schedule.hpp"
#include "config/config.hpp"
#include "delivery/subject.hpp"

namespace arrivald::watch {

enum class JobKind : std::uint8_t {
  scopes,
  statistics,
  eventWebhook,
  credits,
  mailboxProviders,
  categories,
  subusers,
  crawl,
  suppressions,
  history,
  statusPage,
  rules,
  eventStream,
  heartbeat,
  alertmanager,
  dmarc,
  dmarcDns,
};
/// "scopes", "event_webhook", …: the spelling in `status`, logs and metric labels.
std::string_view name(JobKind kind);

/// The job that reads the statistics of a dimension. Nothing for groups of receivers, whose events come by
/// themselves.
std::optional<JobKind> jobReading(delivery::Dimension dimension);

struct TaskId {
  std::string account;  ///< empty for tasks of no account
  std::string task;     ///< name(JobKind)
  friend auto operator<=>(const TaskId&, const TaskId&) = default;
};

struct JobPlan {
  std::string account;  ///< empty for tasks of no account
  JobKind kind;
  Schedule schedule;
  /// Whether it runs at once at the start, or first when its schedule says so.
  bool atStart = true;
  /// The party that the task asks; determines which failure counters start with 0.
  Party asks = Party::internal;

  TaskId id() const { return {account, std::string(name(kind))}; }
};

/// In the order in which they start.
std::vector<JobPlan> configuredJobs(const config::Config& configuration);

}  // namespace arrivald::watch
