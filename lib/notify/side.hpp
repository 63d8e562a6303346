// side: whose side a problem seems to be on. Pure. An alert about one receiver is judged together with the
// account that it is a part of, so that both say the same about one incident.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "causes/cause.hpp"
#include "notify/context.hpp"

namespace arrivald::notify {

/// The cause that explains most of an alert.
struct LeadingCause {
  causes::Class causeClass = causes::Class::unspecified;
  causes::Verdict verdict = causes::Verdict::unknown;
  double share = 0;     ///< of the replies
  std::string textKey;  ///< as Causes::textKey
};

struct Side {
  enum class Kind : std::uint8_t {
    watch,          ///< the monitoring; says nothing about mail
    api,            ///< SendGrid's: its API fails
    key,            ///< ours: the API key, its permissions or the account's settings
    way,            ///< ours: the way from this host to SendGrid
    host,           ///< ours: the disk of this host
    application,    ///< the system that sends
    plan,           ///< our plan with SendGrid
    reputation,     ///< what we send, as SendGrid rates it
    complaints,     ///< what we send, as people judge it
    recipients,     ///< our list of recipients: SendGrid does not send to these addresses
    account,        ///< SendGrid has stopped the account
    providerSays,   ///< SendGrid's, which its status page confirms
    provider,       ///< SendGrid's: mail gets no further
    providerHolds,  ///< SendGrid's: most of what waits has not been tried
    cause,          ///< as most replies say, see `cause`
    receiver,       ///< the receiver `name`'s, while others are as usual
    receiverAlone,  ///< the receiver `name`'s; nothing is known of others
    ours,           ///< ours: it happens at all receivers alike
    unclear,
  };
  Kind kind = Kind::unclear;
  std::string name;  ///< of the receiver
  std::optional<LeadingCause> cause;
};

Side sideOf(const rules::Change& change, const Context& context);

/// The row with most of the failures of a breakdown, if there is one.
struct Gathering {
  BreakdownRow part;
  double share = 0;  ///< of the failures
};
std::optional<Gathering> gatheringOf(const std::vector<BreakdownRow>& breakdown);

}  // namespace arrivald::notify
