#include <fmt/format.h>

#include <algorithm>

#include "config/load.hpp"
#include "config/reader.hpp"

namespace arrivald::config {
namespace {

using arrivald::toText;

template <class Items, class Word>
std::string joined(const Items& items, std::string_view between, Word word) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += between;
    text += word(item);
  }
  return text;
}
std::string joined(const std::vector<std::string>& items) {
  return joined(items, ", ", [](const std::string& item) { return item; });
}
std::string joined(const std::vector<Duration>& durations) {
  return joined(durations, ", ", [](Duration duration) { return toText(duration); });
}

// A limit with its unit.
std::string limit(double value, rules::Unit unit) {
  switch (unit) {
    case rules::Unit::share:
      return fmt::format("{:.6g}%", value * 100);
    case rules::Unit::seconds:
      return toText(Duration(static_cast<Duration::rep>(value * 1000)));
    case rules::Unit::mails:
      return fmt::format("{:.12g} mails", value);
    case rules::Unit::entries:
      return fmt::format("{:.12g} entries", value);
    case rules::Unit::events:
      return fmt::format("{:.12g} events", value);
    case rules::Unit::credits:
      return fmt::format("{:.12g} credits", value);
    case rules::Unit::points:
      break;
  }
  return fmt::format("{:.12g}", value);
}

std::string limits(std::string_view side, const std::optional<double>& warning,
                   const std::optional<double>& critical, const std::optional<double>& recovery,
                   rules::Unit unit) {
  std::string text;
  if (warning) text += fmt::format("{} {} (warning)", side, limit(*warning, unit));
  if (critical)
    text += fmt::format("{}{} {} (critical)", text.empty() ? "" : ", ", text.empty() ? side : "or",
                        limit(*critical, unit));
  if (recovery) text += fmt::format(", over at {}", limit(*recovery, unit));
  return text;
}

std::optional<double> own(rules::Input input, const std::optional<rules::BadShare>& share) {
  if (!share) return std::nullopt;
  return rules::inOwnTerms(input, *share);
}

struct InWords {
  rules::Severity severity;

  std::string operator()(const rules::RateThreshold& k) const {
    const auto last = k.lastMails > 0 ? fmt::format(" or the last {} mails", k.lastMails) : std::string();
    return fmt::format("{} over {}{} is {}; beyond chance (z {:g}), {} mails or more with {} bad ones",
                       name(k.input), joined(k.windows), last,
                       limits(lowIsBad(k.input) ? "below" : "above", own(k.input, k.warning),
                              own(k.input, k.critical), own(k.input, k.recovery), unit(k.input)),
                       k.z, k.minVolume, k.minFailures);
  }
  std::string operator()(const rules::Threshold& k) const {
    const auto over = k.input == rules::Input::dataAge ? "" : fmt::format(" over {}", toText(k.window));
    return fmt::format("{}{} is {}", name(k.input), over,
                       limits(k.side == rules::Threshold::Side::above ? "above" : "below", k.warning,
                              k.critical, k.recovery, unit(k.input)));
  }
  std::string operator()(const rules::Stall& k) const {
    return fmt::format(
        "mail is requested but has no outcome over {}, {} requests or more, chance below {:g} ({})",
        joined(k.windows), k.minRequests, k.alpha, name(severity));
  }
  std::string operator()(const rules::NothingRequested& k) const {
    return fmt::format(
        "nothing is requested for {} to {} although mail is usual then, chance below {:g}; after {} weeks "
        "of history ({})",
        toText(k.minQuiet), toText(k.maxQuiet), k.alpha, k.minWeeks, name(severity));
  }
  std::string operator()(const rules::NothingRead& k) const {
    const auto sources =
        k.sources.empty() ? "a source"
                          : joined(k.sources, " or ", [](rules::Source s) { return std::string(name(s)); });
    return fmt::format("{} cannot be read for {:g} intervals and {} or more ({}), for {} (critical)", sources,
                       k.intervals, toText(k.minAge), name(severity), toText(k.criticalAfter));
  }
  std::string operator()(const rules::StreamSilent& k) const {
    return fmt::format("the event stream is silent for {} while statistics rise by {} ({})", toText(k.quiet),
                       k.minOutcomes, name(severity));
  }
  std::string operator()(const rules::Overdue& k) const {
    return fmt::format(
        "mail in flight for more than {}, {} or more of what was sent in {}, beyond {:g} % that are usual, "
        "chance below {:g} ({})",
        toText(k.after), k.minOverdue, joined(k.windows), k.usualShare * 100, k.alpha, name(severity));
  }
  std::string operator()(const rules::FirstBlock& k) const {
    return fmt::format(
        "{} blocks or more within {}, after none in the {} before, in which {} mails or more arrived ({})",
        k.minBlocks, toText(k.within), toText(k.past), k.minDelivered, name(severity));
  }
  std::string operator()(const rules::CauseSeen& k) const {
    return fmt::format("{} replies or more within {} that mean {} ({})", k.minMails, toText(k.window),
                       joined(k.causes, " or ", [](const std::string& cause) { return cause; }),
                       name(severity));
  }
  std::string operator()(const rules::StreamDiffers& k) const {
    return fmt::format("of a closed day statistics and event stream differ by {} and {} mails or more ({})",
                       limit(k.share, rules::Unit::share), k.minMails, name(severity));
  }
  std::string operator()(const rules::AccountSuspended&) const {
    return fmt::format("SendGrid suspends, deactivates or bans the account ({})", name(severity));
  }
  std::string operator()(const rules::StatisticsStill& k) const {
    return fmt::format("SendGrid's statistics do not move for {} although there is mail ({})",
                       toText(k.minQuiet), name(severity));
  }
  std::string operator()(const rules::StreamSettings&) const {
    return fmt::format("the event stream's settings in SendGrid are not what they should be ({})",
                       name(severity));
  }
  std::string operator()(const rules::SlowDrift& k) const {
    return fmt::format("{} worsens gradually over {}, against {} ({})", name(k.input), toText(k.span),
                       k.usual ? limit(rules::inOwnTerms(k.input, *k.usual), rules::Unit::share)
                               : fmt::format("what was usual in the {} before", toText(k.baseline)),
                       name(severity));
  }
  std::string operator()(const rules::BurnRate& k) const {
    return fmt::format("the objective of {} {} uses up its error budget too fast: {}",
                       limit(k.budget.good(), rules::Unit::share), name(k.input),
                       joined(k.pairs, ", ", [](const rules::BurnRate::Pair& pair) {
                         return fmt::format("{:g} times over {} and {} ({})", pair.factor,
                                            toText(pair.longWindow), toText(pair.shortWindow),
                                            name(pair.severity));
                       }));
  }
};

