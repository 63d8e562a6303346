// CauseWords: a cause in the few words that a row of the desk has room for.
#pragma once

#include <string>

#include "desk/listed_entry.hpp"
#include "pages/texts.hpp"
#include "suppression/release_request.hpp"

namespace arrivald {

struct CauseWords {
  std::string headline;  ///< "受信箱がいっぱい"
  std::string row;       ///< what it means, in one sentence
  std::string todo;      ///< the next step
  std::string said;      ///< the fact that a person states before the release
};
CauseWords causeWordsOf(const desk::ListedEntry& entry, Language language);

/// What will happen to a row of a draft, by its cause and the mails that its domain's server has accepted
/// since.
struct ReleaseConsequence {
  std::string strong, text;
  std::string said;  ///< the fact to tick; empty: none
};
ReleaseConsequence consequenceOf(const suppression::ReleaseItem& item, const causes::Cause& cause,
                                 std::int64_t acceptedSince, Language language);

}  // namespace arrivald
