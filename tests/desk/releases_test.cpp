// What people decide about releases, and what the desk refuses.
#include <catch2/catch.hpp>

#include "desk/fixture.hpp"
#include "desk/permissions.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace arrivald::suppression;
using namespace arrivald::testing;
using namespace std::chrono_literals;
using Kind = Refusal::Kind;

namespace {

/// The only refusal.
template <class T>
Kind refusedWith(const Outcome<T>& outcome) {
  REQUIRE_FALSE(outcome.ok());
  REQUIRE(outcome.error().size() == 1);
  return outcome.error()[0].kind;
}

std::vector<EntryId> many(Desk& desk, int count) {
  std::vector<EntryId> ids;
  for (int i = 0; i < count; ++i) ids.push_back(desk.list("user" + std::to_string(i) + "@example.jp"));
  return ids;
}

/// The address was released before, and its next mail failed.
void failedBefore(Desk& desk, EntryId entry) {
  const auto id = desk.confirmed({entry});
  desk.finish(id);
  auto item = desk.view(id).items.at(0);
  REQUIRE(desk.releases->follow(item, {Aftermath::bouncedAgain, desk.clock.now(), {}, true}, {}).ok());
  desk.provider.put(List::bounces, item.shown.entry);
  desk.entries.rows[entry].removed.reset();
}

}  // namespace

TEST_CASE("a draft keeps each row as it was shown, changes nothing and stands in the record") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp"), desk.list("b@x.jp", Advice::onceConfirmed)});
  const auto view = desk.view(id);
  CHECK(view.request.state == ReleaseState::draft);
  CHECK(view.request.user == "ops-1");
  REQUIRE(view.items.size() == 2);
  CHECK(view.items[0].shown.entry.email == "a@x.jp");
  CHECK(view.items[0].shown.entry.reason == "552 5.2.2 mailbox full");
  CHECK(view.items[1].shown.advice == Advice::onceConfirmed);
  CHECK(view.leftToday == 50);
  CHECK(desk.step().ok());
  CHECK(desk.transport.requests().empty());
  CHECK(desk.acts() == std::vector<std::string>{"draft"});
}

TEST_CASE("the same rows again are the same draft, so that a form that is sent twice makes one") {
  Desk desk;
  const std::vector ids = {desk.list("a@x.jp"), desk.list("b@x.jp")};
  const auto id = desk.draft(ids);
  CHECK(desk.draft(ids) == id);
  CHECK(desk.draft({ids[0], ids[1], ids[0]}) == id);
  CHECK(desk.acts() == std::vector<std::string>{"draft"});
}

TEST_CASE("a newer draft of the same person takes over the rows of an older one") {
  Desk desk;
  const std::vector ids = {desk.list("a@x.jp"), desk.list("b@x.jp"), desk.list("c@x.jp")};
  const auto older = desk.draft({ids[0], ids[1]});
  const auto other = desk.draft({ids[2]});
  const auto newer = desk.draft({ids[1]});
  CHECK(desk.view(older).request.state == ReleaseState::cancelled);
  CHECK(desk.view(other).request.state == ReleaseState::draft);
  CHECK(desk.view(newer).request.state == ReleaseState::draft);
  CHECK(refusedWith(desk.releases->confirm(kOperator, desk.form(older))) == Kind::cancelled);
}

TEST_CASE("a row that a colleague is checking is left out, and it is said who and since when") {
  Desk desk;
  const std::vector ids = {desk.list("a@x.jp"), desk.list("b@x.jp")};
  desk.draft({ids[0]}, kColleague);
  desk.clock.advance(2min);
  const auto drafted = desk.releases->draft(kOperator, ids, Mode::real);
  REQUIRE(drafted.ok());
  CHECK(desk.view(drafted->id).items.size() == 1);
  REQUIRE(drafted->leftOut.size() == 1);
  CHECK(drafted->leftOut[0].lock.kind == Lock::Kind::claimed);
  CHECK(drafted->leftOut[0].lock.claim->user == "ops-2");
  CHECK(drafted->leftOut[0].lock.claim->since == kNoon);
  // Once the colleague has cancelled, it is free.
  const auto theirs = desk.releases->locks(kOperator, std::vector{desk.entries.rows[ids[0]]});
  REQUIRE(desk.releases->cancel(kColleague, theirs->at(0)->claim->release).ok());
  CHECK_FALSE(desk.releases->locks(kOperator, std::vector{desk.entries.rows[ids[0]]})->at(0));
}

