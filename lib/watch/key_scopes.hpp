// KeyScopes: what each account's API key may not do, in words for people.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "watch/owner.hpp"

namespace arrivald::watch {

/// Loop thread only. Kept in memory: scopes are checked at every start.
class KeyScopes final : public Owner {
 public:
  void retain(const config::Config& configuration) override {
    std::erase_if(missing_, [&](const auto& entry) {
      return std::none_of(configuration.accounts.begin(), configuration.accounts.end(),
                          [&](const config::Account& account) { return account.name == entry.first; });
    });
  }

  /// One line a scope that is missing: its name, and what stops working without it.
  void checked(const std::string& account, std::vector<std::string> missing) {
    missing_[account] = std::move(missing);
  }
  /// Empty if nothing is missing, or before the scopes were checked.
  const std::vector<std::string>& missing(const std::string& account) const {
    static const std::vector<std::string> kNone;
    const auto found = missing_.find(account);
    return found == missing_.end() ? kNone : found->second;
  }

 private:
  std::map<std::string, std::vector<std::string>> missing_;  // by account
};

}  // namespace arrivald::watch
