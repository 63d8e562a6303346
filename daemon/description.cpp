#include "daemon/description.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/job_words.hpp"
#include "watch/configured_jobs.hpp"

namespace arrivald {
namespace {

using notify::Catalogue;
using notify::Filling;

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

// Columns on a terminal: a character of Japanese takes two.
std::size_t columnsOf(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      columns += 1;
    else if (byte >= 0xE0)
      columns += 2;
  }
  return columns;
}

std::string padded(std::string text, std::size_t columns) {
  const auto taken = columnsOf(text);
  return text.append(taken < columns ? columns - taken : 0, ' ');
}

std::string urlOf(const config::Listen& listen) {
  const bool v6 = listen.address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", listen.certificateFile.empty() ? "http" : "https", v6 ? "[" : "",
                     listen.address, v6 ? "]" : "", listen.port);
}

std::string_view keyOf(const config::Channel& channel) {
  switch (channel.type) {
    case config::ChannelType::slack:
      if (channel.isBot()) return channel.mention.empty() ? "channel.bot" : "channel.bot.mentions";
      return channel.mention.empty() ? "channel" : "channel.mentions";
    case config::ChannelType::webhook:
      return "channel.webhook";
    case config::ChannelType::pagerduty:
      return "channel.pagerduty";
    case config::ChannelType::teams:
      return "channel.teams";
    case config::ChannelType::chatwork:
      break;
  }
  return "channel.chatwork";
}

class Description {
 public:
  Description(const config::Config& config, Instant now, Language language)
      : config_(config), now_(now), words_(Catalogue::of(language)) {}

  std::string text() {
    line(say("times", {{"zone", config_.zone.name()},
                       {"now", config_.zone.minuteText(now_)},
                       {"language", languageName(config_.language)}}));
    for (const auto& account : config_.accounts) describeAccount(account);
    describeStatusPage();
    describeEvents();
    describeOthers();
    describeRules();
    describeChannels();
    describeRoutes();
    describeHolidays();
    describeListener();
    return std::move(out_);
  }

 private:
  std::string say(std::string_view key, std::initializer_list<Filling> fillings = {}) const {
    return words_.text(fmt::format("check.{}", key), fillings);
  }
  std::string number(std::size_t value) const { return words_.number(static_cast<double>(value)); }
  std::string languageName(Language language) const {
    return say(language == Language::japanese ? "japanese" : "english");
  }
  void line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }

  std::string timesOf(const Schedule& schedule) const {
    constexpr std::string_view kAt = "at ";  // in front of a cron expression
    if (!schedule.isCron()) return say("every", {{"period", words_.duration(schedule.period(now_))}});
    return say("at", {{"cron", schedule.text().substr(kAt.size())}});
  }
  void job(watch::JobKind kind, const Schedule& schedule, const std::string& which = "") {
    const std::string id(name(kind));
    line(fmt::format("  {} {} {}{}", padded(fmt::format("{} ({})", notify::taskWords(words_, id), id), 46),
                     padded(timesOf(schedule), 32),
                     say("next", {{"at", config_.zone.minuteText(schedule.next(now_, 0.5))}}),
                     which.empty() ? "" : fmt::format("  ({})", which)));
  }
  std::string chosen(const config::Selection& selection) const {
    const auto all = say("found", {{"n", number(selection.limit)}});
    if (selection.names.empty()) return selection.discover ? all : "";
    const auto named = say("by_name", {{"n", number(selection.names.size())}});
    return selection.discover ? say("both", {{"named", named}, {"all", all}}) : named;
  }

  void describeAccount(const config::Account& account);
  void describePolling(const config::Account& account);
  void describeStatusPage();
  void describeEvents();
  void describeOthers();
  void describeRules();
  void describeChannels();
  void describeHolidays();
  std::string textOf(const config::Channel& channel) const;
  std::string hoursOf(const config::Route& route) const;
  void describeRoutes();
  void describeDesk(const config::Desk& desk);
  void describeListener();
  std::string subjectsOf(const rules::Scope& scope) const;

  const config::Config& config_;
  Instant now_;
  const Catalogue& words_;
  std::string out_;
};

void Description::describeAccount(const config::Account& account) {
  line("");
  line(say(account.onBehalfOf.empty() ? "account" : "account.on_behalf_of",
           {{"account", account.name},
            {"url", account.baseUrl},
            {"user", account.onBehalfOf},
            {"zone", account.zone.name()},
            {"key", placeOf(account.key, words_)}}));
  if (!account.zoneGiven) line("  " + say("zone_left_out"));
  describePolling(account);
}

