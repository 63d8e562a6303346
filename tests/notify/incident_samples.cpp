#include "notify/incident_samples.hpp"

#include <algorithm>
#include <cmath>

namespace arrivald::testing {

using namespace std::chrono_literals;
using incidents::Family;
using incidents::Incident;
using incidents::Kind;
using incidents::Notice;
using incidents::Numbers;
using incidents::Part;
using notify::IncidentContext;
using rules::Severity;

Instant incidentNow() { return parseIso("2026-11-24T02:06:00Z").value(); }

namespace {

const Instant kNow = incidentNow();

Numbers of(double seen, double mails, double usually = 0.005) { return {mails, seen, mails * usually}; }

IncidentContext around(std::int64_t number) {
  IncidentContext context;
  context.id = "incident-" + std::to_string(number) + "#1";
  context.around.zone = TimeZone::find("Asia/Tokyo").value();
  context.around.now = kNow;
  context.around.page = "https://arrivald.example.jp/incident/" + std::to_string(number);
  context.around.statusPageUrl = "https://status.sendgrid.com";
  context.around.statusPage = notify::StatusSaid{"All Systems Operational", "", false, 40s};
  return context;
}

notify::Causes replies(causes::Class cause, std::size_t count, std::size_t unclear, const char* sample) {
  notify::Causes causes;
  causes.window = 10min;
  causes.replies = count + unclear;
  causes.counts = {{cause, count}};
  if (unclear > 0) causes.counts.push_back({causes::Class::unspecified, unclear});
  causes.samples = {sample};
  return causes;
}

Incident incident(std::int64_t number, incidents::Root root, Numbers numbers, Duration lasted = 10min) {
  Incident one;
  one.number = number;
  one.account = "main";
  one.root = std::move(root);
  one.began = kNow - lasted;
  one.openedAt = one.since = kNow;
  one.lastBad = kNow;
  one.numbers = one.worst = numbers;
  one.window = incidents::windowFor(lasted);
  one.members = {{"delivery-rate", {"main", delivery::Dimension::domainGroup, "Gmail"}}};
  return one;
}

Notice notice(Notice::Kind kind, Incident one) {
  one.notified.emplace();
  Notice made{kind, kNow, std::move(one), {}};
  if (kind == Notice::Kind::opened) return made;
  made.before.openedAt = made.incident.openedAt;
  made.before.root = made.incident.root;
  made.before.share = 0.194;
  return made;
}

// Gmail refuses what our domain does not sign.
Incident gmail(double seen = 6, double mails = 31, Duration lasted = 10min) {
  auto one =
      incident(128, {.family = Family::shares, .receivers = {"Gmail"}, .kinds = {Kind::authentication}},
               of(seen, mails), lasted);
  // Since it began, of which `seen` and `mails` are the last window.
  const double times = std::max(1.0, std::chrono::duration<double>(lasted) / one.window);
  const double failed = std::round(seen * times), all = std::round(mails * times);
  const double notice = std::floor(failed / 2), reset = std::floor(failed / 3);
  const double notices = std::round(all * 0.4), resets = std::round(all * 0.25);
  one.affected.categories = {{"notice", of(notice, notices)},
                             {"password-reset", of(reset, resets)},
                             {"reservation", of(failed - notice - reset, all - notices - resets)}};
  one.affected.receivers = {{"Gmail", of(failed, all)}};
  one.countedTo = kNow - 2min;
  return one;
}

IncidentContext gmailContext(std::size_t count = 5) {
  auto context = around(128);
  context.account.receivers = {{"Gmail", of(6, 31)}, {"docomo", of(1, 60)}, {"lg.jp", of(0, 103)}};
  context.around.causes = replies(causes::Class::authentication, count, 1,
                                  "550 5.7.26 Unauthenticated email from city.example.lg.jp is not accepted");
  context.around.whole = notify::Whole{{{delivery::Dimension::domainGroup, "Gmail", 6, 31},
                                        {delivery::Dimension::domainGroup, "docomo", 1, 60},
                                        {delivery::Dimension::domainGroup, "lg.jp", 0, 103}},
                                       {}};
  return context;
}

Incident blocklist(std::vector<std::string> receivers, double seen, double mails) {
  auto one = incident(
      131, {.family = Family::shares, .receivers = std::move(receivers), .kinds = {Kind::senderBlocked}},
      of(seen, mails), 30min);
  one.severity = one.worstSeverity = Severity::critical;
  one.affected.categories = {{"notice", of(40, 70)}, {"reservation", of(31, 48)}};
  one.affected.receivers = {
      {"docomo", of(30, 45)}, {"other", of(12, 20)}, {"Yahoo! JAPAN", of(16, 30)}, {"Microsoft", of(13, 23)}};
  return one;
}

IncidentContext blocklistContext() {
  auto context = around(131);
  context.account.receivers = {{"docomo", of(30, 45)},
                               {"other", of(12, 20)},
                               {"Yahoo! JAPAN", of(16, 30)},
                               {"Microsoft", of(13, 23)},
                               {"Gmail", of(1, 90)}};
  context.around.causes =
      replies(causes::Class::senderBlocked, 60, 11,
              "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org");
  return context;
}

Incident staleList() {
  auto one =
      incident(127, {.family = Family::shares, .categories = {"newsletter"}, .kinds = {Kind::noAddress}},
               of(61, 402, 0.004), 8min);
  one.affected.categories = {{"newsletter", of(61, 402)}};
  one.affected.receivers = {{"Gmail", of(30, 190)}, {"docomo", of(19, 120)}, {"Yahoo! JAPAN", of(12, 92)}};
  return one;
}

IncidentContext staleContext() {
  auto context = around(127);
  context.account.categories = {
      {"newsletter", of(61, 402)}, {"notice", of(1, 88)}, {"reservation", of(0, 41)}};
  context.around.causes = replies(causes::Class::noAddress, 55, 6, "550 5.1.1 <t…@gmail.com>: user unknown");
  context.around.causes.earlier = {{60, 2}, {80, 61}};
  return context;
}

// A mailing to a domain that does not exist: nearly all mail of its group fails meanwhile.
Incident deadDomain() {
  auto one = incident(143, {.family = Family::shares, .receivers = {"lg.jp"}, .kinds = {Kind::badDomain}},
                      of(376, 410, 0.004), 12min);
  one.severity = one.worstSeverity = Severity::critical;
  one.affected.categories = {{"notice", of(376, 410)}};
  one.affected.receivers = {{"lg.jp", of(376, 410)}};
  return one;
}

IncidentContext deadDomainContext() {
  auto context = around(143);
  context.account.receivers = {{"lg.jp", of(376, 410)}, {"Gmail", of(1, 120)}};
  notify::BreakdownRow offices{delivery::Dimension::domainGroup, "lg.jp", 376, 410};
  offices.since = {376, 410};
  offices.before = rules::BadMail{2, 700};
  context.around.whole = notify::Whole{{offices, {delivery::Dimension::domainGroup, "Gmail", 1, 120}}, {}};
  context.around.causes =
      replies(causes::Class::badDomain, 376, 0, "550 5.1.2 Host unknown (Domain name not found)");
  context.around.causes.domains = {{"kyu-machi.example.lg.jp", 376}};
  return context;
}

Incident stall() {
  auto one = incident(140, {.family = Family::waiting, .kinds = {Kind::unanswered}}, of(50, 52, 0.08), 12min);
  one.stalled = true;
  one.severity = one.worstSeverity = Severity::critical;
  one.window = 15min;
  one.members = {{"stall", {"main", delivery::Dimension::account, ""}}};
  return one;
}

Incident greylisting() {
  auto one = incident(141, {.family = Family::waiting, .receivers = {"lg.jp"}, .kinds = {Kind::deferred}},
                      of(310, 1500, 0.02), 24min);
  one.severity = one.worstSeverity = Severity::info;
  one.window = 15min;
  one.members = {{"overdue", {"main", delivery::Dimension::domainGroup, "lg.jp"}}};
  return one;
}

void addOpenings(std::vector<IncidentSample>& all) {
  using enum Notice::Kind;
  all.push_back({"opened", notice(opened, gmail()), gmailContext()});

  auto context = blocklistContext();
  all.push_back({"opened_blocklist",
                 notice(opened, blocklist({"Microsoft", "Yahoo! JAPAN", "docomo", "other"}, 71, 118)),
                 context});

  all.push_back({"opened_stale_list", notice(opened, staleList()), staleContext()});

  all.push_back({"opened_dead_domain", notice(opened, deadDomain()), deadDomainContext()});

  auto stalled = around(140);
  stalled.around.heldByProvider = true;
  stalled.longestWait = 12min;
  all.push_back({"opened_stall", notice(opened, stall()), stalled});

  auto greylisted = around(141);
  greylisted.longestWait = 24min;
  greylisted.account.receivers = {{"lg.jp", of(310, 1500, 0.02)}, {"Gmail", of(3, 200, 0.02)}};
  greylisted.around.causes =
      replies(causes::Class::temporaryLimit, 300, 10, "450 4.2.0 Greylisted, please try again in 5 minutes");
  greylisted.around.causes.receiver = "lg.jp";
  all.push_back({"opened_greylisting", notice(opened, greylisting()), greylisted});

  auto drift = incident(142, {.family = Family::shares, .receivers = {"lg.jp"}}, of(14, 300, 0.01), 2880min);
  drift.slow = true;
  drift.members = {{"drift", {"main", delivery::Dimension::domainGroup, "lg.jp"}}};
  auto drifting = around(142);
  drifting.account.receivers = {{"lg.jp", of(14, 300)}, {"Gmail", of(1, 200)}};
  drifting.lately = rules::BadMail{11, 160};
  all.push_back({"opened_drift", notice(opened, drift), drifting});

  auto second =
      incident(129, {.family = Family::shares, .categories = {"reservation"}, .kinds = {Kind::noAddress}},
               of(9, 41), 10min);
  second.affected.categories = {{"reservation", of(9, 41)}};
  second.affected.receivers = {{"Gmail", of(4, 15)}, {"docomo", of(3, 16)}, {"au", of(2, 10)}};
  auto besides = around(129);
  besides.besides = 128;
  besides.account.categories = {{"reservation", of(9, 41)}, {"notice", of(3, 70)}};
  besides.around.causes = replies(causes::Class::noAddress, 8, 1, "550 5.1.1 user unknown");
  all.push_back({"opened_second", notice(opened, second), besides});

  auto both = incident(133,
                       {.family = Family::shares,
                        .categories = {"reservation"},
                        .receivers = {"Gmail"},
                        .kinds = {Kind::content}},
                       of(12, 20), 10min);
  auto ofBoth = around(133);
  ofBoth.account.receivers = {{"Gmail", of(12, 60)}, {"docomo", of(1, 70)}};
  ofBoth.around.causes = replies(causes::Class::content, 11, 1, "550 5.7.1 message content rejected");
  all.push_back({"opened_one_category_at_one_receiver", notice(opened, both), ofBoth});

  auto everywhere = incident(134, {.family = Family::shares}, of(30, 250), 10min);
  everywhere.affected.categories = {
      {"notice", of(14, 110)}, {"password-reset", of(8, 60)}, {"reservation", of(8, 80)}};
  everywhere.affected.receivers = {{"Gmail", of(10, 80)}, {"docomo", of(10, 80)}, {"lg.jp", of(10, 90)}};
  auto ofAll = around(134);
  ofAll.around.causes = replies(causes::Class::unspecified, 30, 0, "554 rejected");
  all.push_back({"opened_everywhere", notice(opened, everywhere), ofAll});

  auto weak = incident(135, {.family = Family::shares, .receivers = {"docomo"}}, of(9, 80), 10min);
  weak.weak = true;
  all.push_back({"opened_weak", notice(opened, weak), around(135)});

  auto mistaken =
      incident(136, {.family = Family::shares, .receivers = {"docomo"}, .kinds = {Kind::noAddress}},
               of(30, 31), 10min);
  mistaken.severity = mistaken.worstSeverity = Severity::critical;
  auto failing = around(136);
  failing.account.receivers = {{"docomo", of(30, 31)}, {"Gmail", of(1, 150)}};
  notify::BreakdownRow docomo{delivery::Dimension::domainGroup, "docomo", 30, 31};
  docomo.since = {30, 31};
  docomo.before = rules::BadMail{1, 400};
  failing.around.whole = notify::Whole{{docomo, {delivery::Dimension::domainGroup, "Gmail", 1, 150}}, {}};
  failing.around.causes = replies(causes::Class::noAddress, 28, 2, "550 Unknown user");
  failing.around.causes.earlier = {{20, 17}, {50, 30}};
  all.push_back({"opened_by_mistake", notice(opened, mistaken), failing});

  auto statistics = gmail();
  statistics.root.kinds.clear();
  statistics.affected = {};
  auto alone = gmailContext();
  alone.statisticsOnly = true;
  alone.around.causes = {};
  all.push_back({"opened_by_statistics", notice(opened, statistics), alone});

  auto two = incident(137,
                      {.family = Family::shares,
                       .receivers = {"au", "docomo"},
                       .kinds = {Kind::mailboxFull, Kind::noAddress}},
                      of(12, 60), 10min);
  two.affected.categories = {{"notice", of(12, 60)}};
  two.affected.receivers = {{"au", of(5, 28)}, {"docomo", of(7, 32)}};
  auto ofTwo = around(137);
  ofTwo.around.causes = replies(causes::Class::noAddress, 7, 1, "550 Unknown user");
  ofTwo.around.causes.counts.push_back({causes::Class::mailboxFull, 5});
  ofTwo.around.causes.replies = 13;
  all.push_back({"opened_two_kinds", notice(opened, two), ofTwo});
}

void addCourse(std::vector<IncidentSample>& all) {
  using enum Notice::Kind;
  auto grave = gmail(11, 39, 20min);
  grave.severity = grave.worstSeverity = Severity::critical;
  grave.openedAt = kNow - 10min;
  all.push_back({"critical", notice(critical, grave), gmailContext(9)});

  auto spreads = notice(spread, blocklist({"Microsoft", "Yahoo! JAPAN", "docomo", "other"}, 71, 118));
  spreads.before.root.receivers = {"docomo", "other"};
  all.push_back({"spread", spreads, blocklistContext()});

  auto exact = incident(133,
                        {.family = Family::shares,
                         .categories = {"reservation"},
                         .receivers = {"Gmail"},
                         .kinds = {Kind::content}},
                        of(12, 20), 20min);
  auto renames = notice(renamed, exact);
  renames.before.root = {.family = Family::shares, .receivers = {"Gmail"}, .kinds = {Kind::content}};
  auto ofExact = around(133);
  ofExact.account.receivers = {{"Gmail", of(12, 60)}, {"docomo", of(1, 70)}};
  ofExact.around.causes = replies(causes::Class::content, 11, 1, "550 5.7.1 message content rejected");
  all.push_back({"renamed", renames, ofExact});

  auto found = notice(renamed, gmail(11, 39, 20min));
  found.before.root.kinds.clear();
  all.push_back({"renamed_cause", found, gmailContext(9)});

  // What is answered where the replies are not believed is no cause.
  auto mistaken =
      incident(136, {.family = Family::shares, .receivers = {"docomo"}, .kinds = {Kind::noAddress}},
               of(30, 40), 20min);
  auto failing = around(136);
  notify::BreakdownRow docomo{delivery::Dimension::domainGroup, "docomo", 30, 40};
  docomo.since = {30, 40};
  docomo.before = rules::BadMail{1, 400};
  failing.around.whole = notify::Whole{{docomo, {delivery::Dimension::domainGroup, "Gmail", 1, 150}}, {}};
  failing.around.causes = replies(causes::Class::noAddress, 28, 2, "550 Unknown user");
  auto answered = notice(renamed, mistaken);
  answered.before.root.kinds.clear();
  all.push_back({"renamed_answers", answered, failing});

  // At this receiver alone, and perhaps an old list.
  auto doubtful = incident(138,
                           {.family = Family::shares,
                            .receivers = {"Yahoo! JAPAN"},
                            .kinds = {Kind::noAddress, Kind::temporaryLimit}},
                           of(34, 201), 10min);
  auto ofList = around(138);
  notify::BreakdownRow yahoo{delivery::Dimension::domainGroup, "Yahoo! JAPAN", 34, 201};
  yahoo.since = {34, 201};
  yahoo.before = rules::BadMail{1, 400};
  ofList.around.whole = notify::Whole{{yahoo, {delivery::Dimension::domainGroup, "Gmail", 1, 150}}, {}};
  ofList.around.causes = replies(causes::Class::noAddress, 18, 0, "554 delivery error: no such account");
  ofList.around.causes.counts.push_back({causes::Class::temporaryLimit, 16});
  ofList.around.causes.replies = 34;
  all.push_back({"opened_doubtful", notice(opened, doubtful), ofList});
  auto doubted = notice(corrected, doubtful);
  doubted.before.advised.told = "cause|no_address||";
  all.push_back({"corrected_doubted", doubted, ofList});

  auto refused = incident(139,
                          {.family = Family::shares,
                           .receivers = {"au", "docomo"},
                           .kinds = {Kind::senderBlocked, Kind::authentication}},
                          of(40, 90), 10min);
  auto ofOurs = around(139);
  ofOurs.around.causes = replies(causes::Class::senderBlocked, 20, 0, "550 blocked");
  ofOurs.around.causes.counts.push_back({causes::Class::authentication, 20});
  ofOurs.around.causes.replies = 40;
  all.push_back({"opened_two_kinds_of_ours", notice(opened, refused), ofOurs});

  auto stuck = stall();
  stuck.numbers = stuck.worst = of(333, 351, 0.17);
  stuck.began = kNow - 40min;
  auto stands = around(140);
  stands.around.heldByProvider = true;
  stands.longestWait = 50min;  // of a mail that waited before
  auto slower = notice(worse, stuck);
  slower.before.share = 0.23;
  all.push_back({"worse_stall", slower, stands});

  auto worsened = gmail(16, 39, 45min);
  all.push_back({"worse", notice(worse, worsened), gmailContext(14)});

  // Of the same mail, on whose side it is turns out, or otherwise than it was said.
  auto known = notice(corrected, gmail(11, 39, 30min));
  known.before.advised.told = "receiver|||Gmail";
  all.push_back({"corrected_known", known, gmailContext(9)});
  auto other = notice(corrected, gmail(11, 39, 30min));
  other.before.advised.told = "cause|no_address||";
  all.push_back({"corrected", other, gmailContext(9)});
  auto step = notice(corrected, gmail(11, 39, 30min));
  step.before.advised.told = "cause|sender_blocked||";
  all.push_back({"corrected_step", step, gmailContext(9)});
  auto doubts = answered;
  doubts.kind = corrected;
  doubts.before.advised.told = "cause|no_address||";
  all.push_back({"corrected_to_receiver", doubts, failing});

  auto reminded = notice(reminder, gmail(31, 140, 720min));
  reminded.before.reminders = 1;
  reminded.before.openedAt = kNow - 715min;
  all.push_back({"reminder", reminded, gmailContext(25)});
  auto taken = gmailContext(25);
  taken.acknowledged = notify::Acknowledgement{"当番", "DNS担当に連絡済み", kNow - 5min, kNow + 144min};
  all.push_back({"reminder_acknowledged", reminded, taken});

  auto over = gmail(0, 12, 30min);
  over.state = incidents::State::resolved;
  over.goodSince = kNow - 10min;
  over.endedAt = kNow;
  over.countedTo = over.goodSince;
  over.members.clear();
  over.worst = of(11, 39);
  over.affected.categories = {
      {"notice", of(19, 60)}, {"password-reset", of(11, 40)}, {"reservation", of(7, 55)}};
  over.affected.receivers = {{"Gmail", of(37, 155)}};
  auto ends = notice(resolved, over);
  ends.before.openedAt = kNow - 25min;
  auto after = gmailContext();
  after.acknowledged = notify::Acknowledgement{"当番", "", kNow - 19min, kNow + 100min};
  all.push_back({"resolved", ends, after});

  auto fires = ends;
  fires.incident.members = {{"delivery-rate", {"main", delivery::Dimension::domainGroup, "Gmail"}}};
  all.push_back({"resolved_while_an_alert_fires", fires, after});

  auto unnamed = incident(136, {.family = Family::shares, .receivers = {"docomo"}}, of(0, 20), 54min);
  unnamed.state = incidents::State::resolved;
  unnamed.goodSince = kNow - 10min;
  unnamed.endedAt = kNow;
  unnamed.members.clear();
  unnamed.worst = of(51, 51);
  unnamed.affected.categories = {{"notice", of(70, 100)}, {"reservation", of(38, 53)}};
  unnamed.affected.receivers = {{"docomo", of(108, 153)}};
  all.push_back({"resolved_unnamed", notice(resolved, unnamed), around(136)});

  auto moving = stall();
  moving.state = incidents::State::resolved;
  moving.goodSince = kNow - 2min;
  moving.endedAt = kNow;
  moving.members.clear();
  all.push_back({"resolved_stall", notice(resolved, moving), around(140)});

  auto mailing = staleList();
  mailing.state = incidents::State::resolved;
  mailing.mailEnded = true;
  mailing.goodSince = kNow - 1min;
  mailing.endedAt = kNow;
  mailing.members.clear();
  mailing.numbers = of(0, 0);
  mailing.worst = of(210, 1400);
  mailing.affected.categories = {{"newsletter", of(304, 2000)}};
  mailing.affected.receivers = {
      {"Gmail", of(150, 950)}, {"docomo", of(100, 650)}, {"Yahoo! JAPAN", of(54, 400)}};
  auto gone = deadDomain();
  gone.state = incidents::State::resolved;
  gone.endedAt = kNow;
  gone.goodSince = kNow - 15min;
  gone.began = kNow - 25min;
  gone.worst = of(566, 640, 0.004);
  gone.members.clear();
  all.push_back({"resolved_dead_domain", notice(resolved, gone), deadDomainContext()});
  all.push_back({"resolved_with_its_mail", notice(resolved, mailing), staleContext()});

  auto unknown = gmail(0, 1, 300min);
  unknown.state = incidents::State::ended;
  unknown.lastBad = kNow - 190min;
  unknown.endedAt = kNow;
  unknown.worst = of(11, 39);
  unknown.affected.categories = {{"notice", of(12, 60)}, {"reservation", of(9, 50)}};
  unknown.affected.receivers = {{"Gmail", of(21, 110)}};
  all.push_back({"ended", notice(ended, unknown), gmailContext()});

  auto again = gmail(9, 30, 70min);
  again.severity = again.worstSeverity = Severity::critical;
  again.reopenings = {kNow};
  all.push_back({"reopened", notice(reopened, again), gmailContext(8)});

  auto into = blocklist({"Yahoo! JAPAN"}, 16, 30);
  into.number = 132;
  into.state = incidents::State::merged;
  into.mergedInto = 131;
  all.push_back({"merged", notice(merged, into), around(132)});

  auto shaky = gmail(9, 30, 110min);
  shaky.unstable = true;
  shaky.reopenings = {kNow - 80min, kNow - 40min, kNow};
  all.push_back({"unstable", notice(unstable, shaky), gmailContext(8)});
}

}  // namespace

std::vector<IncidentSample> incidentSamples() {
  std::vector<IncidentSample> all;
  addOpenings(all);
  addCourse(all);
  return all;
}

}  // namespace arrivald::testing
