// Whose side the alerts about a simulated incident are said to be on, over the incident's whole course: first
// perhaps not known, then one side, and never another.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "causes/explain.hpp"
#include "notify/compose.hpp"
#include "notify/side.hpp"
#include "simulator/account.hpp"

using namespace arrivald;
using namespace std::chrono_literals;
using delivery::Counts;
using delivery::Dimension;
using delivery::Metric;
using delivery::Subject;
using simulator::Incident;

namespace {

const Instant kStart = parseIso("2026-11-24T00:50:00Z").value();  // 9:50 in Tokyo
constexpr Duration kUntilIncident = 20min, kLength = 45min;

// What the event stream tells of a simulated account.
class Stream final : public notify::MailView {
 public:
  explicit Stream(const std::vector<std::string>& groups) : groups_(groups) {}
  void add(const std::vector<simulator::Happening>& happenings) {
    for (const auto& one : happenings) {
      const auto minute = static_cast<std::size_t>((one.at - kStart) / 1min);
      for (const auto& subject : subjectsOf(one)) {
        auto& minutes = minutes_[subject];
        minutes.resize(std::max(minutes.size(), minute + 1));
        ++minutes[minute][one.metric];
      }
      if (const auto cause = causeOf(one)) failed_.push_back({one, *cause});
    }
  }
  void look(Instant now) { now_ = now; }
  /// What the stored events would tell of addresses that are said not to exist.
  void refusedTookMail(bool before) { refusedTookMail_ = before; }

  Counts count(const Subject& subject, Instant from, Instant to) const {
    Counts counts;
    const auto found = minutes_.find(subject);
    if (found == minutes_.end()) return counts;
    const auto& minutes = found->second;
    const auto end = std::min(minutes.size(), static_cast<std::size_t>((to - kStart) / 1min));
    for (auto i = static_cast<std::size_t>((std::max(from, kStart) - kStart) / 1min); i < end; ++i)
      counts += minutes[i];
    return counts;
  }

  bool streamAlive(std::string_view) const override { return true; }
  std::optional<Duration> knownFor(const Subject&) const override { return std::nullopt; }
  std::vector<std::optional<Counts>> buckets(const Subject&, Duration, std::size_t) const override {
    return {};
  }
  std::vector<std::pair<Subject, Counts>> breakdown(std::string_view account, Dimension dimension,
                                                    Duration window) const override {
    std::vector<std::pair<Subject, Counts>> rows;
    for (const auto& group : groups_) {
      const Subject subject{std::string(account), dimension, group};
      rows.emplace_back(subject, count(subject, now_ - window, now_));
    }
    return rows;
  }
  std::optional<Counts> before(const Subject& subject, Instant until) const override {
    return count(subject, kStart, until);
  }
  notify::Causes listCauses(std::string_view, std::string_view, const Wanted&) const override { return {}; }
  notify::Causes streamCauses(std::string_view, std::string_view group, const Wanted& wanted) const override {
    std::map<causes::Class, std::size_t> counts;
    notify::Causes causes;
    for (const auto& [one, cause] : failed_)
      if (one.at > now_ - wanted.window && (group.empty() || groups_[one.group] == group)) {
        ++counts[cause];
        ++causes.replies;
      }
    for (const auto& [cause, replies] : counts) causes.counts.push_back({cause, replies});
    std::ranges::stable_sort(causes.counts, std::ranges::greater{}, &notify::Causes::Count::replies);
    std::map<std::string, std::size_t> domains;
    for (const auto& [one, cause] : failed_)
      if (one.at > now_ - wanted.window && (group.empty() || groups_[one.group] == group) &&
          cause == causes.counts.front().causeClass)
        ++domains[domainOf(one)];
    for (const auto& [name, replies] : domains) causes.domains.push_back({name, replies});
    std::ranges::stable_sort(causes.domains, std::ranges::greater{}, &notify::Causes::Domain::replies);
    if (refusedTookMail_) {
      const auto looked = static_cast<std::int64_t>(std::min<std::size_t>(causes.replies, 100));
      causes.earlier = {{looked, *refusedTookMail_ ? looked * 3 / 4 : 0}, {50, 30}};
    }
    return causes;
  }
  std::vector<notify::FailedMail> failedMail(std::string_view) const override { return {}; }
  std::optional<rules::StreamFacts::Waiting> waiting(const Subject&, Duration, Duration) const override {
    return std::nullopt;
  }
  std::optional<notify::StatusReport> statusReport() const override { return std::nullopt; }

