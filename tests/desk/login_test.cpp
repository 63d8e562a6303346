// Who comes in: sessions, passwords, and who is slowed down.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>

#include "desk/login_throttle.hpp"
#include "desk/password.hpp"
#include "desk/password_checker.hpp"
#include "desk/sessions.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::desk;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  testing::TempStore folder;
  std::unique_ptr<store::Database> database = store::Database::open(folder.path()).value();
  testing::ManualClock clock;
  char next = 'a';
  RandomBytes random = [this](std::size_t count) { return std::string(count, next++); };
  std::vector<Account> accounts{{"ops-1", Role::operator_}, {"admin-1", Role::admin}};

  Sessions sessions() { return Sessions(*database, clock, random); }
};

std::string everythingStored(store::Database& database) {
  std::string all;
  REQUIRE(database.read([&] {
    for (const auto& row : store::SessionsTable(database).all()) all += row.tokenHash + " " + row.user + "\n";
  }));
  return all;
}

}  // namespace

TEST_CASE("a session is found by its token only, and each log-in has a new one") {
  Fixture f;
  auto sessions = f.sessions();
  const auto one = sessions.open(f.accounts[0]), two = sessions.open(f.accounts[0]);
  CHECK(one != two);
  CHECK(one.size() == 64);
  CHECK(sessions.find(one)->user == "ops-1");
  CHECK(sessions.find(one)->role == Role::operator_);
  CHECK_FALSE(sessions.find(""));
  CHECK_FALSE(sessions.find(sha256Hex(one)));
  CHECK_FALSE(sessions.find(std::string(64, '0')));
}

TEST_CASE("the store holds a hash of the token, never the token") {
  Fixture f;
  auto sessions = f.sessions();
  const auto token = sessions.open(f.accounts[0]);
  const auto stored = everythingStored(*f.database);
  CHECK(stored.find(token) == std::string::npos);
  CHECK(stored.find(sha256Hex(token)) != std::string::npos);
}

TEST_CASE("a session ends after an hour without use, and after twelve hours in any case") {
  Fixture f;
  auto sessions = f.sessions();
  const auto token = sessions.open(f.accounts[0]);
  f.clock.advance(59min);
  CHECK(sessions.find(token));
  f.clock.advance(60min);
  CHECK_FALSE(sessions.find(token));
  // Whose it was is known for a day, for a form that comes too late.
  CHECK(sessions.userOf(token) == "ops-1");
  CHECK_FALSE(sessions.find(token));
  f.clock.advance(24h);
  sessions.open(f.accounts[1]);
  CHECK(sessions.userOf(token).empty());

  const auto busy = sessions.open(f.accounts[0]);
  for (int i = 0; i < 23; ++i) {
    f.clock.advance(30min);
    REQUIRE(sessions.find(busy));
  }
  f.clock.advance(30min);
  CHECK_FALSE(sessions.find(busy));
}

TEST_CASE("the numbers of the stored roles are fixed") {
  Fixture f;
  auto sessions = f.sessions();
  for (const auto& [role, number] : {std::pair{Role::viewer, 0}, {Role::operator_, 1}, {Role::admin, 2}}) {
    const auto token = sessions.open({"someone", role});
    REQUIRE(f.database->read([&, hash = sha256Hex(token), expected = number] {
      for (const auto& row : store::SessionsTable(*f.database).all())
        if (row.tokenHash == hash) CHECK(row.role == expected);
    }));
    CHECK(sessions.find(token)->role == role);
  }
}

TEST_CASE("a session survives a restart and a step of the clock") {
  Fixture f;
  std::string token;
  {
    auto sessions = f.sessions();
    token = sessions.open(f.accounts[0]);
  }
  auto sessions = f.sessions();
  REQUIRE(f.database->read([&] { sessions.load(); }));
  REQUIRE(sessions.retain(f.accounts, {}));
  CHECK(sessions.find(token));
  f.clock.step(24h);
  sessions.shift(24h);
  REQUIRE(f.database->transact([&] { sessions.storeShift(24h); }));
  CHECK(sessions.find(token));
}

