// The scopes that API keys lack.
#include "watch/key_scopes.hpp"

#include <catch2/catch.hpp>

using namespace arrivald;
using namespace arrivald::watch;

namespace {

config::Config with(const std::vector<std::string>& accounts) {
  config::Config config;
  for (const auto& name : accounts) config.accounts.emplace_back().name = name;
  return config;
}

}  // namespace

TEST_CASE("each check replaces what an account's key lacked before; before the first it lacks nothing") {
  KeyScopes scopes;
  CHECK(scopes.missing("main").empty());
  scopes.checked("main", {"stats.read", "suppression.read"});
  scopes.checked("second", {"stats.read"});
  CHECK(scopes.missing("main").size() == 2);
  scopes.checked("main", {"suppression.read"});
  CHECK(scopes.missing("main") == std::vector<std::string>{"suppression.read"});
  CHECK(scopes.missing("second").size() == 1);
}

TEST_CASE("a removed account's scopes are forgotten, and not known when it is configured again") {
  KeyScopes scopes;
  scopes.checked("main", {"stats.read"});
  scopes.checked("second", {"stats.read"});
  scopes.retain(with({"main"}));
  CHECK(scopes.missing("main").size() == 1);
  scopes.retain(with({"main", "second"}));
  CHECK(scopes.missing("second").empty());
}