std::string ofWhom(const rules::Scope& scope) {
  auto text =
      "each " + joined(scope.dimensions, ", ", [](delivery::Dimension d) { return std::string(name(d)); });
  if (!scope.names.empty()) text += " called " + joined(scope.names);
  if (!scope.exceptNames.empty()) text += " but " + joined(scope.exceptNames);
  if (!scope.accounts.empty()) text += "; account " + joined(scope.accounts) + " only";
  return text;
}

std::string chosen(const Selection& selection) {
  std::string text;
  if (!selection.names.empty()) text = fmt::format("{} by name", selection.names.size());
  if (selection.discover)
    text += fmt::format("{}all that are found, up to {}", text.empty() ? "" : " and ", selection.limit);
  return text;
}

class Description {
 public:
  Description(const Config& config, Instant now) : config_(config), now_(now) {}

  std::string text() {
    line(fmt::format("Times are in {}, as if the daemon started at {}. Notifications are in {}.",
                     config_.zone.name(), config_.zone.minuteText(now_), inWords(config_.language)));
    for (const auto& account : config_.accounts) describe(account);
    describeOutside();
    describeRules();
    describeTelling();
    describeOurselves();
    return std::move(out_);
  }

 private:
  static std::string_view inWords(Language language) {
    return language == Language::japanese ? "Japanese" : "English";
  }

