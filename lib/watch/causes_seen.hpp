// CausesSeen: why mail did not arrive lately, from the replies in the provider's lists.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causes/explain.hpp"
#include "suppression/entry.hpp"

namespace arrivald::watch {

class CausesSeen {
 public:
  /// With the built-in rules only, until use().
  CausesSeen();

  /// Puts the users' rules before the built-in ones. Fails, and changes nothing, if they cannot be used.
  Done use(const std::vector<causes::Rule>& own);

  /// Explains a new entry of bounces, blocks or invalid addresses and remembers it for a day; nothing for
  /// other lists, whose entries hold no reply.
  std::optional<causes::Cause> note(const std::string& account, suppression::List list,
                                    const suppression::Entry& entry, Instant now);

  causes::Cause explain(const causes::Reply& reply) const { return explainer_.explain(reply); }

  struct Share {
    causes::Class klass = causes::Class::unspecified;
    std::size_t count = 0;
  };
  struct Summary {
    std::size_t entries = 0;
    std::vector<Share> shares;         ///< most first
    std::vector<std::string> samples;  ///< at most 3, of the commonest class, addresses masked, one line each
  };
  /// Of entries created in (now − window, now]. `provider` narrows it to one mailbox provider as the
  /// statistics name it ("Gmail"), in any case; empty: all.
  Summary summary(std::string_view account, std::string_view provider, Duration window, Instant now) const;

 private:
  struct Seen {
    std::string account;
    Instant created;
    causes::Class klass;
    std::string provider;
    std::string reply;  // masked
  };
  causes::Explainer explainer_;
  std::vector<causes::Rule> own_;
  std::deque<Seen> seen_;  // the latest last; at most kMostSeen
};

}  // namespace arrivald::watch
