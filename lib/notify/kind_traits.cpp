#include "notify/kind_traits.hpp"

#include "base/overloaded.hpp"

namespace arrivald::notify {
namespace {

using rules::Input;
using Replies = MailView::Replies;

// Failures of one sort, by receiver.
constexpr KindTraits failures(Replies replies, Input input) {
  return {Concern::receivers, true, replies, input, input};
}

// Mail that waits: its replies are those that put it off. Where the failures are says nothing about it.
constexpr KindTraits kWaiting{Concern::receivers, true, Replies::deferred, Input::deliveryRate, {}};

KindTraits ofInput(Input input) {
  switch (input) {
    case Input::deliveryRate:
    case Input::deliveryRateByRequest:
    case Input::deliveryRateLessDrops:
      return failures(Replies::failed, input);
    case Input::failures:
      return failures(Replies::failed, Input::deliveryRate);
    case Input::bounceRate:
      return failures(Replies::bounced, input);
    case Input::bouncesListGrowth:
    case Input::invalidEmailsListGrowth:
      return failures(Replies::bounced, Input::bounceRate);
    case Input::blockRate:
      return failures(Replies::blocked, input);
    case Input::blocksListGrowth:
      return failures(Replies::blocked, Input::blockRate);
    case Input::dropRate:
    case Input::drops:
      return {Concern::recipients, true, Replies::dropped, Input::dropRate, Input::dropRate};
    case Input::spamReportRate:
    case Input::spamReportsListGrowth:
      return {Concern::complaints, true, {}, Input::spamReportRate, Input::spamReportRate};
    case Input::unsubscribesListGrowth:
      return {Concern::complaints, true, {}, {}, {}};
    case Input::requests:
    case Input::delivered:
      return {Concern::application, true, {}, input, {}};
    case Input::deferrals:
    case Input::queue:
    case Input::latencyMedian:
    case Input::latencyP95:
    case Input::latencyP99:
    case Input::oldestInFlight:
    case Input::inFlight:
    case Input::deferredInFlight:
      return kWaiting;
    case Input::creditsLeft:
    case Input::creditsLast:
      return {Concern::plan, true, {}, Input::requests, {}};
    case Input::reputation:
    case Input::reputationFall:
      return {Concern::reputation, true, {}, Input::deliveryRate, Input::deliveryRate};
    case Input::dataAge:
    case Input::malformedEvents:
    case Input::statisticsContradictory:
      break;
  }
  return {Concern::watch, true, {}, {}, {}};
}

constexpr KindTraits kWatch{Concern::watch, true, {}, {}, {}};

}  // namespace

KindTraits traitsOf(const rules::Evidence& evidence) {
  return std::visit(
      Overloaded{
          [](const std::monostate&) { return KindTraits{}; },
          [](const rules::RateEvidence& e) { return ofInput(e.input); },
          [](const rules::DriftEvidence& e) { return ofInput(e.input); },
          [](const rules::BurnEvidence& e) { return ofInput(e.input); },
          [](const rules::NumberEvidence& e) { return ofInput(e.input); },
          [](const rules::StallEvidence&) {
            return KindTraits{Concern::provider, true, {}, Input::requests, {}};
          },
          [](const rules::SilenceEvidence&) {
            return KindTraits{Concern::application, true, {}, Input::requests, {}};
          },
          [](const rules::OverdueEvidence&) { return kWaiting; },
          [](const rules::FirstBlockEvidence&) { return failures(Replies::blocked, Input::blockRate); },
          [](const rules::CauseEvidence&) {
            return KindTraits{Concern::receivers, true, Replies::answered, Input::deliveryRate, {}};
          },
          [](const rules::ReadingEvidence&) { return kWatch; },
          [](const rules::StreamSilenceEvidence&) { return kWatch; },
          [](const rules::DifferenceEvidence&) { return kWatch; },
          [](const rules::SettingsEvidence&) { return KindTraits{}; },
          [](const rules::StandstillEvidence&) { return kWatch; },
          [](const rules::DmarcEvidence& e) {
            using Sign = rules::DmarcSign;
            if (e.sign == Sign::reportsStopped || e.sign == Sign::reporterSilent ||
                e.sign == Sign::unreadable)
              return kWatch;
            return KindTraits{Concern::domain, e.sign != Sign::policyChanged, {}, {}, {}};
          },
          [](const rules::StatusEvidence&) { return KindTraits{Concern::account, false, {}, {}, {}}; }},
      evidence);
}

}  // namespace arrivald::notify