TEST_CASE("a session ends when its user leaves the configuration or has another role") {
  Fixture f;
  auto sessions = f.sessions();
  const auto ops = sessions.open(f.accounts[0]), admin = sessions.open(f.accounts[1]);
  REQUIRE(sessions.retain({{"ops-1", Role::operator_}, {"admin-1", Role::viewer}}, {}));
  CHECK(sessions.find(ops));
  CHECK_FALSE(sessions.find(admin));
  REQUIRE(sessions.retain({}, {}));
  CHECK_FALSE(sessions.find(ops));
  CHECK(everythingStored(*f.database).empty());
}

TEST_CASE("logging out ends the session elsewhere, too") {
  Fixture f;
  auto sessions = f.sessions();
  const auto token = sessions.open(f.accounts[0]);
  sessions.close(token);
  CHECK_FALSE(sessions.find(token));
  sessions.close(token);
}

TEST_CASE("the number of sessions is bounded") {
  Fixture f;
  int n = 0;
  auto counted = Sessions(*f.database, f.clock, [&](std::size_t count) {
    return (std::to_string(1'000'000 + ++n) + std::string(count, 'x')).substr(0, count);
  });
  const auto first = counted.open(f.accounts[0]);
  for (std::size_t i = 0; i < Sessions::kMaxSessions; ++i) {
    f.clock.advance(1ms);
    counted.open(f.accounts[0]);
  }
  CHECK(counted.size() == Sessions::kMaxSessions);
  CHECK_FALSE(counted.find(first));
}

TEST_CASE("the token of forms belongs to one session and does not tell its token") {
  Fixture f;
  auto sessions = f.sessions();
  const auto one = sessions.open(f.accounts[0]), two = sessions.open(f.accounts[0]);
  const auto csrf = sessions.find(one)->csrf;
  CHECK(csrf == sessions.find(one)->csrf);
  CHECK(csrf != sessions.find(two)->csrf);
  CHECK(csrf.find(one) == std::string::npos);
  CHECK(csrf != sha256Hex(one));
  CHECK(equalInConstantTime(csrf, csrf));
  CHECK_FALSE(equalInConstantTime(csrf, csrf.substr(1)));
  CHECK_FALSE(equalInConstantTime("", csrf));
}

TEST_CASE("a password is stored as an argon2id hash with a salt") {
  const auto hash = hashPassword(Secret("correct horse battery"), std::string(kSaltBytes, 's'));
  CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(matchesHash(Secret("correct horse battery"), hash));
  CHECK_FALSE(matchesHash(Secret("correct horse batterz"), hash));
  CHECK_FALSE(matchesHash(Secret(""), hash));
  CHECK_FALSE(matchesHash(Secret("x"), "no hash"));
  CHECK_FALSE(matchesHash(Secret("nobodx"), hashOfNobody()));
  CHECK(hashPassword(Secret("correct horse battery"), std::string(kSaltBytes, 't')) != hash);
}

TEST_CASE("at most two passwords are checked at once, eight wait, and the others are sent away") {
  boost::asio::io_context io;
  testing::ManualClock clock;
  std::mutex mutex;
  std::condition_variable released;
  bool open = false;
  int at = 0, most = 0;
  PasswordChecker checker(io.get_executor(), clock, [&](const Secret& password, const std::string& hash) {
    std::unique_lock lock(mutex);
    most = std::max(most, ++at);
    released.wait(lock, [&] { return open; });
    --at;
    return password.reveal() == hash;
  });
  std::vector<std::optional<Result<bool>>> answers(11);
  std::vector<testing::RunningTask> tasks;
  for (std::size_t i = 0; i < answers.size(); ++i)
    tasks.emplace_back(
        io, testing::storeInto(answers[i], checker.matches(Secret(i == 0 ? "other" : "same"), "same")));
  testing::drain(io);
  REQUIRE(answers[10]);
  CHECK(answers[10]->error().kind == Error::Kind::throttled);
  CHECK_FALSE(answers[0]);
  {
    const std::lock_guard lock(mutex);
    open = true;
  }
  released.notify_all();
  REQUIRE(testing::pumpUntil(io, [&] {
    return std::all_of(answers.begin(), answers.end(), [](const auto& one) { return one.has_value(); });
  }));
  CHECK(most <= 2);
  CHECK_FALSE(answers[0]->value());
  CHECK(answers[9]->value());
}

