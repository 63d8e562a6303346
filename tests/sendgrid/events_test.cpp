// The event stream's signature and JSON, byte for byte as the provider sends them.
#include "sendgrid/events.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "sendgrid/event_signature.hpp"
#include "sendgrid/json_items.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::sendgrid;

namespace {

// Known vectors of the provider's own libraries: keys, signatures and bodies that anybody may check.
constexpr const char* kKey =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/"
    "7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
constexpr const char* kOtherKey =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+"
    "y7GjUuFDb/R1NGe1OPzpA==";
constexpr const char* kSignature =
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
constexpr const char* kOtherSignature =
    "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0=";
constexpr const char* kTimestamp = "1600112502";
const std::string kBody =
    "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\"sg_event_id\":"
    "\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"sg_message_id\":"
    "\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\"smtp-id\":"
    "\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n";

const EventBatch& read(EventReader& reader, const std::string& body) {
  static std::string padded;
  padded = body + std::string(64, '\0');
  return reader.read(std::string_view(padded).substr(0, body.size()));
}

}  // namespace

TEST_CASE("the provider's test vector verifies, and with any byte changed it does not") {
  const auto key = EventKey::parse(kKey);
  REQUIRE(key);
  CHECK(key->verifies(kSignature, kTimestamp, kBody));
  // Twice with the same object: nothing of the first is left over.
  CHECK(key->verifies(kSignature, kTimestamp, kBody));
  for (std::size_t i = 0; i < kBody.size(); ++i) {
    std::string changed = kBody;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(key->verifies(kSignature, kTimestamp, changed));
  }
  CHECK_FALSE(key->verifies(kSignature, kTimestamp, kBody.substr(0, kBody.size() - 2)));
  CHECK_FALSE(key->verifies(kSignature, "timestamp", kBody));
  CHECK_FALSE(key->verifies(kSignature, "", kBody));
  CHECK_FALSE(key->verifies(kSignature, kTimestamp, "payload"));
  CHECK_FALSE(key->verifies(kOtherSignature, kTimestamp, kBody));
  CHECK_FALSE(key->verifies(std::string(kSignature) + "AAAA", kTimestamp, kBody));
  for (const auto* rubbish : {"", "=", "====", "not base64!", "AAAA", "MEUCIGHQ"})
    CHECK_FALSE(key->verifies(rubbish, kTimestamp, kBody));
  CHECK_FALSE(key->verifies(std::string(100000, 'A'), kTimestamp, kBody));
  const auto other = EventKey::parse(kOtherKey);
  REQUIRE(other);
  CHECK_FALSE(other->verifies(kSignature, kTimestamp, kBody));
}

TEST_CASE(
    "what is signed in the provider's form looks so, whichever key it was signed for; other posts do not") {
  CHECK(looksSigned(kSignature, kTimestamp));
  CHECK(looksSigned(kOtherSignature, kTimestamp));
  CHECK_FALSE(looksSigned(kSignature, "yesterday"));
  CHECK_FALSE(looksSigned(kSignature, ""));
  for (const auto* rubbish : {"", "=", "not base64!", "AAAA", "MEUCIGHQ", "c2lnbmF0dXJlIG9mIGEgc3RyYW5nZXI="})
    CHECK_FALSE(looksSigned(rubbish, kTimestamp));
  CHECK(isEventSender("SendGrid Event API"));
  CHECK_FALSE(isEventSender("curl/8.0"));
  CHECK_FALSE(isEventSender(""));
}

TEST_CASE("a key is taken as the provider shows it, with or without armour, and nothing else is") {
  CHECK(EventKey::parse("-----BEGIN PUBLIC KEY-----\n" + std::string(kKey).substr(0, 64) + "\n" +
                        std::string(kKey).substr(64) + "\n-----END PUBLIC KEY-----\n"));
  CHECK(EventKey::parse(std::string(kKey) + "\n"));
  for (const auto* wrong : {"", "hello", "SG.abc", "MFkw", "AAAA"}) CHECK_FALSE(EventKey::parse(wrong));
  CHECK_FALSE(EventKey::parse(std::string(5000, 'A')));
}