void Description::describePolling(const config::Account& account) {
  using watch::JobKind;
  const auto& poll = account.poll;
  job(JobKind::statistics, poll.statistics);
  if (account.mailboxProviders.any())
    job(JobKind::mailboxProviders, poll.mailboxProviders, chosen(account.mailboxProviders));
  if (account.categories.any()) job(JobKind::categories, poll.categories, chosen(account.categories));
  if (account.subusers.any()) job(JobKind::subusers, poll.subusers, chosen(account.subusers));
  if (account.credits) job(JobKind::credits, poll.credits);
  if (account.suppressions) {
    job(JobKind::suppressions, poll.suppressions);
    job(JobKind::crawl, poll.crawl);
  }
  job(JobKind::history, poll.history);
  job(JobKind::scopes, poll.scopes);
  if (account.events && !account.events->url.empty()) job(JobKind::eventWebhook, poll.eventWebhook);
}

void Description::describeStatusPage() {
  line("");
  if (!config_.statusPage) return line(say("status_page.off"));
  line(say("status_page", {{"url", config_.statusPage->url}}));
  job(watch::JobKind::statusPage, config_.statusPage->schedule);
}

void Description::describeEvents() {
  const auto& listen = config_.eventStream.listen;
  for (const auto& account : config_.accounts) {
    if (!account.events) continue;
    const auto keys = account.events->publicKeys.size();
    line(say("events",
             {{"account", account.name},
              {"url", fmt::format("{}://{}:{}/events/{}", listen.certificateFile.empty() ? "http" : "https",
                                  listen.address, listen.port, account.name)},
              {"keys", keys == 0 ? say("events.unsigned") : say("events.keys", {{"n", number(keys)}})},
              {"kept", words_.duration(config_.eventStream.keep)}}));
  }
}

void Description::describeOthers() {
  if (!config_.causes.rules.empty()) line(say("own_causes", {{"n", number(config_.causes.rules.size())}}));
  if (const auto& model = config_.causes.languageModel)
    line(say("language_model",
             {{"model", model->model}, {"url", model->url}, {"below", words_.percent(model->below)}}));
  if (config_.heartbeat) {
    line(say("heartbeat", {{"method", config_.heartbeat->post ? "POST" : "GET"},
                           {"place", placeOf(config_.heartbeat->url, words_)}}));
    job(watch::JobKind::heartbeat, config_.heartbeat->schedule);
  }
  if (config_.alertmanager) line(say("alertmanager", {{"urls", joined(config_.alertmanager->urls)}}));
  if (config_.dmarc) {
    std::string domains;
    for (const auto& domain : config_.dmarc->domains) domains += (domains.empty() ? "" : ", ") + domain.name;
    line(say("dmarc", {{"domains", domains}}));
    if (!config_.dmarc->directory.empty())
      line("  " + say("dmarc.directory", {{"path", config_.dmarc->directory}}));
    if (config_.dmarc->password)
      line("  " + say("dmarc.post", {{"url", urlOf(config_.eventStream.listen) + "/dmarc"},
                                     {"place", placeOf(*config_.dmarc->password, words_)}}));
  }
  if (config_.http.proxy) line(say("proxy", {{"place", placeOf(*config_.http.proxy, words_)}}));
}

std::string Description::subjectsOf(const rules::Scope& scope) const {
  std::vector<std::string> kinds;
  for (const auto dimension : scope.dimensions) kinds.push_back(say(fmt::format("each.{}", name(dimension))));
  auto text = joined(kinds);
  if (!scope.names.empty()) text += say("called", {{"names", joined(scope.names)}});
  if (!scope.exceptNames.empty()) text += say("but", {{"names", joined(scope.exceptNames)}});
  if (!scope.accounts.empty()) text += say("only_accounts", {{"names", joined(scope.accounts)}});
  return text;
}

void Description::describeRules() {
  line("");
  line(say("rules", {{"n", number(config_.rules.size())}}));
  for (const auto& rule : config_.rules) {
    auto text =
        fmt::format("  {} {}; {}", padded(rule.name, 24), conditionOf(rule, words_), subjectsOf(rule.scope));
    if (rule.holdFor > Duration(0)) text += say("holding", {{"span", words_.duration(rule.holdFor)}});
    line(text);
  }
  std::vector<std::string> reminders;
  for (const auto reminder : config_.reminders) reminders.push_back(words_.duration(reminder));
  line("  " + say("reminders", {{"times", joined(reminders)}}));
}

void Description::describeChannels() {
  line("");
  if (config_.channels.empty()) line(say("no_channels"));
  for (const auto& channel : config_.channels) line(textOf(channel));
}

