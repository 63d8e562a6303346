#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.hpp"
#include "causes/cause.hpp"
#include "config/sections.hpp"
#include "rules/defaults.hpp"

namespace arrivald::config {
namespace {

using namespace std::chrono_literals;
using delivery::Dimension;
using rules::Input;
using rules::Rule;
using rules::Severity;
using rules::Unit;

constexpr std::size_t kMaxRules = 200;
constexpr std::size_t kMaxMutes = 20;
constexpr std::size_t kMaxPairs = 10;
constexpr std::int64_t kMaxMails = 1'000'000'000;

template <class Enumeration>
std::vector<std::string> wordsOf(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.emplace_back(name(static_cast<Enumeration>(i)));
  return all;
}

void readInput(Reader& reader, Input& target, bool share) {
  std::vector<std::string> fitting, all;
  for (const auto input : rules::allInputs()) {
    all.emplace_back(rules::name(input));
    if ((rules::unit(input) == Unit::share) == share) fitting.emplace_back(rules::name(input));
  }
  std::string text;
  reader.text("input", text);
  if (text.empty()) return;
  const auto input = rules::inputNamed(text);
  if (!input)
    return reader.problem("input", phrase("no input is called {}{}", shown(text), hint(text, fitting)));
  if ((rules::unit(*input) == Unit::share) != share)
    return reader.problem(
        "input", phrase("{} is {}: it needs kind: {}", text, share ? phrase("no share") : phrase("a share"),
                        share ? "threshold" : "rate_threshold, slow_drift or burn_rate"));
  target = *input;
}

// Checks the order of thresholds: critical is worse than warning, and recovery is no worse than the milder of
// the two.
enum class Worse { more, less };
template <class T>
void checkOrder(Reader& reader, const std::optional<T>& warning, const std::optional<T>& critical,
                const std::optional<T>& recovery, Worse worse, const Phrase& side) {
  const auto isWorse = [&](const T& a, const T& b) { return worse == Worse::more ? a > b : a < b; };
  if (!warning && !critical) {
    if (!reader.has("warning") && !reader.has("critical"))
      reader.context().problems.add(
          reader.place(), phrase("{}: expected at least one of warning and critical", reader.path()));
    return;
  }
  if (warning && critical && !isWorse(*critical, *warning))
    reader.problem("critical", phrase("has to be {} warning, since that is worse here", side));
  const auto mildest = warning ? *warning : *critical;
  if (recovery && isWorse(*recovery, mildest))
    reader.problem("recovery", phrase("must not be {} {}: the alert would end while the value is still bad",
                                      side, warning ? "warning" : "critical"));
}

// Reads a share that the YAML states in the input's own sense, such as 98% delivered.
void readShare(Reader& reader, std::string_view key, Input input, std::optional<rules::BadShare>& target) {
  std::optional<double> own;
  reader.share(key, own);
  if (own) target = rules::badShareOf(input, *own);
}

// Reads a share that the YAML states as a share of bad mail.
void readBadShare(Reader& reader, std::string_view key, rules::BadShare& target) {
  std::optional<double> share;
  reader.share(key, share);
  if (share) target = rules::BadShare(*share);
}

void readWindows(Reader& reader, std::vector<Duration>& windows) {
  reader.durations("windows", windows, kShortestWindow, kLongestWindow);
  std::ranges::sort(windows);
}

void readKind(Reader& reader, rules::RateThreshold& kind) {
  readInput(reader, kind.input, true);
  readWindows(reader, kind.windows);
  readShare(reader, "warning", kind.input, kind.warning);
  readShare(reader, "critical", kind.input, kind.critical);
  readShare(reader, "recovery", kind.input, kind.recovery);
  if (reader.has("times_usual")) {
    double times = 1;
    reader.number("times_usual", times, 1, 100);
    kind.timesUsual = times;
  }
  reader.whole("last_mails", kind.lastMails, 0, 1000);
  if (kind.lastMails > 0 && kind.input != Input::deliveryRate && kind.input != Input::bounceRate &&
      kind.input != Input::blockRate)
    reader.problem("last_mails",
                   phrase("needs a share of outcomes: delivery_rate, bounce_rate or block_rate"));
  reader.whole("min_volume", kind.minVolume, 1, kMaxMails);
  reader.whole("min_failures", kind.minFailures, 1, kMaxMails);
  reader.number("z", kind.z, 0, 10);
  reader.number("cluster_size", kind.clusterSize, 1, 1000);
  if (reader.has("failures_per_domain_minute")) {
    rules::ClusterCap cap;
    reader.whole("failures_per_domain_minute", cap.failures, 1, kMaxMails);
    kind.cap = cap;
    if (kind.input != Input::deliveryRate)
      reader.problem("failures_per_domain_minute", phrase("needs input: delivery_rate"));
    if (kind.windows.back() > 24h)
      reader.problem("failures_per_domain_minute",
                     phrase("needs windows of at most 24h: failures are known by domain for a day"));
  }
  checkOrder(reader, kind.warning, kind.critical, kind.recovery, Worse::more,
             rules::lowIsBad(kind.input) ? phrase("below") : phrase("above"));
  const bool mixesCohorts =
      kind.input == Input::deliveryRateByRequest || kind.input == Input::deliveryRateLessDrops;
  if (mixesCohorts && kind.windows.front() < 24h)
    reader.warning("windows",
                   phrase("{} compares requests with the outcomes of other mail in windows shorter than "
                          "24h; delivery_rate does not",
                          rules::name(kind.input)));
}

// Reads a limit in the input's unit: mails and entries as numbers, seconds as a duration.
void readLimit(Reader& reader, std::string_view key, Unit unit, std::optional<double>& target) {
  if (unit != Unit::seconds) return reader.number(key, target, 0, 1e12);
  std::optional<Duration> duration;
  reader.duration(key, duration, 1s, kLongestWindow);
  if (duration) target = static_cast<double>(duration->count()) / 1000;
}

void readKind(Reader& reader, rules::Threshold& kind) {
  readInput(reader, kind.input, false);
  reader.duration("window", kind.window, kShortestWindow, kLongestWindow);
  using Side = rules::Threshold::Side;
  reader.choice<Side>("side", kind.side, {{"above", Side::above}, {"below", Side::below}});
  const auto unit = rules::unit(kind.input);
  readLimit(reader, "warning", unit, kind.warning);
  readLimit(reader, "critical", unit, kind.critical);
  readLimit(reader, "recovery", unit, kind.recovery);
  const bool above = kind.side == Side::above;
  checkOrder(reader, kind.warning, kind.critical, kind.recovery, above ? Worse::more : Worse::less,
             above ? phrase("above") : phrase("below"));
  if (kind.input == Input::dataAge && reader.has("window"))
    reader.warning("window", phrase("has no meaning for data_age, which is of the moment"));
}

void readKind(Reader& reader, rules::Stall& kind) {
  readWindows(reader, kind.windows);
  reader.duration("lag", kind.lag, Duration(0), 24h);
  reader.number("alpha", kind.alpha, 1e-12, 0.1);
  reader.share("usual_share", kind.usualShare);
  if (kind.usualShare < 0.01) reader.problem("usual_share", phrase("expected at least 1%"));
  reader.whole("min_requests", kind.minRequests, 1, kMaxMails);
}

void readKind(Reader& reader, rules::NothingRequested& kind) {
  reader.number("alpha", kind.alpha, 1e-12, 0.1);
  reader.number("alpha_of_day", kind.alphaOfDay, 1e-12, 0.1);
  reader.duration("min_quiet", kind.minQuiet, kShortestWindow, 48h);
  reader.duration("max_quiet", kind.maxQuiet, kShortestWindow, 48h);
  reader.whole("min_weeks", kind.minWeeks, 1, 4);
  if (kind.maxQuiet < kind.minQuiet) reader.problem("max_quiet", phrase("has to be at least min_quiet"));
}

void readKind(Reader& reader, rules::NothingRead& kind) {
  std::vector<std::string> sources;
  const bool given = reader.has("sources");
  reader.texts("sources", sources);
  if (given) kind.sources.clear();
  for (const auto& text : sources) {
    if (const auto source = rules::sourceNamed(text))
      kind.sources.push_back(*source);
    else
      reader.problemAt(text, "sources",
                       phrase("no source is called {}{}", shown(text),
                              hint(text, wordsOf<rules::Source>(rules::kSourceCount))));
  }
  reader.number("intervals", kind.intervals, 1, 1000);
  reader.duration("min_age", kind.minAge, 1min, 24h);
  reader.duration("critical_after", kind.criticalAfter, 1min, 7 * 24h);
}

void readKind(Reader& reader, rules::StreamSilent& kind) {
  reader.duration("quiet", kind.quiet, 1min, 24h);
  reader.whole("min_outcomes", kind.minOutcomes, 1, kMaxMails);
}

void readKind(Reader& reader, rules::Overdue& kind) {
  reader.duration("after", kind.after, 1min, 24h);
  readWindows(reader, kind.windows);
  reader.share("usual_share", kind.usualShare);
  reader.number("alpha", kind.alpha, 1e-12, 0.1);
  reader.whole("min_overdue", kind.minOverdue, 1, kMaxMails);
}

void readKind(Reader& reader, rules::FirstBlock& kind) {
  reader.duration("within", kind.within, kShortestWindow, 24h);
  reader.duration("past", kind.past, 24h, 30 * 24h);
  reader.whole("min_blocks", kind.minBlocks, 1, kMaxMails);
  reader.whole("min_delivered", kind.minDelivered, 0, kMaxMails);
}

void readKind(Reader& reader, rules::CauseSeen& kind) {
  std::vector<std::string> known;
  for (const auto causeClass : causes::kClasses) known.emplace_back(causes::name(causeClass));
  if (kind.causes.empty() && !reader.require("causes")) return;
  reader.texts("causes", kind.causes);
  for (const auto& cause : kind.causes)
    if (std::ranges::find(known, cause) == known.end())
      reader.problemAt(cause, "causes", phrase("no cause is called {}{}", shown(cause), hint(cause, known)));
  reader.duration("window", kind.window, kShortestWindow, 24h);
  reader.whole("min_mails", kind.minMails, 1, kMaxMails);
}

void readKind(Reader& reader, rules::StreamDiffers& kind) {
  reader.share("share", kind.share);
  reader.whole("min_mails", kind.minMails, 1, kMaxMails);
}

void readKind(Reader& reader, rules::StatisticsStill& kind) {
  reader.duration("min_quiet", kind.minQuiet, kShortestWindow, 48h);
  reader.whole("min_mails", kind.minMails, 1, kMaxMails);
  reader.number("alpha", kind.alpha, 1e-12, 0.1);
}

void readKind(Reader&, rules::StreamSettings&) {}
void readKind(Reader&, rules::AccountSuspended&) {}

void readKind(Reader& reader, rules::Dmarc& kind) {
  std::string text(rules::name(kind.sign));
  reader.text("sign", text);
  if (const auto sign = rules::dmarcSignNamed(text))
    kind.sign = *sign;
  else
    reader.problem("sign", phrase("no sign is called {}{}", shown(text),
                                  hint(text, wordsOf<rules::DmarcSign>(rules::kDmarcSignCount))));
  reader.whole("min_mails", kind.minMails, 1, kMaxMails);
  reader.number("z", kind.z, 0, 10);
  reader.number("times", kind.times, 1, 1000);
  reader.share("min_share", kind.minShare);
  reader.duration("min_quiet", kind.minQuiet, 1h, 30 * 24h);
}

void readKind(Reader& reader, rules::SlowDrift& kind) {
  readInput(reader, kind.input, true);
  reader.duration("span", kind.span, 1h, kLongestWindow);
  reader.duration("step", kind.step, kShortestWindow, 24h);
  if (std::optional<double> usual; reader.has("usual")) {
    reader.share("usual", usual);
    if (usual) kind.usual = rules::BadShare(*usual);
  }
  reader.duration("baseline", kind.baseline, 24h, kLongestWindow);
  readBadShare(reader, "min_usual", kind.minUsual);
  readBadShare(reader, "rise", kind.rise);
  reader.number("factor", kind.factor, 1, 10);
  reader.number("limit", kind.limit, 1, 1000);
  reader.share("max_gain", kind.maxGain);
  reader.number("incident", kind.incident, 1, 100);
  reader.number("cluster_size", kind.clusterSize, 1, 1000);
  reader.whole("min_failures", kind.minFailures, 1, kMaxMails);
  if (kind.minUsual < rules::BadShare(1e-5)) reader.problem("min_usual", phrase("expected at least 0.001%"));
  if (kind.rise <= rules::BadShare() && kind.factor <= 1)
    reader.problem("rise", phrase("without a rise or a factor above 1 nothing is a drift"));
  if (kind.maxGain <= 0)
    reader.problem("max_gain", phrase("expected more than 0%: otherwise no drift can be detected"));
  if (kind.step > kind.span) reader.problem("step", phrase("must not be longer than span"));
}

void readPair(const Node& node, Reader& rule, std::size_t index, std::vector<rules::BurnRate::Pair>& pairs) {
  Reader reader(node, fmt::format("{}[{}]", rule.pathOf("pairs"), index), rule.context());
  reader.fileUnder("rules(burn_rate).pairs[]");
  if (!reader.usable()) return;
  rules::BurnRate::Pair pair{1h, 5min, 6, Severity::critical};
  if (reader.require("long")) reader.duration("long", pair.longWindow, kShortestWindow, kLongestWindow);
  if (reader.require("short")) reader.duration("short", pair.shortWindow, kShortestWindow, kLongestWindow);
  if (reader.require("factor")) reader.number("factor", pair.factor, 0.1, 1000);
  reader.choice<Severity>(
      "severity", pair.severity,
      {{"info", Severity::info}, {"warning", Severity::warning}, {"critical", Severity::critical}});
  if (pair.shortWindow >= pair.longWindow) reader.problem("short", phrase("has to be shorter than long"));
  reader.finish();
  pairs.push_back(pair);
}

void readKind(Reader& reader, rules::BurnRate& kind) {
  readInput(reader, kind.input, true);
  std::optional<double> objective;
  reader.share("objective", objective);
  if (objective) kind.budget = rules::BadShare::missingTo(*objective);
  if (kind.budget <= rules::BadShare()) reader.problem("objective", phrase("100% leaves no error budget"));
  reader.whole("min_failures", kind.minFailures, 1, kMaxMails);
  reader.number("z", kind.z, 0, 10);
  reader.number("cluster_size", kind.clusterSize, 1, 1000);
  const auto* pairs = reader.section("pairs");
  if (!pairs) return;
  if (pairs->kind != Node::Kind::list || pairs->children.empty() || pairs->children.size() > kMaxPairs)
    return reader.problem("pairs", phrase("expected a list of 1 to {} pairs of windows", kMaxPairs));
  kind.pairs.clear();
  for (std::size_t i = 0; i < pairs->children.size(); ++i)
    readPair(pairs->children[i], reader, i, kind.pairs);
}

template <class... Kinds>
std::vector<rules::Kind> oneOfEach(const std::variant<Kinds...>*) {
  return {Kinds{}...};
}
const std::vector<rules::Kind>& allKinds() {
  static const auto kinds = oneOfEach(static_cast<const rules::Kind*>(nullptr));
  return kinds;
}
std::vector<std::string> kindNames() {
  std::vector<std::string> names;
  for (const auto& kind : allKinds()) names.emplace_back(rules::kindName(kind));
  return names;
}

std::optional<Input> inputOf(const rules::Kind& kind) {
  return std::visit(
      [](const auto& k) -> std::optional<Input> {
        if constexpr (requires { k.input; }) return k.input;
        return std::nullopt;
      },
      kind);
}

// True if some account reads the statistics of this dimension.
bool isFollowed(Dimension dimension, const Config& config) {
  return std::ranges::any_of(config.accounts, [&](const Account& account) {
    switch (dimension) {
      case Dimension::account:
        return true;
      case Dimension::subuser:
        return account.subusers.any();
      case Dimension::category:
        return account.categories.any();
      case Dimension::mailboxProvider:
        return account.mailboxProviders.any();
      case Dimension::domainGroup:
        return account.events.has_value();
      case Dimension::sendingDomain:
        break;
    }
    return false;
  });
}

// The names of subjects as far as they are known before any is read. Not those of categories and subusers:
// "password-test" beside "password-reset" is no typing error.
std::vector<std::string> knownSubjects(const rules::Scope& scope, const Config& config) {
  std::vector<std::string> known;
  const auto add = [&](const std::vector<std::string>& names) {
    known.insert(known.end(), names.begin(), names.end());
  };
  for (const auto dimension : scope.dimensions) {
    if (dimension == Dimension::sendingDomain && config.dmarc) add(namesOf(config.dmarc->domains));
    if (dimension == Dimension::account) add(namesOf(config.accounts));
    if (dimension == Dimension::mailboxProvider)
      for (const auto& account : config.accounts) add(account.mailboxProviders.names);
    if (dimension == Dimension::domainGroup) add(namesOf(config.eventStream.domainGroups));
    // SendGrid calls the large providers as the groups are called.
    if (dimension == Dimension::mailboxProvider || dimension == Dimension::domainGroup)
      add(namesOf(stream::defaultGroups()));
  }
  return known;
}

const Selection* selectionOf(Dimension dimension, const Account& account) {
  if (dimension == Dimension::category) return &account.categories;
  if (dimension == Dimension::subuser) return &account.subusers;
  return dimension == Dimension::mailboxProvider ? &account.mailboxProviders : nullptr;
}

// All names that subjects of these dimensions can have, where none are found by asking SendGrid; nothing
// where others may come to exist.
std::optional<std::vector<std::string>> allSubjects(const rules::Scope& scope, const Config& config) {
  auto names = knownSubjects(scope, config);
  for (const auto dimension : scope.dimensions) {
    if (dimension == Dimension::domainGroup) names.emplace_back("other");
    for (const auto& account : config.accounts) {
      const auto* selection = selectionOf(dimension, account);
      if (!selection) continue;
      // The event stream brings categories by itself.
      if (selection->discover || (dimension == Dimension::category && account.events)) return std::nullopt;
      names.insert(names.end(), selection->names.begin(), selection->names.end());
    }
  }
  return names;
}

// "Gmail, docomo, au and 12 more"
Phrase listed(std::vector<std::string> names) {
  constexpr std::size_t kShown = 8;
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() <= kShown) return verbatim(text);
  return phrase("{} and {} more", text, names.size() - kShown);
}

// A name that nearly is a known one hardly is meant: a rule that excepts "docmo" excepts nothing. So does any
// other where all names are known.
void warnOfTypingErrors(Reader& reader, std::string_view key, const std::vector<std::string>& names,
                        const rules::Scope& scope, const Config& config) {
  const auto all = allSubjects(scope, config);
  const auto known = all ? *all : knownSubjects(scope, config);
  for (const auto& name : names) {
    const auto matches = [&](const auto& one) { return rules::globMatches(name, one); };
    // What has a dot may be a domain, which the event stream finds.
    const bool mayBeDomain = name.find('.') != std::string::npos;
    if (std::ranges::any_of(known, matches) || mayBeDomain) continue;
    const bool isPattern = name.find_first_of("*?") != std::string::npos;
    const auto near = isPattern ? std::string() : nearest(name, known);
    if (!near.empty())
      reader.warning(key, phrase("nothing is known by the name {}{}", shown(name), meant(near)));
    else if (all && !all->empty())
      reader.warning(key, phrase("nothing is known by the name {}; there are {}", shown(name), listed(*all)));
  }
}

void readScope(Reader& reader, Rule& rule, const Config& config) {
  std::vector<std::string> dimensions;
  // Reports are about sending domains, and nothing else is.
  const bool isDmarc = std::holds_alternative<rules::Dmarc>(rule.kind);
  if (isDmarc) rule.scope.dimensions = {Dimension::sendingDomain};
  if (!isDmarc) reader.texts("applies_to", dimensions);
  if (!dimensions.empty()) rule.scope.dimensions.clear();
  for (const auto& text : dimensions) {
    const auto dimension = delivery::dimensionNamed(text);
    if (!dimension || *dimension == Dimension::sendingDomain) {
      reader.problem(
          "applies_to",
          phrase("expected account, subuser, category, mailbox_provider or domain_group, "
                 "found {}{}",
                 shown(text), didYouMean(text, wordsOf<Dimension>(delivery::kMailDimensionCount))));
      continue;
    }
    rule.scope.dimensions.push_back(*dimension);
    if (*dimension == Dimension::domainGroup && !isFollowed(*dimension, config))
      reader.warning(
          "applies_to",
          phrase("domain groups are known from the event stream only, and no account has one (events)"));
    else if (!isFollowed(*dimension, config))
      reader.warning("applies_to", phrase("no account follows any {}, so this rule judges none", text));
  }
  const auto input = inputOf(rule.kind);
  if (input && (rules::unit(*input) == Unit::entries || rules::ofAccountOnly(*input)) &&
      rule.scope.dimensions != std::vector{Dimension::account})
    reader.problem("applies_to", phrase("{} is an account's only: expected account", rules::name(*input)));
  reader.texts("accounts", rule.scope.accounts);
  checkGlobs(reader, "accounts", phrase("account"), namesOf(config.accounts));
  reader.texts("names", rule.scope.names, 1000);
  reader.texts("except", rule.scope.exceptNames, 1000);
  warnOfTypingErrors(reader, "names", rule.scope.names, rule.scope, config);
  warnOfTypingErrors(reader, "except", rule.scope.exceptNames, rule.scope, config);
}

void readMute(const Node& node, std::string path, Context& context, const std::vector<std::string>& known,
              std::vector<rules::Mute>& mutes) {
  using Reach = rules::Mute::Reach;
  Reader reader(node, std::move(path), context);
  if (!reader.usable()) return;
  rules::Mute mute;
  reader.texts("rules", mute.rules);
  checkGlobs(reader, "rules", phrase("rule"), known);
  reader.choice<Reach>(
      "reach", mute.reach,
      {{"subject", Reach::subject}, {"breakdown", Reach::breakdown}, {"account", Reach::account}});
  reader.finish();
  mutes.push_back(std::move(mute));
}

void readMutes(Reader& reader, const std::vector<std::string>& known, std::vector<rules::Mute>& mutes) {
  const auto* node = reader.find("mutes");
  if (!node) return;
  if (node->kind != Node::Kind::list || node->children.size() > kMaxMutes)
    return reader.problem("mutes",
                          phrase("expected a list of at most {} entries such as {rules: [drift], reach: "
                                 "breakdown}",
                                 kMaxMutes));
  mutes.clear();
  for (std::size_t i = 0; i < node->children.size(); ++i)
    readMute(node->children[i], fmt::format("{}[{}]", reader.pathOf("mutes"), i), reader.context(), known,
             mutes);
}

// A rule that no account feeds never fires, and nothing says so later.
void warnOfUnfed(Reader& reader, const Rule& rule, const Config& config) {
  const auto none = [&](const auto& reads) {
    return std::ranges::none_of(config.accounts, [&](const Account& account) {
      const auto fits = [&](const std::string& glob) { return rules::globMatches(glob, account.name); };
      return (rule.scope.accounts.empty() || std::ranges::any_of(rule.scope.accounts, fits)) &&
             reads(account);
    });
  };
  const auto warnIfNone = [&](const Phrase& needs, std::string_view key, const auto& reads) {
    if (none(reads))
      reader.warning("name", phrase("needs {}, and no account that it applies to has them ({})", needs, key));
  };
  switch (rules::feedOf(rule)) {
    case rules::Feed::events:
    case rules::Feed::streamSettings:
      warnIfNone(phrase("the events of a webhook"), "events",
                 [](const Account& account) { return account.events.has_value(); });
      break;
    case rules::Feed::lists:
      warnIfNone(phrase("the suppression lists"), "suppressions",
                 [](const Account& account) { return account.suppressions; });
      break;
    case rules::Feed::standing:
      warnIfNone(phrase("the credits and the reputation"), "credits",
                 [](const Account& account) { return account.credits; });
      break;
    case rules::Feed::replies:
      warnIfNone(phrase("the events of a webhook or the suppression lists"), "events, suppressions",
                 [](const Account& account) { return account.events.has_value() || account.suppressions; });
      break;
    case rules::Feed::dmarc:
      warnIfNone(phrase("the DMARC reports"), "dmarc",
                 [&](const Account&) { return config.dmarc.has_value(); });
      break;
    case rules::Feed::mail:
    case rules::Feed::mailOrLists:
    case rules::Feed::readings:
      break;
  }
}

// Reads the keys that all kinds of rule have.
void readCommon(Reader& reader, Rule& rule, const Config& config, const std::vector<std::string>& known) {
  readScope(reader, rule, config);
  reader.duration("for", rule.holdFor, Duration(0), 7 * 24h);
  reader.duration("keep_firing_for", rule.keepFiringFor, Duration(0), 7 * 24h);
  reader.duration("quiet_for", rule.quietFor, 1min, 7 * 24h);
  const bool given = reader.choice<Severity>(
      "severity", rule.severity,
      {{"info", Severity::info}, {"warning", Severity::warning}, {"critical", Severity::critical}});
  const bool definesSeverity = std::holds_alternative<rules::RateThreshold>(rule.kind) ||
                               std::holds_alternative<rules::Threshold>(rule.kind) ||
                               std::holds_alternative<rules::BurnRate>(rule.kind);
  if (given && definesSeverity)
    reader.warning("severity",
                   phrase("has no meaning for {}, which distinguishes warning and critical itself",
                          rules::kindName(rule.kind)));
  reader.labels("labels", rule.labels);
  reader.url("runbook", rule.runbook);
  reader.text("description", rule.description, 1000);
  readMutes(reader, known, rule.mutes);
}

class RulesSection {
 public:
  RulesSection(Reader& root, const Node& list, Config& config)
      : root_(root), config_(config), defaults_(namesOf(config.rules)), names_(defaults_) {
    // All names are collected first, since a rule may mute one that is listed later.
    for (const auto& rule : list.children)
      for (const auto& entry : rule.children)
        if (entry.key == "name" && std::ranges::find(names_, entry.text) == names_.end())
          names_.push_back(entry.text);
  }

