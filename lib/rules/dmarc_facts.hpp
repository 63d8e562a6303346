// DmarcFacts: what DMARC reports say of the domains that mail is sent as. A part of Facts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "delivery/subject.hpp"

namespace arrivald::rules {

/// What a rule of kind dmarc looks for.
enum class DmarcSign : std::uint8_t {
  ownMail,         ///< more mail of an own source fails than usual
  ownMailRefused,  ///< receivers quarantine or reject own mail
  newSource,       ///< much mail of a source that was not seen for weeks
  spoofing,        ///< far more forged mail than usual
  reportsStopped,  ///< no report comes any more
  reporterSilent,  ///< none of one reporter
  policyChanged,   ///< reporters see another policy than before
  unreadable,      ///< reports about it, or of anything, come and cannot be read
};
inline constexpr std::size_t kDmarcSignCount = 8;
/// "own_mail", "own_mail_refused", "new_source", …: the spelling in YAML, stored evidence and texts.
std::string_view name(DmarcSign sign);
std::optional<DmarcSign> dmarcSignNamed(std::string_view name);

/// Of one domain. All counts are of `day`, the last one about which hardly any report is still to come.
struct DmarcSigns {
  std::string day;  ///< "2026-09-22"; empty: there are no reports about that day
  Instant dayBegins{};
  std::int64_t days = 0;  ///< of the 28 before it that have reports
  struct Source {
    std::string name;
    std::int64_t failing = 0, messages = 0;
    std::optional<double> usual = {};  ///< share that failed on the median day before; nothing: it is new
  };
  std::vector<Source> own;
  std::vector<Source> unseen;  ///< not seen in the 28 days before
  std::int64_t ownMessages = 0, ownRefused = 0;
  std::int64_t spoofed = 0;
  double usualSpoofed = 0;  ///< on the median day before
  std::string policy;       ///< p, as the newest reports saw it; empty: unknown
  struct Change {
    std::string before, since;  ///< the former policy, and the day on which the new one was first seen
    Instant at{};               ///< when that day began
  };
  std::optional<Change> policyChange = {};
  /// Since the last report about the domain came, and how long that usually takes; nothing: none ever came.
  std::optional<Duration> quiet = {};
  Duration usualGap{0};
  struct Reporter {
    std::string name;
    Duration quiet{0}, usualGap{0};
  };
  std::vector<Reporter> reporters;  ///< of those that report nearly daily
  std::int64_t unreadable = 0;      ///< inputs of the last day, of any domain
};

/// Read-only. Nothing behind it may change during an evaluation.
class DmarcFacts {
 public:
  virtual ~DmarcFacts() = default;

  /// The domains that are configured, each with the account that is notified of it.
  virtual std::vector<delivery::Subject> sendingDomains() const { return {}; }
  /// Null: not known yet.
  virtual const DmarcSigns* dmarcSigns(const delivery::Subject&) const { return nullptr; }
};

}  // namespace arrivald::rules
