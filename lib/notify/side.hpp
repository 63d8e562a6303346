// side: whose side a problem seems to be on. Pure. A part of an account is judged together with its account,
// so that all alerts say the same about one incident.
//
// A side is named by replies, and only once a clear majority of enough replies names it; before that, where
// the failures gather is said, and that the side is not known yet. Replies about single addresses ("no such
// user", "mailbox full") are not believed while nearly all mail fails that arrived until then, nor where one
// receiver gives them more than usual: a list grows old everywhere and slowly. They are believed where these
// addresses, unlike others of their category at their receiver, never took mail before: those are of an old
// or a wrong list. Of whose mail the account's replies are is then known of the account only, not of its
// parts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "causes/cause.hpp"
#include "notify/context.hpp"

namespace arrivald::notify {

/// The cause that explains most of an alert.
struct LeadingCause {
  causes::Cause cause;
  double share = 0;  ///< of the replies to the mail that made the rule fire; 0: see `Side::ofWhole`
};

struct Side {
  enum class Kind : std::uint8_t {
    watch,          ///< the monitoring; says nothing about mail
    api,            ///< SendGrid's: its API fails
    apiSays,        ///< the same, which its status page confirms
    statistics,     ///< SendGrid's: numbers of its statistics that cannot be true
    apiOrNetwork,   ///< not known yet: its API, or what is between it and this host
    key,            ///< ours: the API key, its permissions or the account's settings
    limit,          ///< ours: more requests by one API key than SendGrid answers
    network,        ///< ours: the way from this host to SendGrid
    host,           ///< ours: the disk of this host
    application,    ///< the system that sends
    plan,           ///< our plan with SendGrid
    reputation,     ///< what we send, as SendGrid rates it
    complaints,     ///< what we send, as people judge it
    recipients,     ///< our list of recipients: SendGrid does not send to these addresses
    account,        ///< SendGrid has stopped the account
    domain,         ///< what sends as our domain, or its DNS records; the rule's own texts say more
    providerSays,   ///< SendGrid's, which its status page confirms
    provider,       ///< SendGrid's: mail gets no further
    providerHolds,  ///< SendGrid's: most of what waits has not been tried
    cause,          ///< as most replies say, see `cause`
    receiverFails,  ///< the receiver `name`'s: nearly all its mail fails, which arrived until then
    receiver,       ///< not known yet: it happens at the receiver `name` only
    receiverAlone,  ///< not known yet: it happens at the receiver `name`; nothing is known of others
    ours,           ///< ours: it happens at all receivers alike
    sender,         ///< ours: each of the causes that were looked for is the sender's
    unclear,
  };
  Kind kind = Kind::unclear;
  std::string name = {};  ///< of the receiver, where it happens at one
  std::optional<LeadingCause> cause = {};
  /// The cause is that of the whole account, of which the alert's subject shares the trouble.
  bool ofWhole = false;
  /// The commonest reply is about single addresses, and is not believed.
  bool doubtful = false;
  /// What the addresses that such replies are about took before, where it tells something.
  std::optional<EarlierMail> earlier = {};
  /// Where the replies say that the recipients' domains do not exist or take no mail: these, at most
  /// kMaxDomainsNamed; more are not named.
  std::vector<std::string> domains = {};
};

inline constexpr std::size_t kMaxDomainsNamed = 3;

/// "No such user", "mailbox full" and the like: about one address, not about the sender or the receiver.
bool isAboutSingleAddresses(causes::Class causeClass);

Side sideOf(const rules::Change& change, const Context& context);

/// The row with most of the failures of a breakdown, if there is one.
struct Gathering {
  BreakdownRow part;
  double share = 0;  ///< of the failures
};
std::optional<Gathering> gatheringOf(const std::vector<BreakdownRow>& breakdown);

/// The receiver at which what an alert about a whole account tells of gathers; empty: none.
std::string placeOf(const rules::Change& change, const Context& context);

}  // namespace arrivald::notify
