#include "metrics/catalogue.hpp"

#include <cassert>

#include "stream/event_kind.hpp"

namespace arrivald::metrics {
namespace {

using delivery::Dimension;
using delivery::Metric;
using rules::Input;

constexpr Type kCounter = Type::counter;
constexpr Type kGauge = Type::gauge;

constexpr std::array<SingleMetric, kSingleCount> kSingles = {{
    {Single::pollSeconds,
     "arrivald_poll_duration_seconds",
     Type::histogram,
     {"account", "task"},
     "How long polls of the provider took, successful or not"},
    {Single::pollErrors,
     "arrivald_poll_errors_total",
     kCounter,
     {"account", "task", "party", "kind"},
     "Polls that failed, by the party at fault and the kind of error"},
    {Single::pollLastSuccess,
     "arrivald_poll_last_success_timestamp_seconds",
     kGauge,
     {"account", "task"},
     "When a poll last succeeded"},
    {Single::pollAge,
     "arrivald_poll_age_seconds",
     kGauge,
     {"account", "task"},
     "Time since a poll last succeeded; absent before the first success"},
    {Single::rateLimit,
     "arrivald_rate_limit_requests",
     kGauge,
     {"account", "endpoint"},
     "Requests that the provider allows in a period"},
    {Single::rateLimitRemaining,
     "arrivald_rate_limit_remaining_requests",
     kGauge,
     {"account", "endpoint"},
     "Requests that remain in the current period, as of the last response"},
    {Single::creditsRemaining,
     "arrivald_credits_remaining",
     kGauge,
     {"account"},
     "Mails that the account's plan still pays for before its next reset"},
    {Single::creditsLimit,
     "arrivald_credits_limit",
     kGauge,
     {"account"},
     "Mails that the account's plan pays for in one period"},
    {Single::reputation,
     "arrivald_reputation_ratio",
     kGauge,
     {"account"},
     "The provider's opinion of the account as a sender, from 0 to 1"},
    {Single::statisticsContradictory,
     "arrivald_statistics_contradictory",
     kGauge,
     {"account"},
     "1 while the provider's statistics of the account cannot be true: counters of what is above the "
     "requests "
     "stand still, and what depends on them is unknown"},
    {Single::malformed,
     "arrivald_answers_malformed_total",
     kCounter,
     {"account", "what"},
     "Fields, numbers and rows of the provider's responses that could not be used"},
    {Single::missedRuns,
     "arrivald_job_missed_runs_total",
     kCounter,
     {"account", "task"},
     "Runs that were skipped because the machine was suspended, the clock was set or the previous run was "
     "not over"},
    {Single::corrections,
     "arrivald_corrections_total",
     kCounter,
     {"account", "dimension"},
     "Day totals that the provider lowered afterwards; never subtracted from counters"},
    {Single::dataLastChange,
     "arrivald_data_last_change_timestamp_seconds",
     kGauge,
     {"account"},
     "When any of the provider's numbers of the account was last seen to change"},
    {Single::dataUnchanged,
     "arrivald_data_unchanged_seconds",
     kGauge,
     {"account"},
     "Time since any of the provider's numbers of the account changed"},
    {Single::foldedNames,
     "arrivald_folded_names",
     kGauge,
     {"account", "dimension"},
     "Names beyond the limit of names or of series in total, counted together as \"other\""},
    {Single::listEntries,
     "arrivald_suppression_list_entries",
     kGauge,
     {"account", "list"},
     "Entries of the suppression list; lists also shrink by themselves where the account purges them"},
    {Single::listReadTo,
     "arrivald_suppression_list_read_timestamp_seconds",
     kGauge,
     {"account", "list"},
     "Entries created until then are known; after a start, until the list is read, that of the time before"},
    {Single::listAdded,
     "arrivald_suppression_list_added_total",
     kCounter,
     {"account", "list"},
     "Entries seen for the first time"},
    {Single::listRemoved,
     "arrivald_suppression_list_removed_total",
     kCounter,
     {"account", "list"},
     "Entries that a full crawl no longer found"},
    {Single::listCauses,
     "arrivald_suppression_causes_total",
     kCounter,
     {"account", "list", "cause"},
     "New entries of bounces, blocks and invalid addresses by the cause of their reply; \"unspecified\": it "
     "names no cause"},
    {Single::listCausesRemoved,
     "arrivald_suppression_causes_removed_total",
     kCounter,
     {"account", "list", "cause"},
     "Entries of these lists that a full crawl no longer found, by the cause of their reply"},
    {Single::listCauseEntries,
     "arrivald_suppression_cause_entries",
     kGauge,
     {"account", "list", "cause"},
     "Entries of bounces, blocks and invalid addresses that are on the list, by the cause of their reply; as "
     "of "
     "the last read"},
    {Single::released,
     "arrivald_releases_total",
     kCounter,
     {"account", "list", "cause"},
     "Entries that the desk took off a list, each once it was seen to be gone"},
    {Single::releasesArrived,
     "arrivald_releases_arrived_total",
     kCounter,
     {"account", "list", "cause"},
     "Released entries whose next mail was delivered"},
    {Single::releasesFailedAgain,
     "arrivald_releases_failed_again_total",
     kCounter,
     {"account", "list", "cause"},
     "Released entries whose next mail failed, or that are on their list again"},
    {Single::streamBatches,
     "arrivald_event_batches_total",
     kCounter,
     {"account", "outcome"},
     "Batches of the event stream by outcome"},
    {Single::streamEvents,
     "arrivald_events_total",
     kCounter,
     {"account", "event"},
     "Events that were stored and acknowledged, each once, since the store was created"},
    {Single::streamRepeated,
     "arrivald_events_repeated_total",
     kCounter,
     {"account"},
     "Events that were repeated within event_stream.duplicates_within and not counted"},
    {Single::streamMalformed,
     "arrivald_events_malformed_total",
     kCounter,
     {"account"},
     "Events that could not be parsed and were stored as received"},
    {Single::streamLate,
     "arrivald_events_late_total",
     kCounter,
     {"account"},
     "Events that came more than a day after they happened: stored, but in no window"},
    {Single::streamDropped,
     "arrivald_events_dropped_total",
     kCounter,
     {"account", "about"},
     "Mails that the provider dropped, by whom its reason is about: an address, the message or the account"},
    {Single::streamLost,
     "arrivald_messages_without_outcome_total",
     kCounter,
     {"account"},
     "Messages that had no final event after 73 hours"},
    {Single::streamLatency,
     "arrivald_delivery_latency_seconds",
     Type::histogram,
     {"account", "domain_group"},
     "Time from processed to delivered"},
    {Single::streamPercentile,
     "arrivald_delivery_latency_last_hour_seconds",
     kGauge,
     {"account", "dimension", "name", "percentile"},
     "Percentile of the delivery time of the last hour's mail, to within a tenth: of the account, its "
     "categories and "
     "domain groups"},
    {Single::streamInFlight,
     "arrivald_messages_in_flight",
     kGauge,
     {"account", "domain_group"},
     "Messages that were processed and have no final event yet"},
    {Single::streamOverdue,
     "arrivald_messages_overdue",
     kGauge,
     {"account", "domain_group"},
     "Messages in flight for longer than event_stream.overdue_after"},
    {Single::streamOldest,
     "arrivald_messages_in_flight_oldest_seconds",
     kGauge,
     {"account", "domain_group"},
     "How long the oldest message in flight has been in flight"},
    {Single::forwardsWaiting,
     "arrivald_forward_batches_waiting",
     kGauge,
     {"target"},
     "Batches of the event stream that are still to be forwarded"},
    {Single::forwardLag,
     "arrivald_forward_lag_seconds",
     kGauge,
     {"target"},
     "How long the oldest batch to be forwarded has waited"},
    {Single::forwarded,
     "arrivald_forward_batches_total",
     kCounter,
     {"target", "outcome"},
     "Attempts to forward a batch, by outcome; \"discarded\": it will not be forwarded"},
    {Single::streamDifference,
     "arrivald_statistics_minus_events",
     kGauge,
     {"account", "what"},
     "Mails of the last closed day by the statistics minus those by the event stream"},
    {Single::streamLag,
     "arrivald_source_lag_seconds",
     kGauge,
     {"account", "source"},
     "How far the source currently lags behind the other one"},
    {Single::alertsByState,
     "arrivald_alerts_by_state",
     kGauge,
     {"state"},
     "Number of alerts that are pending, firing or recovering; 0 if there are none"},
    {Single::incidentsOpen,
     "arrivald_incidents_open",
     kGauge,
     {"account", "severity"},
     "Incidents that go on, by their worst severity"},
    {Single::incidentsAcknowledged,
     "arrivald_incidents_acknowledged",
     kGauge,
     {"account"},
     "Incidents that go on and of which somebody takes care"},
    {Single::incidentsOpened,
     "arrivald_incidents_opened_total",
     kCounter,
     {"account"},
     "Incidents that were found"},
    {Single::notifications,
     "arrivald_notifications_total",
     kCounter,
     {"channel", "outcome"},
     "Attempts to deliver a notification to a channel, by outcome"},
    {Single::outboxWaiting,
     "arrivald_outbox_waiting_messages",
     kGauge,
     {},
     "Notifications that have yet to be delivered"},
    {Single::outboxUndeliverable,
     "arrivald_outbox_undeliverable_messages",
     kGauge,
     {},
     "Notifications that could not be delivered and are kept"},
    {Single::outboxOldest,
     "arrivald_outbox_oldest_age_seconds",
     kGauge,
     {},
     "How long the oldest notification has been waiting; 0 if there is none"},
    {Single::dmarcInputs,
     "arrivald_dmarc_inputs_total",
     kCounter,
     {"via", "outcome"},
     "Files, mails and posts that were read as DMARC reports, by outcome"},
    {Single::dmarcRefused,
     "arrivald_dmarc_rejected_total",
     kCounter,
     {"reason"},
     "Of these, the ones that were refused, by reason"},
    {Single::dmarcIntake,
     "arrivald_dmarc_intake_last_input_timestamp_seconds",
     kGauge,
     {"via"},
     "When something last came in as a DMARC report"},
    {Single::dmarcMessages,
     "arrivald_dmarc_messages",
     kGauge,
     {"domain", "origin", "aligned"},
     "Messages that reports tell of the last closed day, by who sent them and what passed for the domain"},
    {Single::dmarcDispositions,
     "arrivald_dmarc_disposition_messages",
     kGauge,
     {"domain", "disposition"},
     "Messages of the last closed day by what receivers did with them"},
    {Single::dmarcSources,
     "arrivald_dmarc_source_messages",
     kGauge,
     {"domain", "source", "aligned"},
     "Messages of the last closed day by source: the 50 largest, and all others as \"other\""},
    {Single::dmarcOwnPass,
     "arrivald_dmarc_own_pass_ratio",
     kGauge,
     {"domain"},
     "Fraction of the domain's own mail that passed DMARC in the last 28 closed days"},
    {Single::dmarcCoverage,
     "arrivald_dmarc_coverage_ratio",
     kGauge,
     {"domain"},
     "Own messages in reports divided by messages delivered, in the last 28 closed days"},
    {Single::dmarcDay,
     "arrivald_dmarc_day_timestamp_seconds",
     kGauge,
     {"domain"},
     "When the last closed day with reports began"},
    {Single::dmarcReady,
     "arrivald_dmarc_ready",
     kGauge,
     {"domain", "step"},
     "1 if the domain meets every condition that arrivald measures for the step, else 0"},
    {Single::dmarcConditions,
     "arrivald_dmarc_condition_met",
     kGauge,
     {"domain", "step", "condition"},
     "1 if the condition for the step is met, 0 if not; absent if it is unknown"},
    {Single::storeWritable,
     "arrivald_store_writable",
     kGauge,
     {},
     "1 while arrivald can store its state; 0 while its disk is full, read-only or failing"},
    {Single::storeRefused,
     "arrivald_store_refused_writes_total",
     kCounter,
     {"error"},
     "Transactions that the store refused, by kind of error"},
    {Single::heartbeats,
     "arrivald_heartbeat_pings_total",
     kCounter,
     {"outcome"},
     "Pings of the dead man's switch, by outcome; \"withheld\": not sent because a poll fails"},
    {Single::statusPage,
     "arrivald_status_page_indicator",
     kGauge,
     {},
     "Indicator of the provider's status page: 0 none, 1 minor, 2 major, 3 critical; absent while it cannot "
     "be read"},
    {Single::statusPageIncidents,
     "arrivald_status_page_unresolved_incidents",
     kGauge,
     {},
     "Unresolved incidents on the provider's status page"},
    {Single::configAccepted,
     "arrivald_config_accepted_total",
     kCounter,
     {},
     "Configurations that were put into effect, the first included"},
    {Single::configRefused,
     "arrivald_config_refused_total",
     kCounter,
     {},
     "Reloads that left the running configuration in effect, since the new one has mistakes or cannot be "
     "applied"},
    {Single::configLastGood,
     "arrivald_config_last_reload_successful",
     kGauge,
     {},
     "1 if the configuration that was last loaded is in effect, else 0"},
    {Single::configLastAccepted,
     "arrivald_config_last_accepted_timestamp_seconds",
     kGauge,
     {},
     "When the configuration in effect was put into effect"},
    {Single::clockSteps,
     "arrivald_clock_steps_total",
     kCounter,
     {},
     "Number of steps of the wall clock while arrivald ran"},
    {Single::clockLastStep,
     "arrivald_clock_last_step_seconds",
     kGauge,
     {},
     "By how much the wall clock was last set; negative: backwards"},
    {Single::buildInfo,
     "arrivald_build_info",
     kGauge,
     {"version", "compiler", "revision"},
     "Always 1; the labels identify the running build"},
    {Single::processCpu, "process_cpu_seconds_total", kCounter, {}, "User and system CPU time"},
    {Single::processResident, "process_resident_memory_bytes", kGauge, {}, "Resident memory"},
    {Single::processVirtual, "process_virtual_memory_bytes", kGauge, {}, "Virtual memory"},
    {Single::processOpenFiles, "process_open_fds", kGauge, {}, "Open file descriptors"},
    {Single::processMaxFiles, "process_max_fds", kGauge, {}, "Limit of open file descriptors"},
    {Single::processStart, "process_start_time_seconds", kGauge, {}, "When the process started"},
    {Single::processThreads, "process_threads", kGauge, {}, "Threads"},
}};

constexpr bool inOrder() {
  for (std::size_t i = 0; i < kSingleCount; ++i)
    if (kSingles[i].id != static_cast<Single>(i)) return false;
  return true;
}
static_assert(inOrder(), "kSingles must follow the enumeration");

constexpr std::array<MailCounter, delivery::kMetricCount> kMailCounters = {{
    {Metric::requests, "requests", "Mails that the provider was requested to deliver, one per recipient"},
    {Metric::processed, "processed", "Mails that the provider accepted for delivery"},
    {Metric::delivered, "delivered", "Mails that receiving servers accepted"},
    {Metric::deferred, "deferred",
     "Delivery attempts that receiving servers deferred; one mail may count many times"},
    {Metric::bounces, "bounces", "Mails that receiving servers rejected permanently"},
    {Metric::blocks, "blocks", "Mails that receiving servers rejected temporarily"},
    {Metric::bounceDrops, "bounce_drops", "Mails not sent because the address is on the bounce list"},
    {Metric::spamReportDrops, "spam_report_drops",
     "Mails not sent because the address is on the spam report list"},
    {Metric::unsubscribeDrops, "unsubscribe_drops", "Mails not sent because the recipient has unsubscribed"},
    {Metric::invalidEmails, "invalid_emails",
     "Mails not sent because the address is malformed or known to be invalid"},
    {Metric::drops, "drops", "Mails not sent because the address is on any suppression list"},
    {Metric::spamReports, "spam_reports", "Spam complaints of recipients"},
    {Metric::unsubscribes, "unsubscribes", "Recipients who unsubscribed from everything"},
    {Metric::opens, "opens", "Opens, including those by machines"},
    {Metric::uniqueOpens, "unique_opens", "First opens, including those by machines"},
    {Metric::clicks, "clicks", "Clicks, including those by machines"},
    {Metric::uniqueClicks, "unique_clicks", "First clicks, including those by machines"},
    {Metric::returned, "returned", "Delivered mails that bounced afterwards"},
}};

constexpr std::array<WindowGauge, 13> kWindowGauges = {{
    {Input::deliveryRate, "delivery_ratio",
     "Fraction of the mails with an outcome that were delivered: delivered / (delivered + bounces + blocks)"},
    {Input::deliveryRateByRequest, "delivery_by_request_ratio",
     "delivered / requests; meant for windows of a day and more"},
    {Input::deliveryRateLessDrops, "delivery_less_drops_ratio",
     "delivered / (requests - drops); meant for windows of a day and more"},
    {Input::bounceRate, "bounce_ratio", "bounces / (delivered + bounces + blocks)"},
    {Input::blockRate, "block_ratio", "blocks / (delivered + bounces + blocks)"},
    {Input::dropRate, "drop_ratio", "drops / requests"},
    {Input::spamReportRate, "spam_report_ratio", "spam reports / delivered"},
    {Input::requests, "window_requests", "Mails requested in the window"},
    {Input::delivered, "window_delivered", "Mails delivered in the window"},
    {Input::failures, "window_failures", "Bounces and blocks in the window"},
    {Input::drops, "window_drops", "Drops of every kind in the window"},
    {Input::deferrals, "window_deferrals", "Deferred attempts in the window"},
    {Input::queue, "window_queue",
     "Requests of the window that are neither dropped nor have an outcome: an estimate of mail in flight"},
}};

}  // namespace

std::string_view name(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      return "histogram";
  }
  return "untyped";
}