TEST_CASE("unknown, removed and repeated rows are left out of a draft, and nothing else is an error") {
  Desk desk;
  const auto here = desk.list("a@x.jp");
  const auto removed = desk.list("b@x.jp");
  desk.entries.rows[removed].removed = kNoon;
  const auto odd = desk.list("no address");
  const auto drafted =
      desk.releases->draft(kOperator, std::vector{here, removed, odd, EntryId(99), here}, Mode::real);
  REQUIRE(drafted.ok());
  CHECK(desk.view(drafted->id).items.size() == 1);
  REQUIRE(drafted->leftOut.size() == 2);
  CHECK(drafted->leftOut[0].lock.kind == Lock::Kind::gone);
  CHECK(drafted->leftOut[1].lock.kind == Lock::Kind::notPlausible);
  CHECK(refusedWith(desk.releases->draft(kOperator, std::vector{removed}, Mode::real)) ==
        Kind::nothingSelected);
  CHECK(refusedWith(desk.releases->draft(kOperator, {}, Mode::real)) == Kind::nothingSelected);
}

TEST_CASE("of two rows that differ in capital letters only, the second is left out for the first") {
  Desk desk;
  const std::vector ids = {desk.list("A.B@Gmail.com"), desk.list("a.b@gmail.com"),
                           desk.list("a.b@gmail.com", Advice::noDifference, List::blocks)};
  for (int sent = 0; sent < 2; ++sent) {
    const auto drafted = desk.releases->draft(kOperator, ids, Mode::real);
    REQUIRE(drafted.ok());
    CHECK(desk.view(drafted->id).items.size() == 2);
    REQUIRE(drafted->leftOut.size() == 1);
    CHECK(drafted->leftOut[0].entry.id == ids[1]);
    CHECK(drafted->leftOut[0].lock.kind == Lock::Kind::claimed);
    CHECK(drafted->leftOut[0].lock.claim->release == drafted->id);
  }
}

TEST_CASE("a viewer releases nothing, and the attempt stands in the record") {
  Desk desk;
  const auto entry = desk.list("a@x.jp");
  CHECK(refusedWith(desk.releases->draft(kViewer, std::vector{entry}, Mode::real)) == Kind::mayNot);
  const auto id = desk.draft({entry});
  CHECK(refusedWith(desk.releases->confirm(kViewer, desk.form(id))) == Kind::mayNot);
  CHECK(refusedWith(desk.releases->cancel(kViewer, id)) == Kind::mayNot);
  CHECK(desk.releases->locks(kViewer, std::vector{desk.entries.rows[entry]})->at(0)->kind ==
        Lock::Kind::mayNot);
  CHECK(desk.acts() == std::vector<std::string>{"refuse", "draft", "refuse", "refuse"});
}

TEST_CASE("without a key for releasing nothing can be prepared") {
  Desk desk;
  const auto entry = desk.list("a@x.jp");
  desk.settings.accounts.clear();
  desk.releases->use(desk.settings);
  CHECK(refusedWith(desk.releases->draft(kOperator, std::vector{entry}, Mode::real)) == Kind::noKey);
  desk.settings.accounts = {"news"};
  desk.releases->use(desk.settings);
  const auto locks = desk.releases->locks(kOperator, std::vector{desk.entries.rows[entry]});
  CHECK(locks->at(0)->kind == Lock::Kind::noKey);
}