  void read(const Node& node, std::size_t index) {
    Reader reader(node, fmt::format("rules[{}]", index), root_.context());
    reader.fileUnder("rules[]");
    if (!reader.usable()) return;
    Rule rule;
    if (!readName(reader, rule.name)) return;
    const auto existing = std::ranges::find(config_.rules, rule.name, &Rule::name);
    const bool known = existing != config_.rules.end();
    if (known) rule = *existing;
    bool enabled = true;
    reader.flag("enabled", enabled);
    if (!readKindOf(reader, rule, known)) return;
    reader.fileUnder(fmt::format("rules({})", rules::kindName(rule.kind)));
    std::visit([&](auto& kind) { readKind(reader, kind); }, rule.kind);
    reader.fileUnder("rules[]");
    readCommon(reader, rule, config_, names_);
    if (enabled) warnOfUnfed(reader, rule, config_);
    reader.finish();
    if (known && enabled)
      *existing = std::move(rule);
    else if (known)
      config_.rules.erase(existing);
    else if (enabled)
      config_.rules.push_back(std::move(rule));
  }

 private:
  bool readName(Reader& reader, std::string& name) {
    if (!reader.require("name")) return false;
    reader.text("name", name, 64);
    if (name.empty()) return false;
    if (!isName(name)) {
      reader.problem("name",
                     phrase("expected up to 64 letters, digits, -, _ and ., beginning with a letter or "
                            "digit, found {}",
                            shown(name)));
      return false;
    }
    reader.callIt(fmt::format("rules[{}]", name));
    if (std::ranges::find(given_, name) != given_.end()) {
      reader.problem("name", phrase("two rules are called {}", shown(name)));
      return false;
    }
    given_.push_back(name);
    return true;
  }

