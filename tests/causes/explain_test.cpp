// What replies mean: the rules' own examples, the traps on which classifiers err, and replies of the world's receivers.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>

#include "causes/explain.hpp"

using namespace arrivald;
using namespace arrivald::causes;

namespace {

const Explainer& explainer() {
  static const auto made = Explainer::make().value();
  return made;
}

Reply replyFrom(std::string_view text, std::string_view where = {}) {
  Reply reply;
  reply.text = text;
  reply.remoteHost = where;
  return reply;
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

}  // namespace

TEST_CASE("every built-in rule has an id, a source and an example that it explains") {
  for (const auto& rule : builtInRules()) {
    INFO(rule.id);
    CHECK_FALSE(rule.id.empty());
    CHECK_FALSE(rule.source.empty());
    REQUIRE_FALSE(rule.test.empty());
    Reply reply = replyFrom(rule.test, rule.testProvider);
    if (!rule.stage.empty()) reply.stage = rule.stage.front();
    if (rule.before) reply.at = *rule.before - std::chrono::hours(24);
    const auto cause = explainer().explain(reply);
    INFO("explained by " << cause.ruleId);
    CHECK(letter(cause.klass) == letter(rule.klass));
  }
}

TEST_CASE("replies of the world's receivers get the class that an operator needs") {
  std::ifstream in(ARRIVALD_SOURCE_DIR "/tests/causes/replies.txt");
  REQUIRE(in);
  int read = 0;
  std::string wrong;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto parts = split(line, '|');
    REQUIRE(parts.size() >= 3);
    ++read;
    const auto cause = explainer().explain(replyFrom(parts[2], parts[1]));
    const std::string also = parts.size() > 3 ? parts[3] : "";
    if (letter(cause.klass) != parts[0][0] && also.find(letter(cause.klass)) == std::string::npos)
      wrong += fmt::format("{} taken for {} ({}, {:.2f}): {}\n", parts[0], letter(cause.klass), cause.ruleId, cause.confidence, parts[2]);
  }
  CHECK(read > 150);
  CHECK(wrong == "");
}
