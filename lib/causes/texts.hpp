// Texts: explains a cause to people who do not know SMTP. The texts are in texts.*.json, where translators
// can edit them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.hpp"
#include "causes/cause.hpp"

namespace arrivald::causes {

/// Whole sentences without markup; the caller escapes them for HTML or Slack.
struct Text {
  std::string side;      ///< whose side the cause is on, in two or three words
  std::string headline;  ///< whose side the fault is on, in one or two sentences without jargon
  std::string detail;    ///< why
  std::string next;      ///< one step that the operator can take
  std::string whom;      ///< whom to ask
  std::string remove;    ///< whether to remove the address from the list: yes, no, or after what
  std::string resend;    ///< whether to send again
  /// What else the reply contains: provider, blocklist, waiting time, a probable typing error.
  std::vector<std::string> notes;
};

/// What is known besides the cause. Empty: unknown.
struct MatchContext {
  std::string_view recipient;  ///< personal data: shown only where the address itself is shown
  std::string_view list;  ///< "bounces", "blocks", "spam_reports", …: the suppression list with the entry
};

/// Throws std::logic_error if the catalogue lacks a text, which the tests exclude.
Text describe(const Cause& cause, Language language, const MatchContext& context = {});

/// The display name of a provider: "Gmail", "ドコモ", … Its key if the tables have none.
std::string_view providerName(std::string_view provider, Language language);

/// What a row of a list has room for: in Japanese 24 and 18 characters, without jargon.
struct ShortText {
  std::string row;   ///< why, in one sentence
  std::string todo;  ///< the next step
  /// What a person asserts before the address is released; empty: nothing makes a release right.
  std::string said;
};
/// `acceptedSince`: mails that the same organisation has taken since a fault that passes.
ShortText describeShort(const Cause& cause, Language language, const MatchContext& context = {},
                        std::int64_t acceptedSince = 0);

/// What to tell the customer whose mail of `date` did not arrive: polite sentences without jargon. For an
/// address that does not work a second sentence says that this text has to reach them another way.
struct CustomerText {
  std::string text;
  std::string byPhone;  ///< a note for our own staff; empty: the text may be mailed once the list allows it
};
CustomerText customerText(const Cause& cause, Language language, const MatchContext& context,
                          std::string_view date);

/// What to tell the receiver's IT staff. The reply is quoted verbatim.
struct RefusalFacts {
  std::string_view domain, since, server, reply;
};
std::string itDeskText(Language language, const RefusalFacts& facts);

/// One text of the catalogue, as tables for translators and reviewers show it: with its holes.
struct NamedText {
  std::string key;
  Outcome outcome = Outcome::unknown;
  Text text;
};
/// All texts: first the twelve classes, then those of rules and details; where a text differs by what becomes
/// of the mail, one for each outcome.
std::vector<NamedText> allTexts(Language language);

/// What describe() adds to a text by rule, with its holes: a reply's details, the list, the provider.
struct NamedNote {
  std::string key;
  std::string text;
};
std::vector<NamedNote> allNotes(Language language);

/// A short name of a class, for charts and lists: "宛先なし", "no such address".
std::string_view shortName(Class c, Language language);
/// The same for one cause, where it has a name of its own: "bounced earlier, on the list".
std::string_view shortName(const Cause& cause, Language language);

/// The label of an estimate by a language model: 「AIによる推定」.
std::string_view guessMark(Language language);

}  // namespace arrivald::causes
