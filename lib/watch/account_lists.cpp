#include "watch/account_lists.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "suppression/list_owner.hpp"
#include "watch/account_access.hpp"
#include "watch/owners.hpp"
#include "watch/poll_statistics.hpp"
#include "watch/poll_suppressions.hpp"
#include "watch/trouble.hpp"

namespace arrivald::watch {

using runtime::Task;

namespace {

// Says for as long as it lives whose lists are crawled; also when the crawl is cancelled.
class Crawling {
 public:
  Crawling(std::set<std::string>& owners, const std::string& owner) : owners_(owners), owner_(owner) {
    owners_.insert(owner_);
  }
  ~Crawling() { owners_.erase(owner_); }
  Crawling(const Crawling&) = delete;
  Crawling& operator=(const Crawling&) = delete;

 private:
  std::set<std::string>& owners_;
  const std::string& owner_;
};

}  // namespace

AccountLists::AccountLists(Owners& owners, http::Transport& transport, sendgrid::Client& client,
                           const config::Account& account, const config::Config& configuration)
    : owners_(owners), transport_(transport), client_(client), account_(account), config_(configuration) {}

bool AccountLists::allCrawled(const std::string& owner) const {
  const auto& lists = std::as_const(owners_).lists();
  return std::ranges::all_of(suppression::kLists, [&](suppression::List list) {
    return lists.progress(owner, list).crawled.has_value();
  });
}

bool AccountLists::allCrawled() const {
  const auto owners = std::as_const(owners_).lists().ownersOf(account_);
  return std::ranges::all_of(owners, [&](const std::string& owner) { return allCrawled(owner); });
}

sendgrid::Client& AccountLists::clientOf(const std::string& owner) {
  auto& client = clients_[owner];
  if (!client) {
    auto access = accessOf(account_);
    access.name = owner;
    access.onBehalfOf = suppression::subuserOf(owner);
    client = std::make_unique<sendgrid::Client>(transport_, owners_.clock(), std::move(access));
  }
  return *client;
}

Task<JobOutcome> AccountLists::findSubusers() {
  std::vector<std::string> found;
  if (account_.subusers.discover) {
    auto names = co_await client_.subusers();
    if (!names) co_return JobOutcome(toError(std::move(names).error(), owners_.clock().now()));
    found = std::move(names->names);
  }
  auto subusers = chosen(account_.subusers, std::move(found));
  std::erase_if(subusers, [&](const std::string& subuser) {
    return std::ranges::find(config_.accounts, subuser, &config::Account::onBehalfOf) !=
           config_.accounts.end();
  });
  const auto stored = owners_.lists().putSubusers(account_.name, std::move(subusers));
  if (!stored) co_return JobOutcome(notStored(stored.error()));
  co_return JobOutcome();
}

Task<JobOutcome> AccountLists::crawlSubuser(sendgrid::Client& client) {
  const Crawling crawling(crawled_, client.access().name);
  co_return co_await crawlSuppressions(owners_, client);
}

Task<JobOutcome> AccountLists::readSubusers(Read read) {
  // A subuser has none of its own.
  if (!account_.subusers.any() || !account_.onBehalfOf.empty()) co_return JobOutcome();
  Trouble trouble;
  auto found = co_await findSubusers();
  // Those that are known are read all the same.
  trouble.add(std::move(found));
  const auto owners = owners_.lists().ownersOf(account_);
  for (std::size_t i = 1; i < owners.size() && !trouble.stop; ++i) {
    auto& client = clientOf(owners[i]);
    JobOutcome outcome;
    if (read == Read::latest && allCrawled(owners[i]))
      outcome = co_await pollSuppressions(owners_, client);
    else if (!crawled_.contains(owners[i]))
      outcome = co_await crawlSubuser(client);
    trouble.add(std::move(outcome));
  }
  co_return std::move(trouble.first);
}

Task<JobOutcome> AccountLists::read(Read read) {
  Trouble trouble;
  JobOutcome own;
  if (read == Read::everything)
    own = co_await crawlSuppressions(owners_, client_);
  else
    own = co_await pollSuppressions(owners_, client_);
  trouble.add(std::move(own));
  if (trouble.stop) co_return std::move(trouble.first);
  auto subusers = co_await readSubusers(read);
  trouble.add(std::move(subusers));
  co_return std::move(trouble.first);
}

Task<JobOutcome> AccountLists::crawl() { return read(Read::everything); }
Task<JobOutcome> AccountLists::poll() { return read(Read::latest); }

}  // namespace arrivald::watch
