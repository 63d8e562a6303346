// Whether addresses that receivers call unknown took mail before.
#include "watch/earlier_mail.hpp"

#include <catch2/catch.hpp>

#include "stream_fixture.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using namespace arrivald::watch;
using namespace std::chrono_literals;

namespace {

class Fixture : public StreamFixture {
 protected:
  void send(const std::string& kind, const std::string& email, const std::string& more = "") {
    const auto of = category_.empty() ? "" : R"(,"category":[")" + category_ + "\"]";
    REQUIRE(post(one(kind, email, "m" + std::to_string(++messages_), 1s, of + more)) == 204);
  }
  void refuse(const std::string& email) {
    send("bounce", email, R"(,"reason":"550 5.1.1 no such user here","status":"5.1.1","type":"bounce")");
  }
  /// Of what is sent from now on.
  void category(const std::string& name) { category_ = name; }
  notify::EarlierMail known(const std::string& group = "") {
    lookUpEarlierMail(owners(), "main");
    const notify::MailView::Wanted wanted{notify::MailView::Replies::failed, 1h, {}};
    return owners().causes().ofEvents("main", group, wanted, clock.now()).earlier;
  }

 private:
  int messages_ = 0;
  std::string category_ = "notice";
};

}  // namespace

TEST_CASE_METHOD(Fixture, "addresses that took mail days ago are told from those that never did") {
  for (const auto* old : {"a@gmail.com", "b@gmail.com", "c@gmail.com"}) send("delivered", old);
  send("processed", "d@gmail.com");  // accepted by the provider only
  clock.advance(48h);
  send("delivered", "c@gmail.com");
  send("delivered", "new@gmail.com");
  for (const auto* one : {"a@gmail.com", "b@gmail.com", "d@gmail.com", "e@gmail.com"}) refuse(one);
  const auto earlier = known();
  CHECK(earlier.refused == notify::EarlierMail::Addresses{4, 2});
  CHECK(earlier.others == notify::EarlierMail::Addresses{2, 1});
  CHECK(earlier.within > 0s);
}

TEST_CASE_METHOD(Fixture, "a receiver's addresses are compared with others there, also before it failed") {
  for (const auto* one : {"a@docomo.ne.jp", "b@docomo.ne.jp"}) send("delivered", one);
  for (int day = 0; day < 3; ++day) {  // elsewhere everybody gets mail each day
    for (const auto* one : {"x@gmail.com", "y@gmail.com", "z@gmail.com"}) send("delivered", one);
    clock.advance(24h);
  }
  refuse("c@docomo.ne.jp");
  CHECK(known("docomo").others == notify::EarlierMail::Addresses{2, 0});
  CHECK(known().others == notify::EarlierMail::Addresses{2, 0});
}

TEST_CASE_METHOD(Fixture, "who gets a mail a month is not compared with who gets one each day") {
  category("tax");
  for (const auto* one : {"a@docomo.ne.jp", "b@docomo.ne.jp"}) send("delivered", one);
  category("daily");
  for (int day = 0; day < 3; ++day) {
    for (const auto* one : {"x@docomo.ne.jp", "y@docomo.ne.jp"}) send("delivered", one);
    clock.advance(24h);
  }
  category("tax");
  refuse("c@docomo.ne.jp");
  CHECK(known("docomo").others == notify::EarlierMail::Addresses{2, 0});
}

TEST_CASE_METHOD(Fixture, "refused mail without a category, or of several, is compared with nothing") {
  for (const auto* name : {"", "notice", "tax"}) {
    category(name);
    send("delivered", "x@docomo.ne.jp");
    clock.advance(2h);
    send("delivered", "x@docomo.ne.jp");
  }
  category("");
  refuse("a@docomo.ne.jp");
  CHECK(known("docomo").refused == notify::EarlierMail::Addresses{1, 0});
  CHECK(known("docomo").others == notify::EarlierMail::Addresses{});
  category("notice");
  refuse("b@docomo.ne.jp");
  category("tax");
  refuse("c@docomo.ne.jp");
  CHECK(known("docomo").refused == notify::EarlierMail::Addresses{3, 0});
  CHECK(known("docomo").others == notify::EarlierMail::Addresses{});
}

TEST_CASE_METHOD(Fixture, "who took mail minutes before his refusal exists") {
  send("delivered", "a@gmail.com");
  clock.advance(5min);
  refuse("a@gmail.com");
  CHECK(known().refused == notify::EarlierMail::Addresses{1, 1});
}

TEST_CASE_METHOD(Fixture, "replies that are not about single addresses are not looked up") {
  send("bounce", "a@gmail.com",
       R"(,"reason":"550 5.7.26 unauthenticated email is not accepted","status":"5.7.26","type":"blocked")");
  CHECK(known() == notify::EarlierMail{});
}

TEST_CASE_METHOD(Fixture, "an address is looked up once, and counts for its receiver") {
  refuse("a@gmail.com");
  refuse("b@docomo.ne.jp");
  CHECK(known("docomo").refused == notify::EarlierMail::Addresses{1, 0});
  CHECK(owners().causes().notLookedUp("main", 1h, 100, clock.now()).empty());
  refuse("c@gmail.com");
  CHECK(owners().causes().notLookedUp("main", 1h, 100, clock.now()).size() == 1);
  CHECK(known().refused == notify::EarlierMail::Addresses{3, 0});
}

TEST_CASE_METHOD(Fixture, "what cannot be read stays unknown") {
  refuse("a@gmail.com");
  execute("ALTER TABLE event_batches RENAME TO away");
  CHECK(known() == notify::EarlierMail{});
  execute("ALTER TABLE away RENAME TO event_batches");
  CHECK(known().refused == notify::EarlierMail::Addresses{1, 0});
}
