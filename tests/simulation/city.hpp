// City: a city's mail, message by message: seven categories, each with receivers of its own, and what may
// befall them. For the simulation of incidents, where causes matter; simulator::Town knows neither.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/time_zone.hpp"
#include "incidents/kind.hpp"
#include "stream/event_kind.hpp"

namespace arrivald::simulation {

/// What befalls a part of the mail. No categories or no receivers: all of them.
struct Fault {
  std::vector<std::size_t> categories, receivers;
  double share = 0;  ///< of the mail, which fails
  incidents::Kind cause = incidents::Kind::unspecified;
  Instant from, to;
  bool grows = false;  ///< the share grows evenly up to `share`
};
/// Mail of these receivers has no outcome before a later time.
struct Delay {
  std::vector<std::size_t> receivers;  ///< none: all of them
  Instant from, to;
  Duration least{0}, most{0};  ///< none: until `to`, and then within 20 minutes
};
struct Mailing {
  Instant at;
  std::size_t category = 0;
  std::vector<std::size_t> receivers;  ///< none: those of the category
  int left = 0;
  int perMinute = 100;
  double dead = 0;        ///< share of addresses that do not exist
  double greylisted = 0;  ///< share that the receiver puts off for 5 to 24 minutes
};

/// One event of one mail.
struct Happened {
  Instant at;
  std::uint64_t mail = 0;
  std::uint8_t category = 0, receiver = 0;
  stream::EventKind kind{};
  incidents::Kind cause{};  ///< of a failure, as it is read from the reply
};

class City {
 public:
  /// `readRightly`: the share of causes that the classifier reads as they are.
  City(unsigned seed, TimeZone zone, double readRightly);
  static const std::vector<std::string>& categories();
  static const std::vector<std::string>& domains();
  const TimeZone& zone() const { return zone_; }
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void add(Delay delay) { delays_.push_back(std::move(delay)); }
  void add(Mailing mailing) { mailings_.push_back(std::move(mailing)); }
  /// Other mail from here on: the same history, another future.
  void reseed(unsigned seed) { random_.seed(seed); }

  /// The events of the minute that begins at `at`, in no order. To be called for each minute.
  std::vector<Happened> minute(Instant at);

 private:
  double perMinute(Instant at);
  void beginDay(Date day);
  void send(std::size_t category, std::size_t receiver, Instant at, const Mailing* mailing);
  std::pair<bool, incidents::Kind> fate(std::size_t category, std::size_t receiver, Instant at,
                                        const Mailing* mailing);
  incidents::Kind read(incidents::Kind cause);
  Duration waitOf(std::size_t receiver, Instant at, const Mailing* mailing, Happened event);
  void schedule(const Happened& event) {
    later_[std::chrono::floor<std::chrono::minutes>(event.at)].push_back(event);
  }

  std::mt19937_64 random_;
  TimeZone zone_;
  double readRightly_;
  Date day_{};
  double volume_ = 1;
  std::vector<Fault> faults_;
  std::vector<Delay> delays_;
  std::vector<Mailing> mailings_;
  std::map<Instant, std::vector<Happened>> later_;
  std::uint64_t mails_ = 0;
};

}  // namespace arrivald::simulation
