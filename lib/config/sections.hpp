// sections: one function a part of the file. Private to lib/config.
#pragma once

#include <string>

#include "config/reader.hpp"

namespace arrivald::config {

/// A secret's source: {file}, {environment} or {credential}. `what` it is in words, "a key". False if there
/// is no such key, or (told) no usable secret behind it.
bool readSecret(Reader& parent, std::string_view key, SecretValue& target, std::string_view what);
/// Tells what looks like a secret anywhere in the file and has not been told yet.
void refuseInlineSecrets(const Node& root, Context& context);

// Each reads its keys from `root`, the whole file; what stands before it in this list has been read into
// `config`.
/// language, time_zone, holidays.
void readLanguage(Reader& root, Config& config);
void readLinks(Reader& root, Config& config);
void readAlerting(Reader& root, Config& config);
void readAccounts(Reader& root, Config& config);
void readRules(Reader& root, Config& config);
void readChannels(Reader& root, Config& config);
void readRoutes(Reader& root, Config& config);
void readCauses(Reader& root, Config& config);
void readStatusPage(Reader& root, Config& config);
void readHeartbeat(Reader& root, Config& config);
void readHttp(Reader& root, Config& config);
void readWindows(Reader& root, Config& config);
void readCardinality(Reader& root, Config& config);
void readMetrics(Reader& root, Config& config);
void readStore(Reader& root, Config& config);
void readLog(Reader& root, Config& config);
void readEventStream(Reader& root, Config& config);
/// The key "listen" of `parent`; `password`: whether basic authentication can be asked for there.
void readListen(Reader& parent, Listen& listen, bool password);
/// The key "events" of an account.
void readAccountEvents(Reader& account, Account& target);

/// Each text of the list `key` is a glob that has to match one of `known`, which are a `what` ("account")
/// each.
void checkGlobs(Reader& reader, std::string_view key, std::string_view what,
                const std::vector<std::string>& known);
/// The names of all items, such as accounts.
template <class Item>
std::vector<std::string> namesOf(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

inline constexpr Duration kShortestWindow = std::chrono::minutes(5);
inline constexpr Duration kLongestWindow = std::chrono::hours(24 * 30);

}  // namespace arrivald::config
