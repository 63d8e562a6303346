// Who a source is, and whether a domain may be enforced, from the sums of its days.
#include "dmarc/enforcement.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "dmarc/services.hpp"

using namespace arrivald;
using namespace arrivald::dmarc;

namespace {

const Date kFirst = parseDate("2026-09-01").value();
Date day(int n) { return kFirst + std::chrono::days(n); }

/// Sums of a domain, built sender by sender.
struct Town {
  std::vector<KnownSender> senders;
  std::vector<Sum> sums;
  std::vector<NamedSource> named;

  std::int64_t sender(const std::string& network, const std::string& spf = "", const std::string& dkim = "") {
    KnownSender known;
    known.id = static_cast<std::int64_t>(senders.size()) + 1;
    known.sender = {networkOf(aggregate::parseIpAddress(network).value()), spf, dkim};
    known.firstDay = day(0);
    known.lastDay = day(27);
    senders.push_back(known);
    return known.id;
  }
  void mail(std::int64_t sender, int on, Aligned aligned, std::uint64_t messages, bool relayed = false) {
    Fate fate;
    fate.aligned = aligned;
    if (aligned == Aligned::none) fate.cause = FailureCause::nothingPassed;
    fate.relayed = relayed;
    sums.push_back({day(on), sender, fate, messages});
    auto& known = senders.at(static_cast<std::size_t>(sender - 1));
    known.ever = static_cast<Aligned>(static_cast<unsigned>(known.ever) | static_cast<unsigned>(aligned));
  }
  void everyDay(std::int64_t sender, Aligned aligned, std::uint64_t messages, int days = 28) {
    for (int i = 0; i < days; ++i) mail(sender, i, aligned, messages);
  }
  Sources judged() const { return judge("example.jp", senders, sums, named, day(0)); }
  /// "SendGrid own spf_passed 30", one a line.
  std::string said() const {
    std::string text;
    for (const auto& source : judged().sources)
      text += source.name + " " + std::string(name(source.origin)) + " " +
              std::string(name(source.evidence)) + " " + std::to_string(source.tally.messages()) + "\n";
    return text;
  }
  EnforcementFacts facts(const std::string& p = "none") const {
    EnforcementFacts facts;
    facts.firstDay = day(0);
    facts.lastDay = day(27);
    facts.reporters = 3;
    facts.policy = {p, day(-100)};
    facts.sources = judged();
    for (int i = 0; i < 28; ++i) facts.delivered[day(i)] = 1000;
    return facts;
  }
};

State stateOf(const Enforcement& judged, Step step, ConditionId id) {
  const auto& conditions = judged.conditions(step);
  const auto found = std::ranges::find(conditions, id, &Condition::id);
  REQUIRE(found != conditions.end());
  return found->state;
}

}  // namespace

TEST_CASE("our own mail is what SPF has passed for, by its service or its network") {
  Town town;
  town.mail(town.sender("192.0.2.10", "em1234.example.jp", "sendgrid.info"), 3, Aligned::both, 30);
  town.mail(town.sender("198.51.100.7"), 3, Aligned::spf, 20);
  CHECK(town.said() == "SendGrid own spf_passed 30\n198.51.100.0/24 own spf_passed 20\n");
}

TEST_CASE("an own source stays ours on the day on which its signature and its SPF break") {
  Town town;
  town.mail(town.sender("192.0.2.10", "em1234.example.jp", "sendgrid.info"), 3, Aligned::both, 30);
  town.mail(town.sender("192.0.2.10", "", "sendgrid.info"), 4, Aligned::none, 9);
  CHECK(town.said() == "SendGrid own spf_passed 39\n");
}

TEST_CASE("somebody else's mail in a shared pool is not ours") {
  Town town;
  town.mail(town.sender("192.0.2.10", "em1234.example.jp", "sendgrid.info"), 3, Aligned::both, 30);
  town.mail(town.sender("192.0.2.10", "u77.wl.sendgrid.net", "sendgrid.info"), 4, Aligned::none, 9);
  CHECK(town.said() ==
        "SendGrid own spf_passed 30\n"
        "SendGrid unknown_service service_for_itself 9\n");
}

