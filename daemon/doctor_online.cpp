// The part of `doctor` that asks SendGrid, the webhooks and the name servers. It only reads.
#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <ctime>

#include "daemon/doctor.hpp"
#include "http/url.hpp"
#include "sendgrid/client.hpp"
#include "watch/account_access.hpp"
#include "watch/check_dns.hpp"
#include "watch/check_stream_settings.hpp"
#include "watch/dmarc_words.hpp"

namespace arrivald {

using runtime::Task;
using Verdict = Finding::Result;

namespace {

// "Wed, 21 Oct 2026 07:28:00 GMT".
std::optional<Instant> dateOf(const http::Response& response) {
  const auto value = response.headers.find("Date");
  if (!value) return std::nullopt;
  std::tm parts{};
  const std::string copy(*value);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (!end || *end != '\0') return std::nullopt;
  return Instant(std::chrono::seconds(timegm(&parts)));
}

// Bounds each request and reads the clocks of those who answer.
class Looking final : public http::Transport {
 public:
  Looking(std::unique_ptr<http::Transport> to, const Clock& clock, std::vector<ClockReading>& readings)
      : to_(std::move(to)), clock_(clock), readings_(readings) {}

  Task<Result<http::Response, http::Failure>> send(http::Request request) override {
    request.limits.connect = std::chrono::seconds(5);
    request.limits.read = std::chrono::seconds(10);
    request.limits.total = std::chrono::seconds(15);
    const auto begun = clock_.now();
    const auto host = hostOf(request.url);
    auto response = co_await to_->send(std::move(request));
    if (response) note(host, *response, begun);
    co_return response;
  }

 private:
  static std::string hostOf(const std::string& url) {
    const auto parsed = http::Url::parse(url);
    return parsed ? parsed->host : std::string();
  }
  // Theirs lies between both readings of ours, and says whole seconds.
  void note(const std::string& host, const http::Response& response, Instant begun) {
    const auto theirs = dateOf(response);
    if (!theirs) return;
    const auto now = clock_.now();
    const Instant last = *theirs + std::chrono::seconds(1);
    const Duration ahead = begun > last ? begun - last : now < *theirs ? now - *theirs : Duration{0};
    readings_.push_back({host, ahead});
  }

  std::unique_ptr<http::Transport> to_;
  const Clock& clock_;
  std::vector<ClockReading>& readings_;
};

// What is asked of each account beyond what `arrivald check --online` asks.
class Accounts {
 public:
  Accounts(const config::Config& config, http::Transport& transport, Clock& clock,
           std::vector<Finding>& findings)
      : config_(config),
        words_(notify::Catalogue::of(config.language)),
        transport_(transport),
        clock_(clock),
        findings_(findings) {}

  Task<> run() {
    for (const auto& account : config_.accounts) {
      if (account.key.secret.empty()) continue;
      co_await lookAtRegion(account);
      if (account.events) co_await lookAtWebhook(account);
      if (account.events && !account.events->url.empty()) co_await lookAtAddress(account);
    }
  }

 private:
  void add(const char* check, Verdict result, std::string_view word,
           std::initializer_list<notify::Filling> fillings, bool isBlind = false) {
    const auto key = fmt::format("doctor.{}.{}", check, word), todo = key + ".todo";
    findings_.push_back({"provider", check, result, words_.text(key, fillings),
                         words_.has(todo) ? words_.text(todo, fillings) : "", isBlind});
  }
  Task<> lookAtRegion(const config::Account& account);
  Task<> lookAtWebhook(const config::Account& account);
  Task<> lookAtAddress(const config::Account& account);
  void judge(const config::Account& account, const std::vector<sendgrid::EventWebhookSettings>& found,
             const std::optional<std::string>& key);

