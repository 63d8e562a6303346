#include "daemon/export_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.hpp"
#include "daemon/language.hpp"
#include "daemon/runbooks.hpp"
#include "metrics/catalogue.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

using delivery::Dimension;
using rules::Input;

namespace {

std::string_view trimmed(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

std::string runbookUrl(std::string_view page, std::string_view alert) {
  while (page.ends_with('/')) page.remove_suffix(1);
  return fmt::format("{}/runbooks/{}", page, alert);
}

// "5m", "1h", "7d", as PromQL has it.
std::string span(Duration duration) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(duration).count();
  if (minutes % (24 * 60) == 0) return fmt::format("{}d", minutes / (24 * 60));
  return minutes % 60 == 0 ? fmt::format("{}h", minutes / 60)
                           : fmt::format("{}m", std::max<std::int64_t>(minutes, 1));
}

// A metric's name has no dashes.
std::string identifier(std::string_view name) {
  std::string text(name);
  std::ranges::replace_if(
      text,
      [](char c) { return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')); },
      '_');
  return text;
}

// The counters whose sum is the bad mail of a share, and those of all its mail.
struct Share {
  std::vector<std::string_view> bad, total;
};

std::optional<Share> shareOf(Input input) {
  switch (input) {
    case Input::deliveryRate:
      return Share{{"bounces", "blocks"}, {"delivered", "bounces", "blocks"}};
    case Input::bounceRate:
      return Share{{"bounces"}, {"delivered", "bounces", "blocks"}};
    case Input::blockRate:
      return Share{{"blocks"}, {"delivered", "bounces", "blocks"}};
    case Input::dropRate:
      return Share{{"bounce_drops", "spam_report_drops", "unsubscribe_drops", "invalid_emails"},
                   {"requests"}};
    case Input::spamReportRate:
      return Share{{"spam_reports"}, {"delivered"}};
    default:
      return std::nullopt;
  }
}

// One file: recording rules, then the alerts that read them.
class Export {
 public:
  Export(std::string_view page, bool keepFiring) : page_(page), keepFiring_(keepFiring) {}

  void add(const rules::Rule& rule) {
    const auto* rate = std::get_if<rules::RateThreshold>(&rule.kind);
    const auto* read = std::get_if<rules::NothingRead>(&rule.kind);
    const auto* threshold = std::get_if<rules::Threshold>(&rule.kind);
    if (rate != nullptr && shareOf(rate->input))
      addRate(rule, *rate, *shareOf(rate->input));
    else if (read != nullptr)
      addRead(rule, *read);
    else if (threshold != nullptr && threshold->input == Input::statisticsContradictory && threshold->warning)
      addContradictory(rule, *threshold->warning);
    else
      relayed_.push_back(rule.name);
  }

  std::string text() const {
    std::string text =
        "# Made by `arrivald export rules --full`: arrivald's rules, judged by Prometheus by its counters.\n"
        "# Not in them: what is usual for a receiver, mutes, reminders, causes and samples of replies.\n";
    for (const auto& name : relayed_) text += fmt::format("# judged by arrivald only: {}\n", name);
    text += "groups:\n";
    // One group: Prometheus evaluates groups beside each other, so that an alert of another group would read
    // counts of this minute or of the last one, by chance.
    text += "  - name: arrivald\n    interval: 1m\n    rules:\n" + records_ + alerts_;
    // Of the rules that only arrivald can judge its own alerts are passed on.
    if (relayed_.empty()) return text;
    std::string names;
    for (const auto& name : relayed_) names += (names.empty() ? "" : "|") + name;
    return text +
           alertText("ArrivaldAlert",
                     fmt::format(
                         "max without (instance, pod, state) (arrivald_alerts{{state=~\"firing|recovering\","
                         "rule=~\"{}\"}}) == 1",
                         names),
                     "'{{ $labels.severity }}'", "'{{ $labels.rule }}'", "{{ $labels.rule }}", Duration{0},
                     Duration{0});
  }

 private:
  std::string alertText(std::string_view alert, std::string_view expression, std::string_view severity,
                        std::string_view rule, std::string_view runbook, Duration hold, Duration keep) const {
    auto text = fmt::format("      - alert: {}\n        expr: >-\n          {}\n", alert, expression);
    if (hold.count() > 0) text += fmt::format("        for: {}\n", span(hold));
    if (keepFiring_ && keep.count() > 0) text += fmt::format("        keep_firing_for: {}\n", span(keep));
    text += fmt::format("        labels: {{severity: {}, rule: {}}}\n        annotations:\n", severity, rule);
    text += fmt::format(
        "          summary: '{}: {{{{ $labels.account }}}}{{{{ if $labels.name }}}} {{{{ $labels.name "
        "}}}}{{{{ end }}}}'\n",
        runbook);
    if (!page_.empty()) text += fmt::format("          runbook_url: '{}'\n", runbookUrl(page_, runbook));
    return text;
  }

  void alert(const rules::Rule& rule, const std::string& expression, rules::Severity severity) {
    const auto level = rules::name(severity);
    alerts_ += alertText(fmt::format("{}_{}", identifier(rule.name), level), expression, level, rule.name,
                         rule.name, rule.holdFor, rule.keepFiringFor);
  }

  // The growth in the window, of a sum of counters that survive restarts; empty while the window is not
  // covered.
  std::string record(const std::string& name, Dimension dimension,
                     const std::vector<std::string_view>& counters, Duration window) {
    const auto label = metrics::labelOf(dimension);
    std::string sum;
    for (const auto counter : counters) {
      const auto series = fmt::format("{}{}_total", metrics::prefix(dimension), counter);
      sum += fmt::format("{}sum by (account{}{}) (last_over_time({}[{}]) - {} offset {})",
                         sum.empty() ? "" : " + ", label.empty() ? "" : ", ", label, series, span(window),
                         series, span(window));
    }
    // One label for all dimensions, so that an alert names its subject in one way.
    if (!label.empty())
      sum = fmt::format("label_replace({}, \"name\", \"$1\", \"{}\", \"(.*)\")", sum, label);
    const auto recorded = fmt::format("arrivald:{}:{}:{}", name, dimensionName(dimension), span(window));
    const auto line = fmt::format("      - record: {}\n        expr: {}\n", recorded, sum);
    if (records_.find(line) == std::string::npos) records_ += line;
    return recorded;
  }
  static std::string dimensionName(Dimension dimension) { return std::string(delivery::name(dimension)); }

  void addRate(const rules::Rule& rule, const rules::RateThreshold& rate, const Share& share);
  void addRead(const rules::Rule& rule, const rules::NothingRead& read);
  void addContradictory(rules::Rule rule, double seconds);

  std::string_view page_;
  bool keepFiring_;
  std::string records_, alerts_;
  std::vector<std::string> relayed_;
};

// The lower Wilson bound of f bad mails of n is above the limit.
std::string wilson(const std::string& f, const std::string& n, const rules::RateThreshold& rate,
                   double limit) {
  const double z2 = rate.z * rate.z;
  const auto scaled = [&](const std::string& count) {
    return rate.clusterSize > 1 ? fmt::format("({} / {})", count, rate.clusterSize) : count;
  };
  const auto bad = scaled(f), all = scaled(n);
  return fmt::format(
      "((({0} + {2:.6g}) - {3} * sqrt(clamp_min({0} * (1 - {0} / {1}), 0) + {4:.6g})) / ({1} + {5:.6g}) > "
      "{6:.6g} and {7} >= "
      "{8} and "
      "{9} >= {10})",
      bad, all, z2 / 2, rate.z, z2 / 4, z2, limit, f, rate.minFailures, n, rate.minVolume);
}

void Export::addRate(const rules::Rule& rule, const rules::RateThreshold& rate, const Share& share) {
  const std::pair<rules::Severity, std::optional<rules::BadShare>> levels[] = {
      {rules::Severity::warning, rate.warning}, {rules::Severity::critical, rate.critical}};
  for (const auto& [severity, limit] : levels) {
    if (!limit) continue;
    std::string expression;
    for (const auto dimension : rule.scope.dimensions) {
      // These know drops as one number only.
      if (rate.input == Input::dropRate && dimension != Dimension::account && dimension != Dimension::subuser)
        continue;
      for (const auto window : rate.windows) {
        const auto name = identifier(rules::name(rate.input));
        const auto bad = record(name + "_bad", dimension, share.bad, window);
        const auto all = record(name + "_all", dimension, share.total, window);
        expression += (expression.empty() ? "" : " or ") + wilson(bad, all, rate, limit->value());
      }
    }
    alert(rule, expression, severity);
  }
}

void Export::addRead(const rules::Rule& rule, const rules::NothingRead& read) {
  const bool lists = std::ranges::find(read.sources, rules::Source::lists) != read.sources.end();
  const auto* task = lists ? "suppressions" : "statistics|mailbox_providers|categories|subusers";
  const auto older = [&](Duration age) {
    return fmt::format("max by (account) (arrivald_poll_age_seconds{{task=~\"{}\"}}) > {}", task,
                       std::chrono::duration_cast<std::chrono::seconds>(age).count());
  };
  alert(rule, older(read.minAge), rules::Severity::warning);
  if (read.criticalAfter.count() > 0) alert(rule, older(read.criticalAfter), rules::Severity::critical);
}

void Export::addContradictory(rules::Rule rule, double seconds) {
  rule.holdFor += Duration(static_cast<Duration::rep>(seconds * 1000));
  alert(rule, "max by (account) (arrivald_statistics_contradictory) == 1", rules::Severity::warning);
}

}  // namespace

namespace {

// "runbook: |-", and its lines below.
std::string runbookInline(std::string_view alert, std::size_t indent) {
  const auto* book = runbookOf(alert, {});
  if (book == nullptr) return {};
  auto text = fmt::format("{}runbook: |-\n", std::string(indent, ' '));
  for (auto rest = book->english; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0) text += fmt::format("{}{}\n", std::string(indent + 2, ' '), rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

}  // namespace

std::string relayedRules(std::string_view page) {
  std::string text, alert;
  auto rest = relayExample();
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    text += std::string(line) + '\n';
    constexpr std::string_view kAlert = "- alert: ";
    if (trimmed(line).starts_with(kAlert)) alert = trimmed(line).substr(kAlert.size());
    if (trimmed(line) != "annotations:") continue;
    const auto indent = line.size() - trimmed(line).size() + 2;
    // While it is down nobody serves a page: what is to be done stands in the alert itself.
    if (alert == "ArrivaldDown") {
      text += runbookInline(alert, indent);
      continue;
    }
    if (page.empty()) continue;
    const auto book = alert == "ArrivaldAlert" ? std::string("{{ $labels.rule }}") : alert;
    text += fmt::format("{}runbook_url: '{}'\n", std::string(indent, ' '), runbookUrl(page, book));
  }
  return text;
}

std::string fullRules(const std::vector<rules::Rule>& rules, std::string_view page, bool keepFiring) {
  Export exported(page, keepFiring);
  for (const auto& rule : rules) exported.add(rule);
  return exported.text();
}

Output exportRulesOutput(const ExportOptions& options, const config::Environment& environment) {
  const auto loaded = config::loadFile(options.config, environment);
  const auto& words = notify::Catalogue::of(commandLanguage(options.language, options.config, environment));
  std::string mistakes;
  for (const auto& problem : loaded.problems)
    if (!problem.warning) mistakes += words.say(config::said(problem, options.config)) + '\n';
  if (!loaded.config) return {kExitConfig, "", mistakes};
  const auto& config = *loaded.config;
  if (!options.full) return {kExitOk, relayedRules(config.links.page), ""};
  return {kExitOk, fullRules(config.rules, config.links.page, options.keepFiring), ""};
}

}  // namespace arrivald