TEST_CASE("five failures of a user from an address wait 15 minutes, then twice as long, up to a day") {
  Fixture f;
  LoginThrottle throttle(*f.database, f.clock);
  using Of = LoginThrottle::Wait::Of;
  for (int i = 0; i < 4; ++i) throttle.failed("ops-1", "192.0.2.1");
  CHECK(throttle.wait("ops-1", "192.0.2.1").of == Of::none);
  Duration expected = 15min;
  for (int round = 0; round < 9; ++round) {
    for (int i = round == 0 ? 4 : 0; i < 5; ++i) throttle.failed("ops-1", "192.0.2.1");
    const auto wait = throttle.wait("ops-1", "192.0.2.1");
    CHECK(wait.of == Of::user);
    CHECK(wait.left == std::min<Duration>(expected, 24h));
    f.clock.advance(wait.left);
    CHECK(throttle.wait("ops-1", "192.0.2.1").of == Of::none);
    expected *= 2;
  }
}

TEST_CASE("another address is not locked out with it, and a success forgets the failures") {
  Fixture f;
  LoginThrottle throttle(*f.database, f.clock);
  using Of = LoginThrottle::Wait::Of;
  for (int i = 0; i < 5; ++i) throttle.failed("ops-1", "192.0.2.1");
  CHECK(throttle.wait("ops-1", "192.0.2.1").of == Of::user);
  CHECK(throttle.wait("ops-1", "192.0.2.2").of == Of::none);
  CHECK(throttle.wait("ops-2", "192.0.2.1").of == Of::none);
  for (int i = 0; i < 4; ++i) throttle.failed("ops-1", "192.0.2.2");
  throttle.succeeded("ops-1", "192.0.2.2");
  for (int i = 0; i < 4; ++i) throttle.failed("ops-1", "192.0.2.2");
  CHECK(throttle.wait("ops-1", "192.0.2.2").of == Of::none);
}

TEST_CASE("thirty failures from an address within ten minutes stop it for all users") {
  Fixture f;
  LoginThrottle throttle(*f.database, f.clock);
  using Of = LoginThrottle::Wait::Of;
  for (int i = 0; i < 29; ++i) throttle.failed("user-" + std::to_string(i), "192.0.2.1");
  CHECK(throttle.wait("new", "192.0.2.1").of == Of::none);
  throttle.failed("one more", "192.0.2.1");
  CHECK(throttle.wait("new", "192.0.2.1").of == Of::address);
  CHECK(throttle.wait("new", "192.0.2.2").of == Of::none);
  f.clock.advance(10min);
  CHECK(throttle.wait("new", "192.0.2.1").of == Of::none);
}

TEST_CASE("a lock survives a restart, and an admin can lift it") {
  Fixture f;
  {
    LoginThrottle throttle(*f.database, f.clock);
    for (int i = 0; i < 5; ++i) throttle.failed("ops-1", "192.0.2.1");
  }
  LoginThrottle throttle(*f.database, f.clock);
  REQUIRE(f.database->read([&] { throttle.load(); }));
  CHECK(throttle.wait("ops-1", "192.0.2.1").of == LoginThrottle::Wait::Of::user);
  CHECK(throttle.unlock("ops-1") == 1);
  CHECK(throttle.wait("ops-1", "192.0.2.1").of == LoginThrottle::Wait::Of::none);
  CHECK(throttle.unlock("ops-1") == 0);
}
