// A notification as the outbox keeps it: every field comes back, whatever text it holds, and its form is
// pinned.
#include "notify/notification_json.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "base/utf8.hpp"
#include "notify/compose.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::notify;

namespace {

// A random value for every field, in text of every kind.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : engine_(seed) {}
  std::string text() {
    static const std::vector<std::string> kPieces = {"plain",
                                                     "災害",
                                                     "🔴👩‍👩‍👧",
                                                     "\xff\xfe",
                                                     "\xf0\x9f",
                                                     "\xc0\xaf",
                                                     std::string(1, '\0'),
                                                     "\x1b[2J",
                                                     "\n",
                                                     "\t",
                                                     "\"",
                                                     "\\",
                                                     "{id}",
                                                     "</script>",
                                                     "\u2028",
                                                     "\x7f"};
    std::string text;
    for (auto left = below(6); left > 0; --left) text += kPieces[below(kPieces.size())];
    return text;
  }
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  std::vector<std::string> texts() {
    std::vector<std::string> texts;
    for (auto left = below(4); left > 0; --left) texts.push_back(text());
    return texts;
  }
  std::optional<Field> field() {
    if (below(2) == 0) return std::nullopt;
    return Field{text(), text()};
  }
  std::optional<Trend> trend() {
    if (below(2) == 0) return std::nullopt;
    Trend trend{text(), {}, text()};
    for (auto left = below(5); left > 0; --left)
      trend.values.push_back(below(3) == 0 ? std::nullopt : std::optional(numbers_(engine_)));
    return trend;
  }
  Notification notification() {
    Notification notification;
    notification.id = text();
    notification.tone = static_cast<Tone>(below(6));
    notification.mention = below(2) == 0;
    for (auto* each :
         {&notification.badge, &notification.title, &notification.fallback, &notification.sentence,
          &notification.breakdownLabel, &notification.causesLabel, &notification.footer})
      *each = text();
    notification.side = field();
    for (auto left = below(4); left > 0; --left) notification.fields.push_back({text(), text()});
    notification.trend = trend();
    notification.breakdown = texts();
    notification.causes = texts();
    notification.samples = texts();
    notification.statusPage = field();
    notification.next = field();
    for (auto left = below(3); left > 0; --left) notification.links.push_back({text(), text()});
    return notification;
  }

 private:
  std::mt19937_64 engine_;
  std::uniform_real_distribution<double> numbers_{-1e9, 1e9};
};

void repair(std::string& text) { text = repairUtf8(text); }
void repair(std::vector<std::string>& texts) {
  for (auto& text : texts) repair(text);
}
void repair(Field& field) {
  repair(field.label);
  repair(field.value);
}
void repair(std::optional<Field>& field) {
  if (field) repair(*field);
}

Notification repaired(Notification notification) {
  for (auto* each : {&notification.id, &notification.badge, &notification.title, &notification.fallback,
                     &notification.sentence, &notification.breakdownLabel, &notification.causesLabel,
                     &notification.footer})
    repair(*each);
  repair(notification.side);
  repair(notification.statusPage);
  repair(notification.next);
  for (auto& field : notification.fields) repair(field);
  for (auto& link : notification.links) {
    repair(link.label);
    repair(link.url);
  }
  if (notification.trend) {
    repair(notification.trend->label);
    repair(notification.trend->range);
  }
  repair(notification.breakdown);
  repair(notification.causes);
  repair(notification.samples);
  return notification;
}

Notification full() {
  Notification notification;
  notification.id = "delivery-rate@main#1795484000000.1";
  notification.tone = Tone::critical;
  notification.mention = true;
  notification.badge = "緊急";
  notification.title = "Delivery rate is low";
  notification.fallback = "[緊急] main: 51.0 %";
  notification.sentence = "51.0 % of 500 mails arrived.";
  notification.side = Field{"Whose side", "The receiver's"};
  notification.fields = {{"Rate", "51.0 %"}, {"Mails", "500"}};
  notification.trend = Trend{"Last two hours", {0.995, std::nullopt, 0.51}, "lowest 51.0 %"};
  notification.breakdownLabel = "Where";
  notification.breakdown = {"98 % at Gmail", "Gmail: 98 of 200"};
  notification.causesLabel = "Why";
  notification.causes = {"100 replies", "authentication: 98"};
  notification.samples = {"550 5.7.26 <t…@gmail.com>: blocked"};
  notification.statusPage = Field{"SendGrid says", "All Systems Operational"};
  notification.next = Field{"Next", "Check DMARC."};
  notification.links = {{"Page", "https://arrivald.example.jp"}};
  notification.footer = "delivery-rate · 2026-11-24 10:30";
  return notification;
}

}  // namespace

