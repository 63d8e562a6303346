// When each kind of rule fires, in words. A new kind needs an overload, without which this does not compile.
#include <fmt/format.h>

#include "daemon/description.hpp"
#include "notify/kind_words.hpp"

namespace arrivald {
namespace {

using notify::Catalogue;
using notify::Filling;

class InWords {
 public:
  InWords(rules::Severity severity, const Catalogue& words) : severity_(severity), words_(words) {}

  std::string operator()(const rules::RateThreshold& k) const {
    const auto side = lowIsBad(k.input) ? "below" : "above";
    return say("rate_threshold",
               {{"input", input(k.input)},
                {"windows", all(k.windows)},
                {"last", k.lastMails > 0 ? say("last_mails", {{"n", count(k.lastMails)}}) : ""},
                {"limits", limits(side, k.input, own(k.input, k.warning), own(k.input, k.critical),
                                  own(k.input, k.recovery))},
                {"z", fmt::format("{:g}", k.z)},
                {"n", count(k.minVolume)},
                {"bad", count(k.minFailures)}});
  }
  std::string operator()(const rules::Threshold& k) const {
    const auto side = k.side == rules::Threshold::Side::above ? "above" : "below";
    return say(keyOf(k.input), {{"input", input(k.input)},
                                {"window", words_.duration(k.window)},
                                {"limits", limits(side, k.input, k.warning, k.critical, k.recovery)}});
  }
  std::string operator()(const rules::Stall& k) const {
    return say(
        "stall",
        {mine(), {"windows", all(k.windows)}, {"n", count(k.minRequests)}, {"alpha", chance(k.alpha)}});
  }
  std::string operator()(const rules::NothingRequested& k) const {
    return say("nothing_requested", {mine(),
                                     {"from", words_.duration(k.minQuiet)},
                                     {"to", words_.duration(k.maxQuiet)},
                                     {"alpha", chance(k.alpha)},
                                     {"weeks", std::to_string(k.minWeeks)}});
  }
  std::string operator()(const rules::NothingRead& k) const {
    std::string sources;
    for (const auto source : k.sources)
      sources += (sources.empty() ? "" : say("or")) + words_.text(fmt::format("source.{}", name(source)));
    return say("nothing_read", {mine(),
                                {"sources", sources.empty() ? say("any_source") : sources},
                                {"n", fmt::format("{:g}", k.intervals)},
                                {"age", words_.duration(k.minAge)},
                                {"critical", words_.duration(k.criticalAfter)}});
  }
  std::string operator()(const rules::StreamSilent& k) const {
    return say("stream_silent", {mine(), {"quiet", words_.duration(k.quiet)}, {"n", count(k.minOutcomes)}});
  }
  std::string operator()(const rules::Overdue& k) const {
    return say("overdue", {mine(),
                           {"after", words_.duration(k.after)},
                           {"n", count(k.minOverdue)},
                           {"windows", all(k.windows)},
                           {"usual", words_.percent(k.usualShare)},
                           {"alpha", chance(k.alpha)}});
  }
  std::string operator()(const rules::FirstBlock& k) const {
    if (k.minDelivered == 0)
      return say("first_block.ever",
                 {mine(), {"n", count(k.minBlocks)}, {"within", words_.duration(k.within)}});
    return say("first_block", {mine(),
                               {"n", count(k.minBlocks)},
                               {"within", words_.duration(k.within)},
                               {"past", words_.duration(k.past)},
                               {"mails", count(k.minDelivered)}});
  }
  std::string operator()(const rules::CauseSeen& k) const {
    const rules::CauseEvidence evidence{0, k.minMails, k.window, k.causes};
    return say("cause_seen", {mine(),
                              {"n", count(k.minMails)},
                              {"window", words_.duration(k.window)},
                              {"causes", notify::wordsOf(evidence, words_).source}});
  }
  std::string operator()(const rules::StreamDiffers& k) const {
    return say("stream_differs", {mine(), {"share", words_.percent(k.share)}, {"n", count(k.minMails)}});
  }
  std::string operator()(const rules::AccountSuspended&) const { return say("account_suspended", {mine()}); }
  std::string operator()(const rules::StatisticsStill& k) const {
    return say("statistics_still", {mine(), {"quiet", words_.duration(k.minQuiet)}});
  }
  std::string operator()(const rules::Dmarc& k) const {
    return say(fmt::format("dmarc.{}", rules::name(k.sign)), {mine(),
                                                              {"n", count(k.minMails)},
                                                              {"times", fmt::format("{:g}", k.times)},
                                                              {"quiet", words_.duration(k.minQuiet)}});
  }
  std::string operator()(const rules::StreamSettings&) const { return say("stream_settings", {mine()}); }
  std::string operator()(const rules::SlowDrift& k) const {
    const auto usual = k.usual ? words_.percent(rules::inOwnTerms(k.input, *k.usual))
                               : say("usual", {{"baseline", words_.duration(k.baseline)}});
    return say("slow_drift",
               {mine(), {"input", input(k.input)}, {"span", words_.duration(k.span)}, {"usual", usual}});
  }
  std::string operator()(const rules::BurnRate& k) const {
    std::string pairs;
    for (const auto& pair : k.pairs)
      pairs += (pairs.empty() ? "" : say("and")) +
               words_.text("check.rule.pair", {{"factor", fmt::format("{:g}", pair.factor)},
                                               {"long", words_.duration(pair.longWindow)},
                                               {"short", words_.duration(pair.shortWindow)},
                                               {"severity", severity(pair.severity)}});
    return say("burn_rate",
               {{"objective", words_.percent(k.budget.good())}, {"input", input(k.input)}, {"pairs", pairs}});
  }

