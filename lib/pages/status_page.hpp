// StatusPage: what the watch knows, as the page at "/". Pure: plain data in, HTML out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.hpp"
#include "base/time_zone.hpp"

namespace arrivald::pages {

/// A delivery rate over one window. Unknown is not zero.
struct Rate {
  std::string window;               ///< "5m", "24h": its name in the JSON of `status`
  std::optional<double> delivered;  ///< fraction of the outcomes, 0 to 1
  std::int64_t outcomes = 0;
  std::int64_t requests = 0;
  bool known = false;
  std::string title = {};  ///< as people read it: "last 5 min"
};

struct AccountCard {
  std::string name;
  std::vector<Rate> rates;
  std::vector<std::optional<double>> delivery;  ///< delivery rate by bucket, oldest first
  std::vector<std::optional<double>> requests;  ///< requests by bucket
  std::string trendText;                        ///< "2 h, 5 min each": the span of the charts
  std::optional<Instant> lastRead;
  bool tooLittleMail = false;  ///< some has failed, and there is too little to say how the mail does
  bool learning = false;       ///< none has failed, of too little mail of the first day
  bool hasStream = false;      ///< an event stream is configured
  bool streamAlive = false;    ///< the event stream is configured and complete
  std::optional<Instant> lastBatch;
  /// Batches that came since the last good one and were refused, with the remedy, as text; empty: none.
  std::string refusedBatches;
  std::string malformedEvents;      ///< events that could not be read, as text; empty: none
  std::vector<std::string> doubts;  ///< what the latest statistics leave open, as text
  std::vector<std::string> missingScopes;
  std::string standing;  ///< credits and reputation, as text; empty: unknown
  /// One row of the breakdown by mailbox provider, over the last 24 hours.
  struct Part {
    std::string name;
    std::optional<double> delivered;
    std::int64_t outcomes = 0;
  };
  std::vector<Part> providers;
  /// Suppression lists and their entries; nothing while a list has not been read to its end.
  std::vector<std::pair<std::string, std::optional<std::int64_t>>> lists;
  /// The causes of failures in the last 24 hours, as text, most frequent first.
  std::vector<std::pair<std::string, std::int64_t>> causes;
  /// One row per domain group, from the event stream; empty without one.
  struct Receiver {
    std::string name;
    std::int64_t delivered = 0;  ///< in the last hour
    std::string median, p95;     ///< as text; empty: nothing was delivered
    std::int64_t inFlight = 0;
    std::int64_t overdue = 0;
    std::string oldest;  ///< age of the oldest message in flight, as text
  };
  std::vector<Receiver> receivers;
};

/// `muted`: fires, and another alert was notified in its place.
enum class Weight { critical, warning, info, recovering, muted, pending, over };

/// The class of the style sheet.
std::string_view className(Weight weight);

/// A cause of which people are notified. Its words are those of its notification.
struct IncidentRow {
  Weight weight = Weight::info;
  std::int64_t number = 0;
  std::string href;      ///< of its own page
  std::string state;     ///< as text: "critical", "resolved"
  std::string headline;  ///< what, where, how bad
  Instant since{};
  std::optional<Instant> until = {};
  std::string side = {}, next = {};  ///< of what is open
  std::string acknowledged = {};     ///< by whom and until when, as text; empty: by nobody
  std::string silenced = {};         ///< until when, by whom and why, as text; empty: it is not
};

struct AlertRow {
  Weight weight = Weight::info;
  std::string rule;
  std::string subject;  ///< as text
  std::string value;    ///< as text: "91.3 % (below 98 %)"
  Instant since{};
  std::optional<Instant> until;
  /// Of an open alert whose side it is, what is known of its cause, and the next step, as its notification
  /// says: each with its label.
  struct Note {
    std::string label, text;
  };
  std::vector<Note> notes = {};
};

struct JobRow {
  std::string account;
  std::string name;  ///< as text
  std::string id;    ///< as the log and `arrivald status` name it
  std::optional<Instant> lastSuccess;
  std::optional<Instant> next;
  std::string error;    ///< empty: the last run succeeded
  std::string unknown;  ///< why a run without an error has read nothing; empty: it has read
};

struct StatusPage {
  Language language = Language::japanese;
  TimeZone zone;
  Instant now{};
  Instant started{};
  std::string version;
  std::vector<AccountCard> accounts;
  std::vector<IncidentRow> incidents;      ///< open ones first, then the last that ended
  std::vector<std::string> silences = {};  ///< and maintenance windows that are on or planned, a line each
  std::vector<AlertRow> alerts;            ///< active ones first
  std::vector<JobRow> jobs;
  std::optional<std::string> statusDescription;  ///< from the provider's status page
  bool statusTroubled = false;
  bool statusWatched = true;  ///< false: the configuration does not have it read
  std::int64_t outboxWaiting = 0;
  std::int64_t outboxUndeliverable = 0;
  std::string deskUrl;        ///< of the desk; empty: none is configured
  bool hasDmarc = false;      ///< DMARC reports are configured: a link to their page
  std::string storeTrouble;   ///< why the state cannot be stored and what to do, as text; empty if it can
  std::string reloadRefused;  ///< since when a changed configuration is refused, and why; empty: none is
};

/// A complete HTML document without scripts; all text is escaped. Browsers reload it every 30 seconds.
std::string render(const StatusPage& model);

/// The Content-Security-Policy header for the page: it permits nothing but our style sheet.
std::string contentSecurityPolicy();

}  // namespace arrivald::pages