TEST_CASE("a forwarder keeps the signature, and is never called a forger where it breaks it") {
  Town town;
  const auto list = town.sender("203.0.113.5", "lists.forwarder.example");
  town.mail(list, 2, Aligned::dkim, 40);
  town.mail(list, 3, Aligned::none, 4);
  // A host without SPF of its own, and one of the receiver's word.
  town.mail(town.sender("203.0.114.5"), 2, Aligned::dkim, 30);
  town.mail(town.sender("203.0.114.9"), 2, Aligned::none, 3);
  town.mail(town.sender("203.0.115.9"), 2, Aligned::none, 2, true);
  CHECK(town.said() ==
        "forwarder.example forwarded signature_lives 40\n"
        "203.0.114.0/24 forwarded signature_lives 30\n"
        "forwarder.example relay_that_breaks passed_there 4\n"
        "203.0.114.0/24 relay_that_breaks passed_there 3\n"
        "203.0.115.0/24 relay_that_breaks receiver_says 2\n");
}

TEST_CASE(
    "a service that signs with our key is ours, one that signs for itself is unknown, the rest is forged") {
  Town town;
  town.mail(town.sender("192.0.2.1", "bounce.mailgun.org"), 1, Aligned::dkim, 9);
  town.mail(town.sender("192.0.3.1", "a.mcsv.net", "mcsv.net"), 1, Aligned::none, 8);
  town.mail(town.sender("192.0.4.1"), 1, Aligned::none, 7);
  town.mail(town.sender("192.0.5.1", "forger.co.jp"), 1, Aligned::none, 6);
  CHECK(town.said() ==
        "Mailgun own service_signs 9\n"
        "Mailchimp unknown_service service_for_itself 8\n"
        "192.0.4.0/24 spoofed nothing 7\n"
        "forger.co.jp spoofed nothing 6\n");
}

TEST_CASE("what the configuration names goes before what is guessed") {
  Town town;
  town.named.push_back({"office", Origin::own, {parseNetwork("192.0.4.0/24").value()}, {}});
  town.named.push_back({"magazine", std::nullopt, {}, {"mcsv.net"}});
  town.named.push_back({"school", Origin::forwarded, {parseNetwork("2001:db8::/32").value()}, {}});
  town.mail(town.sender("192.0.4.1"), 1, Aligned::none, 7);
  town.mail(town.sender("192.0.3.1", "a.mcsv.net"), 1, Aligned::none, 6);
  town.mail(town.sender("2001:db8:5::1"), 1, Aligned::none, 5);
  CHECK(town.said() ==
        "office own configured 7\n"
        "magazine spoofed configured 6\n"
        "school relay_that_breaks configured 5\n");
}

TEST_CASE("organisations follow the list of public suffixes") {
  CHECK(organisationOf("mail.example.co.jp") == "example.co.jp");
  CHECK(organisationOf("a.b.city.kawasaki.jp") == "city.kawasaki.jp");
  CHECK(organisationOf("example.jp") == "example.jp");
  CHECK(organisationOf("localhost") == "localhost");
  CHECK(serviceOf("o1.sg.sendgrid.net") == "SendGrid");
  CHECK_FALSE(serviceOf("notsendgrid.net").has_value());
}

TEST_CASE("the upper bound of a share is wide for few messages") {
  CHECK(wilsonUpper(0, 3) == Approx(0.4727).margin(1e-4));
  CHECK(wilsonUpper(0, 5000) == Approx(0.000538).margin(1e-6));
  CHECK(wilsonUpper(10, 1000) == Approx(0.01662).margin(1e-4));
  CHECK(wilsonUpper(0, 0) == 1);
  CHECK(wilsonUpper(7, 7) == 1);
}

