#include "notify/recovering.hpp"

#include "notify/kind_words.hpp"

namespace arrivald::notify {
namespace {

// Rules are evaluated every minute: an alert that was bad at the last evaluation is bad.
constexpr Duration kEvaluated = std::chrono::minutes(2);

}  // namespace

std::optional<Recovering> recoveringOf(const rules::Alert& alert, const rules::Rule* rule, Instant now) {
  using rules::AlertState;
  if (alert.unknownSince || alert.quietSince) return std::nullopt;
  if (alert.state == AlertState::recovering) {
    if (rule == nullptr) return Recovering{};
    return Recovering{std::max(now, alert.since + rule->keepFiringFor)};
  }
  const bool wasBad = alert.lastBad != Instant{} && now - alert.lastBad > kEvaluated;
  if (alert.state != AlertState::firing || !wasBad) return std::nullopt;
  return Recovering{};
}

std::string recoveringWords(const rules::Alert& alert, const Recovering& recovering, const TimeZone& zone,
                            const Catalogue& catalogue) {
  const auto worst = numberLine(alert.worst, catalogue), now = numberLine(alert.evidence, catalogue);
  const bool differ = !worst.empty() && !now.empty() && worst != now;
  auto text = differ ? catalogue.text("recovering.values", {{"worst", worst}, {"now", now}})
                     : catalogue.text("recovering.no_values");
  text += catalogue.text("sentence.gap");
  if (recovering.over)
    return text + catalogue.text("recovering.until", {{"until", zone.zonedText(*recovering.over)}});
  return text + catalogue.text(alert.state == rules::AlertState::recovering ? "recovering.watched"
                                                                            : "recovering.between");
}

}  // namespace arrivald::notify
