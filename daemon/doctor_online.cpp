// The part of `doctor` that asks SendGrid, the webhooks and the name servers. It only reads.
#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <ctime>

#include "daemon/doctor.hpp"
#include "http/url.hpp"
#include "sendgrid/client.hpp"
#include "watch/account_access.hpp"
#include "watch/check_stream_settings.hpp"

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

// "v=DMARC1; p=none" of several records, such as those of other services.
std::vector<std::string> beginningWith(const std::vector<std::string>& records, std::string_view begin) {
  std::vector<std::string> found;
  for (const auto& record : records)
    if (record.starts_with(begin)) found.push_back(record);
  return found;
}

class Domain {
 public:
  Domain(const DoctorEnvironment& environment, const notify::Catalogue& words, std::string name,
         std::vector<Finding>& findings)
      : environment_(environment), words_(words), name_(std::move(name)), findings_(findings) {}

  void look() {
    lookAtSpf();
    lookAtDkim();
    lookAtDmarc();
  }

 private:
  void add(const char* check, Verdict result, std::string_view word, std::string what = {}) {
    const auto key = fmt::format("doctor.{}.{}", check, word), todo = key + ".todo";
    const std::initializer_list<notify::Filling> fillings = {{"domain", name_}, {"what", std::move(what)}};
    findings_.push_back({"domains", check, result, words_.text(key, fillings),
                         words_.has(todo) ? words_.text(todo, fillings) : "", word == "unread"});
  }
  // Nothing, and reported, if nobody answers.
  std::optional<std::vector<std::string>> ask(const char* check, const std::string& name,
                                              std::string_view begin) {
    auto records = environment_.textRecords(name);
    if (records) return beginningWith(*records, begin);
    add(check, Verdict::skipped, "unread", words_.say(records.error().said()));
    return std::nullopt;
  }
  // SendGrid's return path is a name below the domain: its SPF is what counts, not the domain's own.
  void lookAtSpf() {
    const auto found = ask("spf", name_, "v=spf1");
    if (!found) return;
    if (found->size() > 1)
      add("spf", Verdict::failed, "several");
    else
      add("spf", Verdict::ok, found->empty() ? "none" : "ok");
  }
  void lookAtDkim() {
    for (const auto* selector : {"s1", "s2"}) {
      const auto records = environment_.textRecords(fmt::format("{}._domainkey.{}", selector, name_));
      if (!records) return add("dkim", Verdict::skipped, "unread", words_.say(records.error().said()));
      const bool hasKey = std::ranges::any_of(*records, [](const std::string& record) {
        const auto key = record.find("p=");
        return key != std::string::npos && key + 2 < record.size() && record[key + 2] != ';';
      });
      if (!hasKey) return add("dkim", Verdict::warning, "missing", selector);
    }
    add("dkim", Verdict::ok, "ok");
  }
  void lookAtDmarc() {
    const auto found = ask("dmarc", "_dmarc." + name_, "v=DMARC1");
    if (!found) return;
    if (found->size() != 1) return add("dmarc", Verdict::warning, found->empty() ? "none" : "several");
    const auto& record = found->front();
    add("dmarc", record.find("rua=") == std::string::npos ? Verdict::warning : Verdict::ok,
        record.find("rua=") == std::string::npos ? "no_reports" : "ok");
  }

  const DoctorEnvironment& environment_;
  const notify::Catalogue& words_;
  std::string name_;
  std::vector<Finding>& findings_;
};

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
  const auto& words = notify::Catalogue::of(config.language);
  for (const auto& domain : config.dmarc->domains) Domain(environment, words, domain.name, findings).look();
}

}  // namespace arrivald
