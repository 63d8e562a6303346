// What is usual of an account, learned from its statistics.
#include "watch/traffic_profiles.hpp"

#include "watch/provider_fixture.hpp"

using namespace arrivald;
using namespace arrivald::watch;
using namespace arrivald::testing;
using namespace std::chrono_literals;

TEST_CASE_METHOD(ProviderFixture, "profiles are learned of configured accounts, at most once an hour") {
  auto& profiles = owners().profiles();
  const auto learn = [&] { profiles.learn(owners().statistics(), config, clock.now()); };
  learn();
  CHECK(profiles.profiles().empty());
  statisticsSay(10, 10);
  clock.advance(30min);
  statisticsSay(20, 20);
  learn();
  CHECK(profiles.profiles().empty());
  clock.advance(30min);
  learn();
  CHECK(profiles.profiles().count(whole) == 1);
}

TEST_CASE_METHOD(ProviderFixture, "another configuration and a clock that was set make them learned anew") {
  auto& profiles = owners().profiles();
  const auto learn = [&] { profiles.learn(owners().statistics(), config, clock.now()); };
  learn();
  statisticsSay(10, 10);
  retain();
  learn();
  CHECK(profiles.profiles().count(whole) == 1);
  config.accounts.clear();
  retain();
  learn();
  CHECK(profiles.profiles().empty());
  config.accounts.emplace_back().name = "main";
  profiles.past().usual[{whole, rules::Input::deliveryRate, 14}];
  clock.step(-3h);
  owners().noticeClockStep();
  CHECK(profiles.past().usual.empty());
  learn();
  CHECK(profiles.profiles().count(whole) == 1);
}
