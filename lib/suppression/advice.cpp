#include "suppression/advice.hpp"

namespace arrivald::suppression {
namespace {

using causes::Class;
using causes::Verdict;

constexpr std::array<std::string_view, kAdvices.size()> kAdviceNames = {
    "safe", "once_confirmed", "no_difference", "do_not", "admin_only"};
constexpr std::array<std::string_view, kSides.size()> kSideNames = {"ours", "theirs", "wrong_address",
                                                                    "temporary", "unknown"};

// docomo announced that from this day (in Japan) "Unknown user" no longer stands for a refusal by settings.
constexpr Instant kDocomoIsPlain =
    Instant(std::chrono::sys_days(std::chrono::year(2025) / 3 / 13)) - std::chrono::hours(9);

bool isTemporary(const causes::Cause& cause) {
  return cause.causeClass == Class::temporaryLimit || cause.causeClass == Class::network;
}

bool isDead(const AdviceFacts& facts) {
  const auto& cause = *facts.cause;
  if (!cause.details.meantDomain.empty()) return true;
  if (cause.verdict != Verdict::dead) return false;
  return cause.provider != "docomo" || cause.causeClass != Class::noAddress ||
         facts.created >= kDocomoIsPlain;
}

}  // namespace

std::string_view name(Advice advice) { return kAdviceNames[static_cast<std::size_t>(advice)]; }
std::string_view name(Side side) { return kSideNames[static_cast<std::size_t>(side)]; }

std::optional<Advice> adviceNamed(std::string_view wanted) {
  for (const auto advice : kAdvices)
    if (name(advice) == wanted) return advice;
  return std::nullopt;
}

std::optional<Side> sideNamed(std::string_view wanted) {
  for (const auto side : kSides)
    if (name(side) == wanted) return side;
  return std::nullopt;
}

Advice advise(const AdviceFacts& facts) {
  if (facts.list == List::blocks) return Advice::noDifference;
  if (isWish(facts.list)) return Advice::adminOnly;
  if (facts.failedAgainAfterRelease) return Advice::doNot;
  if (facts.cause == nullptr) return Advice::onceConfirmed;
  if (isDead(facts)) return Advice::doNot;
  const bool isOver = facts.list == List::bounces && isTemporary(*facts.cause) && facts.receiverAcceptedSince;
  return isOver ? Advice::safe : Advice::onceConfirmed;
}

causes::Cause wishCause(List list) {
  causes::Cause cause;
  cause.causeClass = Class::recipientRefused;
  cause.verdict = causes::verdictOf(cause.causeClass);
  cause.speaker = causes::Speaker::sendGrid;
  cause.outcome = causes::Outcome::notSent;
  cause.confidence = 1;
  cause.textKey = list == List::spamReports ? "sendgrid.spam_report" : "sendgrid.unsubscribed";
  cause.ruleId = "list." + std::string(name(list));
  return cause;
}

Side sideOf(const causes::Cause& cause) {
  if (!cause.details.meantDomain.empty()) return Side::wrongAddress;
  switch (cause.verdict) {
    case Verdict::dead:
      return Side::wrongAddress;
    case Verdict::recipientMustAct:
      return Side::theirs;
    case Verdict::senderMustFix:
      return Side::ours;
    case Verdict::wait:
      return Side::temporary;
    case Verdict::unknown:
      return Side::unknown;
  }
  return Side::unknown;
}

}  // namespace arrivald::suppression
