// Town: a town office's mail, minute by minute, and what can go wrong with it.
//
// Weekday peaks of about 20 mails a minute before noon and in the afternoon, 5 an hour at night, twice that
// on weekend days; a day's volume varies by e^N(0, .25); the last three days of a month bring half as much
// again. Every third working day has a mailing of 600 to one group, with doubled failure. 90 % of mails have
// their outcome within a minute, the rest within tens of minutes; the local governments' servers greylist a
// part.
#pragma once

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.hpp"
#include "delivery/metric.hpp"

namespace arrivald::simulator {

enum class Incident {
  none,
  totalStall,         ///< outcomes stop, requests go on
  blocksAtOne,        ///< one provider refuses 30 %
  carrierFails,       ///< one carrier refuses everything
  drift,              ///< 5 points more failures, growing over 3 days
  deadDomain,         ///< a mailing of 600 to a domain that is gone
  staleList,          ///< a mailing of 2,000, of which 15 % are gone
  statisticsGap,      ///< the provider answers, its numbers stand still
  apiOutage,          ///< the provider does not answer
  keyRevoked,         ///< the provider refuses the key
  throttled,          ///< the provider answers 429
  staleSuppressions,  ///< half of what is requested goes to addresses that are suppressed, and is dropped
};
/// "total_stall", "blocks_at_one", …: the spelling on the command line.
std::string_view name(Incident incident);

struct Group {
  std::string name;
  double share;    ///< of the mail
  double failure;  ///< usual share of mails that fail
};

/// What became of one mail: the same that minute() counts, told one by one.
struct Happening {
  Instant at;  ///< to the second
  std::uint64_t mail = 0;
  std::size_t group = 0;
  delivery::Metric metric{};  ///< processed, deferred, delivered, bounces, blocks or bounceDrops
};

class Town {
 public:
  Town(unsigned seed, TimeZone zone);
  const std::vector<Group>& groups() const { return groups_; }
  const TimeZone& zone() const { return zone_; }
  void begin(Incident incident, Instant start, Duration length);
  /// What was counted in [at, at + 1 min), by group. To be called for every minute in turn.
  std::vector<delivery::Counts> minute(Instant at) { return minute(at, nullptr); }
  /// Adds what happened, not in order.
  std::vector<delivery::Counts> minute(Instant at, std::vector<Happening>* happenings);

 private:
  struct Mailing {
    Instant at;
    std::size_t group;
    int left;
    double failure;
  };
  struct Outcome {
    std::size_t group;
    delivery::Metric metric;
    std::uint64_t mail;
  };
  double perMinute(Instant at) const;
  void beginDay(Date day);
  double failureOf(std::size_t group, double usual, Instant at) const;
  void send(std::size_t group, int mails, Instant at, double usualFailure,
            std::vector<delivery::Counts>& counts, std::vector<Happening>* happenings);
  static Instant secondIn(Instant minute, std::uint64_t mail, unsigned salt);

  std::mt19937_64 random_;
  TimeZone zone_;
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
