#include "notify/mail_view.hpp"

namespace arrivald::notify {

causes::Cause causeOf(const Causes::Count& count) {
  causes::Cause cause;
  cause.causeClass = count.causeClass;
  cause.verdict = count.verdict.value_or(causes::verdictOf(count.causeClass));
  cause.textKey = count.textKey;
  return cause;
}

}  // namespace arrivald::notify
