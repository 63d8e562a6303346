#include <fmt/format.h>

#include "config/load.hpp"

namespace arrivald::config {

using arrivald::toText;
namespace {

std::string joined(const std::vector<std::string>& items, std::string_view otherwise) {
  if (items.empty()) return std::string(otherwise);
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string windowsOf(const std::vector<Duration>& windows) {
  std::string text;
  for (const auto window : windows) text += (text.empty() ? "" : " / ") + toText(window);
  return text;
}

std::string limitsOf(const std::optional<double>& warning, const std::optional<double>& critical,
                     bool share) {
  const auto number = [&](double value) {
    return share ? fmt::format("{:.4g} %", value * 100) : fmt::format("{:g}", value);
  };
  std::string text;
  if (warning) text += "warning " + number(*warning);
  if (critical) text += (text.empty() ? "critical " : ", critical ") + number(*critical);
  return text;
}

struct InWords {
  std::string operator()(const rules::RateThreshold& kind) const {
    return fmt::format("{} over {} {} {}, beyond chance (z {:g}), from {} mails", rules::name(kind.input),
                       windowsOf(kind.windows), rules::lowIsBad(kind.input) ? "below" : "above",
                       limitsOf(kind.warning, kind.critical, true), kind.z, kind.minimumVolume);
  }
  std::string operator()(const rules::Threshold& kind) const {
    return fmt::format("{} over {} {} {}", rules::name(kind.input), toText(kind.window),
                       kind.side == rules::Threshold::Side::above ? "above" : "below",
                       limitsOf(kind.warning, kind.critical, false));
  }
  std::string operator()(const rules::Stall& kind) const {
    return fmt::format("mail is requested but has no outcome, over {} (chance < {:g})",
                       windowsOf(kind.windows), kind.alpha);
  }
  std::string operator()(const rules::NothingRequested& kind) const {
    return fmt::format("no mail is requested although it usually is (chance < {:g}, once {} weeks are known)",
                       kind.alpha, kind.minimumWeeks);
  }
  std::string operator()(const rules::NothingRead& kind) const {
    return fmt::format("the provider cannot be read for {:g} intervals (at least {}); critical after {}",
                       kind.intervals, toText(kind.atLeast), toText(kind.criticalAfter));
  }
  std::string operator()(const rules::StreamSilent& kind) const {
    return fmt::format("the event stream is silent for {} while statistics rise by {}", toText(kind.quiet),
                       kind.minimumOutcomes);
  }
  std::string operator()(const rules::SlowDrift& kind) const {
    return fmt::format("{} worsens slowly, over {} against the usual", rules::name(kind.input),
                       toText(kind.span));
  }
  std::string operator()(const rules::BurnRate& kind) const {
    return fmt::format("the objective of {:.4g} % {} is used up too quickly", kind.objective * 100,
                       rules::name(kind.input));
  }
};

template <class Item>
void compare(std::vector<std::string>& lines, const char* what, const std::vector<Item>& before,
             const std::vector<Item>& after) {
  const auto find = [](const std::vector<Item>& items, const std::string& name) -> const Item* {
    for (const auto& item : items)
      if (item.name == name) return &item;
    return nullptr;
  };
  for (const auto& item : before)
    if (!find(after, item.name)) lines.push_back(fmt::format("{} {} is gone", what, item.name));
  for (const auto& item : after) {
    const auto* old = find(before, item.name);
    if (!old) {
      lines.push_back(fmt::format("{} {} is new", what, item.name));
    } else if (!(*old == item)) {
      lines.push_back(fmt::format("{} {} has changed", what, item.name));
    }
  }
}

}  // namespace

std::string describe(const Config& config, Instant now) {
  std::string out;
  const auto line = [&](std::string_view text) {
    out += text;
    out += '\n';
  };
  const auto job = [&](std::string_view what, const Schedule& schedule) {
    line(schedule.isCron() ? fmt::format("  {:<22} {}, next {}", what, schedule.text(),
                                         config.zone.minuteText(schedule.next(now, 0.5)))
                           : fmt::format("  {:<22} {}", what, schedule.text()));
  };
  line(fmt::format("times in {}, messages in {}", config.zone.name(),
                   config.language == Language::japanese ? "Japanese" : "English"));
  for (const auto& account : config.accounts) {
    line(fmt::format("account {}: {}{}, days in {}, key from {}", account.name, account.baseUrl,
                     account.onBehalfOf.empty() ? "" : " on behalf of " + account.onBehalfOf,
                     account.zone.name(), account.key.place));
    job("statistics", account.poll.statistics);
    if (account.mailboxProviders.any()) job("mailbox providers", account.poll.mailboxProviders);
    if (account.categories.any()) job("categories", account.poll.categories);
    if (account.subusers.any()) job("subusers", account.poll.subusers);
    if (account.suppressions) {
      job("suppression lists", account.poll.suppressions);
      job("every list entry", account.poll.crawl);
    }
    job("the last 30 days again", account.poll.history);
    job("the key's scopes", account.poll.scopes);
  }
  if (config.statusPage) {
    line("status page: " + config.statusPage->url);
    job("read", config.statusPage->schedule);
  }
  line("rules");
  for (const auto& rule : config.rules) {
    std::vector<std::string> dimensions;
    for (const auto dimension : rule.scope.dimensions) dimensions.emplace_back(delivery::name(dimension));
    line(fmt::format("  {:<22} {}; for each {}", rule.name, std::visit(InWords{}, rule.kind),
                     joined(dimensions, "account")));
  }
  for (const auto& channel : config.channels)
    line(fmt::format("channel {}: Slack, webhook from {}, mentions {}", channel.name, channel.webhook.place,
                     joined(channel.mention, "nobody")));
  for (const auto& route : config.routes)
    line(fmt::format("route: {} and worse, accounts {}, rules {} -> {}{}", rules::name(route.least),
                     joined(route.accounts, "all"), joined(route.rules, "all"),
                     joined(route.channels, "nobody"), route.goOn ? ", and on" : ""));
  if (config.heartbeat) {
    line("heartbeat: address from " + config.heartbeat->url.place);
    job("ping", config.heartbeat->schedule);
  }
  line(fmt::format("listening on {}{}:{}{}", config.listen.certificateFile.empty() ? "http://" : "https://",
                   config.listen.address, config.listen.port,
                   config.listen.user.empty() ? "" : ", asking for a password"));
  line("state in " + config.storePath);
  return out;
}

std::vector<std::string> differences(const Config& before, const Config& after) {
  std::vector<std::string> lines;
  compare(lines, "account", before.accounts, after.accounts);
  compare(lines, "rule", before.rules, after.rules);
  compare(lines, "channel", before.channels, after.channels);
  const auto other = [&](const char* what, bool same) {
    if (!same) lines.push_back(fmt::format("{} changed", what));
  };
  other("language or time_zone", before.language == after.language && before.zone == after.zone);
  other("routes", before.routes == after.routes);
  other("status_page", before.statusPage == after.statusPage);
  other("windows", before.windows == after.windows);
  other("cardinality", before.cardinality == after.cardinality);
  other("heartbeat", before.heartbeat == after.heartbeat);
  other("http", before.http == after.http);
  other("listen", before.listen == after.listen);
  other("store", before.storePath == after.storePath);
  other("log", before.log == after.log);
  other("links", before.links == after.links);
  other("alerting", before.reminders == after.reminders && before.retryFor == after.retryFor);
  return lines;
}

}  // namespace arrivald::config
