// Texts: a cause in words for people who read no SMTP. The words themselves stand in texts.*.json, where a
// translator can edit them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/language.hpp"
#include "causes/cause.hpp"

namespace arrivald::causes {

/// Whole sentences, without markup; escape them before they go into HTML or Slack.
struct Text {
  std::string headline;  ///< whose side it is on, in one or two sentences without jargon
  std::string detail;    ///< why
  std::string next;      ///< one step that the operator can take
  std::string whom;      ///< whom to ask
  std::string remove;    ///< remove it from the list? yes, no, after what
  std::string resend;    ///< send again?
  std::vector<std::string>
      notes;  ///< what else the reply gives: provider, blocklist, waiting time, a slip of the pen
};

/// What is known besides the cause. Empty: not known.
struct MatchContext {
  std::string_view recipient;  ///< personal data: shown only where the address itself is shown
  std::string_view list;       ///< "bounces", "blocks", "spam_reports", …: the provider's list it stands in
};

Text describe(const Cause& cause, Language language, const MatchContext& context = {});

/// How people call a provider: "Gmail", "ドコモ", … Its own name where the tables have no other.
std::string_view providerName(std::string_view provider, Language language);

/// One short phrase for a class, for charts and lists: "宛先なし", "no such address".
std::string_view shortName(Class c, Language language);

/// The mark that an estimate by a language model carries: 「AIによる推定」.
std::string_view guessMark(Language language);

}  // namespace arrivald::causes
