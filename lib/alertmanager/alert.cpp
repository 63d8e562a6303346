#include "alertmanager/alert.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/printable.hpp"
#include "base/utf8.hpp"

namespace arrivald::alertmanager {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxLabel = 1000, kMaxAnnotation = 4000;

ordered_json valuesOf(const std::map<std::string, std::string>& values, std::size_t max) {
  auto all = ordered_json::object();
  for (const auto& [name, value] : values)
    if (!value.empty()) all[name] = std::string(cutUtf8(printable(repairUtf8(value)), max));
  return all;
}

// Refers to alerts that live elsewhere.
struct ByLabels {
  bool operator()(const Alert* one, const Alert* other) const { return one->labels < other->labels; }
};
using Known = std::set<const Alert*, ByLabels>;

}  // namespace

std::string bodyOf(std::span<const Alert> alerts) {
  auto all = ordered_json::array();
  for (const auto& alert : alerts) {
    ordered_json one{{"labels", valuesOf(alert.labels, kMaxLabel)},
                     {"annotations", valuesOf(alert.annotations, kMaxAnnotation)},
                     {"startsAt", toIso(alert.startsAt)},
                     {"endsAt", toIso(alert.endsAt)}};
    if (!alert.generatorUrl.empty()) one["generatorURL"] = alert.generatorUrl;
    all.push_back(std::move(one));
  }
  return all.dump();
}

std::vector<Alert> Posted::update(std::vector<Alert> goOn, const std::vector<Alert>& over, Instant now) {
  if (goOn.size() > kMaxAlerts) goOn.resize(kMaxAlerts);
  Known known;
  for (const auto& alert : goOn) known.insert(&alert);
  for (auto& before : goOn_) {
    if (known.contains(&before)) continue;
    before.endsAt = now;
    over_.push_back(std::move(before));
  }
  // A step of the clock backwards must not keep them for ever.
  std::erase_if(over_, [&](const Alert& alert) {
    return known.contains(&alert) || std::chrono::abs(now - alert.endsAt) > kEndsToldFor;
  });
  goOn_ = goOn;
  auto all = goOn;
  for (const std::vector<Alert>* ended : {&std::as_const(over_), &over})
    for (const auto& alert : *ended)
      if (all.size() < kMaxAlerts && known.insert(&alert).second) all.push_back(alert);
  return all;
}

}  // namespace arrivald::alertmanager
