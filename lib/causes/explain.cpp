#include "causes/explain.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

#include "causes/decide.hpp"
#include "causes/details.hpp"
#include "causes/embedded.hpp"
#include "causes/evidence.hpp"
#include "causes/features.hpp"
#include "causes/model.hpp"
#include "causes/provider.hpp"
#include "causes/rulebook.hpp"

namespace arrivald::causes {

struct Explainer::Parts {
  Rulebook rulebook;
  Model model;
  Blocklists blocklists;
  std::size_t own = 0;  // number of the operator's rules, which come first
};

namespace {

// The built-in tables are valid, or the program does not start: an error there is a bug, not bad input.
template <class T>
T shipped(Result<T> result, std::string_view what) {
  if (!result) throw std::logic_error(std::string(what) + ": " + result.error().text);
  return std::move(result).value();
}

}  // namespace

std::vector<Rule> builtInRules() {
  std::vector<Rule> all;
  for (const auto& [name, text] : {std::pair{"rules/japan.rules", rulesJapan()},
                                   {"rules/sendgrid.rules", rulesSendGrid()},
                                   {"rules/providers.rules", rulesProviders()},
                                   {"rules/address.rules", rulesAddress()},
                                   {"rules/sender.rules", rulesSender()},
                                   {"rules/content.rules", rulesContent()},
                                   {"rules/transport.rules", rulesTransport()}}) {
    auto rules = shipped(parseRules(text), name);
    all.insert(all.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
  }
  return all;
}

Explainer::Explainer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;
Explainer::~Explainer() = default;

Result<Explainer> Explainer::make(std::vector<Rule> own) {
  auto parts = std::make_unique<Parts>();
  parts->own = own.size();
  auto rules = std::move(own);
  auto builtIn = builtInRules();
  rules.insert(rules.end(), std::make_move_iterator(builtIn.begin()), std::make_move_iterator(builtIn.end()));
  auto rulebook = Rulebook::compile(std::move(rules));
  if (!rulebook) return Error(std::move(rulebook).error());
  parts->rulebook = std::move(rulebook).value();
  parts->model = shipped(Model::parse(modelWeights()), "model.txt");
  parts->blocklists = shipped(Blocklists::parse(blocklistsTable()), "blocklists.txt");
  return Explainer(std::move(parts));
}

bool Explainer::isOwn(std::string_view ruleId) const {
  const auto own = std::span(rules()).first(parts_->own);
  return std::any_of(own.begin(), own.end(), [&](const Rule& rule) { return rule.id == ruleId; });
}

const std::vector<Rule>& Explainer::rules() const { return parts_->rulebook.rules(); }

namespace {

// FNV-1a, as in features.hpp.
void mix(std::string_view text, std::uint64_t& hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash = (hash ^ 0xFF) * 0x100000001b3ULL;
}

void mixRule(const Rule& rule, std::uint64_t& hash) {
  for (const auto* text : {&rule.id, &rule.textKey}) mix(*text, hash);
  for (const auto* texts :
       {&rule.when, &rule.also, &rule.unless, &rule.status, &rule.replyCode, &rule.provider}) {
    for (const auto& text : *texts) mix(text, hash);
    mix("", hash);
  }
  mix(std::string(1, letter(rule.causeClass)) + std::to_string(static_cast<int>(rule.weight)) +
          (rule.verdict ? std::string(name(*rule.verdict)) : "") +
          (rule.namesAddress ? std::to_string(*rule.namesAddress) : "") +
          (rule.namesOtherOnly ? "other" : "") + (rule.wholeText ? "whole" : "") +
          (rule.outcome ? std::to_string(static_cast<int>(*rule.outcome)) : "") +
          (rule.before ? toIso(*rule.before) : ""),
      hash);
  for (const auto stage : rule.stage) mix(std::to_string(static_cast<int>(stage)), hash);
}

}  // namespace

std::uint64_t Explainer::version() const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (std::size_t i = 0; i < parts_->own; ++i) mixRule(rules()[i], hash);
  static const std::uint64_t builtIn = [] {
    // Raised where explain() itself changes.
    constexpr std::string_view kCode = "5";
    std::uint64_t tables = 0xcbf29ce484222325ULL;
    for (const auto text : {kCode, rulesJapan(), rulesSendGrid(), rulesProviders(), rulesAddress(),
                            rulesSender(), rulesContent(), rulesTransport(), providersTable(),
                            blocklistsTable(), conceptsTable(), modelWeights()})
      mix(text, tables);
    return tables;
  }();
  mix(std::to_string(builtIn), hash);
  return hash;
}

namespace {

// A domain that many people have cannot be missing: a look-up of it that failed is a fault on the way. What
// its own servers say about relaying is true all the same.
bool isFailedLookupOfKnownDomain(const Reply& reply, const Cause& cause) {
  return cause.causeClass == Class::badDomain && cause.ruleId.find("relay") == std::string::npos &&
         cause.ruleId.find("not-au") == std::string::npos && meantDomain(reply.recipientDomain).empty() &&
         !builtInProviders().of(reply.recipientDomain).empty();
}

Details detailsOf(const Reply& reply, const Evidence& evidence, const Cause& cause) {
  const auto causeClass = cause.causeClass;
  const auto& normalised = evidence.normalised;
  Details details;
  details.retryAfter = retryAfter(normalised.words);
  if (causeClass == Class::noAddress) details.newAddress = newAddress(normalised, reply.recipient);
  // In a reply about our own address the other address is ours.
  const bool isAboutUs = cause.textKey.starts_with("sender.");
  if (details.newAddress.empty() && !isAboutUs)
    details.forwardedTo = forwardedTo(normalised, reply.recipient);
  details.meantDomain = meantDomain(reply.recipientDomain);
  if (causeClass == Class::authentication) details.senderDomain = senderDomain(normalised);
  if (causeClass == Class::malformed) {
    const auto sizes = sizesIn(evidence.unwrapped.said);
    details.messageBytes = sizes.message;
    details.limitBytes = sizes.limit;
  }
  details.needsQuoting = needsQuoting(reply.recipient);
  // Without our recipient, the address that is refused is the one that the reply names.
  if (reply.recipient.empty() && causeClass == Class::noAddress)
    details.needsQuoting = std::any_of(normalised.addresses.begin(), normalised.addresses.end(),
                                       [](const std::string& address) { return needsQuoting(address); });
  return details;
}

bool hasAny(const Normalised& reply, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return reply.words.find(word) != std::string::npos; });
}

