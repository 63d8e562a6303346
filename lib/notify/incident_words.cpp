#include "notify/incident_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/utf8.hpp"
#include "causes/texts.hpp"

namespace arrivald::notify {

using incidents::Family;
using incidents::Incident;
using incidents::Kind;
using incidents::Root;

namespace {

constexpr std::size_t kNameBytes = 60;
constexpr std::size_t kNamed = 2;  // of more names the first, and how many others
constexpr std::size_t kPartsShown = 6;
constexpr std::string_view kOther = "other";

}  // namespace

IncidentWords::IncidentWords(const TimeZone& zone, Instant now, Language language)
    : c_(Catalogue::of(language)), zone_(zone), now_(now) {}

std::string IncidentWords::time(Instant instant) const {
  constexpr std::size_t kDate = 10;
  const auto text = zone_.zonedText(instant);
  const bool isToday = text.compare(0, kDate, zone_.minuteText(now_), 0, kDate) == 0;
  return isToday ? text.substr(kDate + 1) : text;
}

std::string IncidentWords::share(double share) const {
  const double percent = std::round(share * 100);
  return share >= 0.1 && percent < 100 ? fmt::format("{:.0f} %", percent) : c_.percent(share);
}

std::string IncidentWords::receiver(std::string_view name) const {
  if (name == kOther) return c_.text("incident.receiver.other");
  return oneLine(c_.groupName(name), kNameBytes);
}

std::string IncidentWords::category(std::string_view name) const {
  if (name.empty()) return c_.text("incident.category.none");
  return name == kOther ? c_.text("incident.category.other") : oneLine(name, kNameBytes);
}

std::string IncidentWords::joined(const std::vector<std::string>& names, std::string_view prefix) const {
  if (names.empty()) return {};
  if (names.size() == 1) return names.front();
  if (names.size() == kNamed)
    return c_.text("incident.and", {{"first", names.front()}, {"second", names.back()}});
  return c_.text(fmt::format("incident.more.{}", prefix),
                 {{"first", names[0]},
                  {"second", names[1]},
                  {"n", number(static_cast<double>(names.size()))},
                  {"others", number(static_cast<double>(names.size() - kNamed))}});
}

std::string IncidentWords::receivers(const std::vector<std::string>& names) const {
  std::vector<std::string> shown;
  shown.reserve(names.size());
  for (const auto& name : names) shown.push_back(receiver(name));
  // What is folded together is no name to begin with.
  std::ranges::stable_partition(shown, [&](const auto& name) { return name != receiver(kOther); });
  return joined(shown, "receivers");
}

std::string IncidentWords::categories(const std::vector<std::string>& names) const {
  std::vector<std::string> shown;
  shown.reserve(names.size());
  for (const auto& name : names)
    shown.push_back(name.empty() || name == kOther
                        ? category(name)
                        : c_.text("incident.category.quoted", {{"name", category(name)}}));
  return joined(shown, "categories");
}

std::string IncidentWords::where(const Incident& incident) const { return where(incident, incident.root); }

namespace {

// What is hit hardest first.
std::vector<std::string> ordered(std::vector<std::string> names, const std::vector<incidents::Part>& hit) {
  const auto failed = [&](const std::string& name) {
    const auto found = std::ranges::find(hit, name, &incidents::Part::name);
    return found == hit.end() ? 0.0 : -found->numbers.seen;
  };
  std::ranges::stable_sort(names, {}, failed);
  return names;
}

}  // namespace

std::string IncidentWords::where(const Incident& incident, const Root& root) const {
  if (root.family == Family::rule) {
    const auto named = fmt::format("page.rule.{}", root.rule);
    return c_.text("incident.where.rule", {{"rule", c_.has(named) ? c_.text(named) : oneLine(root.rule, 60)},
                                           {"account", incident.account}});
  }
  const auto to = receivers(ordered(root.receivers, incident.affected.receivers));
  const auto of = categories(ordered(root.categories, incident.affected.categories));
  if (root.isWhole()) return c_.text("incident.where.account", {{"account", incident.account}});
  if (root.categories.empty()) return c_.text("incident.where.receivers", {{"receivers", to}});
  if (root.receivers.empty()) return c_.text("incident.where.categories", {{"categories", of}});
  return c_.text("incident.where.both", {{"receivers", to}, {"categories", of}});
}

std::string IncidentWords::kinds(const Root& root) const {
  std::vector<std::string> shown;
  shown.reserve(root.kinds.size());
  for (const auto kind : root.kinds)
    shown.push_back(incidents::index(kind) < incidents::kCauseKinds
                        ? std::string(causes::shortName(static_cast<causes::Class>(kind), c_.language()))
                        : c_.text(fmt::format("incident.kind.{}", incidents::name(kind))));
  if (shown.empty()) return {};
  return shown.size() == 1
             ? shown.front()
             : c_.text("incident.kinds.two", {{"first", shown.front()}, {"second", shown.back()}});
}

std::string IncidentWords::quotedKinds(const Root& root) const {
  const auto all = kinds(root);
  return root.kinds.size() == 1 ? c_.text("incident.kinds.one", {{"first", all}}) : all;
}

std::string IncidentWords::stateKey(const Incident& incident) const {
  const auto& root = incident.root;
  if (root.family == Family::waiting) {
    if (incident.stalled) return "incident.state.stalled";
    if (root.kinds.size() != 1) return "incident.state.waiting";
  }
  if (root.kinds.size() > 1) return "incident.state.two";
  if (root.kinds.empty() || root.kinds.front() == Kind::unspecified) return "incident.state.none";
  return fmt::format("incident.state.{}", incidents::name(root.kinds.front()));
}

std::string IncidentWords::state(const Incident& incident) const {
  return c_.text(stateKey(incident), {{"kinds", kinds(incident.root)}});
}

bool IncidentWords::isAll(const Incident& incident) {
  return incident.numbers.mails > 0 && incident.numbers.share() >= 0.995;
}

std::string IncidentWords::was(const Incident& incident) const {
  const auto& numbers = incident.numbers;
  return c_.percent(numbers.mails > 0 ? 1 - std::min(1.0, numbers.expected / numbers.mails) : 1);
}

std::string IncidentWords::rate(const Incident& incident) const {
  return c_.percent(1 - incident.numbers.share());
}

std::string IncidentWords::headline(const Incident& incident) const {
  if (incident.root.family == Family::rule) return where(incident);
  const bool isCounted = incident.numbers.seen >= 1;  // a share of nothing reads as no trouble
  const auto key = incident.weak && !isCounted ? "incident.headline.weak.uncounted"
                   : incident.weak             ? "incident.headline.weak"
                   : incident.slow             ? "incident.headline.slow"
                   : incident.numbers.seen < 1 ? "incident.headline.uncounted"
                   : isAll(incident)           ? "incident.headline.all"
                                               : "incident.headline";
  const bool waits = incident.root.family == Family::waiting;
  auto text =
      c_.text(waits && incident.weak && isCounted ? std::string_view("incident.headline.weak.waiting") : key,
              {{"where", where(incident)},
               {"share", share(incident.numbers.share())},
               {"state", state(incident)},
               {"was", was(incident)},
               {"rate", rate(incident)}});
  // Its numbers stand as they were when the event stream told them last.
  const auto& frozen = incident.statisticsSince;
  if (!frozen || !isLive(incident.state) || incident.slow || incident.numbers.seen < 1) return text;
  return c_.text("incident.headline.as_of", {{"headline", text}, {"at", time(*frozen)}});
}

std::string IncidentWords::brief(const Incident& incident) const {
  if (incident.root.family == Family::rule) return where(incident);
  const auto named = kinds(incident.root);
  const bool waits = incident.root.family == Family::waiting;
  const auto key = incident.numbers.seen < 1        ? "incident.brief.uncounted"
                   : waits                          ? "incident.brief.waiting"
                   : incident.slow                  ? "incident.brief.slow"
                   : named.empty() || incident.weak ? "incident.brief.none"
                                                    : "incident.brief";
  return c_.text(key, {{"where", where(incident)},
                       {"n", number(incident.numbers.mails)},
                       {"bad", number(incident.numbers.seen)},
                       {"share", share(incident.numbers.share())},
                       {"window", c_.duration(incident.window)},
                       {"was", was(incident)},
                       {"rate", rate(incident)},
                       {"state", state(incident)},
                       {"kinds", named}});
}

std::string IncidentWords::parts(const std::vector<incidents::Part>& parts, By by) const {
  auto shown = parts;
  std::erase_if(shown, [](const auto& part) { return part.numbers.seen < 0.5; });
  std::ranges::sort(shown, {}, [](const auto& part) { return std::tuple(-part.numbers.seen, part.name); });
  std::string text;
  for (std::size_t i = 0; i < std::min(shown.size(), kPartsShown); ++i) {
    const auto& part = shown[i];
    text +=
        (text.empty() ? "" : c_.text("incident.part.gap")) +
        c_.text("incident.part", {{"name", by == By::category ? category(part.name) : receiver(part.name)},
                                  {"n", number(part.numbers.mails)},
                                  {"bad", number(part.numbers.seen)}});
  }
  if (shown.size() > kPartsShown)
    text += c_.text("incident.part.gap") +
            c_.text("incident.part.more", {{"n", number(static_cast<double>(shown.size() - kPartsShown))}});
  return text;
}

Instant overAt(const Incident& incident) {
  const auto end = incident.goodSince.value_or(incident.endedAt.value_or(incident.lastBad));
  return std::max(end, incident.began);
}

bool hasRecovered(const Incident& incident) {
  return incident.state == incidents::State::resolved && !incident.mailEnded;
}

}  // namespace arrivald::notify
