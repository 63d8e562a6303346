// What is said of incidents, whole and in both languages: golden/incidents.*.txt. ARRIVALD_WRITE_GOLDEN=1
// takes what is said as right: read the difference aloud before you commit it.
#include "notify/compose_incident.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/utf8.hpp"
#include "notify/catalogue.hpp"
#include "notify/incident_samples.hpp"
#include "notify/incident_words.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using incidents::Notice;
using testing::incidentSamples;

namespace {

constexpr std::pair<const char*, Language> kLanguages[] = {{"ja", Language::japanese},
                                                           {"en", Language::english}};

std::string textOf(const Notification& message) {
  std::string text = fmt::format("[{}] {}{}\n  {}\n", message.badge, message.title,
                                 message.mention ? " (@)" : "", message.fallback);
  const auto field = [&](const std::optional<Field>& one) {
    if (one) text += fmt::format("{}: {}\n", one->label, one->value);
  };
  field(message.next);
  text += message.sentence + "\n";
  field(message.side);
  for (const auto& one : message.fields) field(one);
  const auto list = [&](const std::string& label, const std::vector<std::string>& rows) {
    if (!rows.empty()) text += label + "\n";
    for (const auto& row : rows) text += "  " + row + "\n";
  };
  list(message.breakdownLabel, message.breakdown);
  list(message.causesLabel, message.causes);
  for (const auto& sample : message.samples) text += "  > " + sample + "\n";
  for (const auto& link : message.links) text += fmt::format("<{} {}> ", link.label, link.url);
  text += "\n(" + message.row + ")\n" + message.footer + "\n";
  return text;
}

std::string readText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("what is said of incidents") {
  for (const auto& [code, language] : kLanguages) {
    std::string said;
    for (const auto& sample : incidentSamples())
      said += fmt::format("== {}\n{}\n", sample.name,
                          textOf(composeIncident(sample.notice, sample.context, language)));
    const auto path = std::filesystem::path(testing::inTree("/tests/notify/golden")) /
                      fmt::format("incidents.{}.txt", code);
    if (std::getenv("ARRIVALD_WRITE_GOLDEN")) std::ofstream(path, std::ios::binary) << said;
    CHECK(said == readText(path));
  }
}

namespace {

/// Everything that people read of it.
std::vector<std::string> textsOf(const Notification& message) {
  std::vector<std::string> all{message.badge, message.title, message.fallback, message.sentence,
                               message.row,   message.step,  message.footer};
  for (const auto* field : {&message.side, &message.next})
    if (*field) all.push_back((*field)->label + ": " + (*field)->value);
  for (const auto& field : message.fields) all.push_back(field.label + ": " + field.value);
  all.insert(all.end(), message.breakdown.begin(), message.breakdown.end());
  all.insert(all.end(), message.causes.begin(), message.causes.end());
  return all;
}

void checkWhole(const Notification& message) {
  for (const auto& text : textsOf(message)) {
    INFO(text);
    CHECK(text.find("[incident.") == std::string::npos);
    CHECK(text.find("[side.") == std::string::npos);
    CHECK(text.find_first_of("{}") == std::string::npos);
    CHECK(text.find("  ") == std::string::npos);
    CHECK(text.find("nan") == std::string::npos);
  }
  CHECK_FALSE(message.title.empty());
  CHECK_FALSE(message.sentence.empty());
  CHECK(cutCharacters(message.fallback, 100) == message.fallback);
}

// The first sentences, which everybody reads.
std::string beginningOf(const std::string& sentence, Language language) {
  const std::string end = language == Language::japanese ? "。" : ". ";
  const auto first = sentence.find(end);
  const auto second = first == std::string::npos ? first : sentence.find(end, first + end.size());
  return sentence.substr(0, second);
}

std::vector<incidents::Kind> allKinds() {
  std::vector<incidents::Kind> kinds;
  for (std::size_t i = 0; i < incidents::kKinds; ++i) kinds.push_back(static_cast<incidents::Kind>(i));
  return kinds;
}

}  // namespace

TEST_CASE("each message is whole, with the incident's number in its headline and in the phone's line") {
  for (const auto& [code, language] : kLanguages)
    for (const auto& sample : incidentSamples()) {
      INFO(code << " " << sample.name);
      const auto message = composeIncident(sample.notice, sample.context, language);
      checkWhole(message);
      const auto number = std::to_string(sample.notice.incident.number);
      CHECK(message.badge.find((language == Language::japanese ? "事案" : "#") + number) !=
            std::string::npos);
      CHECK(message.fallback.find(number) != std::string::npos);
      CHECK(message.id == sample.context.id);
    }
}

TEST_CASE("headline and first sentences name no alert and need no knowledge of mail protocols") {
  for (const auto& [code, language] : kLanguages)
    for (const auto& sample : incidentSamples()) {
      INFO(code << " " << sample.name);
      const auto message = composeIncident(sample.notice, sample.context, language);
      const auto read = message.title + "\n" + beginningOf(message.sentence, language);
      for (const auto* word : {"SMTP", "550", "554", "DNS", "SPF", "DKIM", "DMARC", "MX", "bounce",
                               "バウンス", "delivery-rate", "overdue", "drift", "配信率の低下"})
        CHECK(read.find(word) == std::string::npos);
    }
}

TEST_CASE("people are rung for what opens, turns or comes back critical, and for nothing else") {
  for (const auto& sample : incidentSamples()) {
    INFO(sample.name);
    using enum Notice::Kind;
    const auto kind = sample.notice.kind;
    const bool rings = sample.notice.incident.severity == rules::Severity::critical &&
                       (kind == opened || kind == critical || kind == reopened);
    CHECK(composeIncident(sample.notice, sample.context, Language::japanese).mention == rings);
  }
}

TEST_CASE("what was told before is said only if it was told, and differs") {
  for (const auto& sample : incidentSamples()) {
    if (sample.notice.kind != Notice::Kind::critical) continue;
    auto notice = sample.notice;
    const auto said = [&] { return composeIncident(notice, sample.context, Language::english).sentence; };
    CHECK(said().find("told before: 19 %") != std::string::npos);
    notice.before.share = notice.incident.numbers.share();
    CHECK(said().find("told before") == std::string::npos);
    notice.before = {};
    CHECK(said().find("told before") == std::string::npos);
  }
}

TEST_CASE("each kind, and each number of receivers and categories, has its words") {
  const auto sample = incidentSamples().front();
  const std::vector<std::vector<std::string>> names{
      {}, {"Gmail"}, {"Gmail", "other"}, {"Gmail", "Local governments", "docomo", "other"}};
  const std::vector<std::vector<std::string>> categories{
      {}, {"notice"}, {"notice", "other"}, {"", "notice", "other", "reservation"}};
  for (const auto& [code, language] : kLanguages)
    for (const auto kind : allKinds())
      for (const auto& receivers : names)
        for (const auto& mails : categories) {
          auto notice = sample.notice;
          const bool waits = incidents::index(kind) >= incidents::kCauseKinds;
          notice.incident.root = {
              waits ? incidents::Family::waiting : incidents::Family::shares, mails, receivers, {kind}, {}};
          INFO(code << " " << toText(notice.incident.root));
          for (int i = 0; i <= static_cast<int>(Notice::Kind::unstable); ++i) {
            notice.kind = static_cast<Notice::Kind>(i);
            checkWhole(composeIncident(notice, sample.context, language));
          }
        }
}

TEST_CASE("an incident without any number, and one of two kinds or none, still makes sentences") {
  const auto sample = incidentSamples().front();
  for (const auto& [code, language] : kLanguages)
    for (const auto& kinds : std::vector<std::vector<incidents::Kind>>{
             {}, {incidents::Kind::noAddress, incidents::Kind::mailboxFull}}) {
      auto notice = sample.notice;
      notice.incident.root.kinds = kinds;
      notice.incident.numbers = notice.incident.worst = {};
      notice.incident.affected = {};
      auto context = sample.context;
      context.account = {};
      context.around.causes = {};
      for (const bool weak : {false, true}) {
        notice.incident.weak = weak;
        for (int i = 0; i <= static_cast<int>(Notice::Kind::unstable); ++i) {
          notice.kind = static_cast<Notice::Kind>(i);
          const auto told = composeIncident(notice, context, language);
          checkWhole(told);
          for (const auto* doubled : {"「「", "」」", "\"\""})
            CHECK(told.sentence.find(doubled) == std::string::npos);
        }
      }
    }
}

TEST_CASE("the replies of an incident are those of its causes, which its numbers count") {
  auto sample = incidentSamples().front();
  sample.notice.incident.root.kinds = {incidents::Kind::authentication};
  sample.context.around.causes.counts = {{causes::Class::authentication, 6}, {causes::Class::noAddress, 9}};
  sample.context.around.causes.replies = 15;
  const auto said = composeIncident(sample.notice, sample.context, Language::english);
  REQUIRE(said.causes.size() == 2);
  CHECK(said.causes[0].find("From 6 replies") != std::string::npos);
  CHECK(said.causes[1].find("100 %") != std::string::npos);
  // Of an incident without a named cause all of them are told.
  sample.notice.incident.root.kinds.clear();
  CHECK(composeIncident(sample.notice, sample.context, Language::english).causes.size() == 3);
}

TEST_CASE("an incident that began within the window is not made small by the mail before it") {
  auto sample = incidentSamples().front();
  auto& incident = sample.notice.incident;
  incident.window = 10min;
  incident.began = sample.notice.at - 5min;
  incident.numbers = {186, 31, 0.9};
  incident.affected.receivers = {{"Gmail", {107, 92, 0.5}}};
  incident.affected.categories = {{"notice", {107, 92, 0.5}}};
  const auto said = composeIncident(sample.notice, sample.context, Language::english).sentence;
  CHECK(said.find("Of the 107 mails since it began 92 failed (86 %).") != std::string::npos);
  incident.began = sample.notice.at - 30min;
  CHECK(composeIncident(sample.notice, sample.context, Language::english).sentence.find("since it began") ==
        std::string::npos);
}

TEST_CASE("an incident of a rule of its own has its alert's words, with its number") {
  auto sample = incidentSamples().front();
  sample.notice.incident.root = {.family = incidents::Family::rule, .rule = "stall"};
  rules::Change change;
  change.kind = rules::Change::Kind::fired;
  change.at = testing::incidentNow();
  change.alert.key = {"stall", {"main", delivery::Dimension::account, ""}};
  change.alert.severity = rules::Severity::critical;
  change.reason.evidence =
      rules::StallEvidence{.requests = 240, .chance = 1e-7, .window = 10min, .lag = 5min};
  change.reason.since = testing::incidentNow() - 20min;
  sample.context.alert = change;
  const auto message = composeIncident(sample.notice, sample.context, Language::english);
  CHECK(message.badge == "Critical · #128");
  CHECK(message.title.starts_with("Mail has stalled: the whole account \"main\""));
  CHECK(message.fallback.starts_with("[Critical · #128] "));
  CHECK(message.id == sample.context.id);
}

TEST_CASE("a correction of a rule that names its side itself says another step, and no other side") {
  auto sample = incidentSamples().front();
  sample.notice.kind = Notice::Kind::corrected;
  sample.notice.incident.root = {.family = incidents::Family::rule, .rule = "statistics-still"};
  sample.notice.before.advised.told = "provider|||";
  rules::Change change;
  change.at = testing::incidentNow();
  change.alert.key = {"statistics-still", {"main", delivery::Dimension::account, ""}};
  change.reason.evidence = rules::StandstillEvidence{};
  sample.context.alert = change;
  for (const auto& [code, language] : kLanguages) {
    const auto said = composeIncident(sample.notice, sample.context, language);
    REQUIRE(said.side);
    CHECK(said.title.starts_with(language == Language::english ? "The next step"
                                                               : "次にすることが変わりました"));
  }
}

TEST_CASE("an incident as it stands has the words of its notification, and is quiet once it looks over") {
  const auto sample = incidentSamples().front();
  auto one = sample.notice.incident;
  CHECK(describeIncident(one, sample.context, Language::english).title ==
        composeIncident(sample.notice, sample.context, Language::english).title);
  one.state = incidents::State::quiet;
  one.goodSince = testing::incidentNow() - 5min;
  CHECK(describeIncident(one, sample.context, Language::english).title == "Passing: mail to Gmail");
  one.state = incidents::State::resolved;
  CHECK(describeIncident(one, sample.context, Language::english).title ==
        "Over: mail to Gmail is back to usual");
  // Nobody watches it any more: that is no recovery.
  one.state = incidents::State::ended;
  one.byAlerts = true;
  const auto unwatched = describeIncident(one, sample.context, Language::english);
  CHECK(unwatched.badge.starts_with("Ended"));
  CHECK(unwatched.title == "No longer watched: mail to Gmail");
}

TEST_CASE("addresses of which nearly all failed are not to be deleted once it is over") {
  for (const auto& sample : incidentSamples()) {
    if (sample.name != "resolved_with_its_mail") continue;
    auto over = sample;
    const auto before = composeIncident(over.notice, over.context, Language::english);
    over.notice.incident.worst = {100, 96, 1};
    const auto after = composeIncident(over.notice, over.context, Language::english);
    REQUIRE(before.next);
    REQUIRE(after.next);
    CHECK(before.next->value.find("take") != std::string::npos);
    CHECK(after.next->value.find("take") == std::string::npos);
    CHECK(after.next->value.find("sent again") != std::string::npos);
  }
}

TEST_CASE("that sending to a domain has ended is no recovery, and no release is advised") {
  for (const auto& sample : incidentSamples()) {
    if (sample.name != "resolved_dead_domain") continue;
    const auto said = composeIncident(sample.notice, sample.context, Language::japanese);
    CHECK(said.tone == Tone::ended);
    CHECK(said.title.find("kyu-machi.example.lg.jp") != std::string::npos);
    CHECK(said.title.find("ふだんどおり") == std::string::npos);
    CHECK(said.next.value().value.find("不達デスク") == std::string::npos);
    // Later, when the replies are not remembered any more, neither.
    auto later = sample;
    later.context.around.causes = {};
    later.notice.before.advised.told = "cause|bad_domain||lg.jp";
    const auto then = composeIncident(later.notice, later.context, Language::english);
    CHECK(then.tone == Tone::ended);
    CHECK(then.next.value().value.find("does not help") != std::string::npos);
  }
}

TEST_CASE("a release is advised only where it helps: not of addresses that may not exist") {
  auto over = incidentSamples().front();
  over.notice.kind = Notice::Kind::resolved;
  auto& incident = over.notice.incident;
  incident.state = incidents::State::resolved;
  incident.endedAt = incident.goodSince = testing::incidentNow() - 5min;
  incident.root.kinds = {incidents::Kind::noAddress, incidents::Kind::temporaryLimit};
  const auto next = [&] {
    return composeIncident(over.notice, over.context, Language::english).next.value().value;
  };
  // A part fails: of an old list, or by a mistake.
  incident.worst = {600, 99, 3};
  CHECK(next().find("only those that took mail before") != std::string::npos);
  // Nearly all of it failed: the addresses were not the reason.
  incident.worst = {51, 50, 1};
  CHECK(next().find("release them first") != std::string::npos);
  incident.root.kinds = {incidents::Kind::authentication};
  CHECK(next().find("suppression list") == std::string::npos);
}

TEST_CASE("an incident that nothing could be counted of names no share") {
  auto sample = incidentSamples().front();
  sample.notice.incident.weak = true;
  sample.notice.incident.numbers = {105, 0, 0.5};
  for (const auto& [code, language] : kLanguages)
    CHECK(composeIncident(sample.notice, sample.context, language).title.find('%') == std::string::npos);
}

TEST_CASE("that somebody takes care of an incident is said in one line, with until when and why") {
  auto sample = incidentSamples().front();
  sample.context.acknowledged =
      Acknowledgement{"当番", "DNS担当に連絡済み", testing::incidentNow(), testing::incidentNow() + 144min};
  const auto message = composeAcknowledged(sample.notice.incident, sample.context, Language::japanese);
  checkWhole(message);
  CHECK(message.badge == "対応中・事案128");
  CHECK(message.title == "当番が対応を始めました");
  CHECK(message.sentence.find("13:30 JSTまで") != std::string::npos);
  REQUIRE(message.fields.size() == 1);
  CHECK(message.fields[0].value == "DNS担当に連絡済み");
  CHECK_FALSE(message.mention);
  sample.context.acknowledged->why.clear();
  const auto english = composeAcknowledged(sample.notice.incident, sample.context, Language::english);
  CHECK(english.fields.empty());
  CHECK(english.fallback == "[Acknowledged · #128] 当番 is on it: mail to Gmail");
  sample.context.acknowledged.reset();
  const auto given = composeAcknowledged(sample.notice.incident, sample.context, Language::english);
  CHECK(given.fallback == "[Not acknowledged · #128] Nobody is on it any more: mail to Gmail");
}

TEST_CASE("where several accounts are watched, an incident says of which one it is") {
  auto sample = incidentSamples().front();
  sample.context.severalAccounts = true;
  const auto& account = sample.notice.incident.account;
  const auto message = composeIncident(sample.notice, sample.context, Language::english);
  CHECK(message.title.starts_with(account + ": "));
  CHECK(message.fallback.find("] " + account + ": ") != std::string::npos);
  sample.notice.incident.root.receivers.clear();
  sample.notice.incident.root.categories.clear();
  const auto whole = composeIncident(sample.notice, sample.context, Language::english);
  CHECK_FALSE(whole.title.starts_with(account + ": "));  // it names the account by itself
}

TEST_CASE("a notification in an alert's own words bears its incident's number wherever it bears its badge") {
  Notification message;
  message.badge = "Critical";
  message.fallback = "[Critical] the key is refused";
  message.row = "[Critical] the key is refused. Since 10:00";
  markIncident(message, 7, Language::english);
  CHECK(message.badge == "Critical · #7");
  CHECK(message.fallback == "[Critical · #7] the key is refused");
  CHECK(message.row == "[Critical · #7] the key is refused. Since 10:00");
}

TEST_CASE("numbers that stand since the event stream died say of when they are, while the incident is open") {
  auto sample = incidentSamples().front();
  auto& incident = sample.notice.incident;
  REQUIRE(isLive(incident.state));
  REQUIRE(incident.numbers.seen >= 1);
  const auto& around = sample.context.around;
  for (const auto& [code, language] : kLanguages) {
    INFO(code);
    incident.statisticsSince.reset();
    const IncidentWords words(around.zone, around.now, language);
    const auto before = words.headline(incident);
    incident.statisticsSince = around.now - 5min;
    const auto after = words.headline(incident);
    CHECK(after.starts_with(before));
    CHECK_THAT(after, Catch::Contains(words.time(around.now - 5min)));
    CHECK_THAT(describeIncident(incident, sample.context, language).title,
               Catch::Contains(words.time(around.now - 5min)));
    incident.state = incidents::State::resolved;
    CHECK(words.headline(incident) == before);
    incident.state = incidents::State::open;
  }
}