TEST_CASE(
    "as advised are the safe rows and those that were ticked; the rest stays as it is and is free again") {
  Desk desk;
  const std::vector ids = {
      desk.list("safe@x.jp", Advice::safe), desk.list("full@x.jp", Advice::onceConfirmed),
      desk.list("moved@x.jp", Advice::onceConfirmed), desk.list("block@x.jp", Advice::noDifference),
      desk.list("dead@x.jp", Advice::doNot)};
  const auto id = desk.draft(ids);
  auto form = desk.form(id);
  const auto items = desk.view(id).items;
  // A tick at a row that asks for none changes nothing.
  form.asserted = {items[1].id, items[4].id, ItemId(999)};
  form.memo = "電話で確認";
  const auto view = desk.releases->confirm(kOperator, form);
  REQUIRE(view.ok());
  CHECK(view->request.state == ReleaseState::confirmed);
  CHECK(view->request.decision.released == 2);
  CHECK(view->leftToday == 48);
  std::vector<bool> chosen;
  for (const auto& item : view->items) chosen.push_back(item.chosen);
  CHECK(chosen == std::vector<bool>{true, true, false, false, false});
  CHECK(view->items[1].assertedBy == "ops-1");
  CHECK(view->items[4].assertedBy == "");
  CHECK(desk.releases->draft(kColleague, std::vector{ids[4]}, Mode::real).ok());
  store::RecordFilter decisions;
  decisions.action = "confirm";
  const auto rows = desk.record->find(kAdmin, decisions);
  REQUIRE(rows->size() == 2);
  const auto& row = rows->at(0);
  CHECK(row.address == "full@x.jp");
  CHECK(row.user == "ops-1");
  CHECK(row.origin == "192.0.2.17");
  CHECK(row.advice == "once_confirmed");
  CHECK(row.cause == "mailbox_full");
  CHECK(row.asserted == "ops-1");
  CHECK(row.motive == "they_told_us");
  CHECK(row.memo == "電話で確認");
  CHECK(row.entry.find("552 5.2.2 mailbox full") != std::string::npos);
  desk.finish(id);
  CHECK_FALSE(desk.provider.has(List::bounces, "safe@x.jp"));
  CHECK_FALSE(desk.provider.has(List::bounces, "full@x.jp"));
  for (const char* kept : {"moved@x.jp", "block@x.jp", "dead@x.jp"})
    CHECK(desk.provider.has(List::bounces, kept));
}

TEST_CASE("everything is released only with the number of rows, in any width") {
  Desk desk;
  std::vector<EntryId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(desk.list(std::to_string(i) + "@x.jp", Advice::doNot));
  const auto id = desk.draft(ids);
  auto form = desk.form(id, Extent::all);
  for (const char* wrong : {"4", "5人", "-5", "五"}) {
    form.typed = wrong;
    const auto refused = desk.releases->confirm(kOperator, form);
    REQUIRE(refusedWith(refused) == Kind::numberWrong);
    CHECK(refused.error()[0].typed == wrong);
    CHECK(refused.error()[0].wanted == 5);
  }
  form.typed = "　";
  CHECK(refusedWith(desk.releases->confirm(kOperator, form)) == Kind::numberWrong);
  form.typed = " ";
  CHECK(refusedWith(desk.releases->confirm(kOperator, form)) == Kind::numberMissing);
  CHECK(desk.view(id).request.state == ReleaseState::draft);
  form.typed = "５件";
  CHECK(desk.releases->confirm(kOperator, form).ok());
}

