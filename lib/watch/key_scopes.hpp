// KeyScopes: the scopes that each account's API key lacks.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "watch/owner.hpp"

namespace arrivald::watch {

/// Resource; loop thread only. In memory only, since scopes are checked at every start.
class KeyScopes final : public Owner {
 public:
  void retain(const config::Config& configuration) override {
    std::erase_if(missing_, [&](const auto& entry) {
      return std::none_of(configuration.accounts.begin(), configuration.accounts.end(),
                          [&](const config::Account& account) { return account.name == entry.first; });
    });
  }

  /// `missing`: the names of the scopes.
  void checked(const std::string& account, std::vector<std::string> missing) {
    missing_[account] = std::move(missing);
  }
  /// Empty if none is missing or the scopes have not been checked yet.
  const std::vector<std::string>& missing(const std::string& account) const {
    static const std::vector<std::string> kNone;
    const auto found = missing_.find(account);
    return found == missing_.end() ? kNone : found->second;
  }

 private:
  std::map<std::string, std::vector<std::string>> missing_;  // by account
};

}  // namespace arrivald::watch