std::span<const std::string_view> knownValues(Single id) {
  static constexpr std::string_view kBatches[] = {
      "accepted", "bad_signature", "no_signature",    "unauthorized", "token_refused",
      "busy",     "not_stored",    "unreadable",      "too_large",    "malformed_request",
      "too_slow", "own_batch",     "header_too_large"};
  static constexpr std::string_view kMalformed[] = {"unknown_metrics", "bad_numbers", "bad_rows", "repeated"};
  static constexpr std::string_view kDropped[] = {"address", "message", "account", "other"};
  static constexpr std::string_view kForwarded[] = {"forwarded", "retried", "discarded"};
  static constexpr std::string_view kNotified[] = {"delivered", "retried", "undeliverable", "superseded"};
  static constexpr std::string_view kRefused[] = {"disk_full", "read_only", "io_error",
                                                  "damaged",   "locked",    "storage"};
  static constexpr std::string_view kPinged[] = {"sent", "withheld", "unavailable", "timed_out"};
  switch (id) {
    case Single::streamBatches:
      return kBatches;
    case Single::streamEvents:
      return stream::eventNames();
    case Single::malformed:
      return kMalformed;
    case Single::streamDropped:
      return kDropped;
    case Single::forwarded:
      return kForwarded;
    case Single::notifications:
      return kNotified;
    case Single::storeRefused:
      return kRefused;
    case Single::heartbeats:
      return kPinged;
    default:
      return {};
  }
}

