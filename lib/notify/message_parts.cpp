#include "notify/message_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "causes/texts.hpp"

namespace arrivald::notify {
namespace {

constexpr std::size_t kRowsShown = 5;

}  // namespace

std::optional<Trend> trendPart(const Context& context, rules::Input input, const Catalogue& catalogue) {
  const bool ofShare = rules::unit(input) == rules::Unit::share;
  std::optional<double> low, high, last;
  std::size_t known = 0;
  for (const auto& value : context.trend) {
    if (!value) continue;
    ++known;
    low = std::min(low.value_or(*value), *value);
    high = std::max(high.value_or(*value), *value);
    last = value;
  }
  // A trend with few known values shows nothing, and may contradict the alert.
  if (!last || known < 4 || known * 4 < context.trend.size()) return std::nullopt;
  const auto shown = [&](double value) {
    return ofShare ? catalogue.percent(value) : catalogue.number(value);
  };
  const auto span = context.bucket * static_cast<Duration::rep>(context.trend.size());
  return Trend{
      catalogue.text(fmt::format("trend.{}", rules::name(input)),
                     {{"span", catalogue.duration(span)}, {"each", catalogue.duration(context.bucket)}}),
      context.trend,
      catalogue.text("trend.range", {{"low", shown(*low)}, {"high", shown(*high)}, {"last", shown(*last)}})};
}

void addCauses(Notification& message, const Causes& causes, std::string_view label,
               const Catalogue& catalogue) {
  if (causes.replies == 0) return;
  message.causesLabel = catalogue.text(label);
  message.causes.push_back(
      catalogue.text("causes.of", {{"n", catalogue.number(static_cast<double>(causes.replies))},
                                   {"window", catalogue.duration(causes.window)}}));
  for (std::size_t i = 0; i < std::min(causes.counts.size(), kRowsShown); ++i) {
    const auto& one = causes.counts[i];
    const double share = static_cast<double>(one.replies) / static_cast<double>(causes.replies);
    message.causes.push_back(catalogue.text(
        "causes.row", {{"cause", std::string(causes::shortName(causeOf(one), catalogue.language()))},
                       {"share", catalogue.percent(share)},
                       {"n", catalogue.number(static_cast<double>(one.replies))}}));
  }
  for (const auto& sample : causes.samples) message.samples.push_back(oneLine(sample, 200));
}

std::optional<Field> statusPart(const Context& context, const Catalogue& catalogue) {
  if (!context.statusPage) return std::nullopt;
  const auto& said = *context.statusPage;
  const bool trouble = said.troubled && !said.incident.empty();
  return Field{catalogue.text("statuspage"),
               catalogue.text(trouble ? "statuspage.trouble" : "statuspage.none",
                              {{"description", oneLine(said.description, 120)},
                               {"incident", oneLine(said.incident, 200)},
                               {"at", context.zone.zonedText(context.now - said.age)}})};
}

std::vector<Link> linkPart(const Context& context, const Catalogue& catalogue) {
  std::vector<Link> links;
  const auto add = [&](std::string_view label, const std::string& url) {
    if (!url.empty()) links.push_back({catalogue.text(label), url});
  };
  add("link.page", context.page);
  add("link.dashboard", context.dashboard);
  add("link.runbook", context.runbook);
  add("link.statuspage", context.statusPageUrl);
  return links;
}

Duration betweenMinutes(Instant from, Instant to) {
  using std::chrono::minutes;
  if (to - from < minutes(2)) return to - from;
  return std::chrono::floor<minutes>(to) - std::chrono::floor<minutes>(from);
}

}  // namespace arrivald::notify
