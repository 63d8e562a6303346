#include <fmt/format.h>

#include <algorithm>

#include "causes/provider.hpp"
#include "causes/rulebook.hpp"
#include "config/sections.hpp"

namespace arrivald::config {
namespace {

constexpr std::size_t kMaxRules = 1000;
constexpr std::size_t kMaxPatterns = 200;

// False if the rule cannot be used; this is reported at the rule's place.
bool worksAlone(Reader& reader, const causes::Rule& rule) {
  const auto rulebook = causes::Rulebook::compile({rule});
  if (!rulebook) {
    reader.context().problems.add(reader.place(), phrase("{}: {}", reader.path(), rulebook.error().said()));
    return false;
  }
  if (rule.test.empty()) return true;
  causes::Normalised reply;
  causes::normalise(rule.test, "", reply);
  std::vector<causes::Matched> matched;
  rulebook->match(reply,
                  {rule.provider.empty() ? std::string_view() : std::string_view(rule.provider.front()),
                   causes::Stage::unknown,
                   {}},
                  matched);
  if (matched.empty())
    reader.problem("test", phrase("the rule does not match this reply, whose words are \"{}\"", reply.words));
  return !matched.empty();
}

void readRule(Reader& reader, Config& config) {
  causes::Rule rule;
  rule.source = "YAML";
  rule.line = reader.place().line;
  if (reader.require("id")) reader.text("id", rule.id, 64);
  if (!rule.id.empty()) reader.callIt(fmt::format("causes.rules[{}]", rule.id));
  std::vector<std::string> names;
  for (const auto causeClass : causes::kClasses) names.emplace_back(causes::name(causeClass));
  if (reader.require("class"))
    if (const auto chosen = reader.chosenOf("class", names)) rule.causeClass = causes::kClasses[*chosen];
  reader.texts("when", rule.when, kMaxPatterns);
  reader.texts("unless", rule.unless, kMaxPatterns);
  reader.texts("status", rule.status, kMaxPatterns);
  reader.texts("provider", rule.provider, kMaxPatterns);
  for (const auto& provider : rule.provider)
    if (!causes::builtInProviders().has(provider))
      reader.problemAt(provider, "provider",
                       phrase("no provider is called {}{}", shown(provider),
                              hint(provider, causes::builtInProviders().names())));
  reader.text("test", rule.test, 2000);
  reader.finish();
  if (rule.id.empty() || !worksAlone(reader, rule)) return;
  const auto same = std::ranges::find(config.causes.rules, rule.id, &causes::Rule::id);
  if (same != config.causes.rules.end())
    return reader.problem("id", phrase("two rules are called {}", shown(rule.id)));
  config.causes.rules.push_back(std::move(rule));
}

}  // namespace

void readCauses(Reader& root, Config& config) {
  const auto* node = root.section("causes");
  if (!node) return;
  Reader reader(*node, "causes", root.context());
  if (!reader.usable()) return;
  if (const auto* list = reader.section("rules")) {
    if (list->kind != Node::Kind::list) {
      reader.problem("rules", phrase("expected a list of rules, found {}", inWords(list->kind)));
    } else if (list->children.size() > kMaxRules) {
      reader.problem("rules", phrase("expected at most {} rules", kMaxRules));
    } else {
      for (std::size_t i = 0; i < list->children.size(); ++i) {
        Reader item(list->children[i], fmt::format("causes.rules[{}]", i), root.context());
        if (item.usable()) readRule(item, config);
      }
    }
  }
  if (const auto* model = reader.section("language_model")) {
    Reader item(*model, "causes.language_model", root.context());
    if (item.usable()) {
      LanguageModel languageModel;
      if (item.require("url")) item.url("url", languageModel.url);
      if (item.require("model")) item.text("model", languageModel.model, 200);
      SecretValue key;
      if (item.has("key") && readSecret(item, "key", key, phrase("a key")))
        languageModel.key = std::move(key);
      item.duration("timeout", languageModel.timeout, std::chrono::seconds(1), std::chrono::minutes(2));
      item.share("below", languageModel.below);
      item.finish();
      config.causes.languageModel = std::move(languageModel);
    }
  }
  reader.finish();
}

}  // namespace arrivald::config