  const config::Config& config_;
  const notify::Catalogue& words_;
  http::Transport& transport_;
  Clock& clock_;
  std::vector<Finding>& findings_;
};

constexpr const char* kGlobal = "https://api.sendgrid.com";
constexpr const char* kEuropean = "https://api.eu.sendgrid.com";

// A key of the other region is refused like one that does not exist: only the other host can tell.
Task<> Accounts::lookAtRegion(const config::Account& account) {
  auto access = watch::accessOf(account);
  if (access.baseUrl != kGlobal && access.baseUrl != kEuropean) co_return;
  sendgrid::Client client(transport_, clock_, access);
  const auto scopes = co_await client.scopes();
  if (scopes || scopes.error().kind != sendgrid::Failure::Kind::unauthorized) co_return;
  const bool isGlobal = access.baseUrl == kGlobal;
  access.baseUrl = isGlobal ? kEuropean : kGlobal;
  sendgrid::Client other(transport_, clock_, access);
  const auto theirs = co_await other.scopes();
  if (theirs)
    add("region", Verdict::failed, "other",
        {{"account", account.name}, {"region", isGlobal ? "eu" : "global"}});
}

Task<> Accounts::lookAtWebhook(const config::Account& account) {
  if (account.events->url.empty()) {
    add("event_webhook", Verdict::skipped, "no_url", {{"account", account.name}});
    co_return;
  }
  sendgrid::Client client(transport_, clock_, watch::accessOf(account));
  const auto found = co_await client.eventWebhookSettings();
  if (!found) {
    add("event_webhook", Verdict::skipped, "unread",
        {{"account", account.name}, {"why", words_.say(found.error().said())}}, true);
    co_return;
  }
  std::optional<std::string> key;
  const auto* settings = watch::ours(*account.events, *found);
  if (settings != nullptr && !account.events->publicKeys.empty()) {
    const auto reported = co_await client.eventWebhookKey(settings->id);
    if (reported)
      key = *reported;
    else if (reported.error().kind == sendgrid::Failure::Kind::notFound)
      key = "";
  }
  judge(account, *found, key);
}

// Whatever it answers to a GET, such as 405: somebody is there. A proxy may refuse its own machine, so that
// silence is no proof.
Task<> Accounts::lookAtAddress(const config::Account& account) {
  http::Request request;
  request.url = account.events->url;
  http::takeCredentials(request.url);
  const auto url = http::Url::parse(request.url);
  const auto host = url ? url->host : std::string();
  const auto answer = co_await transport_.send(std::move(request));
  if (answer)
    add("event_address", Verdict::ok, "ok", {{"account", account.name}, {"host", host}});
  else
    add("event_address", Verdict::warning, "silent",
        {{"account", account.name}, {"why", words_.say(answer.error().said())}});
}

void Accounts::judge(const config::Account& account, const std::vector<sendgrid::EventWebhookSettings>& found,
                     const std::optional<std::string>& key) {
  const auto wrong = watch::wrongSettings(*account.events, found, key);
  if (wrong.empty()) {
    const bool isProven = account.events->publicKeys.empty() || key;
    add("event_webhook", Verdict::ok, isProven ? "ok" : "ok_without_key", {{"account", account.name}});
    return;
  }
  const auto* word = wrong == "missing"                             ? "missing"
                     : wrong == "key"                               ? "key"
                     : wrong.find("disabled") != std::string::npos  ? "disabled"
                     : wrong.find("signature") != std::string::npos ? "signature"
                                                                    : "wrong";
  add("event_webhook", Verdict::failed, word, {{"account", account.name}, {"what", wrong}});
}

Verdict verdictOf(const dmarc::DnsFinding& found) {
  if (found.state == dmarc::State::met) return Verdict::ok;
  if (found.state == dmarc::State::unmet) return Verdict::failed;
  return isUnanswered(found) ? Verdict::skipped : Verdict::warning;
}

Finding findingOf(const dmarc::DnsFinding& found, const std::string& domain, const watch::DmarcWords& words) {
  Finding finding;
  finding.group = "domains";
  finding.check = name(found.check);
  finding.result = verdictOf(found);
  finding.isBlind = finding.result == Verdict::skipped;
  finding.text = fmt::format("{}: {}", domain, words.finding(found));
  finding.todo = words.advice(found);
  return finding;
}

Task<> lookUp(dns::Resolver& resolver, const config::Dmarc& settings, const watch::DmarcWords& words,
              std::vector<Finding>& findings) {
  for (const auto& domain : settings.domains) {
    const auto facts = co_await watch::askDns(resolver, domain);
    for (const auto& found : judgeDns(facts)) findings.push_back(findingOf(found, domain.name, words));
  }
}

Finding findingOf(const OnlineFinding& one) {
  Finding finding;
  const bool isKey = one.about == OnlineFinding::About::key;
  finding.group = isKey ? "provider" : "channels";
  finding.check = isKey ? "key" : "webhook";
  finding.result = one.result == OnlineFinding::Result::works     ? Verdict::ok
                   : one.result == OnlineFinding::Result::refused ? Verdict::failed
                                                                  : Verdict::skipped;
  finding.isBlind = one.result == OnlineFinding::Result::unread;
  finding.text = one.text;
  finding.todo = one.todo;
  return finding;
}

}  // namespace

std::vector<ClockReading> lookOnline(const config::Config& config, const DoctorEnvironment& environment,
                                     std::vector<Finding>& findings) {
  std::vector<ClockReading> readings;
  auto looking = environment.check;
  looking.makeTransport = [&](boost::asio::io_context& io, Clock& clock, const config::Config& by) {
    return std::make_unique<Looking>(environment.check.makeTransport(io, clock, by), *environment.clock,
                                     readings);
  };
  for (const auto& one : checkOnline(config, looking)) findings.push_back(findingOf(one));
  boost::asio::io_context io(1);
  const auto transport = looking.makeTransport(io, *environment.clock, config);
  Accounts accounts(config, *transport, *environment.clock, findings);
  boost::asio::co_spawn(io, accounts.run(), [&io](std::exception_ptr failure) {
    io.stop();  // idle connections would keep it running
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  // What answers there may be this machine, whose clock says nothing of itself.
  for (const auto& account : config.accounts)
    if (account.events)
      std::erase_if(readings, [url = http::Url::parse(account.events->url)](const ClockReading& one) {
        return url && one.host == url->host;
      });
  return readings;
}

void lookAtDomains(const config::Config& config, const DoctorEnvironment& environment,
                   std::vector<Finding>& findings) {
  if (!config.dmarc) return;
  const watch::DmarcWords words(config.language);
  boost::asio::io_context io(1);
  const auto resolver = environment.makeResolver(io, *environment.clock);
  boost::asio::co_spawn(io, lookUp(*resolver, *config.dmarc, words, findings),
                        [](std::exception_ptr failure) {
                          if (failure) std::rethrow_exception(failure);
                        });
  io.run();
}

}  // namespace arrivald
