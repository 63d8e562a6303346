#include "sendgrid/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hide.hpp"
#include "base/utf8.hpp"
#include "http/status.hpp"
#include "sendgrid/decode.hpp"
#include "sendgrid/json.hpp"

namespace arrivald::sendgrid {
namespace {

using Kind = Failure::Kind;

constexpr std::size_t kMaxTextBytes = 600;
constexpr std::int64_t kLatestSecond = 253'402'300'799;  // the end of the year 9999
// Some gateways send the remaining seconds instead of a time; no real reset lies before September 2001.
constexpr std::int64_t kMinUnixSecond = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::int64_t> numberIn(const http::Headers& headers, std::string_view name) {
  const auto value = headers.find(name);
  return value ? countOf(trimmed(*value)) : std::nullopt;
}

bool isPage(const http::Response& response) {
  const auto begin = response.body.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos) return response.body[begin] == '<';
  const auto type = response.headers.find("Content-Type");
  return type && type->find("html") != std::string_view::npos;
}

/// The title of an HTML page, the only part that is worth logging.
std::string titleOf(const std::string& page) {
  const auto head = std::string_view(page).substr(0, 4'096);
  const auto open = std::min(head.find("<title"), head.find("<TITLE"));
  if (open == std::string_view::npos) return {};
  const auto begin = head.find('>', open);
  if (begin == std::string_view::npos) return {};
  const auto end = head.find('<', begin);
  return withoutAddresses(
      oneLine(head.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1), 100));
}

// A page comes from a gateway or proxy unless its status already says more. Those of 5xx are what the
// provider's own front servers answer while what stands behind them fails.
Kind kindOf(unsigned status, bool page) {
  const auto kind = http::kindOf(status);
  const bool vague = kind == Kind::unauthorized || kind == Kind::forbidden || kind == Kind::badRequest ||
                     kind == Kind::malformed;
  return page && vague && status != 413 ? Kind::html : kind;
}

struct Remedy {
  Kind kind;
  Pattern text;
};
constexpr std::array<Remedy, 17> kRemedies = {
    Remedy{
        Kind::unauthorized,
        pattern(
            "the key is not accepted; if this persists, create a new API key and put it where this account's "
            "key is read from; a credential is read at a restart only")},
    Remedy{Kind::forbidden, pattern("the key lacks a permission or the plan lacks the feature")},
    Remedy{
        Kind::notFound,
        pattern("check this account's base_url (EU: https://api.eu.sendgrid.com), on_behalf_of and the names "
                "asked for")},
    Remedy{Kind::notAcceptable, pattern("a proxy may be removing the Accept header; check http.proxy")},
    Remedy{Kind::badRequest, pattern("retrying will not help; check this account's settings")},
    Remedy{
        Kind::redirected,
        pattern(
            "a proxy may want a log-in; check http.proxy and this account's base_url; redirections are not "
            "followed, since they would take the key along")},
    Remedy{
        Kind::throttled,
        pattern("the rate limit is used up; poll less often, or find out what else uses this account's API")},
    Remedy{Kind::serverError, pattern("the fault is the provider's; see its status page")},
    Remedy{
        Kind::html,
        pattern("a gateway or proxy answered in the provider's place; see its status page, and http.proxy")},
    Remedy{Kind::timedOut,
           pattern("check the network and http.proxy; it will pass if the provider is just slow")},
    Remedy{Kind::unreachable, pattern("check DNS, the firewall, this account's base_url and http.proxy")},
    Remedy{Kind::tls, pattern("check this machine's date and CA certificates, and http.ca_file")},
    Remedy{Kind::truncated, pattern("the connection was interrupted; if this persists, check http.proxy")},
    Remedy{Kind::emptyAnswer, pattern("if this persists, check http.proxy and the provider's status page")},
    Remedy{
        Kind::malformed,
        pattern(
            "the provider may have changed its API, or a proxy the answer; check http.proxy, and for a newer "
            "version "
            "of arrivald")},
    Remedy{Kind::tooLarge, pattern("ask for less (fewer names), or raise http.max_body")},
    Remedy{Kind::cancelled, pattern("arrivald is stopping")},
};

// The provider's own sentence says more than its status code. `words` in lower case; all must occur.
struct Sentence {
  std::array<std::string_view, 2> words;
  Pattern remedy;
};
constexpr Pattern kIpRemedy = pattern(
    "this host's address is not on the account's IP access list; add it in SendGrid (Settings > IP "
    "Access Management)");
constexpr std::array<Sentence, 9> kSentences = {
    Sentence{{"ip", "not allowed"}, kIpRemedy},
    Sentence{{"ip", "not authorized"}, kIpRemedy},
    Sentence{{"ip", "whitelist"}, kIpRemedy},
    Sentence{{"ip", "allow list"}, kIpRemedy},
    Sentence{{"ip", "access management"}, kIpRemedy},
    Sentence{{"regional", ""},
             pattern("the account lives in another region; set this account's base_url (EU: "
                     "https://api.eu.sendgrid.com)")},
    Sentence{{"maximum credits", ""},
             pattern("the credits of the plan are used up; raise the plan in SendGrid or wait until they are "
                     "renewed")},
    Sentence{{"under review", ""},
             pattern("SendGrid is reviewing the account; answer its mails to the account's owner, and ask "
                     "its support")},
    Sentence{
        {"suspended", ""},
        pattern("SendGrid has suspended the account; answer its mails to the account's owner, and ask its "
                "support")}};
std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Whether `word` stands in the text as a word, not as a part of one ("recipient").
bool hasWord(std::string_view text, std::string_view word) {
  const auto isLetter = [](char c) { return c >= 'a' && c <= 'z'; };
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !isLetter(text[at - 1])) && (end == text.size() || !isLetter(text[end]))) return true;
  }
  return false;
}

