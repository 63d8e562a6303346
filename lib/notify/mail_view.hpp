// MailView: what may be asked about mail to write a notification. Whoever keeps the numbers implements it;
// which of them a notification carries is decided in context.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "causes/cause.hpp"
#include "delivery/metric.hpp"
#include "delivery/subject.hpp"
#include "rules/stream_facts.hpp"

namespace arrivald::notify {

/// Why mail did not arrive, from the replies of receivers.
struct Causes {
  struct Count {
    causes::Class causeClass = causes::Class::unspecified;
    std::size_t replies = 0;
  };
  Duration window{};
  std::size_t replies = 0;           ///< all of them
  std::vector<Count> counts;         ///< most first
  std::vector<std::string> samples;  ///< one line each, addresses masked
};

/// What most failures of an account have in common, from the event stream.
struct Loss {
  double share = 0;   ///< of the failures
  std::string code;   ///< "550 5.7.26", or empty
  std::string group;  ///< of receivers
  Instant since{};
  bool othersNormal = false;  ///< other domain groups do as usual; decided by contextOf()
};

/// What the provider's status page says.
struct StatusReport {
  struct Incident {
    std::string name;
    bool concernsMail = false;
  };
  std::string description;
  std::vector<Incident> incidents;
  bool troubled = false;
  Duration age{};  ///< since it was read
};

/// Read-only, as of one instant: every window ends there. Nothing behind it may change meanwhile.
class MailView {
 public:
  virtual ~MailView() = default;

  /// Whether the account's event stream tells all that happens, so that it is asked before the statistics.
  virtual bool streamAlive(std::string_view account) const = 0;

  /// For how long numbers of the subject have been kept; nothing where there are none.
  virtual std::optional<Duration> knownFor(const delivery::Subject& subject) const = 0;
  /// `count` adjoining buckets, oldest first; absent where unknown.
  virtual std::vector<std::optional<delivery::Counts>> buckets(const delivery::Subject& subject,
                                                               Duration bucket, std::size_t count) const = 0;
  /// The account's subjects of a dimension, with their mail of the window: domain groups by the event stream,
  /// others by the statistics. Subjects whose window is unknown are left out.
  virtual std::vector<std::pair<delivery::Subject, delivery::Counts>> breakdown(std::string_view account,
                                                                                delivery::Dimension dimension,
                                                                                Duration window) const = 0;

  /// From the provider's lists. `provider` empty: all mailbox providers.
  virtual Causes listCauses(std::string_view account, std::string_view provider, Duration window) const = 0;
  /// `dropped`: SendGrid's own reasons for mail that it did not send.
  enum class Replies : std::uint8_t { failed, deferred, dropped };
  /// From the event stream. `group` empty: all domain groups.
  virtual Causes streamCauses(std::string_view account, std::string_view group, Replies replies,
                              Duration window) const = 0;
  /// From the event stream; nothing where the failures have too little in common. `othersNormal` is not set.
  virtual std::optional<Loss> mainLoss(std::string_view account, Duration window) const = 0;
  /// Messages in flight; see rules::StreamFacts::waiting().
  virtual std::optional<rules::StreamFacts::Waiting> waiting(const delivery::Subject& subject, Duration after,
                                                             Duration window) const = 0;

  /// Nothing before it has been read.
  virtual std::optional<StatusReport> statusReport() const = 0;
};

}  // namespace arrivald::notify