TEST_CASE("all that is to be corrected is said at once, and nothing is changed") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp", Advice::doNot)});
  Confirmation form;
  form.id = id;
  form.version = desk.view(id).request.version;
  form.memo = std::string(201, 'x');
  auto refused = desk.releases->confirm(kOperator, form);
  REQUIRE_FALSE(refused.ok());
  CHECK(contains(refused.error(), Kind::motiveMissing));
  CHECK(contains(refused.error(), Kind::memoTooLong));
  CHECK(contains(refused.error(), Kind::nothingAdvised));
  form.extent = Extent::all;
  refused = desk.releases->confirm(kOperator, form);
  CHECK(contains(refused.error(), Kind::numberMissing));
  CHECK(desk.view(id).request.state == ReleaseState::draft);
  CHECK(desk.view(id).items.at(0).claims);
  form = desk.form(id, Extent::all);
  form.memo.clear();
  for (int i = 0; i < 200; ++i) form.memo += "あ";
  CHECK(desk.releases->confirm(kOperator, form).ok());
}

TEST_CASE("a form that shows another draft than the stored one is refused") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp"), desk.list("b@x.jp")});
  const auto older = desk.form(id);
  REQUIRE(desk.releases->drop(kOperator, id, desk.view(id).items.at(0).id).ok());
  CHECK(refusedWith(desk.releases->confirm(kOperator, older)) == Kind::changed);
  CHECK(desk.releases->confirm(kOperator, desk.form(id)).ok());
}

TEST_CASE("a decision that is sent twice, or again from an older page, is decided once") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp")});
  const auto form = desk.form(id);
  REQUIRE(desk.releases->confirm(kOperator, form).ok());
  const auto again = desk.releases->confirm(kOperator, form);
  REQUIRE(again.ok());
  CHECK(again->request.state == ReleaseState::confirmed);
  CHECK(again->leftToday == 49);
  desk.finish(id);
  CHECK(desk.releases->confirm(kOperator, form)->request.state == ReleaseState::done);
  CHECK(desk.provider.deletions["a@x.jp"] == 1);
  CHECK(refusedWith(desk.releases->drop(kOperator, id, desk.view(id).items.at(0).id)) == Kind::decided);
  CHECK(refusedWith(desk.releases->cancel(kOperator, id)) == Kind::decided);
}

TEST_CASE("only the author of a draft decides about it") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp")});
  CHECK(refusedWith(desk.releases->confirm(kColleague, desk.form(id))) == Kind::notYours);
  CHECK(refusedWith(desk.releases->cancel(kAdmin, id)) == Kind::notYours);
  auto unknown = desk.form(id);
  unknown.id = ReleaseId(99);
  CHECK(refusedWith(desk.releases->confirm(kOperator, unknown)) == Kind::notFound);
}

TEST_CASE("a draft without a row left is cancelled; a row is dropped once") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp"), desk.list("b@x.jp")});
  const auto items = desk.view(id).items;
  const auto version = desk.releases->drop(kOperator, id, items[0].id)->request.version;
  CHECK(desk.releases->drop(kOperator, id, items[0].id)->request.version == version);
  const auto view = desk.releases->drop(kOperator, id, items[1].id);
  CHECK(view->request.state == ReleaseState::cancelled);
  CHECK(desk.releases->cancel(kOperator, id).ok());
}

TEST_CASE("a draft that nobody decides on expires after a day, and frees its rows") {
  Desk desk;
  const auto entry = desk.list("a@x.jp");
  const auto id = desk.draft({entry});
  const auto form = desk.form(id);
  desk.clock.advance(24h - 1ms);
  CHECK(desk.view(id).request.state == ReleaseState::draft);
  desk.clock.advance(1ms);
  CHECK(refusedWith(desk.releases->confirm(kOperator, form)) == Kind::expired);
  CHECK(desk.view(id).request.state == ReleaseState::expired);
  CHECK(desk.releases->draft(kColleague, std::vector{entry}, Mode::real).ok());
}

