// RecentCauses: why mail did not arrive within the last day, from replies in the provider's lists and its
// event stream.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causes/explain.hpp"
#include "notify/mail_view.hpp"
#include "stream/record.hpp"
#include "suppression/advice.hpp"
#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. Kept in memory; of each source the latest 5,000 replies.
class RecentCauses final : public Owner {
 public:
  /// With the built-in rules only, until retain().
  RecentCauses();

  /// Puts the users' rules before the built-in ones; if they cannot be used, which the configuration's check
  /// prevents, the ones before stay and the log says so. Replies of removed accounts stay for their day, so
  /// that an account that is configured again continues.
  void retain(const config::Config& configuration) override;
  void shift(Duration step) override;

  /// Explains a new entry of bounces, blocks or invalid addresses and remembers it for a day; nothing for
  /// other lists, whose entries hold no reply. `group`: of receivers.
  std::optional<causes::Cause> note(const std::string& account, suppression::List list,
                                    const suppression::Entry& entry, Instant now,
                                    const std::string& group = {});

  /// Explains a reply of the event stream (a bounce, a block, a deferral or a drop) and remembers it for a
  /// day. `group`: of receivers. Returns its cause; nothing of one that is older.
  std::optional<causes::Class> noteEvent(const std::string& account, const std::string& group,
                                         const stream::Record& record, Instant now);

  causes::Cause explain(const stream::Record& record) const;
  /// The cause of an entry of bounces, blocks or invalid addresses; nothing for other lists.
  std::optional<causes::Cause> explain(suppression::List list, const suppression::Entry& entry) const;

  /// The same, and the recipient's wish for lists that hold no reply.
  causes::Cause causeOf(suppression::List list, const suppression::Entry& entry) const;
  /// See causes::Explainer::version().
  std::uint64_t version() const { return explainer_.version(); }

  /// Mail of one kind: what its addresses took is comparable.
  struct Cell {
    std::string group;     ///< of receivers
    std::string category;  ///< the mail's first; empty: none
    friend auto operator<=>(const Cell&, const Cell&) = default;
  };
  /// Fingerprints of the addresses that replies of the event stream say do not exist, or do not take mail,
  /// and of which it is not known whether they took mail before; the latest first, at most `max`, each once.
  struct Unknown {
    std::uint64_t address = 0;
    Instant at{};  ///< of the latest reply about it
    Cell cell;
  };
  std::vector<Unknown> notLookedUp(std::string_view account, Duration window, std::size_t max,
                                   Instant now) const;
  /// Other addresses of each cell.
  using Others = std::map<Cell, notify::EarlierMail::Addresses>;
  /// Whether these took mail before, and others of the cells that were looked at. `within`: of how long
  /// events are stored.
  void lookedUp(const std::string& account, const std::map<std::uint64_t, bool>& tookMail,
                const Others& others, Duration within = {});

  struct ClassCount {
    causes::Class causeClass = causes::Class::unspecified;
    std::size_t entries = 0;
    causes::Verdict verdict = causes::Verdict::unknown;  ///< the most frequent of the class
    std::string textKey = {};  ///< of the text that three in four of the class have; empty: none
  };
  struct Summary {
    std::size_t entries = 0;
    std::vector<ClassCount> classes;   ///< most first
    std::string receiver;              ///< the domain group of seven in ten; empty: none
    std::vector<std::string> samples;  ///< at most 3, of the commonest class, addresses masked, one line each
    notify::EarlierMail earlier = {};  ///< of the event stream only
    std::vector<notify::Causes::Domain> domains = {};
  };
  using Replies = notify::MailView::Replies;
  using Wanted = notify::MailView::Wanted;
  /// Of entries created in (now − window, now]. `provider` narrows it to one mailbox provider as the
  /// statistics name it ("Gmail"), in any case, or to one domain group; empty: all.
  Summary summary(std::string_view account, std::string_view provider, const Wanted& wanted,
                  Instant now) const;
  /// The same of the event stream's replies. `group` empty: all.
  Summary ofEvents(std::string_view account, std::string_view group, const Wanted& wanted, Instant now) const;
  /// Replies of receivers in the event stream whose cause is one of these.
  std::int64_t countOfEvents(std::string_view account, std::string_view group,
                             const std::vector<std::string>& causes, Duration window, Instant now) const;

  /// When the latest of these came within the last day; nothing where none did.
  std::optional<Instant> lastOfEvents(std::string_view account, std::string_view group,
                                      const std::vector<std::string>& causes, Instant now) const;

  /// Failures in the event stream within the last day, oldest first.
  std::vector<notify::FailedMail> failedMail(std::string_view account) const;

 private:
  /// What became of a mail.
  enum class Fate : std::uint8_t { bounced, blocked, deferred, dropped };
  struct Recipient {
    std::uint64_t address = 0;  // fingerprint; of events only
    std::optional<bool> tookMail = {};
    std::string domain = {};
  };
  struct Seen {
    std::string account;
    Instant created;
    causes::Class causeClass;
    std::string provider;
    std::string reply;  // masked
    Cell cell;
    std::string code;  // of events only
    Fate fate = Fate::bounced;
    std::string textKey;  // of the cause
    causes::Verdict verdict = causes::Verdict::unknown;
    Recipient to = {};
  };
  static bool isOf(Replies replies, Fate fate);
  static bool fits(const Seen& seen, const Wanted& wanted, Instant now);
  static Fate fateOf(stream::EventKind kind);
  Summary summarise(const std::deque<Seen>& all, const std::function<bool(const Seen&)>& fits) const;
  static std::vector<notify::Causes::Domain> domainsOf(const std::deque<Seen>& all, causes::Class causeClass,
                                                       const std::function<bool(const Seen&)>& fits);
  static void remember(std::deque<Seen>& all, Seen seen, Instant now);
  notify::EarlierMail earlierOf(std::string_view account, const std::function<bool(const Seen&)>& fits) const;

  causes::Explainer explainer_;
  std::vector<causes::Rule> own_;
  std::deque<Seen> seen_;                                // of lists; the latest last, at most kMaxSeen
  std::deque<Seen> streamed_;                            // of events, likewise
  std::map<std::string, Others, std::less<>> others_;    // by account, the latest, at most kMaxCells of each
  std::map<std::string, Duration, std::less<>> within_;  // by account, of the latest look-up
};

}  // namespace arrivald::watch
