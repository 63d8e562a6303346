#include "notify/mail_view.hpp"

namespace arrivald::notify {

causes::Cause causeOf(const Causes::Count& count) {
  causes::Cause cause;
  cause.causeClass = count.causeClass;
  cause.verdict =
      count.verdict == causes::Verdict::unknown ? causes::verdictOf(count.causeClass) : count.verdict;
  cause.textKey = count.textKey;
  return cause;
}

}  // namespace arrivald::notify