TEST_CASE("more rows than one request may hold are refused with what fits") {
  Desk desk;
  const auto ids = many(desk, 21);
  const auto refused = desk.releases->draft(kOperator, ids, Mode::real);
  REQUIRE(refusedWith(refused) == Kind::overLimit);
  CHECK(refused.error()[0].limit == OverLimit{OverLimit::Of::request, 21, 20, 20});
  std::vector<EntryId> tenThousand(10'000, ids[0]);
  CHECK(refusedWith(desk.releases->draft(kOperator, tenThousand, Mode::real)) == Kind::overLimit);
  CHECK(desk.releases->draft(kOperator, std::span(ids).first(20), Mode::real).ok());
}

TEST_CASE("the limit of a day counts what was decided, by user and by the desk's own day") {
  Desk desk({20, 3, Wishes::kept});
  const auto ids = many(desk, 8);
  desk.confirmed({ids[0], ids[1]});
  const auto second = desk.draft({ids[2], ids[3]});
  const auto refused = desk.releases->confirm(kOperator, desk.form(second));
  REQUIRE(refusedWith(refused) == Kind::overLimit);
  CHECK(refused.error()[0].limit == OverLimit{OverLimit::Of::day, 2, 1, 3});
  // A colleague has a day of their own; midnight in Tokyo is 15:00 UTC.
  const auto theirs = desk.draft({ids[4], ids[5]}, kColleague);
  CHECK(desk.releases->confirm(kColleague, desk.form(theirs)).ok());
  desk.clock.advance(12h - 1ms);
  CHECK(refusedWith(desk.releases->confirm(kOperator, desk.form(second))) == Kind::overLimit);
  desk.clock.advance(1ms);
  CHECK(desk.releases->confirm(kOperator, desk.form(second)).ok());
}

TEST_CASE("two drafts of one person cannot pass the limit of the day together") {
  Desk desk({20, 3, Wishes::kept});
  const auto ids = many(desk, 4);
  const auto one = desk.draft({ids[0], ids[1]});
  const auto other = desk.draft({ids[2], ids[3]});
  CHECK(desk.releases->confirm(kOperator, desk.form(one)).ok());
  CHECK(refusedWith(desk.releases->confirm(kOperator, desk.form(other))) == Kind::overLimit);
  CHECK(desk.releases->cancel(kOperator, other).ok());
}

TEST_CASE("spam reports and unsubscribes are off by default, and an admin's where they are on") {
  Desk desk;
  const std::vector<ListedEntry> rows = {
      desk.entries.rows[desk.list("a@x.jp", Advice::adminOnly, List::spamReports)],
      desk.entries.rows[desk.list("b@x.jp", Advice::adminOnly, List::unsubscribes)]};
  for (const auto& row : rows) {
    CHECK(desk.releases->locks(kAdmin, std::vector{row})->at(0)->kind == Lock::Kind::wishesKept);
    CHECK(refusedWith(desk.releases->draft(kAdmin, std::vector{row.id}, Mode::real)) ==
          Kind::nothingSelected);
  }
  desk.settings.limits.wishes = Wishes::releasedByAdmins;
  desk.releases->use(desk.settings);
  for (const auto& row : rows) {
    CHECK(desk.releases->locks(kOperator, std::vector{row})->at(0)->kind == Lock::Kind::needsAdmin);
    CHECK_FALSE(desk.releases->locks(kAdmin, std::vector{row})->at(0));
  }
  const auto id = desk.draft({rows[0].id, rows[1].id}, kAdmin);
  CHECK(contains(desk.releases->confirm(kAdmin, desk.form(id)).error(), Kind::nothingAdvised));
  CHECK(desk.releases->confirm(kAdmin, desk.form(id, Extent::all)).ok());
  desk.finish(id);
  CHECK(desk.provider.lists.empty());
}

TEST_CASE("a second release after a failure is an admin's") {
  Desk desk;
  const auto entry = desk.list("a@x.jp");
  failedBefore(desk, entry);
  const auto locks = desk.releases->locks(kOperator, std::vector{desk.entries.rows[entry]});
  CHECK(locks->at(0)->kind == Lock::Kind::needsAdmin);
  CHECK(locks->at(0)->failedAgain.has_value());
  CHECK(refusedWith(desk.releases->draft(kOperator, std::vector{entry}, Mode::real)) ==
        Kind::nothingSelected);
  store::RecordFilter refusals;
  refusals.action = "refuse";
  refusals.addresses = {"a@x.jp"};
  REQUIRE(desk.record->find(kAdmin, refusals)->size() == 1);
  CHECK(desk.record->find(kAdmin, refusals)->at(0).outcome == "needs_admin");
  CHECK(desk.record->find(kAdmin, refusals)->at(0).user == "ops-1");
  CHECK(desk.releases->failedAgain("main", "A@x.jp")->has_value());
  const auto id = desk.draft({entry}, kAdmin);
  CHECK(desk.view(id).items.at(0).failedAgain.has_value());
  CHECK(desk.releases->confirm(kAdmin, desk.form(id, Extent::all)).ok());
}

TEST_CASE("a failure that becomes known after the draft needs an admin as well") {
  Desk desk;
  const auto entry = desk.list("a@x.jp");
  const auto first = desk.confirmed({entry});
  desk.finish(first);
  desk.provider.put(List::bounces, desk.entries.rows[entry].entry);
  desk.entries.rows[entry].removed.reset();
  const auto second = desk.draft({entry});
  REQUIRE(desk.releases->follow(desk.view(first).items.at(0), {Aftermath::bouncedAgain, kNoon, {}, true}, {})
              .ok());
  CHECK(refusedWith(desk.releases->confirm(kOperator, desk.form(second))) == Kind::needsAdmin);
}

TEST_CASE("a key that was taken out of the configuration after the draft is noticed") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp")});
  desk.settings.accounts = {"news"};
  desk.releases->use(desk.settings);
  CHECK(refusedWith(desk.releases->confirm(kOperator, desk.form(id))) == Kind::noKey);
}