const SingleMetric& describe(Single id) { return kSingles[static_cast<std::size_t>(id)]; }
std::span<const MailCounter> mailCounters() { return kMailCounters; }
std::span<const WindowGauge> windowGauges() { return kWindowGauges; }

bool applies(Metric metric, Dimension dimension) {
  const bool provider = dimension == Dimension::mailboxProvider;
  const bool group = dimension == Dimension::domainGroup;
  switch (metric) {
    case Metric::drops:
      return provider || group;
    case Metric::bounceDrops:
    case Metric::spamReportDrops:
    case Metric::unsubscribeDrops:
    case Metric::invalidEmails:
      return !provider && !group;
    case Metric::unsubscribes:
      return !provider;
    case Metric::uniqueOpens:
    case Metric::uniqueClicks:
      return !group;
    case Metric::returned:
      return group;
    default:
      return true;
  }
}

bool hasToday(Dimension dimension) { return dimension != Dimension::domainGroup; }

std::size_t seriesOf(Dimension dimension, std::size_t windows) {
  std::size_t counters = 0;
  for (const auto& counter : kMailCounters) counters += applies(counter.metric, dimension);
  return counters * (hasToday(dimension) ? 2 : 1) + windows * (kWindowGauges.size() + 1);
}

std::string_view labelOf(Dimension dimension) {
  return dimension == Dimension::account ? std::string_view() : name(dimension);
}

