// page: the one page for people at "/": how it stands now. Pure; plain data in, HTML out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "base/time_zone.hpp"

namespace arrivald::desk {

/// A delivery rate over one window. Not known is not zero.
struct Rate {
  std::string window;               ///< "5m", "24h"
  std::optional<double> delivered;  ///< share of the outcomes
  std::int64_t outcomes = 0;
  std::int64_t requests = 0;
  bool known = false;
};

struct AccountCard {
  std::string name;
  std::vector<Rate> rates;
  std::vector<std::optional<double>> delivery;  ///< delivery rate by bucket, oldest first
  std::vector<std::optional<double>> requests;  ///< requests by bucket
  std::string trendText;                        ///< "2 h, 5 min each"
  std::optional<Instant> lastRead;
  bool hasStream = false;    ///< an event stream is configured
  bool streamAlive = false;  ///< and tells all that happens
  std::optional<Instant> lastBatch;
  std::vector<std::string> missingScopes;
  /// Parts such as mailbox providers: name, delivered share, outcomes of the last 24 hours.
  struct Part {
    std::string name;
    std::optional<double> delivered;
    std::int64_t outcomes = 0;
  };
  std::vector<Part> providers;
  std::vector<std::pair<std::string, std::int64_t>> lists;  ///< suppression lists and their sizes
  /// Why mail did not arrive in the last 24 hours, in words, most first.
  std::vector<std::pair<std::string, std::int64_t>> causes;
  /// Groups of receivers by the event stream; empty without one.
  struct Receiver {
    std::string name;
    std::int64_t delivered = 0;  ///< in the last hour
    std::string median, p95;     ///< in words; empty: nothing was delivered
    std::int64_t inFlight = 0;
    std::int64_t overdue = 0;
    std::string oldest;  ///< in words
  };
  std::vector<Receiver> receivers;
};

enum class Weight { critical, warning, info, pending, over };

struct AlertRow {
  Weight weight = Weight::info;
  std::string rule;
  std::string subject;  ///< in words
  std::string value;    ///< in words: "91.3 % (below 98 %)"
  Instant since{};
  std::optional<Instant> until;
};

struct JobRow {
  std::string account;
  std::string name;
  std::optional<Instant> lastSuccess;
  std::optional<Instant> next;
  std::string error;  ///< empty: well
};

struct PageModel {
  Language language = Language::japanese;
  TimeZone zone;
  Instant now{};
  Instant started{};
  std::string version;
  std::vector<AccountCard> accounts;
  std::vector<AlertRow> alerts;  ///< active ones first
  std::vector<JobRow> jobs;
  std::optional<std::string> statusDescription;  ///< the provider's own word
  bool statusTroubled = false;
  std::int64_t outboxWaiting = 0;
  std::int64_t outboxUndeliverable = 0;
  bool storeTrouble = false;
};

/// A whole document without scripts and without anything from elsewhere; all text is escaped. It asks the
/// browser to load it again every 30 seconds.
std::string renderPage(const PageModel& model);

/// What to send along: nothing but the page's own style may be used.
std::string contentSecurityPolicy();

/// Escapes & < > " ' and replaces what is no UTF-8.
std::string escapeHtml(std::string_view text);

}  // namespace arrivald::desk