TEST_CASE("a day is closed 60 hours after its end") {
  const auto tokyo = TimeZone::find("Asia/Tokyo").value();
  const auto at = [](const char* text) { return parseIso(text).value(); };
  // The 20th ends at 15:00Z, and 60 hours later it is 03:00Z of the 23rd.
  CHECK(toText(lastClosedDay(at("2026-09-23T02:59:59Z"), tokyo)) == "2026-09-19");
  CHECK(toText(lastClosedDay(at("2026-09-23T03:00:00Z"), tokyo)) == "2026-09-20");
}

TEST_CASE("a domain whose own mail all passes is ready, and says what is left to look at by hand") {
  Town town;
  town.everyDay(town.sender("192.0.2.10", "em1.example.jp"), Aligned::both, 600);
  const auto judged = judgeEnforcement(town.facts());
  CHECK(judged.outlook == Outlook::readyForQuarantine);
  CHECK(judged.first.empty());
  CHECK(judged.coverage == 0.6);
  CHECK(stateOf(judged, Step::quarantine, ConditionId::dns) == State::byHand);
  CHECK(stateOf(judged, Step::reject, ConditionId::policyAge) ==
        State::unmet);  // first a month of quarantine
  CHECK(judgeEnforcement(town.facts("quarantine")).outlook == Outlook::readyForReject);
  CHECK(judgeEnforcement(town.facts("reject")).outlook == Outlook::enforced);
}

TEST_CASE("enforced is no verdict while little is known: then it says what is missing") {
  Town town;
  town.everyDay(town.sender("192.0.2.10", "em1.example.jp"), Aligned::both, 30, 9);
  auto facts = town.facts("reject");
  facts.reporters = 2;
  const auto judged = judgeEnforcement(facts);
  CHECK(judged.outlook == Outlook::enforcedUnknown);
  const auto missing = missingData(judged);
  REQUIRE(missing.size() == 3);
  CHECK(missing[0].id == ConditionId::days);
  CHECK(missing[0].value == 9);
  CHECK(missing[1].id == ConditionId::reporters);
  CHECK(missing[2].id == ConditionId::ownMessages);
  CHECK(missing[2].value == 270);
  // Of few mails one that fails is no loss that is known of; many are, however little else is known.
  town.mail(1, 3, Aligned::none, 2);
  CHECK(judgeEnforcement(town.facts("reject")).outlook == Outlook::enforcedUnknown);
  town.mail(1, 4, Aligned::none, 40);
  CHECK(judgeEnforcement(town.facts("reject")).outlook == Outlook::losesOwnMail);
}

TEST_CASE("reports of other mail cover nothing of what SendGrid delivered") {
  Town town;
  town.everyDay(town.sender("192.0.2.10", "em1.example.jp"), Aligned::both, 250);
  town.everyDay(town.sender("198.51.100.7"), Aligned::both, 5000);  // the office's own server
  CHECK(judgeEnforcement(town.facts()).coverage == 0.25);
  // As of mail that is in the reports of two days.
  Town twice;
  twice.everyDay(twice.sender("192.0.2.10", "em1.example.jp"), Aligned::both, 1739);
  CHECK(judgeEnforcement(twice.facts()).coverage == 1);
  // Where none of it can be told apart, the coverage is unknown.
  Town other;
  other.everyDay(other.sender("198.51.100.7"), Aligned::both, 5000);
  CHECK_FALSE(judgeEnforcement(other.facts()).coverage.has_value());
}

TEST_CASE("a mail or two from another network of a pool is no new source") {
  Town town;
  town.everyDay(town.sender("192.0.2.10", "em1.example.jp"), Aligned::both, 600);
  town.mail(town.sender("198.51.100.1"), 26, Aligned::spf, 5);
  town.senders.back().firstDay = day(26);
  CHECK(stateOf(judgeEnforcement(town.facts()), Step::quarantine, ConditionId::newSource) == State::met);
}