  void line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }
  void job(std::string_view what, const Schedule& schedule, std::string_view which = "") {
    line(fmt::format("  {:<24} {:<32} next {}{}", what, schedule.text(),
                     config_.zone.minuteText(schedule.next(now_, 0.5)),
                     which.empty() ? "" : fmt::format("  ({})", which)));
  }

  void describe(const Account& account) {
    line("");
    line(fmt::format("Account {}: {}{}, days in {}, key from {}", account.name, account.baseUrl,
                     account.onBehalfOf.empty() ? "" : " on behalf of " + account.onBehalfOf,
                     account.zone.name(), account.key.place));
    if (!account.zoneGiven)
      line(
          "  time_zone is left out: set it to that of the account (SendGrid: Settings > Account Details), "
          "else its "
          "days are cut at the wrong hour");
    const auto& poll = account.poll;
    job("statistics", poll.statistics);
    if (account.mailboxProviders.any())
      job("mailbox providers", poll.mailboxProviders, chosen(account.mailboxProviders));
    if (account.categories.any()) job("categories", poll.categories, chosen(account.categories));
    if (account.subusers.any()) job("subusers", poll.subusers, chosen(account.subusers));
    if (account.credits) job("credits and reputation", poll.credits);
    if (account.suppressions) {
      job("suppressions, new", poll.suppressions);
      job("suppressions, in full", poll.crawl);
    }
    job("the last 30 days again", poll.history);
    job("scopes of the key", poll.scopes);
    if (account.events && !account.events->url.empty())
      job("settings of the event stream", poll.eventWebhook);
  }

  void describeOutside() {
    line("");
    if (config_.statusPage) {
      line(fmt::format("Status page: {}", config_.statusPage->url));
      job("status page", config_.statusPage->schedule);
    } else {
      line("Status page: off");
    }
    for (const auto& account : config_.accounts)
      if (account.events)
        line(fmt::format("Event stream of {}: http{}://{}:{}/events/{}, {}; kept {}", account.name,
                         config_.eventStream.listen.certificateFile.empty() ? "" : "s",
                         config_.eventStream.listen.address, config_.eventStream.listen.port, account.name,
                         account.events->publicKeys.empty()
                             ? std::string("unsigned batches are accepted")
                             : fmt::format("{} public key{}", account.events->publicKeys.size(),
                                           account.events->publicKeys.size() == 1 ? "" : "s"),
                         toText(config_.eventStream.keep)));
    if (!config_.causes.rules.empty())
      line(fmt::format("Causes: {} rules of your own before the built-in ones", config_.causes.rules.size()));
    if (const auto& model = config_.causes.languageModel)
      line(fmt::format("Language model: {} at {}, where the rules are less than {:.0f} % sure", model->model,
                       model->url, model->below * 100));
    if (config_.heartbeat) {
      line(fmt::format("Heartbeat: {} to the address from {}", config_.heartbeat->post ? "POST" : "GET",
                       config_.heartbeat->url.place));
      job("while all goes well", config_.heartbeat->schedule);
    }
    if (config_.http.proxy) line(fmt::format("Proxy: {}", config_.http.proxy->place));
  }

  void describeRules() {
    line("");
    line(fmt::format("Rules: {}", config_.rules.empty() ? "none" : std::to_string(config_.rules.size())));
    for (const auto& rule : config_.rules) {
      auto text = fmt::format("  {:<24} {}; {}", rule.name, std::visit(InWords{rule.severity}, rule.kind),
                              ofWhom(rule.scope));
      if (rule.holdFor > Duration(0)) text += fmt::format("; holding for {}", toText(rule.holdFor));
      line(text);
    }
    line(fmt::format("  reminders after {}", joined(config_.reminders)));
  }

  void describeTelling() {
    line("");
    if (config_.channels.empty()) line("Channels: none, nobody will be notified");
    for (const auto& channel : config_.channels)
      line(fmt::format(
          "Channel {}: Slack in {}, webhook from {}{}", channel.name,
          inWords(channel.language.value_or(config_.language)), channel.webhook.place,
          channel.mention.empty() ? "" : ", ringing " + joined(channel.mention) + " when critical"));
    for (const auto& route : config_.routes) {
      std::vector<std::string> only;
      if (route.minSeverity == rules::Severity::warning) only.emplace_back("warning or critical");
      if (route.minSeverity == rules::Severity::critical) only.emplace_back("critical");
      if (!route.accounts.empty()) only.push_back("account " + joined(route.accounts));
      if (!route.rules.empty()) only.push_back("rule " + joined(route.rules));
      for (const auto& [label, value] : route.labels) only.push_back(label + "=" + value);
      line(fmt::format("  {} -> {}{}", only.empty() ? "every alert" : joined(only),
                       route.channels.empty() ? "nobody" : joined(route.channels),
                       route.continueMatching ? ", then on" : ""));
    }
  }

  void describeDesk(const Desk& desk) {
    const bool v6 = desk.listen.address.find(':') != std::string::npos;
    line(fmt::format("Desk: {}://{}{}{}:{}{}, {} user(s){}, {} at a time and {} a day and user{}{}",
                     desk.listen.certificateFile.empty() ? "http" : "https", v6 ? "[" : "",
                     desk.listen.address, v6 ? "]" : "", desk.listen.port,
                     desk.url.empty() ? "" : " for " + desk.url, desk.users.size(),
                     desk.proxy.header.empty() ? "" : fmt::format(" named by {}", desk.proxy.header),
                     desk.perRequest, desk.perDay, desk.dryRun ? ", dry run" : "",
                     desk.deleteKeys.empty() ? "; without delete_key nothing can be released" : ""));
    for (const auto& [account, key] : desk.deleteKeys)
      line(fmt::format("  releases at {} with the key from {}", account, key.place));
  }

  void describeOurselves() {
    const auto& listen = config_.listen;
    const bool v6 = listen.address.find(':') != std::string::npos;
    line("");
    line(fmt::format("Listening: {}://{}{}{}:{}{}", listen.certificateFile.empty() ? "http" : "https",
                     v6 ? "[" : "", listen.address, v6 ? "]" : "", listen.port,
                     listen.user.empty() ? ""
                                         : fmt::format(", for {} with the password from {}", listen.user,
                                                       listen.password.place)));
    if (config_.desk) describeDesk(*config_.desk);
    line(fmt::format("Windows: {}", joined(config_.windows)));
    line(fmt::format("Store: {}", config_.storePath));
  }

  const Config& config_;
  Instant now_;
  std::string out_;
};

}  // namespace

std::string describe(const Config& config, Instant now) { return Description(config, now).text(); }

}  // namespace arrivald::config