TEST_CASE("a stored notification is read back unchanged, with text of every kind") {
  Generator generator(9);
  for (int i = 0; i < 2000; ++i) {
    const auto notification = generator.notification();
    const auto text = toJson(notification);
    REQUIRE(isUtf8(text));
    REQUIRE(text.find('\n') == std::string::npos);
    const auto read = notificationFromJson(text);
    REQUIRE(read.ok());
    REQUIRE(*read == repaired(notification));
    REQUIRE(toJson(*read) == text);
  }
}

TEST_CASE("the stored form of a notification is pinned") {
  const std::string path = testing::inTree("/tests/notify/golden/notification.json");
  const auto text = toJson(full()) + "\n";
  if (std::getenv("ARRIVALD_WRITE_GOLDEN")) std::ofstream(path, std::ios::binary) << text;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream pinned;
  pinned << in.rdbuf();
  CHECK(text == pinned.str());
  const auto read = notificationFromJson(pinned.str());
  REQUIRE(read.ok());
  CHECK(*read == full());
}

TEST_CASE("each tone keeps its stored name") {
  for (const auto& [tone, name] : std::vector<std::pair<Tone, std::string>>{{Tone::critical, "critical"},
                                                                            {Tone::warning, "warning"},
                                                                            {Tone::info, "info"},
                                                                            {Tone::good, "good"},
                                                                            {Tone::ended, "ended"},
                                                                            {Tone::test, "test"}}) {
    Notification notification;
    notification.tone = tone;
    CHECK(toJson(notification).find("\"tone\":\"" + name + "\"") != std::string::npos);
    CHECK(notificationFromJson(toJson(notification)).value().tone == tone);
  }
}

TEST_CASE("a trend value that is not finite is stored as unknown") {
  Notification notification;
  notification.trend = Trend{"", {std::nan(""), std::numeric_limits<double>::infinity(), 0.5}, ""};
  const auto read = notificationFromJson(toJson(notification));
  REQUIRE(read.ok());
  CHECK(read->trend->values == std::vector<std::optional<double>>{std::nullopt, std::nullopt, 0.5});
}

TEST_CASE("unknown fields are ignored and optional fields may be absent") {
  const auto read = notificationFromJson(
      R"({"version":1,"id":"a","tone":"good","mention":false,"title":"t","sound":"bell","more":{"a":[1]}})");
  REQUIRE(read.ok());
  Notification expected;
  expected.id = "a";
  expected.tone = Tone::good;
  expected.title = "t";
  CHECK(*read == expected);
}

TEST_CASE("an invalid notification is refused with the reason") {
  const auto refused = [](const char* text) {
    const auto read = notificationFromJson(text);
    REQUIRE_FALSE(read.ok());
    CHECK_FALSE(read.error().text.empty());
    return read.error().kind;
  };
  using Kind = Error::Kind;
  CHECK(refused("") == Kind::invalid);
  CHECK(refused("{\"version\":1") == Kind::invalid);
  CHECK(refused("[]") == Kind::invalid);
  CHECK(refused("{}") == Kind::invalid);
  CHECK(refused(R"({"version":"1","id":"a","tone":"good","mention":false,"title":"t"})") == Kind::invalid);
  CHECK(refused(R"({"version":1,"id":"a","tone":"loud","mention":false,"title":"t"})") == Kind::invalid);
  CHECK(refused(R"({"version":1,"id":"a","tone":"good","mention":false,"title":"t","links":[1]})") ==
        Kind::invalid);
  CHECK(refused(R"({"version":1,"id":"a","tone":"good","mention":false,"title":"t","causes":"x"})") ==
        Kind::invalid);
  CHECK(refused(R"({"version":2})") == Kind::unsupported);
}

TEST_CASE("a notification that cannot be read is replaced by one that names its id") {
  for (const auto language : {Language::japanese, Language::english}) {
    const auto said = composeUnreadable("it is not a JSON object", "stall@main#1.1", Instant{},
                                        TimeZone::find("Asia/Tokyo").value(), language);
    CHECK(said.id == "stall@main#1.1");
    for (const auto* text : {&said.fallback, &said.sentence, &said.footer})
      CHECK(text->find("stall@main#1.1") != std::string::npos);
    CHECK(said.sentence.find("it is not a JSON object") != std::string::npos);
    CHECK_FALSE(said.mention);
  }
}