TEST_CASE("a batch is read with every field where it may stand") {
  EventReader reader;
  const auto& one = read(reader, kBody);
  REQUIRE(one.events.size() == 1);
  CHECK(one.events[0].kind == Event::Kind::dropped);
  CHECK(one.events[0].email == "hello@world.com");
  CHECK(one.events[0].messageId ==
        "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0");
  CHECK(one.events[0].smtpId == "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>");
  CHECK(one.events[0].reason == "Bounced Address");
  CHECK((one.events[0].at == fromUnixSeconds(1600112492)));
  CHECK_FALSE(one.events[0].test);

  const auto& malformed = read(reader, R"([
    {"event":"deferred","email":"a@b.jp","timestamp":"1600112492","attempt":"5","response":"421 later","sg_message_id":"x.recvd-1","category":"news"},
    {"event":"delivered","email":"a@b.jp","timestamp":1591726752372,"tls":1,"category":["news","",7,"town"],"pool":{"name":"p","id":"7"}},
    {"event":"bounce","email":"a@b.jp","timestamp":1600112492,"type":"blocked","reason":"550 no","category":[],"sg_message_id":null},
    {"event":"bounce","email":"a@b.jp","timestamp":1600112492,"tls":false,"status":"5.1.1"},
    {"event":"account_status_change","timestamp":1600112492,"type":"compliance_suspend","sg_event_id":"1"},
    {"event":"click","email":"a@b.jp","timestamp":1600112492,"url":"https://x","url_offset":{"index":0,"type":"html"},"event_id":{"deep":[1]}},
    {"event":"processed","email":"a@b.jp","timestamp":1600112492,"email":"custom@argument.jp"},
    {"event":"brand_new","email":"a@b.jp","timestamp":1600112492}
  ])");
  REQUIRE(malformed.malformed.empty());
  REQUIRE(malformed.events.size() == 8);
  const auto& e = malformed.events;
  CHECK(e[0].reason == "421 later");
  CHECK(std::ranges::equal(e[0].categories(), std::vector<std::string_view>{"news"}));
  CHECK((e[1].at == fromUnixMilliseconds(1591726752372)));
  CHECK(std::ranges::equal(e[1].categories(), std::vector<std::string_view>{"news", "town"}));
  CHECK(e[2].kind == Event::Kind::blocked);
  CHECK(e[2].messageId.empty());
  CHECK(e[3].kind == Event::Kind::bounce);
  CHECK(e[4].kind == Event::Kind::accountStatusChange);
  CHECK(e[4].type == "compliance_suspend");
  CHECK(e[6].email == "a@b.jp");
  CHECK(e[7].kind == Event::Kind::other);
  CHECK(e[7].name == "brand_new");
}

TEST_CASE("a malformed event is set aside with its reason and does not affect others") {
  EventReader reader;
  const auto& batch = read(
      reader,
      R"([7,{"event":"delivered","email":"a@b.jp","timestamp":1600112492},{"email":"x"},{"event":"delivered","email":"a@b.jp","timestamp":99},{"event":"bounce","timestamp":1600112492}])");
  CHECK(batch.events.size() == 1);
  REQUIRE(batch.malformed.size() == 4);
  CHECK(batch.malformed[0].raw == "7");
  CHECK(std::string(batch.malformed[1].why) == "it has no \"event\"");
  CHECK(batch.malformed[2].raw.find("99") != std::string_view::npos);
  CHECK(std::string(batch.malformed[3].why) == "it names neither an address nor a message");
}

TEST_CASE("an event's time is a number or text that is one, in seconds or milliseconds") {
  EventReader reader;
  for (const auto* time :
       {"1600112492", "1600112492.25", "1.600112492e9", "\"1600112492\"", "\"1600112492.25\"",
        "\" 1600112492 \"", "1600112492000", "1600112492000.5", "\"1600112492000.5\""}) {
    CAPTURE(time);
    const auto& batch =
        read(reader, std::string(R"({"event":"open","email":"a@b.jp","timestamp":)") + time + "}");
    REQUIRE(batch.events.size() == 1);
    CHECK((batch.events[0].at == fromUnixSeconds(1600112492)));
  }
  for (const auto* time : {"99", "\"\"", "\" \"", "\"1600112492x\"", "\"nan\"", "\"inf\"", "\"1e400\"",
                           "1e300", "null", "[1600112492]"}) {
    CAPTURE(time);
    const auto& batch =
        read(reader, std::string(R"({"event":"open","email":"a@b.jp","timestamp":)") + time + "}");
    REQUIRE(batch.malformed.size() == 1);
    CHECK(std::string(batch.malformed[0].why) == "it has no usable \"timestamp\"");
  }
}

