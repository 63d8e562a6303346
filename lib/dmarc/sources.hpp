// sources: who sends as a domain, judged from the sums of its days.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/days.hpp"

namespace arrivald::dmarc {

enum class Origin : std::uint8_t {
  own,              ///< our mail, sent for us
  forwarded,        ///< our mail, sent on by somebody, and its signature lives
  relayThatBreaks,  ///< our mail, sent on by somebody, and its signature is broken
  unknownService,   ///< a service that sends for its customers, and signs for itself only
  spoofed,          ///< nothing speaks for it
  unknown,          ///< summed with others, so that nothing can be said of it
};
inline constexpr std::size_t kOriginCount = 6;
/// "own", "forwarded", "relay_that_breaks", "unknown_service", "spoofed", "unknown".
std::string_view name(Origin origin);

/// Why a source has its origin.
enum class Evidence : std::uint8_t {
  configured,        ///< the configuration says so
  spfPassed,         ///< SPF has passed there for the domain
  serviceSigns,      ///< a known service signs with the domain's key
  signatureLives,    ///< DKIM passes though the mail is not sent from an own source
  receiverSays,      ///< the receiver takes it for forwarded
  passedThere,       ///< fails, but other mail of the domain passed there: a forger cannot do that once
  serviceForItself,  ///< fails, and passes for a known service
  nothing,
  tooMany,  ///< a report with too many senders: the rest is one sum
};
std::string_view name(Evidence evidence);

/// A source that people have named.
struct NamedSource {
  std::string name;
  std::optional<Origin> origin;  ///< own or forwarded; empty: not ours
  struct Network {
    aggregate::IpAddress address;
    int length = 128;  ///< in bits of the IPv6 form
  };
  std::vector<Network> networks;  ///< compared with the /24 or /48 that is known of a sender
  std::vector<std::string> domains;
};
/// "192.0.2.0/24", "192.0.2.7", "2001:db8::/32".
std::optional<NamedSource::Network> parseNetwork(std::string_view text);

/// A sender as it is known from all days, and its sums.
struct KnownSender {
  std::int64_t id = 0;
  Sender sender;
  Date firstDay, lastDay;
  Aligned ever = Aligned::none;
};
struct Sum {
  Date day;
  std::int64_t sender = 0;  ///< KnownSender::id
  Fate fate;
  std::uint64_t messages = 0;
};

/// Messages by what receivers did.
struct Dispositions {
  std::uint64_t none = 0, quarantined = 0, rejected = 0;
  void add(aggregate::Disposition disposition, std::uint64_t messages);
  friend bool operator==(const Dispositions&, const Dispositions&) = default;
};

struct Source {
  std::string name;  ///< "SendGrid", "forwarder.example.jp", "192.0.2.0/24"
  Origin origin = Origin::spoofed;
  Evidence evidence = Evidence::nothing;
  Date firstDay, lastDay;  ///< of what was ever reported
  Tally tally;
  Dispositions dispositions;
  std::array<std::uint64_t, 4> causes{};  ///< failing messages by FailureCause
  std::vector<std::string> networks;      ///< the first ten
  std::map<Date, Tally> days;
};

struct DaySums {
  std::array<Tally, kOriginCount> byOrigin;
  Dispositions dispositions;
  std::uint64_t ownRefused = 0;     ///< own mail that receivers quarantined or rejected
  std::uint64_t ownBySendGrid = 0;  ///< own mail that SendGrid sent
  Tally total() const;
  std::uint64_t of(Origin origin) const;
};

struct Sources {
  std::vector<Source> sources;  ///< the largest first
  std::map<Date, DaySums> days;
};

/// `sums`: of the days to be judged, and of the 28 before, which tell what passed; those before `from` are
/// not in the result.
Sources judge(std::string_view domain, const std::vector<KnownSender>& senders, const std::vector<Sum>& sums,
              const std::vector<NamedSource>& named, Date from);

}  // namespace arrivald::dmarc
