#include "watch/dmarc_receiver.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "http/url.hpp"
#include "sendgrid/event_token.hpp"

namespace arrivald::watch {

using http::Response;
using http::ServerRequest;

void DmarcReceiver::use(const config::Config& configuration) {
  authorization_ = Secret();
  if (!configuration.dmarc || configuration.dmarc->user.empty() || !configuration.dmarc->password) return;
  authorization_ =
      Secret("Basic " + http::base64(configuration.dmarc->user + ":" +
                                     std::string(configuration.dmarc->password->secret.reveal())));
}

std::optional<Response> DmarcReceiver::admit(const ServerRequest& header) const {
  if (authorization_.empty()) return http::plainText(404, "DMARC reports are not posted here");
  if (header.method != "POST") {
    auto refused = http::plainText(405, "DMARC reports are sent by POST");
    refused.headers.add("Allow", "POST");
    return refused;
  }
  const auto given = header.headers.find("Authorization").value_or("");
  if (sendgrid::equalSecrets(given, authorization_.reveal())) return std::nullopt;
  auto refused = http::plainText(401, "the user and the password of dmarc.post are required");
  refused.headers.add("WWW-Authenticate", "Basic realm=\"arrivald reports\", charset=\"UTF-8\"");
  return refused;
}

runtime::Task<Response> DmarcReceiver::receive(const ServerRequest& request) {
  if (auto refused = admit(request)) {
    co_return std::move(*refused);
  }
  auto bytes = std::make_shared<const std::string>(request.body);
  const auto now = clock_.now();
  auto zone = reports_.zone();
  auto input = co_await readDmarcInput(std::move(bytes), kViaPost, "", now, std::move(zone), thread_);
  std::vector<DmarcInput> inputs;
  inputs.push_back(std::move(input));
  const auto taken = reports_.take(inputs);
  if (!taken) {
    auto busy = http::plainText(503, "the report cannot be stored; send it again later");
    busy.headers.add("Retry-After", "30");
    co_return std::move(busy);
  }
  const auto& verdict = taken->front();
  nlohmann::ordered_json answer;
  answer["outcome"] = name(verdict.outcome);
  if (!verdict.reason.empty()) answer["reason"] = verdict.reason;
  answer["reports"] = verdict.reports;
  answer["messages"] = verdict.tally.messages();
  Response accepted{200, {{"Content-Type", "application/json"}}, answer.dump() + '\n'};
  co_return std::move(accepted);
}

}  // namespace arrivald::watch
