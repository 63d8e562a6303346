// Cause: why a mail did not arrive, as far as the receiving server's reply tells.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace arrivald::causes {

/// The twelve classes. Their letters are the spelling of tables and of `arrivald explain`.
enum class Class : std::uint8_t {
  noAddress,         // A
  badDomain,         // D
  mailboxFull,       // F
  mailboxDisabled,   // S
  recipientRefused,  // R
  senderBlocked,     // B
  authentication,    // K
  content,           // C
  malformed,         // M
  temporaryLimit,    // T
  network,           // N
  unspecified,       // U
};
inline constexpr std::array<Class, 12> kClasses = {
    Class::noAddress,        Class::badDomain,      Class::mailboxFull,    Class::mailboxDisabled,
    Class::recipientRefused, Class::senderBlocked,  Class::authentication, Class::content,
    Class::malformed,        Class::temporaryLimit, Class::network,        Class::unspecified};

/// Who has to do something. `dead` is the one that costs most when it is wrong.
enum class Verdict : std::uint8_t { dead, recipientMustAct, senderMustFix, wait, unknown };
inline constexpr std::array<Verdict, 5> kVerdicts = {Verdict::dead, Verdict::recipientMustAct,
                                                     Verdict::senderMustFix, Verdict::wait, Verdict::unknown};

char letter(Class c);
std::optional<Class> classOf(char letter);
/// "no_address", "bad_domain", …: the spelling of metrics and JSON.
std::string_view name(Class c);
/// Reads a letter or a name.
std::optional<Class> classNamed(std::string_view text);
Verdict verdictOf(Class c);
/// "dead", "recipient_must_act", "sender_must_fix", "wait", "unknown".
std::string_view name(Verdict verdict);

/// What a reply means. Every text in it comes from our own tables, except `forwardedTo`.
struct Cause {
  Class causeClass = Class::unspecified;
  Verdict verdict = Verdict::unknown;
  /// Estimated chance that the class is right, 0 to 1.
  double confidence = 0;
  /// Which rule decided: its id, "status.5.1.1" when only the code spoke, "model" when only the words did,
  /// "none" when nothing did.
  std::string ruleId = "none";
  std::string provider;   ///< "gmail", "microsoft", "docomo", … or empty
  std::string blocklist;  ///< "Spamhaus ZEN", … where the reply names one
  std::optional<Duration> retryAfter;
  /// Another recipient than ours that the reply names: mail is forwarded there. Personal data.
  std::string forwardedTo;
  /// "gmail.com" where the recipient's domain looks like a slip of the pen for it.
  std::string meantDomain;
  /// The local part has dots where RFC 5321 allows none unless quoted: "\"a..b\"@docomo.ne.jp"'s quoted form.
  bool needsQuoting = false;
  /// Which text of the tables says it best: a key such as "au.unknown_at_data", or the class's own.
  std::string textKey;
};

}  // namespace arrivald::causes