TEST_CASE("an event that is dated ahead is malformed by its time") {
  EventReader reader;
  const auto at = [&](std::int64_t seconds) {
    return R"({"event":"open","email":"a@b.jp","timestamp":)" + std::to_string(seconds) + "}";
  };
  const auto& batch = reader.readSlice(at(1600112492) + "," + at(1600112493), fromUnixSeconds(1600112492));
  CHECK(batch.events.size() == 1);
  REQUIRE(batch.malformed.size() == 1);
  CHECK_THAT(batch.malformed[0].why, Catch::Contains("ahead"));
  CHECK(batch.malformed[0].raw == at(1600112493));
}

TEST_CASE("a custom argument that no parser takes costs neither its event nor the batch") {
  std::string deep;
  for (int i = 0; i < 1'100; ++i) deep += '[';
  for (int i = 0; i < 1'100; ++i) deep += ']';
  for (const std::string& value :
       {std::string("1234567890123456789012345"), std::string("1e400"), std::string("\"\\ud83d\""), deep}) {
    CAPTURE(value.substr(0, 40));
    std::string body = "[";
    for (int i = 0; i < 3'000; ++i) {
      if (i > 0) body += ',';
      body += R"({"email":"a@b.jp","timestamp":1600112492,"sg_event_id":"e)" + std::to_string(i) + "\",";
      if (i == 1'234) body += "\"order\":" + value + ",";
      body += R"("category":["notice, \"x\" ]"],"event":"delivered"})";
    }
    body += "]";
    EventReader reader;
    const auto& batch = read(reader, body);
    CHECK(batch.legible);
    CHECK(batch.malformed.empty());
    REQUIRE(batch.events.size() == 3'000);
    CHECK(batch.events[1'234].eventId == "e1234");
    CHECK(std::ranges::equal(batch.events[1'234].categories(),
                             std::vector<std::string_view>{"notice, \"x\" ]"}));
  }
}

TEST_CASE("an event of which nothing can be read is set aside whole, and the others are read") {
  EventReader reader;
  const auto& batch = read(
      reader, R"([{"event":"delivered","email":"a@b.jp","timestamp":1600112492},{"event":tru,"x":1},[1,nul],)"
              R"({"event":"bounce","email":"c@d.jp","timestamp":1600112492}])");
  CHECK(batch.events.size() == 2);
  REQUIRE(batch.malformed.size() == 2);
  CHECK(batch.malformed[0].raw == R"({"event":tru,"x":1})");
  CHECK(batch.malformed[1].raw == "[1,nul]");
}

TEST_CASE("every sound event of a sequence of objects and arrays counts, whatever lies between") {
  const auto event = [](const std::string& more = "") {
    return R"({"event":"open","email":"a@b.jp","timestamp":1764000000)" + more + "}";
  };
  const std::string a = event(), nested = event(R"(,"x":[{"y":1},{"z":[{},{}]}])");
  const std::string cut = R"({"event":"open","email":"a@b.jp")", bom = "\xef\xbb\xbf";
  struct Case {
    std::string body;
    std::size_t events, malformed;
  };
  const Case cases[] = {
      {a, 1, 0},
      {nested, 1, 0},
      {a + "\n" + nested + "\r\n" + a + "\n", 3, 0},
      {"\x1e" + a + "\n\x1e" + a, 2, 0},
      {a + nested + a, 3, 0},
      {a + "," + a + ",", 2, 0},
      {"[" + a + "," + nested + "," + a + "]xx", 3, 1},
      {"xx[" + a + "]", 1, 1},
      {"[" + a + "," + a + "][" + nested + "," + a + "]", 4, 0},
      {"[" + a + "]\n" + a + "\n[" + a + "," + a + "]", 4, 0},
      {"[" + a + "][]" + bom + "[" + a + "]", 2, 0},
      {"[" + a + nested + "," + a + "]", 3, 0},
      {"[" + a + ",," + a + ",]", 2, 0},
      {"[[" + a + "],[[" + a + "],7],[8]]", 2, 2},
      {"[" + a + "," + a, 2, 0},
      {"[" + a + "," + a + "]]", 2, 0},
      {"[" + a + "," + cut, 1, 1},
      {a + "\n" + cut + "\n" + nested + "\n" + a, 3, 1},
      {a + "\n{\"event\":\"open\n" + nested + "\n" + a, 3, 1},
      {"[" + a + ",{\"x\":\"y}," + nested + ",{\"x\":\"y}," + a + "]", 3, 2},
      {"[" + a + ",{\"x\":[1,}," + nested + "," + a + "]", 3, 1},
      {"[" + a + ",{\"event\":tru,\"l\":[{\"a\":1},{\"b\":2}]}," + a + "]", 2, 1},
      {a + "\"{ in a string }\"," + a, 2, 1},
      {"{}{}" + a, 1, 2},
      {bom + a + bom + a, 2, 0},
  };
  EventReader reader;
  for (const auto& one : cases) {
    CAPTURE(one.body);
    const auto& batch = read(reader, one.body);
    CHECK(batch.legible);
    CHECK(batch.events.size() == one.events);
    CHECK(batch.malformedCount == one.malformed);
  }
}

TEST_CASE("a text is taken apart in linear time, however it is broken") {
  for (const std::string part : {"{", "}", "{}", "{{},", "{[},", "{\"},", "\"", "{\"a\":{},", "},{", "[",
                                 "{\"a\":\"},{\"", "x}", "\\", "{}x", "\n{", "}\n{"}) {
    CAPTURE(part);
    std::string body;
    while (body.size() < 500'000) body += part;
    EventReader reader;
    CHECK(read(reader, body).events.empty());
  }
}

TEST_CASE("a list inside an object, and text that is not UTF-8, are kept whole, with the reason") {
  EventReader reader;
  const std::string event =
      R"({"event":"delivered","email":"a@b.jp","timestamp":1600112492,"sg_message_id":"m"})";
  std::string events;
  const auto wide = [](const std::string& text, bool bigEndian) {
    std::string out;
    for (const char c : text) {
      if (bigEndian) out += '\0';
      out += c;
      if (!bigEndian) out += '\0';
    }
    return out;
  };
  for (const std::size_t count : {std::size_t{1}, std::size_t{300}, std::size_t{8000}}) {
    while (events.size() < count * event.size()) events += (events.empty() ? "" : ",") + event;
    const std::pair<std::string, std::string> bodies[] = {
        {"{\"events\":[" + events + "]}", "it has no \"event\""},
        {"\xff\xfe" + wide("[" + events + "]", false), "it is not written in UTF-8"},
        {wide("[" + events + "]", false), "it is not written in UTF-8"},
        {wide("[" + events + "]", true), "it is not written in UTF-8"}};
    for (const auto& [body, why] : bodies) {
      CAPTURE(count, why, body.substr(0, 20));
      const auto& batch = read(reader, body);
      CHECK(batch.events.empty());
      CHECK_FALSE(batch.legible);
      REQUIRE(batch.malformed.size() == 1);
      CHECK(batch.malformed[0].why == why);
      CHECK(batch.malformed[0].raw == body);
      CHECK(batch.malformedCount >= std::max<std::size_t>(10, count / 10));
    }
  }
  // One event alone, whose own arguments hold lists.
  const auto& one = read(reader, R"({"event":"delivered","email":"a@b.jp","timestamp":1600112492,"l":[{}]})");
  CHECK(one.events.size() == 1);
  CHECK(one.legible);
}

TEST_CASE("a body that is not a batch is kept whole and counts for more than ten events") {
  EventReader reader;
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += '[';
  for (const auto& body : {std::string("7"), std::string("[{\"event\":"), std::string("<html>"), deep,
                           std::string("\0\0\0", 3), std::string("null")}) {
    const auto& batch = read(reader, body);
    CHECK(batch.events.empty());
    CHECK(batch.malformed.size() == 1);
    CHECK_FALSE(batch.legible);
    CHECK(batch.malformedCount > 10);
  }
  for (const auto* empty : {"[]", "", " \r\n"}) {
    CHECK(read(reader, empty).malformed.empty());
    CHECK(read(reader, empty).legible);
  }
  // Invalid UTF-8 costs the character, not the batch.
  const auto& bent = read(
      reader,
      "[{\"event\":\"bounce\",\"email\":\"a@b.jp\",\"timestamp\":1600112492,\"reason\":\"550 \xff no\"}]");
  REQUIRE(bent.events.size() == 1);
  CHECK(bent.events[0].reason == "550 \xEF\xBF\xBD no");
}

TEST_CASE("the provider's test events are recognised") {
  EventReader reader;
  const auto& batch = read(
      reader,
      R"([{"email":"example@test.com","timestamp":1600112492,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"bounce","category":["cat facts"]},
    {"email":"someone@example.jp","timestamp":1600112492,"event":"bounce"}])");
  REQUIRE(batch.events.size() == 2);
  CHECK(batch.events[0].test);
  CHECK_FALSE(batch.events[1].test);
}

TEST_CASE("two more recorded posts of the provider verify to the byte, and read as what they are") {
  struct Vector {
    const char* file;
    const char* key;
    const char* signature;
    const char* timestamp;
    std::size_t events;
    bool test;
  };
  for (
      const auto& vector :
      {Vector{
           "two_events.json",
           "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQ4LIFtWztlsF7skFqOncjD1lun4H5w8XOhyOArHW9RcIx/FfEzx6cikC/"
           "yPfUvwaX/JScE7Fc9CJD2afQ9Ok3Q==",
           "MEYCIQC/I4o6vCgqRYrTljjoVWB/GRWNtxeePlLMHr3x9ETeRQIhAIpV+03nREPTTHWSW0wIOA0EoMPdcNgXa70yCaqDJlu5",
           "1619651159", 2, false},
       Vector{
           "test_post.json",
           "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2is1eViXeZ9NwNbYKD/b51+WBZQVf+mLT0QCLiD6+HgWlNkrldvci/3m/"
           "o72GgCr3ilINxo9FpHElSHNnlYA7A==",
           "MEYCIQC7zQwrnBHCHxGZOkh70LJ144tIuSOxru0YGCn/bSE0/QIhAJ22PAa8HdZZQ+wrK+9sgeWF8BDdd1t+zbmCLO33RcyA",
           "1606575372", 11, true}}) {
    INFO(vector.file);
    std::ifstream in(testing::inTree("/tests/sendgrid/vectors/") + vector.file, std::ios::binary);
    const std::string body((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto key = EventKey::parse(vector.key);
    REQUIRE(key);
    CHECK(key->verifies(vector.signature, vector.timestamp, body));
    for (std::size_t i = 0; i < body.size(); ++i) {
      auto changed = body;
      changed[i] = static_cast<char>(changed[i] ^ 4);
      if (key->verifies(vector.signature, vector.timestamp, changed)) FAIL("byte " << i);
    }
    EventReader reader;
    const auto& batch = read(reader, body);
    CHECK(batch.malformed.empty());
    REQUIRE(batch.events.size() == vector.events);
    for (const auto& event : batch.events) CHECK(event.test == vector.test);
  }
}

TEST_CASE("a batch is split at the commas between its events, and read in parts as in one piece") {
  const std::string body = R"( [{"a":[1,{"b":",]"}]} , "x,y", {"c":"\\\""},4 ] )";
  CHECK(slicesOf(body, 1).value().size() == 4);
  CHECK(slicesOf(body, 20).value() ==
        std::vector<std::string_view>{R"({"a":[1,{"b":",]"}]})", R"("x,y", {"c":"\\\""})", "4"});
  CHECK(slicesOf("[]", 10).value().empty());
  for (const auto* broken : {"{}", "[1,2", "[1]]", "[\"1]", "", "7"}) CHECK_FALSE(slicesOf(broken, 1));

  EventReader reader;
  const std::string event = R"({"event":"open","email":"a@b.jp","timestamp":1764000000})";
  const auto& part = reader.readSlice(event + ",7," + event);
  CHECK(part.events.size() == 2);
  CHECK(part.events[1].email == "a@b.jp");
  CHECK(part.malformed.at(0).raw == "7");
}

