#include "config/rules_section.hpp"

#include <algorithm>

namespace arrivald::config {

using namespace std::chrono_literals;
using rules::Rule;

namespace {

constexpr Duration kShortestWindow = 5min;
constexpr Duration kLongestWindow = std::chrono::hours(24 * 30);

const std::vector<std::string> kKinds = {"rate_threshold", "threshold",     "stall",      "nothing_requested",
                                         "nothing_read",   "stream_silent", "slow_drift", "burn_rate"};

std::vector<std::string> inputNames() {
  std::vector<std::string> names;
  for (const auto input : rules::allInputs()) names.emplace_back(rules::name(input));
  return names;
}

void readInput(Reader& reader, rules::Input& target, bool wantShare) {
  std::string text;
  reader.text("input", text);
  if (text.empty()) return;
  const auto input = rules::inputNamed(text);
  if (!input)
    return reader.problem(
        "input", fmt::format("unknown input \"{}\"{}", text.substr(0, 40), didYouMean(text, inputNames())));
  const bool isShare = rules::unit(*input) == rules::Unit::share;
  if (isShare != wantShare)
    return reader.problem(
        "input", fmt::format("{} is {}; use it with kind: {}", text, isShare ? "a share" : "no share",
                             isShare ? "rate_threshold" : "threshold"));
  target = *input;
}

// A limit in the input's unit: mails and entries are numbers, seconds may be written as a duration.
void readLimit(Reader& reader, const std::string& key, rules::Unit unit, std::optional<double>& target) {
  if (!reader.has(key)) return;
  if (unit == rules::Unit::seconds) {
    Duration duration{};
    reader.duration(key, duration, 1s, kLongestWindow);
    if (duration != Duration{}) target = static_cast<double>(duration.count()) / 1000;
    return;
  }
  double number = target.value_or(0);
  reader.number(key, number, 0, 1e12);
  target = number;
}

void readKind(Reader& reader, rules::RateThreshold& kind) {
  readInput(reader, kind.input, true);
  reader.durations("windows", kind.windows, kShortestWindow, kLongestWindow);
  if (reader.has("window")) {
    Duration window = kind.windows.front();
    reader.duration("window", window, kShortestWindow, kLongestWindow);
    kind.windows = {window};
  }
  reader.share("warning", kind.warning);
  reader.share("critical", kind.critical);
  reader.share("recovery", kind.recovery);
  reader.whole("minimum_volume", kind.minimumVolume, 1, 1'000'000'000);
  reader.whole("minimum_failures", kind.minimumFailures, 1, 1'000'000'000);
  reader.number("z", kind.z, 0, 10);
  reader.number("cluster_size", kind.clusterSize, 1, 1000);
  if (reader.has("failures_per_domain_minute")) {
    rules::ClusterCap cap;
    reader.whole("failures_per_domain_minute", cap.failures, 1, 1'000'000);
    kind.cap = cap;
  }
  if (!kind.warning && !kind.critical)
    return reader.problems().add(
        reader.mark(), fmt::format("{}: give at least one of warning and critical", reader.where()));
  const auto bad = [&](double own) { return rules::inOwnTerms(kind.input, own); };
  const char* worse = rules::lowIsBad(kind.input) ? "below" : "above";
  if (kind.warning && kind.critical && bad(*kind.critical) < bad(*kind.warning))
    reader.problem("critical", fmt::format("it must be {} warning, since for {} that is the worse side",
                                           worse, rules::name(kind.input)));
  const auto mildest = kind.warning ? *kind.warning : *kind.critical;
  if (kind.recovery && bad(*kind.recovery) > bad(mildest))
    reader.problem(
        "recovery",
        fmt::format("it must not be {} the threshold: the alert would end while it is still bad", worse));
}

void readKind(Reader& reader, rules::Threshold& kind) {
  readInput(reader, kind.input, false);
  reader.duration("window", kind.window, kShortestWindow, kLongestWindow);
  std::string side;
  reader.text("side", side);
  if (side == "above") {
    kind.side = rules::Threshold::Side::above;
  } else if (side == "below") {
    kind.side = rules::Threshold::Side::below;
  } else if (!side.empty()) {
    reader.problem("side", "expected above or below");
  }
  const auto unit = rules::unit(kind.input);
  readLimit(reader, "warning", unit, kind.warning);
  readLimit(reader, "critical", unit, kind.critical);
  readLimit(reader, "recovery", unit, kind.recovery);
  if (!kind.warning && !kind.critical)
    return reader.problems().add(
        reader.mark(), fmt::format("{}: give at least one of warning and critical", reader.where()));
  const double sign = kind.side == rules::Threshold::Side::above ? 1 : -1;
  if (kind.warning && kind.critical && sign * *kind.critical < sign * *kind.warning)
    reader.problem("critical", fmt::format("it must be {} warning", sign > 0 ? "above" : "below"));
  const auto mildest = kind.warning ? *kind.warning : *kind.critical;
  if (kind.recovery && sign * *kind.recovery > sign * mildest)
    reader.problem("recovery", "it must be on the good side of the threshold");
}

void readKind(Reader& reader, rules::Stall& kind) {
  reader.durations("windows", kind.windows, kShortestWindow, kLongestWindow);
  if (reader.has("lag")) {
    Duration lag = kind.lag.value_or(5min);
    reader.duration("lag", lag, Duration(0), 24h);
    kind.lag = lag;
  }
  reader.number("alpha", kind.alpha, 1e-12, 0.1);
  reader.number("usual_share", kind.usualShare, 0.01, 1);
  reader.whole("minimum_requests", kind.minimumRequests, 1, 1'000'000);
}

void readKind(Reader& reader, rules::NothingRequested& kind) {
  reader.number("alpha", kind.alpha, 1e-12, 0.1);
  reader.duration("shortest", kind.shortest, kShortestWindow, 7 * 24h);
  reader.duration("longest", kind.longest, kShortestWindow, 7 * 24h);
  std::int64_t weeks = kind.minimumWeeks;
  reader.whole("minimum_weeks", weeks, 1, 8);
  kind.minimumWeeks = static_cast<int>(weeks);
}

void readKind(Reader& reader, rules::NothingRead& kind) {
  std::vector<std::string> sources;
  reader.texts("sources", sources);
  if (!sources.empty()) kind.sources.clear();
  std::vector<std::string> known;
  for (std::size_t i = 0; i < rules::kSourceCount; ++i)
    known.emplace_back(rules::name(static_cast<rules::Source>(i)));
  for (const auto& text : sources) {
    const auto source = rules::sourceNamed(text);
    if (source) {
      kind.sources.push_back(*source);
    } else {
      reader.problem("sources",
                     fmt::format("unknown source \"{}\"{}", text.substr(0, 40), didYouMean(text, known)));
    }
  }
  reader.number("intervals", kind.intervals, 1, 1000);
  reader.duration("at_least", kind.atLeast, 1min, 24h);
  reader.duration("critical_after", kind.criticalAfter, 1min, 7 * 24h);
}

void readKind(Reader& reader, rules::StreamSilent& kind) {
  reader.duration("quiet", kind.quiet, 1min, 24h);
  reader.whole("minimum_outcomes", kind.minimumOutcomes, 1, 1'000'000);
}

void readKind(Reader& reader, rules::SlowDrift& kind) {
  readInput(reader, kind.input, true);
  reader.duration("span", kind.span, 1h, kLongestWindow);
  reader.duration("step", kind.step, kShortestWindow, 24h);
  reader.share("usual", kind.usual);
  reader.duration("baseline", kind.baseline, 24h, kLongestWindow);
  reader.number("smallest", kind.smallest, 0.0001, 0.5);
  reader.number("rise", kind.rise, 0, 0.5);
  reader.number("factor", kind.factor, 1, 10);
  reader.number("limit", kind.limit, 1, 1000);
  reader.number("cluster_size", kind.clusterSize, 1, 1000);
  reader.whole("minimum_failures", kind.minimumFailures, 1, 1'000'000);
}

void readKind(Reader& reader, rules::BurnRate& kind) {
  readInput(reader, kind.input, true);
  std::optional<double> objective = kind.objective;
  reader.share("objective", objective);
  kind.objective = objective.value_or(kind.objective);
  if (kind.objective >= 1) reader.problem("objective", "100% leaves nothing to burn");
  reader.whole("minimum_failures", kind.minimumFailures, 1, 1'000'000);
  reader.number("z", kind.z, 0, 10);
  reader.number("cluster_size", kind.clusterSize, 1, 1000);
  const auto pairs = reader.node("pairs");
  if (!pairs.IsDefined()) return;
  if (!pairs.IsSequence()) return reader.problem("pairs", "expected a list");
  kind.pairs.clear();
  for (const auto& entry : pairs) {
    rules::BurnRate::Pair pair{1h, 5min, 6, rules::Severity::critical};
    Reader one(entry, reader.where() + ": pairs", reader.problems());
    one.duration("long", pair.longWindow, kShortestWindow, kLongestWindow);
    one.duration("short", pair.shortWindow, kShortestWindow, kLongestWindow);
    one.number("factor", pair.factor, 0.1, 1000);
    std::string severity;
    one.text("severity", severity);
    if (!severity.empty()) {
      if (const auto known = rules::severityNamed(severity)) {
        pair.severity = *known;
      } else {
        one.problem("severity", "expected info, warning or critical");
      }
    }
    if (pair.shortWindow >= pair.longWindow) one.problem("short", "it must be shorter than long");
    one.finish();
    kind.pairs.push_back(pair);
  }
}

rules::Kind kindNamed(const std::string& name) {
  if (name == "threshold") return rules::Threshold{};
  if (name == "stall") return rules::Stall{};
  if (name == "nothing_requested") return rules::NothingRequested{};
  if (name == "nothing_read") return rules::NothingRead{};
  if (name == "stream_silent") return rules::StreamSilent{};
  if (name == "slow_drift") return rules::SlowDrift{};
  if (name == "burn_rate") return rules::BurnRate{};
  return rules::RateThreshold{};
}

void readScope(Reader& reader, rules::Scope& scope, const std::vector<Account>& accounts) {
  std::vector<std::string> dimensions;
  reader.texts("applies_to", dimensions);
  if (!dimensions.empty()) scope.dimensions.clear();
  std::vector<std::string> known;
  for (std::size_t i = 0; i < delivery::kDimensionCount; ++i)
    known.emplace_back(delivery::name(static_cast<delivery::Dimension>(i)));
  for (const auto& text : dimensions) {
    const auto dimension = delivery::dimensionNamed(text);
    if (dimension) {
      scope.dimensions.push_back(*dimension);
    } else {
      reader.problem(
          "applies_to",
          fmt::format(
              "unknown dimension \"{}\"{}; known: account, subuser, category, mailbox_provider, domain_group",
              text.substr(0, 40), didYouMean(text, known)));
    }
  }
  reader.texts("accounts", scope.accounts);
  for (const auto& pattern : scope.accounts)
    if (std::none_of(accounts.begin(), accounts.end(),
                     [&](const Account& account) { return rules::globMatches(pattern, account.name); })) {
      std::vector<std::string> names;
      for (const auto& account : accounts) names.push_back(account.name);
      reader.problem("accounts", fmt::format("no account is called \"{}\"{}", pattern.substr(0, 40),
                                             didYouMean(pattern, names)));
    }
  reader.texts("names", scope.names);
  reader.texts("except", scope.exceptNames);
}

void readMutes(Reader& reader, std::vector<rules::Mute>& mutes) {
  const auto node = reader.node("mutes");
  if (!node.IsDefined()) return;
  if (!node.IsSequence()) return reader.problem("mutes", "expected a list");
  mutes.clear();
  for (const auto& entry : node) {
    rules::Mute mute;
    Reader one(entry, reader.where() + ": mutes", reader.problems());
    one.texts("rules", mute.rules);
    std::string reach = "parts";
    one.text("reach", reach);
    if (reach == "subject") {
      mute.reach = rules::Mute::Reach::subject;
    } else if (reach == "account") {
      mute.reach = rules::Mute::Reach::account;
    } else if (reach != "parts") {
      one.problem("reach", "expected subject, parts or account");
    }
    one.finish();
    mutes.push_back(std::move(mute));
  }
}

}  // namespace

void readRules(const YAML::Node& node, std::vector<Rule>& rules, const std::vector<Account>& accounts,
               Problems& problems) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsSequence()) return problems.add(node.Mark(), "rules: expected a list");
  std::vector<std::string> named;
  for (const auto& entry : node) {
    Reader reader(entry, "rules", problems);
    if (!reader.usable()) continue;
    std::string name, kindText;
    reader.require("name");
    reader.text("name", name);
    reader.text("kind", kindText);
    bool enabled = true;
    reader.flag("enabled", enabled);
    if (std::find(named.begin(), named.end(), name) != named.end()) {
      reader.problem("name", fmt::format("two rules are called \"{}\"", name));
      continue;
    }
    named.push_back(name);
    const auto existing =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
    const bool known = existing != rules.end();
    if (!kindText.empty() && std::find(kKinds.begin(), kKinds.end(), kindText) == kKinds.end()) {
      std::string all;
      for (const auto& kind : kKinds) all += (all.empty() ? "" : ", ") + kind;
      auto hint = didYouMean(kindText, kKinds);
      reader.problem("kind", fmt::format("unknown kind \"{}\"{}", kindText.substr(0, 40),
                                         hint.empty() ? "; known: " + all : hint));
      continue;
    }
    if (kindText.empty() && !known && !name.empty()) {
      std::vector<std::string> defaults;
      for (const auto& rule : rules) defaults.push_back(rule.name);
      problems.add(reader.mark(), fmt::format("rules: \"{}\" is no default rule{}, so it needs a kind",
                                              name.substr(0, 40), didYouMean(name, defaults)));
      continue;
    }
    Rule rule;
    if (known) rule = *existing;
    rule.name = name;
    if (!kindText.empty() && (!known || rules::kindName(rule.kind) != kindText))
      rule.kind = kindNamed(kindText);
    Reader body(entry, fmt::format("rule \"{}\"", name), problems);
    for (const auto* key : {"name", "kind", "enabled"}) body.has(key);
    std::visit([&](auto& kind) { readKind(body, kind); }, rule.kind);
    readScope(body, rule.scope, accounts);
    body.duration("for", rule.holdFor, Duration(0), 7 * 24h);
    body.duration("keep_firing_for", rule.keepFiringFor, Duration(0), 7 * 24h);
    body.duration("quiet_for", rule.quietFor, 1min, 7 * 24h);
    std::string severity;
    body.text("severity", severity);
    if (!severity.empty()) {
      if (const auto parsed = rules::severityNamed(severity)) {
        rule.severity = *parsed;
      } else {
        body.problem("severity",
                     fmt::format("expected info, warning or critical, found \"{}\"", severity.substr(0, 40)));
      }
    }
    body.labels("labels", rule.labels);
    body.url("runbook", rule.runbook);
    body.text("description", rule.description);
    readMutes(body, rule.mutes);
    body.finish();
    if (!known) {
      if (enabled) rules.push_back(std::move(rule));
    } else if (enabled) {
      *existing = std::move(rule);
    } else {
      rules.erase(existing);
    }
  }
}

}  // namespace arrivald::config
