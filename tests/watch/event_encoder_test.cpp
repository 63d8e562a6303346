// From the provider's event to the record that is stored.
#include "watch/event_encoder.hpp"

#include <catch2/catch.hpp>

#include "base/lower.hpp"
#include "sendgrid/decode.hpp"
#include "stream/fingerprint.hpp"

using namespace arrivald;
using namespace arrivald::watch;

namespace {

struct Fixture {
  EventEncoder encoder;
  PendingBatch batch;
  sendgrid::Event event;

  Fixture() {
    batch.account = "main";
    event.kind = stream::EventKind::bounce;
    event.name = "bounce";
    event.at = parseIso("2026-11-25T00:00:00Z").value();
    event.email = "Taro@Example.JP";
    event.messageId = "m1";
    event.eventId = "e1";
  }
  void hashAddresses() {
    config::EventStream settings;
    settings.hashAddresses = true;
    encoder.use(settings, {});
  }
  /// Good until the next call.
  stream::Record encoded() {
    batch.records.clear();
    batch.events.clear();
    encoder.encode(event, batch);
    stream::RecordReader reader(batch.records);
    stream::Record record;
    REQUIRE(reader.next(record));
    CHECK(reader.rest().empty());
    return record;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an event is kept with its texts, and found by address and message") {
  event.reason = "550 no such user";
  event.status = "5.1.1";
  event.addCategory("notice");
  event.addCategory("paid");
  const auto record = encoded();
  CHECK(record.kind == stream::EventKind::bounce);
  CHECK(record.at == event.at);
  CHECK(record.email == "Taro@Example.JP");
  CHECK(record.domain == "example.jp");
  CHECK(record.reason == "550 no such user");
  CHECK(record.status == "5.1.1");
  CHECK(record.categories == "notice\x1fpaid");
  REQUIRE(batch.events.size() == 1);
  CHECK(batch.events[0].finder.address ==
        static_cast<std::uint32_t>(stream::addressKey("taro@example.jp", {})));
  CHECK(batch.events[0].finder.message == static_cast<std::uint32_t>(stream::messageIdKey("m1")));
  CHECK(batch.events[0].end == batch.records.size());
}

TEST_CASE_METHOD(Fixture, "texts beyond their limits are cut") {
  const std::string huge(100'000, 'x');
  event.email = huge;
  event.messageId = huge;
  event.reason = huge;
  event.status = huge;
  event.addCategory(huge);
  const auto record = encoded();
  CHECK(record.email.size() <= stream::Record::kMaxText);
  CHECK(record.messageId.size() <= stream::Record::kMaxText);
  CHECK(record.reason.size() <= stream::Record::kMaxReason);
  CHECK(record.status.size() <= 20);
  CHECK(record.categories.size() <= 255);
  const std::string domain = "a@" + huge;
  event.email = domain;
  CHECK(encoded().domain.size() <= 253);
}

TEST_CASE_METHOD(Fixture, "controls and what is no UTF-8 do not reach the store") {
  event.reason = "550 no\r\nsuch \x1b[31muser \xff";
  event.addCategory("a\nb");
  const auto record = encoded();
  for (const auto text : {record.reason, record.categories})
    CHECK(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }));
  CHECK(record.reason.find('\xff') == std::string_view::npos);
}

TEST_CASE_METHOD(Fixture, "where addresses are hashed none is kept, and the event is found all the same") {
  event.reason = "550 <taro@example.jp> is not known";
  event.addCategory("for taro@example.jp");
  const auto key = encoded().emailKey;
  hashAddresses();
  const auto record = encoded();
  CHECK(record.email.empty());
  CHECK(record.domain == "example.jp");
  CHECK(record.reason.find("taro@") == std::string_view::npos);
  CHECK(record.emailKey == key);
  for (const auto* name : {"Taro", "taro", "t…"}) CHECK(batch.records.find(name) == std::string::npos);
  CHECK(encoder.storable(R"({"email":"taro@example.jp"})") == R"({"email":"…@example.jp"})");
}

TEST_CASE_METHOD(Fixture, "where addresses are hashed no field shows the recipient, however it is spelled") {
  hashAddresses();
  const std::string name = "secretperson";
  const auto fresh = event;
  for (const std::string& email : std::vector<std::string>{name + "@ex.jp", "\"" + name + "\"@ex.jp",
                                                           name + "＠ex.jp", name + "%40ex.jp", name}) {
    CAPTURE(email);
    event = fresh;  // an event refers to texts of its own round
    event.email = email;
    const std::string reason =
        "550 " + name + " unknown user; mailbox " + name + " at ex.jp; \"" + name + " x\"@ex.jp; " + name +
        "%40ex.jp, SECRETPERSON＠ex.jp, SRS0=abc=ex.jp=" + name + "@fw.jp, secret\u200bperson";
    const std::string category = "mailto:" + name + "%40ex.jp", bare = "of " + name;
    const std::string smtpId = "<" + name + "@ex.jp>", messageId = name + "@ex.jp.recvd.0";
    event.reason = reason;
    event.addCategory(category);
    event.addCategory(bare);
    event.smtpId = smtpId;
    event.messageId = messageId;
    event.status = name;
    const auto record = encoded();
    CHECK(record.reason.starts_with("550 … unknown user; mailbox … at ex.jp"));
    CHECK(lower(batch.records).find("secret") == std::string::npos);
    CHECK(batch.events[0].finder.message != static_cast<std::uint32_t>(stream::messageIdKey(name)));
    CHECK(batch.events[0].smtpId != static_cast<std::uint32_t>(stream::messageIdKey(name)));
  }
}

TEST_CASE_METHOD(Fixture, "where addresses are hashed one that is cut off is hidden, too") {
  hashAddresses();
  std::string reason;
  while (reason.size() < 3'990) reason += "<" + std::string(200, 'x') + "@b.jp>,";
  reason.resize(3'990);
  reason += ",secretperson@ex.jp";
  event.reason = reason;
  encoded();
  CHECK(batch.records.find("secret") == std::string::npos);
  const auto malformed = encoder.storable(std::string((1 << 20) - 10, ' ') + "secretperson@ex.jp");
  CHECK(malformed.size() <= (1 << 20));
  CHECK(malformed.find("secret") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "an event is the same by its id or by what it says, not by either's absence") {
  const auto first = encoded();
  event.eventId = "another";
  const auto renamed = encoded();
  CHECK(renamed.idKey != first.idKey);
  CHECK(renamed.contentKey == first.contentKey);
  event.eventId = "e1";
  event.detail = "second try";
  CHECK(encoded().idKey == first.idKey);
  CHECK(encoded().contentKey != first.contentKey);
  event.eventId = "";
  CHECK(encoded().idKey == 0);
  event.email = "";
  CHECK(encoded().emailKey == 0);
}

TEST_CASE_METHOD(Fixture, "a change of the account's status is kept by its type") {
  event.kind = stream::EventKind::accountStatusChange;
  event.email = event.messageId = "";
  event.type = "compliance_suspend";
  CHECK(encoded().reason == "compliance_suspend");
  CHECK(batch.events[0].finder.message == 0);
}

// F16: one name in statistics and stream.
TEST_CASE_METHOD(Fixture, "a category is called as the statistics call it, whatever stands in its name") {
  for (const std::string name : {"notice \"x\"\nline", "お知らせ  二つ", "plain  name", "tab\tname"}) {
    event = {};
    event.addCategory(name);
    CHECK(encoded().categories == sendgrid::subjectName(name));
    CHECK(encoded().categories.find('\n') == std::string_view::npos);
  }
}
