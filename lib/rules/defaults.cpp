#include "rules/defaults.hpp"

namespace arrivald::rules {
namespace {

using namespace std::chrono_literals;
using delivery::Dimension;

Rule make(const char* name, Kind kind, std::vector<Dimension> dimensions, Severity severity) {
  Rule rule;
  rule.name = name;
  rule.kind = std::move(kind);
  rule.scope.dimensions = std::move(dimensions);
  rule.severity = severity;
  return rule;
}

// Mail is requested but has no outcome. Found within minutes by day; with 5 mails an hour at night it takes
// hours.
Rule stall() {
  Stall kind;
  kind.windows = {5min, 10min, 30min, 1h, 2h, 4h, 8h};
  kind.usualShare = 0.7;
  Rule rule = make("stall", kind, {Dimension::account, Dimension::subuser}, Severity::critical);
  // During a stall the few outcomes say nothing about a provider or a category.
  rule.mutes = {{{"*"}, Mute::Reach::breakdown}, {{"overdue"}, Mute::Reach::account}};
  return rule;
}

// Mail that receivers refuse now. Ten minutes show an outage of one provider, thirty a smaller problem.
Rule deliveryRate() {
  RateThreshold kind;
  kind.input = Input::deliveryRate;
  kind.windows = {10min, 30min};
  kind.warning = badShareOf(kind.input, 0.98);
  kind.critical = badShareOf(kind.input, 0.90);
  kind.timesUsual = 3;
  kind.lastMails = 20;
  Rule rule = make("delivery-rate", kind,
                   {Dimension::account, Dimension::subuser, Dimension::category, Dimension::mailboxProvider,
                    Dimension::domainGroup},
                   Severity::warning);
  rule.mutes = {{{"drift"}, Mute::Reach::subject}};
  return rule;
}

// A slowly growing share of mail that receivers refuse.
Rule drift() {
  SlowDrift kind;
  kind.rise = BadShare(0.005);
  kind.maxGain = 0.34;
  Rule rule = make("drift", kind, {Dimension::account, Dimension::subuser, Dimension::mailboxProvider},
                   Severity::warning);
  // Little mail over a long weekend says nothing.
  rule.quietFor = 7 * 24h;
  return rule;
}

// Mail that the provider does not send because the address is on a suppression list: the sender's list is
// stale, or addresses were suppressed by mistake.
Rule dropRate() {
  RateThreshold kind;
  kind.input = Input::dropRate;
  kind.windows = {1h, 24h};
  kind.warning = BadShare(0.10);
  kind.critical = BadShare(0.50);
  kind.timesUsual = 3;
  kind.minVolume = 50;
  kind.minFailures = 20;
  return make("drop-rate", kind, {Dimension::account, Dimension::subuser}, Severity::warning);
}

// Gmail and Yahoo ask senders to stay below 0.3 %.
Rule spamReportRate() {
  RateThreshold kind;
  kind.input = Input::spamReportRate;
  kind.windows = {24h};
  kind.warning = BadShare(0.003);
  kind.minVolume = 300;
  Rule rule = make("spam-report-rate", kind, {Dimension::account, Dimension::subuser}, Severity::warning);
  rule.keepFiringFor = 1h;
  return rule;
}

Rule statisticsStill() {
  return make("statistics-still", StatisticsStill{}, {Dimension::account}, Severity::warning);
}

// One odd answer is held back and said in `status`; what lasts leaves people without rates.
Rule statisticsContradict() {
  Threshold kind;
  kind.input = Input::statisticsContradictory;
  kind.warning = 30.0 * 60;
  kind.recovery = 0;  // ends only once they can be true again, also where a restart begins to count anew
  return make("statistics-contradict", kind, {Dimension::account}, Severity::warning);
}

Rule nothingRequested() {
  return make("nothing-requested", NothingRequested{}, {Dimension::account}, Severity::warning);
}

Rule notReadable() {
  NothingRead kind;
  kind.sources = {Source::statistics, Source::subuserStatistics, Source::categoryStatistics,
                  Source::providerStatistics};
  Rule rule = make("not-readable", kind, {Dimension::account}, Severity::warning);
  rule.mutes = {{{"nothing-requested", "stream-silent", "lists-not-readable"}, Mute::Reach::account}};
  return rule;
}

Rule listsNotReadable() {
  NothingRead kind;
  kind.sources = {Source::lists};
  kind.minAge = 1h;
  kind.criticalAfter = 24h * 7;
  return make("lists-not-readable", kind, {Dimension::account}, Severity::warning);
}

Rule streamSilent() { return make("stream-silent", StreamSilent{}, {Dimension::account}, Severity::warning); }

// Mail that was accepted but has no final event: of the account or to one group of receivers.
Rule overdue() {
  Rule rule = make("overdue", Overdue{}, {Dimension::account, Dimension::domainGroup}, Severity::critical);
  rule.mutes = {{{"overdue"}, Mute::Reach::breakdown}};
  return rule;
}

Rule streamDiffers() {
  Rule rule = make("stream-differs", StreamDiffers{}, {Dimension::account}, Severity::warning);
  rule.keepFiringFor = 1h;
  return rule;
}

// Everything else that fires then is a consequence of it.
Rule accountSuspended() {
  Rule rule = make("account-suspended", AccountSuspended{}, {Dimension::account}, Severity::critical);
  rule.mutes = {
      {{"stall", "overdue", "nothing-requested", "delivery-rate", "drop-rate"}, Mute::Reach::account}};
  return rule;
}

// Batches of which nothing can be read are worth a look; a few events are not.
Rule eventsMalformed() {
  Threshold kind;
  kind.input = Input::malformedEvents;
  kind.warning = 10.0;
  return make("events-malformed", kind, {Dimension::account}, Severity::warning);
}

// SendGrid takes no mail then, and counts no request: nothing else shows it.
Rule creditsUsedUp() {
  Threshold kind;
  kind.input = Input::creditsLeft;
  kind.side = Threshold::Side::below;
  kind.critical = 1.0;  // fires below it
  Rule rule = make("credits-used-up", kind, {Dimension::account}, Severity::critical);
  rule.mutes = {{{"credits-running-out", "nothing-requested"}, Mute::Reach::account}};
  return rule;
}

Rule creditsRunningOut() {
  Threshold kind;
  kind.input = Input::creditsLast;
  kind.side = Threshold::Side::below;
  kind.window = 24h * 7;
  kind.warning = 7.0 * 24 * 3600;
  kind.critical = 24.0 * 3600;
  return make("credits-running-out", kind, {Dimension::account}, Severity::warning);
}

Rule reputationFalling() {
  Threshold kind;
  kind.input = Input::reputationFall;
  kind.window = 24h * 7;
  kind.warning = 5.0;
  return make("reputation-falling", kind, {Dimension::account}, Severity::warning);
}

Rule streamSettings() {
  return make("stream-settings", StreamSettings{}, {Dimension::account}, Severity::warning);
}

// By then an incident of mail that fails, of which the replies are part, has been found: it names them.
constexpr Duration kMayBePart = 10min;

// One block may be the first of many: while it is one, there is still time to ask why.
Rule firstBlockOfGroup() {
  FirstBlock kind;
  kind.minBlocks = 1;
  kind.minDelivered = 0;
  Rule rule = make("first-block", kind, {Dimension::domainGroup}, Severity::warning);
  rule.holdFor = kMayBePart;
  rule.scope.exceptNames = {"other"};
  return rule;
}

// The sender's own fault, and it spreads, so that few replies are enough; a single one may be a mistake of
// one receiver's, or of what was read in its words. The window is a day, so that a reply now and then is
// notified once.
Rule refusedForOurSake() {
  CauseSeen kind;
  kind.causes = {"sender_blocked", "auth_failure"};
  kind.window = 24h;
  kind.minMails = 3;
  Rule rule = make("blocklist-or-authentication", kind, {Dimension::account}, Severity::warning);
  rule.holdFor = kMayBePart;
  return rule;
}

// Tells of closed days, so that nothing is gained by waiting.
Rule dmarcRule(const char* name, DmarcSign sign, Severity severity) {
  Dmarc kind;
  kind.sign = sign;
  if (sign == DmarcSign::ownMailRefused) kind.minShare = 0.001;
  if (sign == DmarcSign::spoofing) {
    kind.times = 10;
    kind.minMails = 1000;
  }
  if (sign == DmarcSign::unreadable) kind.minMails = 3;
  return make(name, kind, {Dimension::sendingDomain}, severity);
}

}  // namespace

std::vector<Rule> dmarcDefaults() {
  auto stopped = dmarcRule("dmarc-reports-stopped", DmarcSign::reportsStopped, Severity::warning);
  stopped.mutes = {{{"dmarc-reporter-silent"}, Mute::Reach::subject}};
  return {dmarcRule("dmarc-own-mail", DmarcSign::ownMail, Severity::warning),
          dmarcRule("dmarc-own-mail-refused", DmarcSign::ownMailRefused, Severity::critical),
          dmarcRule("dmarc-new-source", DmarcSign::newSource, Severity::warning),
          dmarcRule("dmarc-spoofing", DmarcSign::spoofing, Severity::info),
          std::move(stopped),
          dmarcRule("dmarc-reporter-silent", DmarcSign::reporterSilent, Severity::info),
          dmarcRule("dmarc-policy-changed", DmarcSign::policyChanged, Severity::warning),
          dmarcRule("dmarc-unreadable", DmarcSign::unreadable, Severity::warning)};
}

std::vector<Rule> deskDefaults() { return {firstBlockOfGroup(), refusedForOurSake()}; }

std::vector<Rule> defaults() {
  return {stall(),
          deliveryRate(),
          drift(),
          dropRate(),
          spamReportRate(),
          notReadable(),
          listsNotReadable(),
          streamSilent(),
          streamDiffers(),
          streamSettings(),
          overdue(),
          accountSuspended(),
          statisticsStill(),
          statisticsContradict(),
          nothingRequested(),
          eventsMalformed(),
          creditsUsedUp(),
          creditsRunningOut(),
          reputationFalling()};
}

}  // namespace arrivald::rules
