#include <algorithm>

#include "config/sections.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kMaxMembers = 10;

// Labels that arrivald sets.
constexpr std::string_view kOwnLabels[] = {"alertname", "account",  "category", "cause",
                                           "incident",  "receiver", "severity", "rule"};

// Prometheus: "[a-zA-Z_][a-zA-Z0-9_]*".
bool isLabelName(std::string_view name) {
  const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && isLetter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return isLetter(c) || (c >= '0' && c <= '9'); });
}

void readUrls(Reader& reader, Alertmanager& target) {
  if (!reader.require("urls")) return;
  reader.texts("urls", target.urls, kMaxMembers);
  for (auto& url : target.urls) {
    if (isUrl(url))
      url.resize(url.find_last_not_of('/') + 1);
    else
      reader.problemAt(
          url, "urls",
          phrase("expected an address such as http://alertmanager.example.jp:9093, found {}", shown(url)));
  }
}

}  // namespace

void readAlertmanager(Reader& root, Config& config) {
  const auto* node = root.section("alertmanager");
  if (!node) return;
  Reader reader(*node, "alertmanager", root.context());
  if (!reader.usable()) return;
  Alertmanager alertmanager;
  readUrls(reader, alertmanager);
  readBasicAuth(reader, alertmanager.user, alertmanager.password);
  Language language = config.language;
  if (reader.choice<Language>("language", language, {{"ja", Language::japanese}, {"en", Language::english}}))
    alertmanager.language = language;
  reader.labels("labels", alertmanager.labels);
  for (const auto& [name, value] : alertmanager.labels) {
    if (!isLabelName(name))
      reader.problem(
          "labels", phrase("Alertmanager takes labels of letters, digits and _ only, found {}", shown(name)));
    else if (std::ranges::find(kOwnLabels, name) != std::end(kOwnLabels))
      reader.problem("labels", phrase("the label {} is set by arrivald", shown(name)));
  }
  reader.finish();
  config.alertmanager = std::move(alertmanager);
}

}  // namespace arrivald::config
