// AccountLists: reads the suppression lists of an account, and those of its subusers, who have lists of their
// own.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "config/config.hpp"
#include "sendgrid/client.hpp"
#include "watch/job.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. What it is made of must outlive it and its calls.
///
/// The subusers are those whose statistics are read (accounts[].subusers), but for those that are configured
/// as accounts of their own. They are asked for with the account's key.
class AccountLists {
 public:
  AccountLists(Owners& owners, http::Transport& transport, sendgrid::Client& client,
               const config::Account& account, const config::Config& configuration);
  AccountLists(const AccountLists&) = delete;
  AccountLists& operator=(const AccountLists&) = delete;

  /// Finds the subusers, and crawls all lists. One whose lists cannot be read does not stop the others.
  runtime::Task<JobOutcome> crawl();
  /// Reads what is new; of subusers that were found since the last crawl everything.
  runtime::Task<JobOutcome> poll();
  /// Whether each list has been crawled completely, as far as the subusers are known.
  bool allCrawled() const;

 private:
  enum class Read : std::uint8_t { latest, everything };
  runtime::Task<JobOutcome> read(Read read);
  runtime::Task<JobOutcome> findSubusers();
  runtime::Task<JobOutcome> readSubusers(Read read);
  runtime::Task<JobOutcome> crawlSubuser(sendgrid::Client& client);
  sendgrid::Client& clientOf(const std::string& owner);
  bool allCrawled(const std::string& owner) const;

  Owners& owners_;
  http::Transport& transport_;
  sendgrid::Client& client_;
  const config::Account& account_;
  const config::Config& config_;
  std::map<std::string, std::unique_ptr<sendgrid::Client>> clients_;  // of subusers, by the lists' owner
  std::set<std::string> crawled_;  // owners whose lists are being crawled: none by two tasks at once
};

}  // namespace arrivald::watch
