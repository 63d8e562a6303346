// The step that on-call is told: what becomes of the mail, and words that fit what the message shows.
#include <catch2/catch.hpp>

#include "notify/compose.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using causes::Class;
using causes::Verdict;

namespace {

const Instant kNow = parseIso("2026-11-24T01:30:00Z").value();

rules::Evidence failing(rules::Input input = rules::Input::deliveryRate) {
  return rules::RateEvidence{
      .input = input, .mails = {100, 500}, .threshold = rules::BadShare(0.05), .window = 10min};
}

std::string nextOf(const rules::Evidence& evidence, Context context = {}) {
  rules::Change change;
  change.at = kNow;
  change.alert.key = {"r", {"main", delivery::Dimension::account, ""}};
  change.reason.evidence = evidence;
  context.now = kNow;
  return compose(change, context, Language::english).next.value().value;
}

Context withReplies(Class causeClass, std::string textKey = "", std::optional<Verdict> verdict = {}) {
  Context context;
  context.causes.window = 1h;
  context.causes.replies = 100;
  context.causes.counts = {{causeClass, 100, verdict, std::move(textKey)}};
  context.causes.samples = {"550 no"};
  return context;
}

}  // namespace

TEST_CASE("final refusals are never told as waiting, and deferrals never as given up") {
  for (const auto causeClass : {Class::temporaryLimit, Class::network}) {
    CAPTURE(causes::name(causeClass));
    const auto ended = nextOf(failing(), withReplies(causeClass));
    CHECK(ended.find("send them again") != std::string::npos);
    CHECK(ended.find("tries again by itself") == std::string::npos);
    const rules::Evidence late = rules::OverdueEvidence{.overdue = 20, .processed = 100, .window = 15min};
    CHECK(nextOf(late, withReplies(causeClass)).find("tries again by itself") != std::string::npos);
  }
}

TEST_CASE("no alert's next step is to do nothing, whatever the cause") {
  for (const auto causeClass : causes::kClasses) {
    const auto next = nextOf(failing(), withReplies(causeClass));
    CAPTURE(causes::name(causeClass), next);
    CHECK(next.size() > 30);
    CHECK_FALSE(next.starts_with("Wait"));
    CHECK(next.find('{') == std::string::npos);
    CHECK(next.find("do nothing") == std::string::npos);
  }
}

TEST_CASE("what the sender has to correct is as exact as the replies") {
  const auto general = nextOf(failing(), withReplies(Class::senderBlocked));
  const auto listed = nextOf(failing(), withReplies(Class::senderBlocked, "blocked.list"));
  CHECK(general != listed);
  CHECK(listed.find("apply to the list") != std::string::npos);
  // A text that names something of a single reply cannot be told of a hundred.
  CHECK(nextOf(failing(), withReplies(Class::noAddress, "moved.new_address")).find('{') == std::string::npos);
}

TEST_CASE("where a missing address and a refusal are answered alike, no address is taken off a list") {
  const auto both = nextOf(failing(), withReplies(Class::noAddress, "au.unknown", Verdict::recipientMustAct));
  CHECK(both.find("allow our domain") != std::string::npos);
  CHECK(both.find("take out") == std::string::npos);
  CHECK(nextOf(failing(), withReplies(Class::noAddress)).find("take out") != std::string::npos);
}

TEST_CASE("drops are told by SendGrid's reasons: the list of recipients, our request, or our plan") {
  const auto dropped = failing(rules::Input::dropRate);
  CHECK(nextOf(dropped, withReplies(Class::recipientRefused, "sendgrid.unsubscribed"))
            .find("suppression lists") != std::string::npos);
  CHECK(nextOf(dropped, withReplies(Class::malformed, "sendgrid.request")).find("our developers") !=
        std::string::npos);
  CHECK(nextOf(dropped).find("suppression lists") != std::string::npos);
}

TEST_CASE("a step points below only where something stands below") {
  auto spread = Context{};
  spread.breakdown = {{delivery::Dimension::domainGroup, "Gmail", 40, 200},
                      {delivery::Dimension::domainGroup, "docomo", 60, 300}};
  CHECK(nextOf(failing(), spread).find("the breakdown below") != std::string::npos);
  CHECK(nextOf(failing()).find("SendGrid's statistics") != std::string::npos);
  CHECK(nextOf(failing()).find("below") == std::string::npos);
  const rules::Evidence seen = rules::CauseEvidence{.replies = 7, .minMails = 5, .window = 1h};
  auto mixed = withReplies(Class::unspecified);
  CHECK(nextOf(seen, mixed).find("the replies below") != std::string::npos);
  CHECK(nextOf(seen).find("Activity Feed") != std::string::npos);
}