// The text that fits the details best: that of the rule, unless they name a next step of their own.
std::string wordingOf(const Cause& cause, const Normalised& reply) {
  const auto& details = cause.details;
  const auto is = [&](Class c) { return cause.causeClass == c; };
  if (cause.perhaps) return "unspecified.perhaps";
  if (cause.speaker == Speaker::receiver && is(Class::noAddress)) {
    if (!details.newAddress.empty()) return "moved.new_address";
    if (details.needsQuoting) return "address.dots";
  }
  if (!details.meantDomain.empty() && (is(Class::network) || is(Class::badDomain))) return "domain.typo";
  if (!details.senderDomain.empty()) return "sender.free_domain";
  if (is(Class::mailboxFull) && hasAny(reply, {" inactive ", " inactivity ", " not been used ", " not used ",
                                               " unused ", " abandoned "}))
    return "full.inactive";
  if (cause.textKey == "sender.daily_limit" && hasAny(reply, {" hourly ", " per hour ", " this hour "}))
    return "sender.hourly_limit";
  if (cause.textKey.empty() && is(Class::senderBlocked) && !details.blocklist.empty()) return "blocked.list";
  return cause.textKey;
}

Outcome outcomeOf(const Reply& reply, const Evidence& evidence, Speaker speaker) {
  if (reply.outcome != Outcome::unknown) return reply.outcome;
  if (speaker == Speaker::sendGrid) return Outcome::notSent;
  const auto& normalised = evidence.normalised;
  // The server that quotes another decides whether it tries again.
  const int digit = evidence.unwrapped.codeBefore != 0 ? evidence.unwrapped.codeBefore / 100
                    : normalised.replyCode != 0        ? normalised.replyCode / 100
                                                       : normalised.code.statusClass;
  return digit == 5 ? Outcome::ended : digit == 4 ? Outcome::retried : Outcome::unknown;
}

void take(const Rule& rule, Cause& cause) {
  cause.ruleId = rule.id;
  cause.textKey = rule.textKey;
  cause.speaker = rule.speaker;
  if (rule.verdict) cause.verdict = *rule.verdict;
}

}  // namespace

