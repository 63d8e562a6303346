#include "notify/next_step.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "causes/texts.hpp"
#include "notify/kind_words.hpp"
#include "notify/side_words.hpp"

namespace arrivald::notify {
namespace {

// What becomes of the mail whose replies explain the alert.
causes::Outcome outcomeOf(const rules::Evidence& evidence) {
  const auto replies = traitsOf(evidence).replies;
  if (replies == MailView::Replies::deferred) return causes::Outcome::retried;
  if (replies == MailView::Replies::dropped) return causes::Outcome::notSent;
  return causes::Outcome::ended;
}

// What the sender has to correct is said as about a single mail, as exactly as the replies tell.
std::string correction(causes::Cause cause, causes::Outcome outcome, Language language) {
  cause.outcome = outcome;
  auto next = causes::describe(cause, language).next;
  if (next.find('{') == std::string::npos) return next;
  // It names something of the single reply.
  cause.textKey.clear();
  return causes::describe(cause, language).next;
}

// Of all other causes what to do about many mails differs from what to do about one.
std::string stepFor(const causes::Cause& cause, causes::Outcome outcome, bool isLookedUp,
                    const Catalogue& c) {
  if (cause.verdict == causes::Verdict::senderMustFix) return correction(cause, outcome, c.language());
  // Where a missing address and a refusal are answered alike, nobody is taken off a list.
  const bool perhapsRefused = cause.verdict == causes::Verdict::recipientMustAct &&
                              causes::verdictOf(cause.causeClass) == causes::Verdict::dead;
  const auto key =
      fmt::format("next.cause.{}", perhapsRefused ? "recipient_refused" : causes::name(cause.causeClass));
  if (isLookedUp && c.has(key + ".looked_up")) return c.text(key + ".looked_up");
  const auto retried = key + ".retried";
  return c.text(outcome == causes::Outcome::retried && c.has(retried) ? retried : key);
}

std::string stepForCauseOf(const Side& side, causes::Outcome outcome, const Catalogue& c) {
  if (!side.domains.empty())
    return c.text("next.cause.bad_domain.domains", {{"domains", domainWords(side.domains, c)}});
  return stepFor(side.cause->cause, outcome, side.earlier.has_value(), c);
}

}  // namespace

std::string stepFor(const Side& side, Waits waiting, std::string_view otherwise, const Shown& shown,
                    const Catalogue& c) {
  const auto outcome = waiting == Waits::yes ? causes::Outcome::retried : causes::Outcome::ended;
  if (side.cause) return stepForCauseOf(side, outcome, c);
  const auto filled = [&](std::string_view pattern) {
    return c.text(pattern, {{"replies", c.text(shown.replies ? "next.replies.below"
                                               : shown.trace ? "next.replies.elsewhere"
                                                             : "next.replies.untraced")},
                            {"breakdown",
                             c.text(shown.breakdown ? "next.breakdown.below" : "next.breakdown.elsewhere")},
                            {"page", c.text(shown.page ? "next.page.below" : "next.page.elsewhere")},
                            {"renewed", shown.renewed},
                            {"name", oneLine(c.groupName(side.name), 60)}});
  };
  // The replies that the message shows would have people taken off the list.
  const auto keeping = [&](const std::string& step) {
    return side.doubtful ? step + c.text("sentence.gap") + c.text("next.keep_list") : step;
  };
  switch (side.kind) {
    case Side::Kind::providerSays:
      return filled("next.provider_says");
    case Side::Kind::apiSays:
      return filled("next.api_says");
    case Side::Kind::providerHolds:
      return filled("next.provider_holds");
    case Side::Kind::ours:
      return keeping(filled("next.ours"));
    case Side::Kind::receiverFails:
      return keeping(filled(side.doubtful ? "next.receiver_fails.doubtful" : "next.receiver_fails"));
    case Side::Kind::receiver:
    case Side::Kind::receiverAlone:
      if (side.doubtful && waiting != Waits::yes) return filled("next.receiver.doubtful");
      return keeping(filled(waiting == Waits::yes ? "overdue.next" : "next.receiver"));
    default:
      return keeping(filled(otherwise));
  }
}

std::string stepForCause(causes::Class causeClass, Waits waiting, const Catalogue& catalogue) {
  causes::Cause cause;
  cause.causeClass = causeClass;
  cause.verdict = causes::verdictOf(causeClass);
  const auto outcome = waiting == Waits::yes ? causes::Outcome::retried : causes::Outcome::ended;
  return stepFor(cause, outcome, false, catalogue);
}

std::string nextStep(const rules::Change& change, const Side& side, const Shown& shown,
                     const ChangeWords& words) {
  const auto& c = words.catalogue();
  const auto& evidence = change.reason.evidence;
  const auto outcome = outcomeOf(evidence);
  if (side.cause) return stepForCauseOf(side, outcome, c);
  return stepFor(side, outcome == causes::Outcome::retried ? Waits::yes : Waits::no, nextStepKey(evidence),
                 shown, c);
}

}  // namespace arrivald::notify