 private:
  static std::string domainOf(const simulator::Happening& one) {
    const auto address = simulator::addressOf(one);
    return address.substr(address.rfind('@') + 1);
  }
  std::vector<Subject> subjectsOf(const simulator::Happening& one) const {
    return {{"main", Dimension::account, ""},
            {"main", Dimension::category, simulator::categories()[simulator::categoryOf(one.mail)]},
            {"main", Dimension::domainGroup, groups_[one.group]}};
  }
  static std::optional<causes::Class> causeOf(const simulator::Happening& one) {
    static const auto explainer = causes::Explainer::make().value();
    if (one.metric != Metric::bounces && one.metric != Metric::blocks) return std::nullopt;
    const auto answer = simulator::answerTo(one);
    const auto address = simulator::addressOf(one);
    causes::Reply reply;
    reply.text = answer.text;
    reply.status = answer.status;
    reply.recipientDomain = std::string_view(address).substr(address.rfind('@') + 1);
    reply.at = one.at;
    reply.outcome = causes::Outcome::ended;
    return explainer.explain(reply).causeClass;
  }

  const std::vector<std::string>& groups_;
  std::map<Subject, std::vector<Counts>> minutes_;
  std::vector<std::pair<simulator::Happening, causes::Class>> failed_;
  Instant now_{};
  std::optional<bool> refusedTookMail_;
};

// "ours", "the list", "Gmail", …; empty: not known yet.
std::string namedBy(const notify::Side& side) {
  using Kind = notify::Side::Kind;
  if (side.kind == Kind::receiverFails) return side.name;
  if (side.kind == Kind::ours) return "ours";
  if (side.kind != Kind::cause) return {};
  switch (side.cause.value().cause.verdict) {
    case causes::Verdict::senderMustFix:
      return "ours";
    case causes::Verdict::dead:
      return "the list";
    case causes::Verdict::recipientMustAct:
      return "recipients";
    default:
      return side.name;
  }
}

struct Course {
  std::map<Subject, std::set<std::string>> named;
  std::set<std::string> steps;
};

std::vector<Subject> subjectsOf(const simulator::Account& account) {
  std::vector<Subject> subjects{{"main", Dimension::account, ""}};
  for (const auto& group : account.providers()) subjects.push_back({"main", Dimension::domainGroup, group});
  for (const auto& one : account.categories()) subjects.push_back({"main", Dimension::category, one});
  return subjects;
}

// As if an alert of each subject whose mail fails in a window were told anew in each minute.
void tellEach(const std::vector<Subject>& subjects, const Stream& stream, Instant now, Duration window,
              Course& course) {
  for (const auto& subject : subjects) {
    const auto mails = rules::badMail(rules::Input::deliveryRate, stream.count(subject, now - window, now));
    if (mails.bad < 8 || 100 * mails.bad < 8 * mails.total) continue;
    rules::Change change;
    change.at = now;
    change.alert.key = {"delivery-rate", subject};
    change.reason.evidence =
        rules::RateEvidence{.mails = mails, .threshold = rules::BadShare(0.05), .window = window};
    // An estimate, which is some minutes early.
    change.reason.since = kStart + kUntilIncident - 3min;
    const auto context = notify::contextOf(change, nullptr, {}, TimeZone{}, stream, now);
    const auto side = notify::sideOf(change, context);
    if (const auto name = namedBy(side); !name.empty()) course.named[subject].insert(name);
    course.steps.insert(notify::compose(change, context, Language::english).next.value().value);
  }
}

Course courseOf(Incident incident, unsigned seed, std::optional<bool> refusedTookMail = {}) {
  simulator::AccountOptions options;
  options.seed = seed;
  options.zone = TimeZone::find("Asia/Tokyo").value();
  simulator::Account account(options, kStart);
  account.plan(incident, kStart + kUntilIncident, kLength);
  account.eventsUntil(kStart, 0);
  Stream stream(account.providers());
  if (refusedTookMail) stream.refusedTookMail(*refusedTookMail);
  Course course;
  for (auto now = kStart; now < kStart + kUntilIncident + kLength + 25min; now += 1min) {
    account.advance(now);
    stream.add(account.eventsUntil(now, 100'000));
    stream.look(now);
    for (const Duration window : {10min, 30min}) tellEach(subjectsOf(account), stream, now, window, course);
  }
  return course;
}

bool asksToTakeOff(const std::string& step) {
  return step.find("take out") != std::string::npos || step.find("remove") != std::string::npos;
}

}  // namespace

TEST_CASE("an incident is told with one side over its whole course") {
  struct Row {
    Incident incident;
    const char* side;
  };
  for (const auto& [incident, expected] : {Row{Incident::carrierFails, "docomo"},
                                           {Incident::everythingFails, "ours"},
                                           {Incident::blocksAtOne, "ours"}})
    for (unsigned seed = 1; seed <= 6; ++seed) {
      const auto course = courseOf(incident, seed);
      CAPTURE(simulator::name(incident), seed);
      CHECK_FALSE(course.named.empty());
      for (const auto& [subject, named] : course.named) {
        CAPTURE(subject.name, named);
        CHECK(named == std::set<std::string>{expected});
      }
    }
}

TEST_CASE("nobody is taken off the list while nearly all mail fails that arrived until then") {
  for (const auto incident : {Incident::carrierFails, Incident::everythingFails})
    for (unsigned seed = 1; seed <= 6; ++seed)
      for (const auto& step : courseOf(incident, seed).steps) {
        CAPTURE(simulator::name(incident), seed, step);
        CHECK_FALSE(asksToTakeOff(step));
      }
}

TEST_CASE("an old or wrong list is told as such where its addresses never took mail before") {
  for (const auto incident : {Incident::staleList, Incident::deadDomain})
    for (unsigned seed = 1; seed <= 6; ++seed) {
      const auto course = courseOf(incident, seed, false);
      CAPTURE(simulator::name(incident), seed);
      CHECK(course.named.contains({"main", Dimension::account, ""}));
      for (const auto& [subject, named] : course.named) {
        CAPTURE(subject.name, named);
        CHECK(named == std::set<std::string>{"the list"});
      }
      CHECK(std::ranges::any_of(course.steps, asksToTakeOff));
    }
}

TEST_CASE("nobody is taken off the list who took mail until his receiver failed") {
  for (unsigned seed = 1; seed <= 6; ++seed)
    for (const auto& step : courseOf(Incident::carrierFails, seed, true).steps) {
      CAPTURE(seed, step);
      CHECK_FALSE(asksToTakeOff(step));
    }
}

TEST_CASE("of an old list, whose addresses are at one receiver, no other side is named") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    for (const auto& [subject, named] : courseOf(Incident::staleList, seed).named) {
      CAPTURE(subject.name, named);
      CHECK(named == std::set<std::string>{"the list"});
    }
  }
}

TEST_CASE("a mailing to a domain that no longer exists is the list's matter from the first minute on") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const auto course = courseOf(Incident::deadDomain, seed);
    CAPTURE(seed);
    CHECK(course.named.contains({"main", Dimension::account, ""}));
    for (const auto& [subject, named] : course.named) {
      CAPTURE(subject.name, named);
      CHECK(named == std::set<std::string>{"the list"});
    }
    CHECK(std::ranges::any_of(course.steps, [](const std::string& step) {
      return step.find(simulator::kDeadDomain) != std::string::npos;
    }));
  }
}