// Empty where the provider's sentence is none of these.
Phrase remedyBySentence(std::string_view failure) {
  const auto text = lower(failure);
  for (const auto& sentence : kSentences)
    if (hasWord(text, sentence.words[0]) &&
        (sentence.words[1].empty() || text.find(sentence.words[1]) != std::string::npos))
      return phrase(sentence.remedy);
  return {};
}

bool isLoopback(std::string_view host) {
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]") ||
         host.starts_with("::1");
}

Phrase remedyFor(Kind kind) {
  const auto found = std::find_if(kRemedies.begin(), kRemedies.end(),
                                  [&](const Remedy& remedy) { return remedy.kind == kind; });
  return found == kRemedies.end() ? phrase("check for a newer version of arrivald") : phrase(found->text);
}

}  // namespace

RateLimit rateLimitOf(const http::Headers& headers, Instant now) {
  RateLimit limit;
  limit.limit = numberIn(headers, "X-RateLimit-Limit");
  limit.remaining = numberIn(headers, "X-RateLimit-Remaining");
  if (const auto reset = numberIn(headers, "X-RateLimit-Reset"); reset && *reset <= kLatestSecond)
    limit.reset = *reset < kMinUnixSecond ? now + std::chrono::seconds(*reset) : fromUnixSeconds(*reset);
  return limit;
}

namespace {

void say(Failure& failure, Phrase words) {
  failure.text = words.english();
  failure.phrase = std::move(words);
}

}  // namespace

std::optional<Failure> failureOf(const http::Response& response, Instant now) {
  const bool page = isPage(response);
  const bool fine = response.status == 200 || response.status == 203;
  if (fine && !page && !response.body.empty()) return std::nullopt;

  Failure failure{Kind::malformed, ""};
  failure.status = static_cast<int>(response.status);
  failure.rateLimit = rateLimitOf(response.headers, now);
  failure.retryAfter = http::retryAfter(response.headers);

  const bool success = response.status >= 200 && response.status < 300;
  if (success && !page) {
    failure.kind = Kind::emptyAnswer;
    say(failure, phrase("answered {} without a body", response.status));
    return failure;
  }
  failure.kind = kindOf(response.status, page);
  const std::string detail = page ? titleOf(response.body) : decodeErrors(response.body);
  say(failure, phrase("answered {}{}{}", response.status, page ? phrase(" with an HTML page") : Phrase(),
                      detail.empty() ? Phrase() : phrase(" ({})", detail)));
  return failure;
}

bool saysNotFound(const http::Response& response) {
  if (response.status != 404) return false;
  const auto parsed = nlohmann::json::parse(response.body, nullptr, false);
  return parsed.is_object() && parsed.contains("errors") && parsed["errors"].is_array();
}

Failure failureOf(const http::Failure& failure) {
  const auto error = http::toError(failure, Party::provider);
  // The URL is built from the account's base_url: an invalid one is reported as unreachable, whose remedy
  // names base_url.
  const auto kind = error.kind == Kind::invalid ? Kind::unreachable : error.kind;
  Failure failed{kind, error.text};
  failed.phrase = error.phrase;
  return failed;
}

namespace {

// `asked`: the host of the account's base_url.
Phrase remedyOf(const Failure& failure, std::string_view asked, std::string_view scope) {
  if (failure.status == 407)
    return phrase("the proxy wants a user and a password, or refuses the given ones; check http.proxy");
  if (failure.status >= 400)
    if (const auto remedy = remedyBySentence(failure.text); !remedy.empty()) return remedy;
  if (failure.kind == Kind::unreachable && isLoopback(failure.text))
    return failure.text.starts_with(asked)
               ? phrase("nothing listens at this address of this host itself; check this account's base_url")
               : phrase("nothing listens at this address of this host itself; check http.proxy");
  if (failure.kind != Kind::forbidden) return remedyFor(failure.kind);
  return scope.empty() ? phrase("{}; see in SendGrid (Settings > API Keys) which permissions the key has",
                                remedyFor(failure.kind))
                       : phrase("{}; give the key the scope {}", remedyFor(failure.kind), scope);
}

}  // namespace

namespace {

bool isHost(std::string_view peer, std::string_view asked) {
  return !asked.empty() && peer.starts_with(asked);
}

}  // namespace

Failure describeFailure(Failure failure, std::string_view request, std::string_view scope) {
  const auto of = request.rfind(" of ");
  const auto asked = of == std::string_view::npos ? std::string_view() : request.substr(of + 4);
  const auto remedy = remedyOf(failure, asked, scope);
  // A connection's error begins with its address, which the request names already; a proxy's is another one.
  auto what = failure.said();
  if (const auto parts = what.arguments(); what.pattern() == "{}: {}" && isHost(parts[0].english(), asked))
    what = parts[1];
  else if (const auto end = failure.text.find(": ");
           what.pattern().empty() && isHost(failure.text, asked) && end != std::string::npos)
    what = verbatim(failure.text.substr(end + 2));
  const auto named =
      asked.empty() ? verbatim(std::string(request)) : phrase("{} of {}", request.substr(0, of), asked);
  failure.phrase = phrase("{}: {}: {}", named, std::move(what), remedy);
  failure.text = oneLine(withoutAddresses(failure.phrase.english()), kMaxTextBytes);
  return failure;
}

}  // namespace arrivald::sendgrid
