// What is asked about a domain, and what is kept of it while nobody answers.
#include "watch/check_dns.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "support/run_task.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using dmarc::State;
using dns::Answer;

namespace {

struct FakeResolver final : dns::Resolver {
  std::map<std::string, std::vector<std::string>> zone;
  bool answers = true;
  std::vector<std::string> asked;

  runtime::Task<Answer> texts(std::string name) override {
    asked.push_back(name);
    Answer answer;
    if (answers) answer.state = Answer::State::none;
    if (const auto found = zone.find(name); answers && found != zone.end()) {
      answer.state = Answer::State::found;
      answer.texts = found->second;
    }
    co_return std::move(answer);
  }
};

struct Fixture {
  FakeResolver resolver;
  config::Config config;
  DmarcDns dns;
  Instant now{1000h};

  Fixture() {
    config.dmarc.emplace().domains.push_back({"town.example.jp", {}});
    dns.retain(config, true);
    const std::string key = "k=rsa; p=" + std::string(392, 'A');
    resolver.zone = {{"_dmarc.town.example.jp", {"v=DMARC1; p=none; rua=mailto:a@reports.example"}},
                     {"town.example.jp._report._dmarc.reports.example", {"v=DMARC1;"}},
                     {"s1._domainkey.town.example.jp", {key}},
                     {"s2._domainkey.town.example.jp", {key}},
                     {"town.example.jp", {"v=spf1 include:_spf.town.example.jp ~all", "other"}},
                     {"_spf.town.example.jp", {"v=spf1 a mx -all"}}};
  }
  dmarc::DnsFacts ask() { return runTask(askDns(resolver, config.dmarc->domains.front())); }
  State look() {
    dns.put("town.example.jp", ask(), now);
    return dmarc::stateOf(dns.of("town.example.jp")->findings);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "all that must stand in DNS is asked for, that of others included") {
  const auto facts = ask();
  CHECK(facts.record->p == "none");
  CHECK(facts.takers.at("reports.example") == true);
  CHECK(facts.keys.at("s1") == dmarc::KeyState::fine);
  CHECK(facts.lookups == 3);
  CHECK(dmarc::stateOf(dmarc::judgeDns(facts)) == State::met);
}

TEST_CASE_METHOD(Fixture, "a domain without a record of its own has that of its organisation") {
  resolver.zone["_dmarc.example.jp"] = {"v=DMARC1; p=reject; rua=mailto:a@example.jp"};
  resolver.zone.erase("_dmarc.town.example.jp");
  CHECK(ask().record->p == "reject");
  CHECK(ask().recordName == "_dmarc.example.jp");
}

TEST_CASE_METHOD(Fixture, "SPF that includes itself, or too much, ends") {
  resolver.zone["_spf.town.example.jp"] = {
      "v=spf1 include:town.example.jp include:_spf.town.example.jp -all"};
  CHECK(ask().lookups == 3);
  for (int i = 0; i < 100; ++i)
    resolver.zone["i" + std::to_string(i) + ".example"] = {"v=spf1 include:i" + std::to_string(i + 1) +
                                                           ".example -all"};
  resolver.zone["_spf.town.example.jp"] = {"v=spf1 include:i0.example -all"};
  resolver.asked.clear();
  CHECK(ask().lookups > dmarc::kMaxSpfLookups);
  CHECK(resolver.asked.size() < 30);
}

TEST_CASE_METHOD(Fixture, "while nobody answers, what was found out stands for a day") {
  CHECK(look() == State::met);
  resolver.answers = false;
  now += 23h;
  CHECK(look() == State::met);
  now += 2h;
  CHECK(look() == State::unknown);
  resolver.answers = true;
  resolver.zone.erase("_dmarc.town.example.jp");
  CHECK(look() == State::unmet);
}

TEST_CASE_METHOD(Fixture, "a domain that is no longer watched is forgotten") {
  look();
  config.dmarc->domains.front().name = "other.example.jp";
  dns.retain(config, true);
  CHECK(dns.of("town.example.jp") == nullptr);
  config.dmarc->checksDns = false;
  dns.retain(config, true);
  CHECK_FALSE(dns.asks());
}