void Explainer::choose(const Evidence& evidence, Cause& cause) const {
  const auto& matched = evidence.matched;
  const auto& normalised = evidence.normalised;
  const auto own = std::find_if(matched.begin(), matched.end(), [&](const Matched& m) {
    return m.rule < parts_->rulebook.rules().data() + parts_->own;
  });
  if (own != matched.end()) {
    cause.causeClass = own->rule->causeClass;
    cause.verdict = verdictOf(cause.causeClass);
    cause.confidence = 1;
    return take(*own->rule, cause);
  }
  if (normalised.words.size() <= 1 && !normalised.code.known() && normalised.replyCode == 0) {
    cause.textKey = "sendgrid.no_reason";  // nothing was kept, so that there is no reply to show anybody
    return;
  }
  Model::Scores scores = parts_->model.bias();
  forEachFeature(normalised, evidence.environment(), matched,
                 [&](char kind, std::string_view value, float weight) {
                   parts_->model.add(featureKey(kind, value), weight, scores);
                 });
  const auto choice = decide(normalised, matched, chances(scores));
  cause.causeClass = choice.causeClass;
  cause.confidence = choice.confidence;
  // A bare code says so little that not even a guess is worth telling.
  if (normalised.words.size() > 1) cause.perhaps = choice.perhaps;
  cause.verdict = verdictOf(cause.causeClass);
  const auto decided = std::find_if(matched.begin(), matched.end(),
                                    [&](const Matched& m) { return m.rule->causeClass == cause.causeClass; });
  if (decided != matched.end()) {
    take(*decided->rule, cause);
    // Another rule of the same class may know a more telling text.
    for (const auto& m : matched)
      if (cause.textKey.empty() && m.rule->causeClass == cause.causeClass) {
        cause.textKey = m.rule->textKey;
        if (m.rule->verdict) cause.verdict = *m.rule->verdict;
      }
  } else if (cause.confidence > 0) {
    cause.ruleId = normalised.code.specific() ? "status." + toText(normalised.code) : "model";
  }
}
namespace {

// What came with a drop was said by SendGrid, whichever words it chose. Without a rule that knows the reason
// only that is known.
void ascribeDrop(const Reply& reply, const Normalised& normalised, Cause& cause) {
  if (reply.outcome != Outcome::notSent || normalised.codeInText || normalised.words.size() <= 1 ||
      cause.speaker == Speaker::sendGrid)
    return;
  cause.speaker = Speaker::sendGrid;
  if (cause.textKey.starts_with("sendgrid.")) return;
  cause.causeClass = Class::unspecified;
  cause.verdict = Verdict::unknown;
  cause.perhaps.reset();
  cause.textKey = "sendgrid.dropped";
  cause.ruleId = "sendgrid.dropped";
}

// Whether the reply names only addresses such as those that mass mail is sent from, and not our recipient.
bool namesSenderOnly(const Evidence& evidence) {
  constexpr std::array<std::string_view, 16> names = {
      "bounce",     "bounces",     "noreply",       "no-reply",      "donotreply", "do-not-reply",
      "news",       "newsletter",  "mailer",        "mailer-daemon", "postmaster", "return",
      "returnpath", "return-path", "notifications", "notification"};
  const auto& addresses = evidence.normalised.addresses;
  return !evidence.namesRecipient && !addresses.empty() &&
         std::all_of(addresses.begin(), addresses.end(), [&](std::string_view address) {
           const auto local = address.substr(0, address.find_first_of("@+="));
           return std::find(names.begin(), names.end(), local) != names.end();
         });
}

// "No such user" about such an address is the answer to a call-out, whichever words stand around it.
void ascribeCallOut(const Evidence& evidence, Cause& cause) {
  if (cause.causeClass != Class::noAddress || cause.speaker != Speaker::receiver ||
      !namesSenderOnly(evidence))
    return;
  cause.causeClass = Class::authentication;
  cause.verdict = Verdict::senderMustFix;
  cause.confidence = std::min(cause.confidence, 0.7);
  cause.textKey = "sender.callout";
  cause.ruleId = "sender-callout.by-name";
}

}  // namespace

Cause Explainer::explain(const Reply& reply) const {
  static thread_local Evidence evidence;
  examine(reply, parts_->rulebook, evidence);
  const auto& normalised = evidence.normalised;
  Cause cause;
  choose(evidence, cause);
  if (isFailedLookupOfKnownDomain(reply, cause)) {
    cause.causeClass = Class::network;
    cause.verdict = Verdict::wait;
    cause.confidence = std::min(cause.confidence, 0.75);
    cause.textKey = "network.lookup";
    cause.speaker = Speaker::sendGrid;
  }
  // The operator's own rules have the last word.
  if (!isOwn(cause.ruleId)) {
    ascribeDrop(reply, normalised, cause);
    ascribeCallOut(evidence, cause);
  }
  cause.outcome = outcomeOf(reply, evidence, cause.speaker);
  if (cause.speaker == Speaker::receiver) cause.provider = evidence.provider;
  cause.details = detailsOf(reply, evidence, cause);
  cause.details.blocklist = parts_->blocklists.in(normalised);
  // Our recipient's mailbox exists: it forwarded the mail.
  if (!cause.details.forwardedTo.empty() && cause.verdict == Verdict::dead)
    cause.verdict = Verdict::recipientMustAct;
  cause.textKey = wordingOf(cause, normalised);
  // That text asks the recipient for the right domain.
  if (cause.textKey == "domain.typo" && cause.verdict == Verdict::wait)
    cause.verdict = Verdict::recipientMustAct;
  return cause;
}

}  // namespace arrivald::causes