std::string Description::textOf(const config::Channel& channel) const {
  const auto text =
      say(keyOf(channel),
          {{"channel", channel.name},
           {"language", languageName(channel.language.value_or(config_.language))},
           {"place", placeOf(channel.webhook.place.empty() ? channel.key : channel.webhook, words_)},
           {"room", channel.room},
           {"mentions", joined(channel.mention)}});
  if (channel.minSeverity == rules::Severity::info) return text;
  return text + say("channel.from",
                    {{"severity", say(channel.minSeverity == rules::Severity::warning ? "from_warning"
                                                                                      : "from_critical")}});
}

std::string Description::hoursOf(const config::Route& route) const {
  if (route.hours.empty()) return {};
  const auto otherwise = !route.otherwise.empty()
                             ? say("route.otherwise", {{"channels", joined(route.otherwise)}})
                             : say(route.holdCritical ? "route.held.all" : "route.held");
  return "; " + say("route.hours", {{"hours", route.hours}, {"otherwise", otherwise}});
}

// By law, and as the file corrects them: whoever relies on office hours should have seen them.
void Description::describeHolidays() {
  if (config_.holidays.empty()) return;
  const auto today = config_.zone.dateOf(now_);
  constexpr std::chrono::days kYear(365);
  std::string dates;
  for (const auto date : config_.holidays)
    if (date >= today && date < today + kYear) dates += (dates.empty() ? "" : ", ") + toText(date);
  line("");
  line(say("holidays", {{"dates", dates.empty() ? "-" : dates}}));
}

void Description::describeRoutes() {
  for (const auto& route : config_.routes) {
    std::vector<std::string> only;
    if (route.minSeverity == rules::Severity::warning) only.push_back(say("from_warning"));
    if (route.minSeverity == rules::Severity::critical) only.push_back(say("from_critical"));
    if (!route.accounts.empty()) only.push_back(say("route.account", {{"names", joined(route.accounts)}}));
    if (!route.rules.empty()) only.push_back(say("route.rule", {{"names", joined(route.rules)}}));
    for (const auto& [label, value] : route.labels) only.push_back(label + "=" + value);
    line(fmt::format("  {} -> {}{}", only.empty() ? say("every_alert") : joined(only),
                     route.channels.empty() ? say("nobody") : joined(route.channels),
                     hoursOf(route) + (route.continueMatching ? say("then_on") : "")));
  }
}

void Description::describeDesk(const config::Desk& desk) {
  auto text = say("desk", {{"url", urlOf(desk.listen)}, {"n", std::to_string(desk.users.size())}});
  if (!desk.url.empty()) text += say("desk.at", {{"url", desk.url}});
  if (!desk.proxy.header.empty()) text += say("desk.named_by", {{"header", desk.proxy.header}});
  text +=
      say("desk.limits", {{"once", std::to_string(desk.perRequest)}, {"day", std::to_string(desk.perDay)}});
  if (desk.dryRun) text += say("desk.rehearsal");
  line(text);
  if (desk.deleteKeys.empty()) line("  " + say("desk.no_key"));
  for (const auto& [account, key] : desk.deleteKeys)
    line("  " + say("desk.key", {{"account", account}, {"place", placeOf(key, words_)}}));
  if (desk.digest) {
    std::string channels;
    for (const auto& channel : desk.digest->channels) channels += (channels.empty() ? "" : ", ") + channel;
    line("  " + say("desk.digest", {{"times", timesOf(desk.digest->schedule)}, {"channels", channels}}));
  }
  for (const auto& token : desk.tokens)
    line("  " + say("desk.token", {{"user", token.user}, {"place", placeOf(token.token, words_)}}));
}

void Description::describeListener() {
  const auto& listen = config_.listen;
  const auto url = urlOf(listen);
  line("");
  line(say(listen.user.empty() ? "listening" : "listening.password",
           {{"url", url}, {"user", listen.user}, {"place", placeOf(listen.password, words_)}}));
  if (config_.desk) describeDesk(*config_.desk);
  std::vector<std::string> windows;
  for (const auto window : config_.windows) windows.push_back(words_.duration(window));
  line(say("windows", {{"windows", joined(windows)}}));
  line(say("store", {{"path", config_.storePath}}));
}

}  // namespace

std::string describe(const config::Config& config, Instant now, Language language) {
  return Description(config, now, language).text();
}

std::string placeOf(const config::SecretValue& secret, const Catalogue& words) {
  for (const auto& [begin, key] : {std::pair{"credential ", "check.place.credential"},
                                   {"environment variable ", "check.place.environment"},
                                   {"file ", "check.place.file"}})
    if (const std::string_view place = secret.place; place.starts_with(begin))
      return words.text(key, {{"name", std::string(place.substr(std::string_view(begin).size()))}});
  return secret.place;
}

}  // namespace arrivald