 private:
  // Most texts name the severity of the rule.
  std::string say(std::string_view key, std::initializer_list<Filling> fillings = {}) const {
    return words_.text(fmt::format("check.rule.{}", key), fillings);
  }
  Filling mine() const { return {"severity", severity(severity_)}; }
  std::string severity(rules::Severity severity) const {
    return words_.text(fmt::format("page.severity.{}", name(severity)));
  }
  std::string input(rules::Input input) const { return words_.text(fmt::format("input.{}", name(input))); }
  std::string count(std::int64_t number) const { return words_.number(static_cast<double>(number)); }
  std::string chance(double alpha) const { return notify::chanceWords(alpha, words_); }
  std::string all(const std::vector<Duration>& windows) const {
    std::string text;
    for (const auto window : windows) text += (text.empty() ? "" : say("and")) + words_.duration(window);
    return text;
  }
  static std::optional<double> own(rules::Input input, const std::optional<rules::BadShare>& share) {
    if (!share) return std::nullopt;
    return rules::inOwnTerms(input, *share);
  }
  // `side` is "below" or "above".
  // What stands at one time has no window, and how long something lasts is foretold from one.
  static std::string_view keyOf(rules::Input input) {
    using rules::Input;
    if (input == Input::creditsLast) return "threshold_by";
    const bool stands = input == Input::dataAge || input == Input::creditsLeft ||
                        input == Input::reputation || input == Input::statisticsContradictory;
    return stands ? "threshold_now" : "threshold";
  }

  std::string limits(std::string_view side, rules::Input input, const std::optional<double>& warning,
                     const std::optional<double>& critical, const std::optional<double>& recovery) const {
    std::string text;
    const auto add = [&](double value, rules::Severity severity) {
      text += (text.empty() ? "" : say("or")) +
              words_.text(fmt::format("check.rule.{}", side),
                          {{"value", words_.value(input, value)}, {"severity", this->severity(severity)}});
    };
    if (warning) add(*warning, rules::Severity::warning);
    if (critical) add(*critical, rules::Severity::critical);
    if (recovery) text += words_.text("check.rule.recovery", {{"value", words_.value(input, *recovery)}});
    return text;
  }

  rules::Severity severity_;
  const Catalogue& words_;
};

}  // namespace

std::string conditionOf(const rules::Rule& rule, const Catalogue& words) {
  return std::visit(InWords(rule.severity, words), rule.kind);
}

}  // namespace arrivald
