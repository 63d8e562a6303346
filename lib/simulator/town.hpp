// Town: simulates the mail of a town office minute by minute, and incidents.
//
// On weekdays peaks of about 20 mails a minute before noon and in the afternoon, 5 an hour at night, twice
// that on weekends; a day's volume varies by the factor e^N(0, .25); the last three days of a month have 50 %
// more. Every third working day has a mailing of 600 to one group, with twice the failure rate. 90 % of mails
// have an outcome within a minute, the rest within tens of minutes; the local governments' servers greylist a
// part.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/metric.hpp"

namespace arrivald::simulator {

enum class Incident {
  none,
  totalStall,         ///< outcomes stop, requests continue
  blocksAtOne,        ///< one provider blocks 30 %
  carrierFails,       ///< one carrier rejects everything
  drift,              ///< 5 percentage points more failures, growing over 3 days
  deadDomain,         ///< a mailing of 600 to a domain that no longer exists
  staleList,          ///< a mailing of 2,000, of which 15 % no longer exist
  statisticsGap,      ///< the API responds, but its numbers do not change
  apiOutage,          ///< the API does not respond
  keyRevoked,         ///< the API refuses the key
  throttled,          ///< the API responds with 429
  staleSuppressions,  ///< half of the requests are to suppressed addresses, and dropped
  everythingFails,    ///< every receiver refuses every mail
  senderStops,        ///< nothing is requested
};
/// "total_stall", "blocks_at_one", …: the spelling on the command line.
std::string_view name(Incident incident);

struct Group {
  std::string name;
  double share;    ///< fraction of the mail, 0 to 1
  double failure;  ///< usual fraction of mails that fail, 0 to 1
};

/// How an account sends. The defaults are those of a town office, see above.
struct Habits {
  enum class Day : std::uint8_t {
    peaks,   ///< on working days, highest at 10:30 and 15:00
    office,  ///< on working days from 9:00 to 17:15, evenly; it begins and ends sharply
    always,  ///< the same at all hours of all days
  };
  std::string_view name = "town";
  Day day = Day::peaks;
  double busiest = 20;           ///< mails a minute at the busiest
  double night = 5.0 / 60;       ///< mails a minute at all other times; twice by day on days off
  double spread = .25;           ///< of a day's volume: e^N(0, spread)
  double failureFactor = 1;      ///< of every group's usual share of failures
  bool mailings = true;          ///< of 600 to one group, every third working day
  int monthlyRun = 0;            ///< mails of the run at 10:00 of each month's 20th day; 0: none
  std::set<Date> holidays = {};  ///< days off besides Saturdays and Sundays
  Duration lateAtLeast{0};       ///< every outcome is later by this …
  Duration lateAtMost{0};        ///< … up to this
};

/// The domain to which the mailing of Incident::deadDomain goes.
inline constexpr std::string_view kDeadDomain = "kyu-machi.example.lg.jp";

/// One step of one mail; minute() counts the same steps.
struct Happening {
  Instant at;  ///< to the second
  std::uint64_t mail = 0;
  std::size_t group = 0;
  delivery::Metric metric{};   ///< processed, deferred, delivered, bounces, blocks or bounceDrops
  std::string recipient = {};  ///< empty: one of the town's people, by the number of the mail
};

class Town {
 public:
  Town(unsigned seed, TimeZone zone, const Habits& habits = {});
  const std::vector<Group>& groups() const { return groups_; }
  const TimeZone& zone() const { return zone_; }
  void begin(Incident incident, Instant start, Duration length);
  /// The counts of [at, at + 1 min), by group. Must be called for each minute in order.
  std::vector<delivery::Counts> minute(Instant at) { return minute(at, nullptr); }
  /// Also appends the single steps to `happenings` unless it is null, in no particular order.
  std::vector<delivery::Counts> minute(Instant at, std::vector<Happening>* happenings);

 private:
  bool isOff(Date date) const;
  struct Mailing {
    Instant at;
    std::size_t group;
    int left;
    double failure;
    int perMinute = 100;
    /// What fails of it does for its addresses, so that it bounces.
    enum class Fails : std::uint8_t { asUsual, forAddresses } fails = Fails::asUsual;
    std::string_view domain = {};  // of all its recipients; empty: those of the group
  };
  struct Outcome {
    std::size_t group;
    delivery::Metric metric;
    std::uint64_t mail;
    std::string_view domain;
  };
  /// Mail of a minute to one group.
  struct Sent {
    std::size_t group;
    int mails;
    double failure;
    Mailing::Fails fails = Mailing::Fails::asUsual;
    std::string_view domain = {};
  };
  double perMinute(Instant at) const;
  double onWorkingDay(Date day, double hour) const;
  double waitOf(const Sent& sent, Instant processed, std::uint64_t mail,
                std::vector<delivery::Counts>& counts, std::vector<Happening>* happenings);
  void beginDay(Date day);
  double failureOf(std::size_t group, double usual, Instant at) const;
  void send(const Sent& sent, Instant at, std::vector<delivery::Counts>& counts,
            std::vector<Happening>* happenings);
  static Instant secondIn(Instant minute, std::uint64_t mail, unsigned salt);

  std::mt19937_64 random_;
  TimeZone zone_;
  Habits habits_;
  std::vector<Group> groups_;
  Incident incident_ = Incident::none;
  Instant start_{};
  Instant end_{};
  Date day_{};
  double volume_ = 1;
  std::vector<Mailing> mailings_;
  std::map<Instant, std::vector<Outcome>> later_;
  std::uint64_t mails_ = 0;
};

}  // namespace arrivald::simulator