TEST_CASE("a draft, its ticks and a decision outlive a kill") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp", Advice::onceConfirmed)});
  desk.restart();
  auto form = desk.form(id);
  form.asserted = {desk.view(id).items.at(0).id};
  REQUIRE(desk.releases->confirm(kOperator, form).ok());
  desk.restart();
  const auto view = desk.view(id);
  CHECK(view.request.state == ReleaseState::confirmed);
  CHECK(view.items.at(0).assertedBy == "ops-1");
  CHECK(view.leftToday == 49);
}

TEST_CASE("while the store refuses, a release is refused with the reason") {
  Desk desk;
  const auto id = desk.draft({desk.list("a@x.jp")});
  const auto form = desk.form(id);
  desk.releases = nullptr;
  desk.record = nullptr;
  desk.database = nullptr;
  desk.database = store::Database::openUnwritable(desk.place.path(),
                                                  Error{Error::Kind::diskFull, "full", Party::storage});
  desk.record = std::make_unique<Record>(*desk.database, desk.clock);
  desk.releases =
      std::make_unique<Releases>(*desk.database, desk.clock, *desk.record, desk.entries, desk.registry);
  desk.releases->use(desk.settings);
  const auto refused = desk.releases->confirm(kOperator, form);
  REQUIRE(refusedWith(refused) == Kind::store);
  CHECK(refused.error()[0].error->kind == Error::Kind::diskFull);
}

TEST_CASE("roles: a viewer looks, an operator releases, an admin does the rest") {
  for (const auto action : {Action::look, Action::lookUp, Action::download, Action::readOwnRecord})
    CHECK(may(kViewer, action));
  for (const auto action : {Action::tick, Action::release}) {
    CHECK_FALSE(may(kViewer, action));
    CHECK(may(kOperator, action));
  }
  for (const auto action :
       {Action::releaseWish, Action::releaseAgain, Action::undo, Action::readRecord, Action::unlock}) {
    CHECK_FALSE(may(kOperator, action));
    CHECK(may(kAdmin, action));
  }
  CHECK_FALSE(may({"", Role::admin, ""}, Action::look));
}
