// record_words: a row of the record as people read it; the record itself keeps codes, which never change.
// Pure.
#pragma once

#include <string>

#include "base/language.hpp"
#include "store/record_table.hpp"

namespace arrivald::desk {

/// "アドレスを調べた"; an act of another version as it is stored.
std::string actWords(const std::string& action, Language language);
/// "解除してよい"; empty without one.
std::string adviceWords(const std::string& advice, Language language);
/// The address with its list and account.
std::string subjectWords(const store::RecordRow& row, Language language);
/// What came of it, who confirmed what, why, and the memo. What has no words stays as it is stored.
std::string outcomeWords(const store::RecordRow& row, Language language);

}  // namespace arrivald::desk
