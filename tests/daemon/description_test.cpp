// What `arrivald check` says of a configuration, whole, in both languages: ARRIVALD_WRITE_GOLDEN=1 takes it
// as right.
#include "daemon/description.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "config/fixture.hpp"
#include "rules/defaults.hpp"
#include "support/paths.hpp"
#include "watch/configured_jobs.hpp"

using namespace arrivald;
using namespace arrivald::config;
using namespace arrivald::testing;

namespace {

const Instant kNow = parseIso("2026-11-23T00:00:00Z").value();

}  // namespace

TEST_CASE("a description says what will run when, what is judged, who is told, and holds no secret") {
  const auto folder = testing::inTree("/tests/golden/config/");
  for (const auto& [suffix, language] :
       {std::pair{"en", Language::english}, std::pair{"ja", Language::japanese}}) {
    const auto file = folder + "description." + suffix + ".txt";
    const auto said = describe(loaded(readText(folder + "description.yaml")), kNow, language);
    if (std::getenv("ARRIVALD_WRITE_GOLDEN")) std::ofstream(file, std::ios::binary) << said;
    CHECK(said == readText(file));
    CHECK(said.find("key-of") == std::string::npos);
    CHECK(said.find("https://hooks") == std::string::npos);
  }
}

TEST_CASE("the shortest file's description names the default rules and the key's place") {
  const auto said = describe(loaded(kMinimal), kNow, Language::english);
  CHECK_THAT(said, Catch::Contains("key from environment variable KEY\n"));
  CHECK_THAT(said, Catch::Contains("\n  every alert -> slack\n"));
  CHECK_THAT(said, Catch::Contains("\n  stall  "));
  CHECK_THAT(said, !Catch::Contains("key-of"));
}

TEST_CASE("the desk is described with its users, its limits and what it may release") {
  const auto desk = [](const std::string& yaml) {
    return describe(loaded(std::string(kMinimal) +
                           "desk:\n  users: [{name: ops-1, role: operator, password: "
                           "\"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
                           "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g\"}]\n" +
                           yaml),
                    kNow, Language::english);
  };
  CHECK_THAT(
      desk(""),
      Catch::Contains("Desk: http://127.0.0.1:9467, 1 user(s); releases at most 20 addresses at a time, 50 a "
                      "day and user\n  no key for releasing (desk.delete_key): the desk only reads\n"));
  CHECK_THAT(desk(""),
             Catch::Contains("digest of what is new on the lists") && Catch::Contains("0 9 * * mon-fri"));
  CHECK_THAT(desk("  dry_run: true\n"), Catch::Contains("every release is a rehearsal"));
}

TEST_CASE("a condition of every kind is worded in both languages, without a hole") {
  for (const auto language : {Language::english, Language::japanese}) {
    const auto& words = notify::Catalogue::of(language);
    const auto check = [&](const auto& self, auto index) -> void {
      if constexpr (index.value < std::variant_size_v<rules::Kind>) {
        rules::Rule rule;
        rule.kind.emplace<index.value>();
        const auto condition = conditionOf(rule, words);
        CAPTURE(condition);
        CHECK_FALSE(condition.empty());
        CHECK(condition.find_first_of("[{}") == std::string::npos);
        self(self, std::integral_constant<std::size_t, index.value + 1>{});
      }
    };
    check(check, std::integral_constant<std::size_t, 0>{});
  }
}

TEST_CASE("a task has one name: in the YAML, in check, on the page, in status and in the metrics") {
  // The keys of `poll` as the example configuration has them.
  const auto example = readText(testing::inTree("/deploy/arrivald.example.yaml"));
  const auto said = describe(loaded(kMinimal), kNow, Language::japanese);
  const auto config = loaded(kMinimal);
  for (const auto& plan : watch::configuredJobs(config)) {
    const std::string id(name(plan.kind));
    CAPTURE(id);
    for (const auto language : {Language::english, Language::japanese})
      CHECK(notify::Catalogue::of(language).has("job." + id));
    if (plan.account.empty()) continue;
    CHECK(example.find("      #" + id + ": ") != std::string::npos);
    CHECK(said.find(notify::Catalogue::of(Language::japanese).text("job." + id) + " (" + id + ")") !=
          std::string::npos);
  }
}

TEST_CASE("a time zone that is left out is said by the check") {
  const auto said = [](const std::string& yaml) { return describe(loaded(yaml), kNow, Language::english); };
  CHECK_THAT(said(kMinimal), Catch::Contains("time_zone is left out"));
  CHECK_THAT(said(kMinimal + std::string("time_zone: Asia/Tokyo\n")),
             !Catch::Contains("time_zone is left out"));
}
