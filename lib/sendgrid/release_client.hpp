// ReleaseClient: takes single entries off the suppression lists of one account, with a key of its own that
// may do that. No other part of arrivald has that key.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"
#include "runtime/task.hpp"
#include "sendgrid/failure.hpp"
#include "sendgrid/rate_budget.hpp"
#include "sendgrid/release_target.hpp"
#include "suppression/release.hpp"

namespace arrivald::sendgrid {

/// The key for releasing, and what it is used on.
struct ReleaseAccess {
  std::string account;                               ///< its name in the YAML
  std::string baseUrl = "https://api.sendgrid.com";  ///< of the region; must be that of onBehalfOf too
  Secret key;
  std::string onBehalfOf;  ///< a subuser's name or "account-id …", or empty
};

/// Resource. Loop thread only. Each call sends one request, a putBack() of a group two; none is repeated
/// here. Waits while a rate limit is nearly used up. Errors are as of sendgrid::Client, without any address.
/// A cancelled call returns Kind::cancelled, or throws as any await of a cancelled task does.
class ReleaseClient {
 public:
  ReleaseClient(http::Transport& transport, Clock& clock, ReleaseAccess access);
  ReleaseClient(const ReleaseClient&) = delete;
  ReleaseClient& operator=(const ReleaseClient&) = delete;

  const std::string& account() const { return access_.account; }

  /// The target's entries at SendGrid; empty if it is not listed. Entries of unsubscribes hold the address
  /// and the group only.
  runtime::Task<Answer<std::vector<suppression::Entry>>> read(ReleaseTarget target);
  runtime::Task<Answer<suppression::Removal>> remove(ReleaseTarget target);
  /// Requires target.canBePutBack(). Kind::notFound if its group does not exist any more: then nothing is
  /// sent.
  runtime::Task<Answer<Nothing>> putBack(ReleaseTarget target);

 private:
  Failure blame(Failure failure, const ReleaseCall& call) const;
  http::Request requestFor(const ReleaseCall& call) const;
  runtime::Task<Answer<http::Response>> send(ReleaseCall call);
  /// The body of a GET; empty if there is nothing under that path.
  runtime::Task<Answer<std::string>> get(ReleaseCall call);

  http::Transport& transport_;
  Clock& clock_;
  ReleaseAccess access_;
  std::string host_;                                        // for error texts
  std::map<std::string, RateBudget, std::less<>> budgets_;  // by ReleaseCall::shownPath()
};

}  // namespace arrivald::sendgrid
