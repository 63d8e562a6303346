#include "incidents/margins.hpp"

#include <catch2/catch.hpp>

#include "incidents/mails.hpp"

namespace arrivald::incidents {
namespace {

using namespace testing;

// Of 100 mails to each receiver and 150 of each category, so many fail.
Margins sums(double gmail, double docomo, double notice, double tax) {
  std::vector<Margin> margins;
  for (const Duration window : kWindows)
    margins.push_back({window,
                       {{"notice", {150, notice, 1.5}}, {"tax", {150, tax, 1.5}}},
                       {{"Gmail", {100, gmail, 1}}, {"docomo", {100, docomo, 1}}, {"Yahoo", {100, 1, 1}}}});
  return {std::move(margins), 2h};
}

Look lookAt(Followed before, const std::vector<rules::Alert>& alerts, const Margins& margins, Instant now) {
  const AccountMail mail[]{{"town", &margins}};
  return follow(std::move(before), alerts, mail, now);
}

}  // namespace

TEST_CASE("By sums alone, what receivers and categories show of one cause is one incident") {
  const Margins margins = sums(30, 1, 16, 16);
  const std::vector<rules::Alert> alerts{
      rateAlert(receiver("Gmail"), 30, 100, kNoon), rateAlert(category("notice"), 16, 150, kNoon),
      rateAlert(category("tax"), 16, 150, kNoon), rateAlert(account(), 32, 300, kNoon)};
  const Look look = lookAt({}, alerts, margins, kNoon);
  REQUIRE(look.state.incidents.size() == 1);
  CHECK(look.state.incidents[0].root == Root{.receivers = {"Gmail"}});
  CHECK(look.state.incidents[0].members.size() == 4);
}

TEST_CASE("By sums alone, a second cause at another receiver is another incident") {
  const std::vector<rules::Alert> first{rateAlert(receiver("Gmail"), 30, 100, kNoon)};
  Look look = lookAt({}, first, sums(30, 1, 16, 16), kNoon);
  const Instant later = kNoon + 40min;
  const std::vector<rules::Alert> both{rateAlert(receiver("Gmail"), 30, 100, later),
                                       rateAlert(receiver("docomo"), 50, 100, later)};
  look = lookAt(std::move(look.state), both, sums(30, 50, 41, 41), later);
  REQUIRE(look.state.incidents.size() == 2);
  CHECK(look.state.incidents[1].root == Root{.receivers = {"docomo"}});
}

TEST_CASE("By sums alone, an incident has its mail by the minute, and what is named by kind as a whole") {
  std::vector<Margin> minutes(30,
                              Margin{1min, {{"notice", {9, 0, 0.1}}}, {{"Gmail", {6, 0, 0.1}}}, {9, 0, 0.1}});
  for (std::size_t i = 20; i < 30; ++i) {
    minutes[i].receivers[0].numbers.seen = 6;
    minutes[i].whole.seen = 6;
  }
  const Margins margins({{10min, {}, {{"Gmail", {60, 60, 1}}}}}, 2h, minutes);
  CHECK(margins.minutes({.receivers = {"Gmail"}}).at(25) == Numbers{6, 6, 0.1});
  CHECK(margins.minutes({.categories = {"notice"}, .receivers = {"Gmail"}}).empty());
  CHECK(margins.breakdown({.receivers = {"Gmail"}}, 0).whole() == Numbers{6, 6, 0.1});
  const auto shown = margins.shares(10min);
  CHECK(shown.at(0).sliceOf({.receivers = {"Gmail"}, .kinds = {Kind::authentication}}));
}

TEST_CASE("By sums without categories, that none of a category's mail comes is no end of its mailing") {
  const std::vector<rules::Alert> alerts{rateAlert(category("notice"), 60, 150, kNoon)};
  Look look = lookAt({}, alerts, sums(20, 20, 60, 2), kNoon);
  REQUIRE(look.state.incidents.size() == 1);
  REQUIRE(look.state.incidents[0].root == Root{.categories = {"notice"}});
  std::vector<Margin> margins;
  for (const Duration window : kWindows) margins.push_back({window, {}, {{"Gmail", {100, 1, 1}}}});
  look = lookAt(std::move(look.state), alerts, {std::move(margins), 2h}, kNoon + 40min);
  CHECK_FALSE(look.state.incidents.at(0).mailEnded);
}

TEST_CASE("By sums alone, where no parts are known, the account's mail is one") {
  const Margins margins({{10min, {}, {}, {100, 30, 1}}}, 2h);
  const std::vector<rules::Alert> alerts{rateAlert(account(), 30, 100, kNoon)};
  const AccountMail mail[]{{"town", &margins, true}};
  const Look look = follow({}, alerts, mail, kNoon);
  REQUIRE(look.state.incidents.size() == 1);
  CHECK(look.state.incidents[0].root.isWhole());
  CHECK(look.state.incidents[0].byAlerts);
  CHECK(look.state.incidents[0].numbers.seen == 30);
}

TEST_CASE("By sums alone, an incident is over when its alert has recovered, and not when it is gone") {
  const Margins margins({{10min, {}, {}, {100, 30, 1}}}, 2h);
  std::vector<rules::Alert> alerts{rateAlert(account(), 30, 100, kNoon)};
  const AccountMail mail[]{{"town", &margins, true}};
  const auto opened = follow({}, alerts, mail, kNoon).state;
  alerts.front().state = rules::AlertState::resolved;
  SECTION("it has recovered") {
    CHECK(follow(opened, alerts, mail, kNoon + 1min).state.incidents.at(0).state == State::resolved);
  }
  SECTION("too little mail came to tell") {
    alerts.front().quietSince = kNoon;
    CHECK(follow(opened, alerts, mail, kNoon + 1min).state.incidents.at(0).state == State::ended);
  }
  SECTION("its rule was switched off") {
    CHECK(follow(opened, {}, mail, kNoon + 1min).state.incidents.at(0).state == State::ended);
  }
}

TEST_CASE("all mail of a window is told by each dimension that is known") {
  Margin margin;
  margin.window = 10min;
  margin.receivers = {{"Gmail", {100, 5, 1}}, {"docomo", {50, 0, 0.5}}};
  const auto all = breakdownOf(Margins({margin}, 60min).shares(10min));
  CHECK(all.categories.empty());
  REQUIRE(all.receivers.size() == 2);
  CHECK(all.receivers[0].name == "Gmail");
  CHECK(all.receivers[0].numbers.mails == 100);
  CHECK(all.receivers[0].numbers.seen == 5);
  CHECK(all.receivers[0].numbers.expected == Approx(1));
}

}  // namespace arrivald::incidents