TEST_CASE("the sum of senders that are too many to tell apart is unknown, whatever it passed") {
  Town town;
  town.senders.push_back({1, {}, day(0), day(27), Aligned::none});
  town.mail(1, 3, Aligned::both, 30);
  town.mail(1, 3, Aligned::none, 70);
  CHECK(town.said() == "other unknown too_many 100\n");
  CHECK(judgeEnforcement(town.facts()).atStake == AtStake{0, 0, 0, 0, 70});
}

TEST_CASE("each condition stands in the way by itself") {
  const auto with = [](const auto& change) {
    Town town;
    const auto own = town.sender("192.0.2.10", "em1.example.jp");
    town.everyDay(own, Aligned::both, 600);
    change(town, own);
    return town;
  };
  SECTION("own mail that fails, the most messages first") {
    const auto town = with([](Town& each, std::int64_t own) {
      each.mail(own, 25, Aligned::none, 400);
      each.mail(each.sender("192.0.3.1", "a.mcsv.net"), 3, Aligned::none, 60);
    });
    const auto judged = judgeEnforcement(town.facts());
    CHECK(judged.outlook == Outlook::notReady);
    REQUIRE_FALSE(judged.first.empty());
    CHECK(judged.first.front() == ConditionId::ownFailing);
    CHECK(stateOf(judged, Step::quarantine, ConditionId::ownFailingWeek1) == State::unmet);
    CHECK(stateOf(judged, Step::quarantine, ConditionId::ownFailingWeek2) == State::met);
    CHECK(stateOf(judged, Step::quarantine, ConditionId::eachSource) == State::unmet);
    CHECK(stateOf(judged, Step::quarantine, ConditionId::unknownWeek) == State::unmet);
    CHECK(judged.atStake == AtStake{400, 0, 60, 0});
    CHECK(judgeEnforcement(town.facts("reject")).outlook == Outlook::losesOwnMail);
  }
  SECTION("mail by SPF only") {
    const auto town = with([](Town& each, std::int64_t own) { each.mail(own, 3, Aligned::spf, 600); });
    const auto judged = judgeEnforcement(town.facts());
    CHECK(stateOf(judged, Step::quarantine, ConditionId::spfOnly) == State::met);
    CHECK(stateOf(judged, Step::reject, ConditionId::spfOnly) == State::unmet);
  }
  SECTION("forged mail does not") {
    const auto town =
        with([](Town& each, std::int64_t) { each.mail(each.sender("192.0.4.1"), 3, Aligned::none, 90'000); });
    const auto judged = judgeEnforcement(town.facts());
    CHECK(judged.outlook == Outlook::readyForQuarantine);
    CHECK(judged.atStake.spoofed == 90'000);
  }
  SECTION("too few days") {
    Town town;
    town.everyDay(town.sender("192.0.2.10", "em1.example.jp"), Aligned::both, 600, 13);
    CHECK(judgeEnforcement(town.facts()).outlook == Outlook::notEnoughData);
  }
  SECTION("an unknown coverage is not ready") {
    const auto town = with([](Town&, std::int64_t) {});
    auto facts = town.facts();
    facts.delivered.clear();
    const auto judged = judgeEnforcement(facts);
    CHECK(judged.outlook == Outlook::notReady);
    CHECK(judged.first == std::vector{ConditionId::coverage});
    CHECK(stateOf(judged, Step::quarantine, ConditionId::coverage) == State::unknown);
  }
  SECTION("a new own source, and a policy that has just changed") {
    auto town = with([](Town& each, std::int64_t) {
      const auto fresh = each.sender("198.51.100.1");
      each.mail(fresh, 26, Aligned::spf, 25);
      each.senders.back().firstDay = day(26);
    });
    auto facts = town.facts();
    facts.policy.since = day(20);
    const auto judged = judgeEnforcement(facts);
    CHECK(stateOf(judged, Step::quarantine, ConditionId::newSource) == State::unmet);
    CHECK(stateOf(judged, Step::quarantine, ConditionId::policyAge) == State::unmet);
  }
}
