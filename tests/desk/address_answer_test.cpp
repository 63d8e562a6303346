// Why an address gets no mail: four answers, every list of every account, and what happened.
#include "desk/address_answer.hpp"

#include "desk/desk_fixture.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using suppression::List;

namespace {

struct Fixture : DeskFixture {
  Fixture() {
    config.accounts.emplace_back().name = "city";
    retain();
  }
  void readAll() {
    readLists("main");
    readLists("city");
  }
  AddressAnswer answer(const std::string& address) {
    const auto all = entries();
    auto answer = Addresses(owners(), all, &history).answer(address, config, Language::japanese);
    REQUIRE(answer);
    return std::move(*answer);
  }
  void crawled(const std::string& account, List list) {
    REQUIRE(owners().lists().beginCrawl(account, list));
    REQUIRE(
        owners().lists().finishCrawl(account, list, clock.now(), watch::SuppressionLists::Missing::removed));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a bounce stops mail; the answer rests on it and says what to do") {
  add(List::bounces, "Taro@town.example.jp", "552 5.2.2 mailbox full", 20h);
  add(List::blocks, "taro@town.example.jp", "450 4.2.2 mailbox full", 1h);
  add(List::bounces, "hanako@town.example.jp", "550 5.1.1 no such user", 2h);
  const auto found = answer("taro@town.example.jp");
  CHECK(found.state == MailState::stopped);
  REQUIRE(found.decisive);
  CHECK(found.entries[*found.decisive].list == List::bounces);
  CHECK(found.entries.size() == 2);
  CHECK(found.othersListed == 2);
  CHECK(found.shortText.said == "相手の方が「空きを作った」と言ったのを確認した");
  CHECK_THAT(found.text.headline, Catch::Contains("受信箱がいっぱい"));
  CHECK_THAT(found.customer.text, Catch::Contains("11月9日に受信箱がいっぱいのため"));
  CHECK(found.customer.byPhone.empty());
  REQUIRE(found.history.size() == 2);
  CHECK(found.history[0].at == clock.now() - 1h);
}

TEST_CASE_METHOD(Fixture,
                 "every list of every account is named, also the empty ones and those not read yet") {
  add(List::bounces, "taro@town.example.jp", "550 no", 1h, "city");
  crawled("main", List::bounces);
  const auto found = answer("taro@town.example.jp");
  REQUIRE(found.lists.size() == 2 * suppression::kLists.size());
  CHECK(found.lists[0].account == "main");
  CHECK(found.lists[0].known);
  CHECK_FALSE(found.lists[0].entry);
  CHECK_FALSE(found.lists[1].known);
  const auto& city = found.lists[suppression::kLists.size()];
  CHECK(city.account == "city");
  REQUIRE(city.entry);
  CHECK(found.entries[*city.entry].account == "city");
}

TEST_CASE_METHOD(Fixture, "a recipient's wish outweighs a failure") {
  add(List::bounces, "taro@town.example.jp", "552 5.2.2 mailbox full", 1h);
  add(List::spamReports, "taro@town.example.jp", "", 5h);
  const auto found = answer("taro@town.example.jp");
  CHECK(found.state == MailState::stopped);
  CHECK(found.entries[*found.decisive].list == List::spamReports);
  CHECK(found.shortText.row == "本人が迷惑メールと報告しました。");
}

TEST_CASE_METHOD(Fixture, "a block alone stops nothing") {
  add(List::blocks, "taro@town.example.jp", "554 5.7.1 Client host blocked using Spamhaus", 1h);
  readAll();
  const auto found = answer("taro@town.example.jp");
  CHECK(found.state == MailState::blocked);
  CHECK(found.entries[*found.decisive].advice == suppression::Advice::noDifference);
}

TEST_CASE_METHOD(Fixture, "what is no longer on any list is not stopped, and its history stays") {
  add(List::bounces, "taro@town.example.jp", "550 no", 1h);
  readAll();
  crawled("main", List::bounces);
  clock.advance(16min);
  crawled("main", List::bounces);
  history.past.push_back({"r1", "main", List::bounces, clock.now(), "ops-1", "delivered"});
  const auto found = answer("taro@town.example.jp");
  CHECK(found.state == MailState::notStopped);
  CHECK_FALSE(found.decisive);
  CHECK(found.history.size() == 3);
  CHECK(found.text.headline.empty());
}

TEST_CASE_METHOD(Fixture, "of an unknown address nothing is known but what may have been meant") {
  history.past.clear();
  readAll();
  const auto found = answer("taro@gmial.com");
  CHECK(found.state == MailState::noRecord);
  CHECK(found.meantDomain == "gmail.com");
  CHECK(found.history.empty());
  CHECK_FALSE(found.streamKnown);
  CHECK(answer("taro@docomo.ne.jp").maybeHidden);
  CHECK_FALSE(answer("taro@gmail.com").maybeHidden);
}

TEST_CASE_METHOD(Fixture, "while a list that stops mail was not read, nobody knows whether mail is stopped") {
  add(List::blocks, "taro@town.example.jp", "450 4.2.2 mailbox full", 1h);
  readAll();
  CHECK(answer("taro@town.example.jp").state == MailState::blocked);
  const Error refused{Error::Kind::serverError, "503", Party::provider};
  owners().lists().readFailed("city", List::unsubscribes, {refused});
  auto found = answer("taro@town.example.jp");
  CHECK(found.state == MailState::unknown);
  CHECK(found.decisive);  // the block is known all the same
  REQUIRE(found.unread.size() == 1);
  CHECK(found.unread[0].why == UnreadList::Why::failing);
  CHECK(found.unread[0].since == clock.now());
  CHECK_FALSE(found.lists[suppression::kLists.size() + 4].known);
  CHECK(answer("jiro@town.example.jp").state == MailState::unknown);

  REQUIRE(owners().lists().readUpTo("city", List::unsubscribes, clock.now()));
  CHECK(answer("taro@town.example.jp").state == MailState::blocked);
  CHECK(answer("jiro@town.example.jp").state == MailState::noRecord);
}

TEST_CASE_METHOD(Fixture, "blocks stop no mail: without them the address is on no list that could") {
  add(List::bounces, "taro@town.example.jp", "550 no", 1h);
  readAll();
  crawled("main", List::bounces);
  clock.advance(16min);
  crawled("main", List::bounces);
  using Failure = watch::SuppressionLists::ReadFailure;
  const Error refused{Error::Kind::serverError, "503", Party::provider};
  owners().lists().readFailed("main", List::blocks, {refused, Failure::Of::crawl});
  CHECK(answer("taro@town.example.jp").state == MailState::notStopped);
  CHECK(answer("jiro@town.example.jp").state == MailState::unknown);
  // That the latest entries can be read does not tell of the others.
  REQUIRE(owners().lists().readUpTo("main", List::blocks, clock.now()));
  CHECK(answer("jiro@town.example.jp").state == MailState::unknown);
}

TEST_CASE_METHOD(Fixture, "a list is unread where it is not watched, not read yet, or read too long ago") {
  using Why = UnreadList::Why;
  readAll();
  CHECK(unreadLists(owners(), config).empty());
  clock.advance(3h);
  REQUIRE(unreadLists(owners(), config).size() == 10);  // unsubscribes from groups are crawled once a day
  CHECK(unreadLists(owners(), config).front().why == Why::late);
  config.accounts[1].suppressions = false;
  config.accounts.emplace_back().name = "new";
  retain();
  const auto lists = unreadLists(owners(), config);
  REQUIRE(lists.size() == 5 + 6 + 6);
  CHECK(lists[5].why == Why::notWatched);
  CHECK(lists.back().why == Why::notYet);
  store::EntryFilter filter;
  filter.account = "new";
  filter.list = List::blocks;
  CHECK(within(lists, filter).size() == 1);
}
