#include "causes/explain.hpp"

#include <algorithm>
#include <stdexcept>

#include "causes/decide.hpp"
#include "causes/details.hpp"
#include "causes/embedded.hpp"
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

const std::vector<Rule>& Explainer::rules() const { return parts_->rulebook.rules(); }

Cause Explainer::explain(const Reply& reply) const {
  static thread_local Normalised normalised;
  static thread_local std::vector<Matched> matched;
  normalise(reply.text, reply.status, normalised);
  Cause cause;
  cause.provider = providerOf(builtInProviders(), reply, normalised);
  const Rulebook::Environment environment{cause.provider, reply.stage, reply.at};
  parts_->rulebook.match(normalised, environment, matched);

  const auto own = std::find_if(matched.begin(), matched.end(), [&](const Matched& m) {
    return m.rule < parts_->rulebook.rules().data() + parts_->own;
  });
  if (own != matched.end()) {
    std::rotate(matched.begin(), own, own + 1);
    cause.causeClass = matched.front().rule->causeClass;
    cause.confidence = 1;
  } else if (normalised.words.size() > 1 || normalised.code.known() || normalised.replyCode != 0) {
    Model::Scores scores = parts_->model.bias();
    forEachFeature(normalised, environment, matched, [&](char kind, std::string_view value, float weight) {
      parts_->model.add(featureKey(kind, value), weight, scores);
    });
    const auto choice = decide(normalised, matched, chances(scores));
    cause.causeClass = choice.causeClass;
    cause.confidence = choice.confidence;
  }
  const auto decided = std::find_if(matched.begin(), matched.end(),
                                    [&](const Matched& m) { return m.rule->causeClass == cause.causeClass; });
  if (decided != matched.end()) {
    cause.ruleId = decided->rule->id;
    cause.textKey = decided->rule->textKey;
  } else if (cause.confidence > 0) {
    cause.ruleId = normalised.code.specific() ? "status." + toText(normalised.code) : "model";
  }
  cause.verdict = verdictOf(cause.causeClass);

  cause.blocklist = parts_->blocklists.in(normalised);
  cause.retryAfter = retryAfter(normalised.words);
  cause.forwardedTo = forwardedTo(normalised, reply.recipient);
  // Our recipient's mailbox exists: it forwarded the mail.
  if (!cause.forwardedTo.empty() && cause.verdict == Verdict::dead) cause.verdict = Verdict::recipientMustAct;
  cause.meantDomain = meantDomain(reply.recipientDomain);
  cause.needsQuoting = needsQuoting(reply.recipient);
  return cause;
}

}  // namespace arrivald::causes