TEST_CASE("of many malformed events the first hundred are kept, and all are counted") {
  EventReader reader;
  for (const auto* item : {"1", "{}", "null", "1e400"}) {
    CAPTURE(item);
    std::string items = item;
    for (int i = 1; i < 5000; ++i) items += std::string(",") + item;
    const auto& batch = reader.readSlice(items);
    CHECK(batch.events.empty());
    CHECK(batch.malformedCount == 5000);
    CHECK(batch.malformed.size() == EventBatch::kMaxMalformed);
    CHECK(batch.malformed.back().raw == item);
  }
  // The next batch begins anew.
  CHECK(reader.readSlice("1").malformedCount == 1);
}

TEST_CASE("an event is read however large and broken its custom arguments are") {
  EventReader reader;
  const std::string used = R"("event":"open","email":"a@b.jp","timestamp":1764000000,"email":"second@b.jp")";
  std::string members;
  while (members.size() < 1'000'000) members += R"(,"a":[1,{}],"event":"click")";
  for (const auto* more : {"", R"(,"b":1e400)"}) {
    const auto& batch = reader.readSlice("{" + used + members + more + "}");
    REQUIRE(batch.events.size() == 1);
    CHECK(batch.events[0].name == "open");
    CHECK(batch.events[0].email == "a@b.jp");
    CHECK(batch.malformedCount == 0);
  }
}