  bool readKindOf(Reader& reader, Rule& rule, bool known) {
    const auto names = kindNames();
    if (!reader.has("kind")) {
      if (!known)
        reader.problem("name", phrase("{} is no default rule, so it needs a kind ({}){}", shown(rule.name),
                                      oneOf(names), didYouMean(rule.name, defaults_)));
      return known;
    }
    std::string kind;
    reader.text("kind", kind);
    if (kind.empty()) return false;
    const auto found = std::ranges::find(names, kind);
    if (found == names.end()) {
      reader.problem("kind", phrase("no kind of rule is called {}{}", shown(kind), hint(kind, names)));
      return false;
    }
    if (!known || rules::kindName(rule.kind) != kind)
      rule.kind = allKinds()[static_cast<std::size_t>(found - names.begin())];
    return true;
  }

  Reader& root_;
  Config& config_;
  std::vector<std::string> defaults_;
  std::vector<std::string> names_;  // of the default rules and of all rules in the list
  std::vector<std::string> given_;
};

}  // namespace

void readRules(Reader& root, Config& config) {
  bool useDefaults = true;
  root.flag("default_rules", useDefaults);
  if (useDefaults) config.rules = rules::defaults();
  if (useDefaults && root.section("desk"))
    for (auto& rule : rules::deskDefaults()) config.rules.push_back(std::move(rule));
  if (useDefaults && root.section("dmarc"))
    for (auto& rule : rules::dmarcDefaults()) config.rules.push_back(std::move(rule));
  if (const auto* node = root.section("rules")) {
    if (node->kind != Node::Kind::list)
      return root.problem("rules", phrase("expected a list of rules, found {}", inWords(node->kind)));
    if (node->children.size() > kMaxRules)
      return root.problem("rules", phrase("expected at most {} rules", kMaxRules));
    RulesSection section(root, *node, config);
    for (std::size_t i = 0; i < node->children.size(); ++i) section.read(node->children[i], i);
  }
  if (config.rules.empty() && !root.context().problems.fatal())
    root.warning("default_rules", phrase("there are no rules: nobody will ever be notified"));
}

void checkGlobs(Reader& reader, std::string_view key, const Phrase& what,
                const std::vector<std::string>& known) {
  const auto* list = reader.find(key);
  if (!list) return;
  for (const auto* item : itemsOf(*list)) {
    const bool usable = item->kind == Node::Kind::scalar && !item->text.empty();
    if (usable &&
        std::ranges::none_of(known, [&](const auto& name) { return rules::globMatches(item->text, name); }))
      reader.problemAt(*item, key,
                       phrase("no {} is called {}{}", what, shown(item->text), hint(item->text, known)));
  }
}

}  // namespace arrivald::config
