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
#include "notify/loss.hpp"
#include "rules/stream_facts.hpp"

namespace arrivald::notify {

/// Whether addresses took mail before, by the stored events.
struct EarlierMail {
  struct Addresses {
    std::int64_t looked = 0;    ///< of how many it is known
    std::int64_t accepted = 0;  ///< mail of these was accepted
    friend bool operator==(const Addresses&, const Addresses&) = default;
  };
  Addresses refused;  ///< those of which replies say that they do not exist or take no mail
  /// Others of the same category at the same receiver, to which mail was delivered lately: what is usual.
  /// None where those refused are of several, or have no category: who gets a mail a year cannot be compared
  /// with who gets one each day.
  Addresses others;
  Duration within{};  ///< of how long events are stored: before that nothing is known; zero: not known
  friend bool operator==(const EarlierMail&, const EarlierMail&) = default;
};

/// Why mail did not arrive, from the replies of receivers.
struct Causes {
  struct Count {
    causes::Class causeClass = causes::Class::unspecified;
    std::size_t replies = 0;
    /// That most replies of the class have: a rule may know better than the class. Nothing: the class's.
    std::optional<causes::Verdict> verdict = {};
    std::string textKey = {};  ///< of the text that most replies of the class have; empty: they share none
  };
  Duration window{};
  std::size_t replies = 0;           ///< all of them
  std::vector<Count> counts;         ///< most first
  std::string receiver;              ///< the domain group from which most of the replies come; empty: none
  std::vector<std::string> samples;  ///< one line each, addresses masked
  EarlierMail earlier = {};          ///< empty where it was not looked up
  /// Of the recipients to whose mail the commonest class of replies came.
  struct Domain {
    std::string name;
    std::size_t replies = 0;
    friend bool operator==(const Domain&, const Domain&) = default;
  };
  std::vector<Domain> domains = {};  ///< most replies first, at most kMaxDomains
  static constexpr std::size_t kMaxDomains = 5;
};

/// As a Cause, for the texts: what most of these replies mean.
causes::Cause causeOf(const Causes::Count& count);

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

  /// The subject's mail of up to a day before `until`, as far back as it is known; nothing where it is not.
  virtual std::optional<delivery::Counts> before(const delivery::Subject& subject, Instant until) const = 0;

  /// Replies by what became of their mail.
  enum class Replies : std::uint8_t {
    failed,  ///< bounced or blocked
    bounced,
    blocked,
    deferred,  ///< is tried again
    dropped,   ///< SendGrid's own reasons for mail that it did not send
    answered,  ///< failed or deferred: whatever a receiver answered
  };
  /// Which replies are asked for.
  struct Wanted {
    Replies replies = Replies::failed;
    Duration window{};
    std::vector<std::string> classes = {};  ///< names of causes; empty: all
    /// Of the event stream only: the mails' domain groups and first categories; empty: all.
    std::vector<std::string> receivers = {}, categories = {};
  };
  /// From the provider's lists, which hold bounced and blocked mail. `provider`: a mailbox provider or a
  /// domain group; empty: all.
  virtual Causes listCauses(std::string_view account, std::string_view provider,
                            const Wanted& wanted) const = 0;
  /// From the event stream. `group` empty: all domain groups.
  virtual Causes streamCauses(std::string_view account, std::string_view group,
                              const Wanted& wanted) const = 0;
  /// From the event stream, of the last day, oldest first.
  virtual std::vector<FailedMail> failedMail(std::string_view account) const = 0;
  /// Messages in flight; see rules::StreamFacts::waiting().
  virtual std::optional<rules::StreamFacts::Waiting> waiting(const delivery::Subject& subject, Duration after,
                                                             Duration window) const = 0;

  /// When the provider says that the account's credits are renewed; nothing where it does not say.
  virtual std::optional<Date> creditsRenewed(std::string_view account) const {
    static_cast<void>(account);
    return std::nullopt;
  }

  /// Nothing before it has been read.
  virtual std::optional<StatusReport> statusReport() const = 0;
};

}  // namespace arrivald::notify