std::string prefix(Dimension dimension) {
  std::string text = "arrivald_";
  if (dimension != Dimension::account) text.append(name(dimension)).append("_");
  return text;
}

std::vector<Description> catalogue() {
  std::vector<Description> all;
  for (const auto& single : kSingles) {
    std::string labels;
    for (const auto label : single.labels)
      if (!label.empty()) labels.append(labels.empty() ? "" : ", ").append(label);
    all.push_back({std::string(single.name), single.type, labels, std::string(single.help)});
  }
  for (std::size_t i = 0; i < delivery::kMailDimensionCount; ++i) {
    const auto dimension = static_cast<Dimension>(i);
    const auto begin = prefix(dimension);
    std::string labels = "account";
    if (!labelOf(dimension).empty()) labels.append(", ").append(labelOf(dimension));
    for (const auto& counter : kMailCounters) {
      if (!applies(counter.metric, dimension)) continue;
      all.push_back({begin + std::string(counter.stem) + "_total", kCounter, labels,
                     std::string(counter.help) + kTotalHelp});
      if (hasToday(dimension))
        all.push_back({begin + "today_" + std::string(counter.stem), kGauge, labels,
                       std::string(counter.help) + kTodayHelp});
    }
    for (const auto& gauge : kWindowGauges)
      all.push_back({begin + std::string(gauge.stem), kGauge, labels + ", window", std::string(gauge.help)});
    all.push_back(
        {begin + std::string(kWindowCovered), kGauge, labels + ", window", std::string(kWindowCoveredHelp)});
  }
  all.push_back({std::string(kAlerts), kGauge, "rule, severity, state, account, dimension, name",
                 std::string(kAlertsHelp)});
  return all;
}

}  // namespace arrivald::metrics
