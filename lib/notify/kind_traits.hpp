// kind_traits: what there is to say about each kind of evidence besides its own numbers: where the problem
// lies, whose replies explain it, and what its trend and its breakdown show. Pure. A new kind needs an
// overload in kind_traits.cpp, which does not compile without it.
#pragma once

#include <optional>

#include "notify/mail_view.hpp"
#include "rules/evidence.hpp"

namespace arrivald::notify {

/// Where the problems lie that a kind finds.
enum class Concern : std::uint8_t {
  receivers,    ///< a receiver refuses or delays mail
  provider,     ///< mail does not leave SendGrid
  application,  ///< no mail is requested, or other than usual
  recipients,   ///< SendGrid does not send, mostly since the addresses are suppressed
  complaints,   ///< people report our mail as spam, or unsubscribe
  plan,         ///< the credits of the plan
  reputation,   ///< SendGrid's rating of the account
  account,      ///< SendGrid has stopped the account
  domain,       ///< mail that is sent as our domain fails authentication, ours or forged
  watch,        ///< arrivald's own watching; says nothing about mail
};

struct KindTraits {
  Concern concern = Concern::watch;
  bool hasValue = false;  ///< false: the kind reports a state, not a number
  /// The mail that made the rule fire: its replies explain the alert. Nothing: no reply does.
  std::optional<MailView::Replies> replies = {};
  /// Of which the trend is: a rate or a number of mails of a bucket. Nothing: there is no trend.
  std::optional<rules::Input> trend = {};
  /// Of which share of bad mail the breakdown is. Nothing: where it happens explains nothing.
  std::optional<rules::Input> breakdown = {};
};
KindTraits traitsOf(const rules::Evidence& evidence);

}  // namespace arrivald::notify
