#include <fmt/format.h>

#include <algorithm>

#include "config/load.hpp"

namespace arrivald::config {
namespace {

// Compares two lists by their items' names: one line for each difference.
template <class Item>
void compare(std::vector<std::string>& lines, std::string_view what, const std::vector<Item>& before,
             const std::vector<Item>& after) {
  for (const auto& item : before)
    if (std::ranges::find(after, item.name, &Item::name) == after.end())
      lines.push_back(fmt::format("{} {} removed", what, item.name));
  for (const auto& item : after) {
    const auto old = std::ranges::find(before, item.name, &Item::name);
    if (old == before.end())
      lines.push_back(fmt::format("{} {} added", what, item.name));
    else if (!(*old == item))
      lines.push_back(fmt::format("{} {} changed", what, item.name));
  }
}

}  // namespace

std::vector<std::string> differences(const Config& before, const Config& after) {
  std::vector<std::string> lines;
  compare(lines, "account", before.accounts, after.accounts);
  compare(lines, "rule", before.rules, after.rules);
  compare(lines, "channel", before.channels, after.channels);
  const auto note = [&](std::string_view what, const auto&... members) {
    if (!((before.*members == after.*members) && ...)) lines.push_back(fmt::format("{} changed", what));
  };
  note("language", &Config::language);
  note("time_zone", &Config::zone);
  note("holidays", &Config::holidays, &Config::yearEnd);
  note("hours", &Config::hours);
  note("routes", &Config::routes);
  compare(lines, "maintenance", before.maintenance, after.maintenance);
  note("alerting", &Config::reminders, &Config::retryFor);
  note("status_page", &Config::statusPage);
  note("heartbeat", &Config::heartbeat);
  note("alertmanager", &Config::alertmanager);
  note("causes", &Config::causes);
  note("http", &Config::http);
  note("windows", &Config::windows);
  note("cardinality", &Config::cardinality);
  note("metrics", &Config::exportedWindows, &Config::maxSeries);
  note("listen", &Config::listen);
  note("event_stream", &Config::eventStream);
  note("desk", &Config::desk);
  note("dmarc", &Config::dmarc);
  note("store", &Config::storePath);
  note("log", &Config::log);
  note("links", &Config::links);
  if (lines.empty() && !(before == after))
    lines.emplace_back("the order of accounts, rules or channels changed");
  return lines;
}

}  // namespace arrivald::config
