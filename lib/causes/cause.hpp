// Cause: why a message was not delivered, as far as the receiving server's reply tells.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "causes/reply.hpp"

namespace arrivald::causes {

/// The twelve classes of cause. The letters are their spelling in the rule tables and in `arrivald explain`.
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

/// Who has to act. A wrong `dead` costs most: it advises to remove an address that works.
enum class Verdict : std::uint8_t { dead, recipientMustAct, senderMustFix, wait, unknown };
inline constexpr std::array<Verdict, 5> kVerdicts = {Verdict::dead, Verdict::recipientMustAct,
                                                     Verdict::senderMustFix, Verdict::wait, Verdict::unknown};

char letter(Class c);
std::optional<Class> classOf(char letter);
/// "no_address", "bad_domain", …: the spelling in metrics and JSON.
std::string_view name(Class c);
/// Reads a letter or a name.
std::optional<Class> classNamed(std::string_view text);
Verdict verdictOf(Class c);
/// "dead", "recipient_must_act", "sender_must_fix", "wait", "unknown".
std::string_view name(Verdict verdict);

/// Who gave the reason. SendGrid's own reasons, such as "Bounced Address", were never said by a receiver.
enum class Speaker : std::uint8_t { receiver, sendGrid };

/// What a reply contains besides its cause. Empty: nothing of the kind.
struct Details {
  std::string blocklist;               ///< "Spamhaus ZEN", … if the reply names one
  std::optional<Duration> retryAfter;  ///< the wait that the reply asks for
  /// A recipient other than ours that the reply names: the mail was forwarded there. Personal data.
  std::string forwardedTo;
  std::string newAddress;  ///< to which the recipient has moved, as the reply says. Personal data.
  /// "gmail.com" if the recipient's domain is probably a typing error for it.
  std::string meantDomain;
  /// "gmail.com" if our sender address is one of a domain that allows its own servers only.
  std::string senderDomain;
  std::optional<std::uint64_t> messageBytes, limitBytes;  ///< of a message that was too large
  /// The local part has dots that RFC 5321 allows only if it is quoted: a..b@docomo.ne.jp has to be written
  /// "a..b"@docomo.ne.jp.
  bool needsQuoting = false;
};

/// What a reply means. Every text in it comes from our own tables, except the addresses in `details`.
struct Cause {
  Class causeClass = Class::unspecified;
  Verdict verdict = Verdict::unknown;
  /// The likeliest class, if the evidence was too weak to answer with it; `causeClass` is `unspecified` then.
  std::optional<Class> perhaps;
  Speaker speaker = Speaker::receiver;
  Outcome outcome = Outcome::unknown;
  /// Estimated probability that the class is right, 0 to 1.
  double confidence = 0;
  /// What decided: a rule's id, "status.5.1.1" if there was only the status code, "model" if there were only
  /// the words, "none" if there was nothing to decide on.
  std::string ruleId = "none";
  std::string provider;  ///< "gmail", "microsoft", "docomo", … or empty
  Details details;
  /// Key of the most specific text, such as "au.unknown_at_data"; empty: the text of the class.
  std::string textKey;
};

}  // namespace arrivald::causes
