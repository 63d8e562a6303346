// sections: one function for each section of the file. Private to lib/config.
#pragma once

#include <string>

#include "config/reader.hpp"

namespace arrivald::config {

/// Reads a secret from its source: {file}, {environment} or {credential}. `what` names it in messages: "a
/// key". False if there is no such key or, which is reported, no usable secret.
bool readSecret(Reader& parent, std::string_view key, SecretValue& target, const Phrase& what);
/// The path of a file that may also be named as a secret is: `key: /path` or `key: {credential: NAME}`. Where
/// this process cannot read the credential, which is reported, its path is a guess.
struct NamedFile {
  std::string path;  ///< empty: there is no such key, or it is wrong
  bool isGuess = false;
};
NamedFile readNamedFile(Reader& parent, std::string_view key);
/// Reports everything in the file that looks like a secret, unless its place has a problem already.
void refuseInlineSecrets(const Node& root, Context& context);

// Each function reads its keys from `root`, the whole file. They are called in this order, so the sections
// listed before are already in `config`.
/// language, time_zone.
void readLanguage(Reader& root, Config& config);
void readHolidays(Reader& root, Config& config);
/// Names days of `holidays`; routes name the hours.
void readHours(Reader& root, Config& config);
void readLinks(Reader& root, Config& config);
void readAlerting(Reader& root, Config& config);
void readAccounts(Reader& root, Config& config);
void readRules(Reader& root, Config& config);
void readChannels(Reader& root, Config& config);
void readRoutes(Reader& root, Config& config);
void readMaintenance(Reader& root, Config& config);
void readCauses(Reader& root, Config& config);
void readStatusPage(Reader& root, Config& config);
void readHeartbeat(Reader& root, Config& config);
void readAlertmanager(Reader& root, Config& config);
void readHttp(Reader& root, Config& config);
void readWindows(Reader& root, Config& config);
void readCardinality(Reader& root, Config& config);
void readMetrics(Reader& root, Config& config);
void readStore(Reader& root, Config& config);
void readLog(Reader& root, Config& config);
void readEventStream(Reader& root, Config& config);
/// Once `listen` has been read, too: the event stream has a port of its own.
void checkEventPort(Reader& root, const Config& config);
void readDesk(Reader& root, Config& config);
void readDmarc(Reader& root, Config& config);
/// The key "basic_auth" of `parent`: a user and a password.
void readBasicAuth(Reader& parent, std::string& user, SecretValue& password);
/// The key "listen" of `parent`. `password`: whether basic authentication may be configured there.
void readListen(Reader& parent, Listen& listen, bool password);
/// The same as far as it tells how to ask the daemon; files of certificates and keys are not opened.
void readListenToAsk(Reader& root, Listen& listen);
/// The key "events" of an account.
void readAccountEvents(Reader& account, Account& target);

bool isIpAddress(const std::string& text);
/// 127.0.0.0/8 or ::1.
bool isLoopback(const std::string& address);
/// Whether the same connection would belong to both: 0.0.0.0 and :: stand for every address of the machine.
bool overlap(const Listen& one, const Listen& other);

/// Reports each text of the list `key` that, as a glob, matches none of `known`. `what` names the kind of
/// `known`: "account".
void checkGlobs(Reader& reader, std::string_view key, const Phrase& what,
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
