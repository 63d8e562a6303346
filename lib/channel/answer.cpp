#include "channel/answer.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "http/status.hpp"

namespace arrivald::channel {
namespace {

constexpr std::size_t kWord = 60, kWhy = 120;

void replaceAll(std::string& text, std::string_view what) {
  constexpr std::size_t kShortest = 8;  // shorter ones could be any word
  if (what.size() < kShortest) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    text.replace(at, what.size(), "…");
}

}  // namespace

std::string withoutSecret(std::string text, std::string_view secret) {
  replaceAll(text, secret);
  const auto host = secret.find("//");
  const auto path = host == std::string_view::npos ? host : secret.find('/', host + 2);
  if (path == std::string_view::npos) return text;
  replaceAll(text, secret.substr(path));
  replaceAll(text, secret.substr(secret.rfind('/') + 1));
  return text;
}

Error failedRequest(http::Failure failure, std::string_view secret) {
  failure.text = withoutSecret(std::move(failure.text), secret);
  auto error = http::toError(failure, Party::thirdParty);
  error.say(verbatim(fmt::format("{} ({})", http::name(failure.kind), oneLine(failure.text, kWhy))));
  return error;
}

Error refusal(http::Response response, std::string_view secret) {
  const auto word = response.status / 100 == 3
                        ? std::string("a redirection: the address is not the right one")
                        : oneLine(withoutSecret(std::move(response.body), secret), kWord);
  // Not as Slack's are told, whose remedies are others.
  auto answer = fmt::format("HTTP {}", response.status);
  if (!word.empty()) answer += " " + word;
  return http::toError(response, Party::thirdParty, verbatim(std::move(answer)));
}

Error foreignAnswer() {
  return Error::of(Error::Kind::malformed,
                   phrase("an answer that is not the channel's own (a proxy's page?)"), Party::network);
}

}  // namespace arrivald::channel
