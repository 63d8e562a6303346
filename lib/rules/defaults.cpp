#include "rules/defaults.hpp"

namespace arrivald::rules {
namespace {

using namespace std::chrono_literals;
using delivery::Dimension;

}  // namespace

std::vector<Rule> defaults() {
  std::vector<Rule> rules;
  const auto add = [&](Rule rule) { rules.push_back(std::move(rule)); };

  {
    Rule rule;
    rule.name = "stall";
    rule.kind = Stall{};
    rule.scope.dimensions = {Dimension::account, Dimension::subuser};
    rule.severity = Severity::critical;
    rule.mutes = {{{"*"}, Mute::Reach::parts}};
    add(rule);
  }
  {
    Rule rule;
    rule.name = "delivery-rate";
    RateThreshold kind;
    kind.windows = {10min, 30min};
    kind.warning = 0.98;
    kind.critical = 0.90;
    rule.kind = kind;
    rule.scope.dimensions = {Dimension::account, Dimension::subuser, Dimension::mailboxProvider};
    rule.mutes = {{{"drift"}, Mute::Reach::subject}};
    add(rule);
  }
  {
    Rule rule;
    rule.name = "drift";
    rule.kind = SlowDrift{};
    rule.scope.dimensions = {Dimension::account, Dimension::mailboxProvider};
    add(rule);
  }
  {
    Rule rule;
    rule.name = "nothing-requested";
    rule.kind = NothingRequested{};
    rule.scope.dimensions = {Dimension::account};
    add(rule);
  }
  {
    Rule rule;
    rule.name = "not-readable";
    rule.kind = NothingRead{};
    rule.scope.dimensions = {Dimension::account};
    rule.mutes = {{{"nothing-requested", "stream-silent"}, Mute::Reach::account}};
    add(rule);
  }
  {
    Rule rule;
    rule.name = "stream-silent";
    rule.kind = StreamSilent{};
    rule.scope.dimensions = {Dimension::account};
    add(rule);
  }
  return rules;
}

}  // namespace arrivald::rules
