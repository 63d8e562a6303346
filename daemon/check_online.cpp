// The part of `check` that asks SendGrid and the webhooks. Nothing is posted that anybody would see.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "daemon/check.hpp"
#include "sendgrid/client.hpp"
#include "sendgrid/scopes.hpp"
#include "watch/account_access.hpp"
#include "watch/check_scopes.hpp"

namespace arrivald {

using runtime::Task;

namespace {

class OnlineCheck {
 public:
  OnlineCheck(const config::Config& config, http::Transport& transport, Clock& clock, Output& output)
      : config_(config), transport_(transport), clock_(clock), output_(output) {}

  Task<> run() {
    for (const auto& account : config_.accounts) co_await checkKey(account);
    for (const auto& channel : config_.channels) co_await checkWebhook(channel);
  }
  bool allWork() const { return allWork_; }

 private:
  Task<> checkKey(const config::Account& account);
  Task<> checkWebhook(const config::Channel& channel);
  void judge(const config::Account& account, const std::vector<std::string>& scopes);
  void judge(const std::string& name, const http::Response& response);

  void refused(const std::string& text) {
    output_.err += text + '\n';
    allWork_ = false;
  }

  const config::Config& config_;
  http::Transport& transport_;
  Clock& clock_;
  Output& output_;
  bool allWork_ = true;
};

Task<> OnlineCheck::checkKey(const config::Account& account) {
  if (account.key.secret.empty()) {
    refused(fmt::format("accounts[{}].key: not tried, since it cannot be read here", account.name));
    co_return;
  }
  sendgrid::Client client(transport_, clock_, watch::accessOf(account));
  auto scopes = co_await client.scopes();
  if (scopes)
    judge(account, *scopes);
  else
    refused(fmt::format("accounts[{}].key: {}", account.name, scopes.error().text));
}

void OnlineCheck::judge(const config::Account& account, const std::vector<std::string>& scopes) {
  const auto missing = sendgrid::missingScopes(scopes, watch::wantedFeatures(account), config_.language);
  output_.out += fmt::format("SendGrid takes the key of account {} (GET /v3/scopes){}\n", account.name,
                             missing.empty() ? "; it has every scope that is needed" : "");
  for (const auto& one : missing)
    refused(fmt::format("accounts[{}].key: lacks the scope {}: {}", account.name, one.scope, one.loss));
}

// Slack answers a message without content with 400 and its reason if it knows the address, and with 403, 404
// or 410 if it does not.
Task<> OnlineCheck::checkWebhook(const config::Channel& channel) {
  if (channel.webhook.secret.empty()) {
    refused(fmt::format("channels[{}].webhook: not tried, since it cannot be read here", channel.name));
    co_return;
  }
  http::Request request;
  request.method = "POST";
  request.url = std::string(channel.webhook.secret.reveal());
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.body = "{}";
  auto response = co_await transport_.send(std::move(request));
  if (response)
    judge(channel.name, *response);
  else
    refused(fmt::format("channels[{}].webhook: {}", channel.name, response.error().text));
}

void OnlineCheck::judge(const std::string& name, const http::Response& response) {
  // A word such as "no_text"; anything longer is somebody's page.
  const auto& body = response.body;
  const bool word = body.size() <= 60 && std::all_of(body.begin(), body.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || c == '_';
                    });
  if (response.status == 400 && word)
    output_.out += fmt::format(
        "Slack knows the webhook of channel {} ({}; an empty message, which nobody sees). Not "
        "proven: that messages are shown where on-call reads; try: arrivald test-alert\n",
        name, body.empty() ? "400" : "400 " + body);
  else if (response.status / 100 == 2)
    refused(
        fmt::format("channels[{}].webhook: an empty message was taken ({}), as Slack's incoming webhooks do "
                    "not: is it another service, a workflow or a proxy?",
                    name, response.status));
  else
    refused(fmt::format("channels[{}].webhook: refused ({}{}{}): make a new incoming webhook in Slack", name,
                        response.status, word && !body.empty() ? " " : "", word ? body : ""));
}

}  // namespace

bool checkOnline(const config::Config& config, const CheckEnvironment& environment, Output& output) {
  boost::asio::io_context io(1);
  SystemClock clock;
  const auto transport = environment.makeTransport(io, clock, config);
  OnlineCheck online(config, *transport, clock, output);
  output.out += "\nOnline:\n";
  boost::asio::co_spawn(io, online.run(), [&io](std::exception_ptr failure) {
    io.stop();  // idle connections would keep it running
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  return online.allWork();
}

}  // namespace arrivald
