#include "rules/evidence.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/overloaded.hpp"

namespace arrivald::rules {
namespace {

// Evidence and Kind list their alternatives in the same order.
template <class... Kinds, class... Evidences>
constexpr bool inOrder(const std::variant<Kinds...>*, const std::variant<std::monostate, Evidences...>*) {
  return (std::is_same_v<Kinds, typename Evidences::Of> && ...);
}
static_assert(std::variant_size_v<Evidence> == std::variant_size_v<Kind> + 1);
static_assert(inOrder(static_cast<const Kind*>(nullptr), static_cast<const Evidence*>(nullptr)));

double number(std::int64_t count) { return static_cast<double>(count); }
double ratio(Duration value, Duration limit) {
  return limit > Duration{0} ? number(value.count()) / number(limit.count()) : inSeconds(value);
}

template <class E>
concept OfShare = requires(const E& e) { e.mails.share(); };

}  // namespace

std::string_view name(LackingPart part) {
  constexpr std::array<std::string_view, 6> kNames = {"",       "processed", "delivered",
                                                      "failed", "dropped",   "day_boundary"};
  return kNames[static_cast<std::size_t>(part)];
}

std::optional<LackingPart> lackingPartNamed(std::string_view text) {
  for (const auto part : {LackingPart::processed, LackingPart::delivered, LackingPart::failed,
                          LackingPart::dropped, LackingPart::dayBoundary, LackingPart::none})
    if (name(part) == text) return part;
  return std::nullopt;
}

bool StatusEvidence::stopped() const {
  return status == "compliance_suspend" || status == "compliance_deactivate" || status == "compliance_ban";
}

double DifferenceEvidence::share() const {
  const auto larger = std::max(statistics, events);
  return larger > 0 ? number(larger - std::min(statistics, events)) / number(larger) : 0;
}

std::string_view kindName(const Evidence& evidence) {
  return std::visit(Overloaded{[](const std::monostate&) { return std::string_view(); },
                               []<class E>(const E&) { return E::Of::kName; }},
                    evidence);
}

Duration windowOf(const Evidence& evidence) {
  return std::visit(
      Overloaded{[](const std::monostate&) { return Duration{0}; },
                 [](const StreamSilenceEvidence& e) { return e.limit; },
                 [](const ReadingEvidence&) { return Duration{0}; },
                 [](const DifferenceEvidence&) { return Duration{0}; },
                 [](const SettingsEvidence&) { return Duration{0}; },
                 [](const StatusEvidence&) { return Duration{0}; },
                 [](const StandstillEvidence&) { return Duration{0}; },
                 [](const DmarcEvidence&) { return Duration{0}; }, [](const auto& e) { return e.window; }},
      evidence);
}

std::optional<BadShare> badShare(const Evidence& evidence) {
  return std::visit(
      []<class E>(const E& e) -> std::optional<BadShare> {
        if constexpr (OfShare<E>) return e.mails.share();
        return std::nullopt;
      },
      evidence);
}

std::optional<BadShare> badBound(const Evidence& evidence) {
  return std::visit(
      []<class E>(const E& e) -> std::optional<BadShare> {
        if constexpr (OfShare<E> && requires { e.bound; }) return e.bound;
        return std::nullopt;
      },
      evidence);
}

std::optional<BadMail> badMail(const Evidence& evidence) {
  using Mails = std::optional<BadMail>;
  return std::visit(
      Overloaded{[](const RateEvidence& e) -> Mails { return e.mails; },
                 [](const DriftEvidence& e) -> Mails { return e.mails; },
                 [](const BurnEvidence& e) -> Mails { return e.mails; },
                 [](const StallEvidence& e) -> Mails {
                   return BadMail{std::max<std::int64_t>(0, e.requests - e.outcomes), e.requests};
                 },
                 [](const OverdueEvidence& e) -> Mails { return BadMail{e.overdue, e.processed}; },
                 [](const FirstBlockEvidence& e) -> Mails {
                   if (e.outcomes < e.blocks) return std::nullopt;  // by the list, which knows no other mail
                   return BadMail{e.blocks, e.outcomes};
                 },
                 [](const auto&) -> Mails { return std::nullopt; }},
      evidence);
}

double badness(const Evidence& evidence) {
  const auto ofShare = [](const BadMail& mails) { return mails.share().value_or(BadShare(0)).value(); };
  return std::visit(
      Overloaded{
          [](const std::monostate&) { return -std::numeric_limits<double>::infinity(); },
          [&](const RateEvidence& e) { return ofShare(e.mails); },
          [&](const DriftEvidence& e) { return ofShare(e.mails); },
          [&](const BurnEvidence& e) { return ofShare(e.mails); },
          [](const NumberEvidence& e) { return e.side == Threshold::Side::above ? e.value : -e.value; },
          [](const StallEvidence& e) { return number(e.requests - e.outcomes); },
          [](const SilenceEvidence& e) { return ratio(e.quiet, e.minQuiet); },
          [](const ReadingEvidence& e) { return ratio(e.age, e.limit); },
          [](const StreamSilenceEvidence& e) { return ratio(e.quiet, e.limit); },
          [](const OverdueEvidence& e) { return number(e.overdue); },
          [](const FirstBlockEvidence& e) { return number(e.blocks); },
          [](const CauseEvidence& e) { return number(e.replies); },
          [](const DifferenceEvidence& e) { return e.share(); },
          [](const SettingsEvidence& e) { return e.wrong.empty() ? 0.0 : 1.0; },
          [](const StatusEvidence& e) { return e.status.empty() ? 0.0 : 1.0; },
          [](const StandstillEvidence& e) { return ratio(e.quiet, e.limit); },
          [](const DmarcEvidence& e) {
            return e.quiet > Duration{0} ? ratio(e.quiet, e.quietLimit) : number(e.mails);
          }},
      evidence);
}

namespace {

std::optional<Gauge> gaugeOfDmarc(const DmarcEvidence& e) {
  switch (e.sign) {
    case DmarcSign::ownMail:
    case DmarcSign::ownMailRefused:
      if (e.total <= 0) return std::nullopt;
      return Gauge{number(e.mails) / number(e.total), e.limit};
    case DmarcSign::newSource:
    case DmarcSign::spoofing:
    case DmarcSign::unreadable:
      return Gauge{number(e.mails), e.limit};
    case DmarcSign::reportsStopped:
    case DmarcSign::reporterSilent:
      return Gauge{inSeconds(e.quiet), inSeconds(e.quietLimit)};
    case DmarcSign::policyChanged:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Gauge> gaugeOf(const Evidence& evidence) {
  using Maybe = std::optional<Gauge>;
  const auto ofShare = [](Input input, const BadMail& mails, BadShare threshold) -> Maybe {
    const auto share = mails.share();
    if (!share) return std::nullopt;
    return Gauge{inOwnTerms(input, *share), inOwnTerms(input, threshold)};
  };
  const auto ofTime = [](Duration value, Duration limit) -> Maybe {
    return Gauge{inSeconds(value), inSeconds(limit)};
  };
  const auto ofCount = [](std::int64_t value, std::int64_t limit) -> Maybe {
    return Gauge{number(value), number(limit)};
  };
  return std::visit(Overloaded{[](const std::monostate&) -> Maybe { return std::nullopt; },
                               [&](const RateEvidence& e) { return ofShare(e.input, e.mails, e.threshold); },
                               [&](const DriftEvidence& e) { return ofShare(e.input, e.mails, e.threshold); },
                               [&](const BurnEvidence& e) { return ofShare(e.input, e.mails, e.threshold); },
                               [](const NumberEvidence& e) -> Maybe { return Gauge{e.value, e.limit}; },
                               [](const StallEvidence& e) -> Maybe {
                                 if (e.requests <= 0) return std::nullopt;
                                 return Gauge{number(e.outcomes) / number(e.requests), e.usualShare};
                               },
                               [&](const SilenceEvidence& e) { return ofTime(e.quiet, e.minQuiet); },
                               [&](const ReadingEvidence& e) { return ofTime(e.age, e.limit); },
                               [&](const StreamSilenceEvidence& e) { return ofTime(e.quiet, e.limit); },
                               [&](const OverdueEvidence& e) { return ofTime(e.oldest, e.after); },
                               [&](const FirstBlockEvidence& e) { return ofCount(e.blocks, e.minMails); },
                               [&](const CauseEvidence& e) { return ofCount(e.replies, e.minMails); },
                               [](const DifferenceEvidence& e) -> Maybe { return Gauge{e.share(), e.limit}; },
                               [](const SettingsEvidence&) -> Maybe { return std::nullopt; },
                               [](const StatusEvidence&) -> Maybe { return std::nullopt; },
                               [&](const StandstillEvidence& e) { return ofTime(e.quiet, e.limit); },
                               [](const DmarcEvidence& e) { return gaugeOfDmarc(e); }},
                    evidence);
}

}  // namespace arrivald::rules
