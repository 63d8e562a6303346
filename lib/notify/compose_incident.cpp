#include "notify/compose_incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/utf8.hpp"
#include "causes/texts.hpp"
#include "notify/advice.hpp"
#include "notify/compose.hpp"
#include "notify/incident_side.hpp"
#include "notify/incident_words.hpp"
#include "notify/kind_words.hpp"
#include "notify/message_parts.hpp"
#include "notify/next_step.hpp"
#include "notify/side_words.hpp"
#include "rules/probability.hpp"

namespace arrivald::notify {
namespace {

using incidents::Family;
using incidents::Incident;
using incidents::Notice;
using incidents::Numbers;
using incidents::Root;
using Kind = Notice::Kind;
using By = IncidentWords::By;

constexpr std::size_t kRulesShown = 4;
// Failures of other mail are as usual unless chance gives so many more rarely than this.
constexpr double kUnusual = 0.01;
// From these shares of the mail on, most of it is meant, and much of it.
constexpr double kMost = 0.8, kMuch = 0.4;

bool isOver(Kind kind) { return kind == Kind::resolved || kind == Kind::ended || kind == Kind::merged; }

bool isUsual(const Numbers& numbers) {
  return numbers.seen <= 1 ||
         1 - rules::poissonAtMost(std::llround(numbers.seen) - 1, numbers.expected) >= kUnusual;
}

// What is in `names`, but not in `before`.
std::vector<std::string> added(const std::vector<std::string>& names,
                               const std::vector<std::string>& before) {
  std::vector<std::string> all;
  for (const auto& one : names)
    if (std::ranges::find(before, one) == before.end()) all.push_back(one);
  return all;
}

Numbers sumOutside(const std::vector<incidents::Part>& parts, const std::vector<std::string>& names) {
  Numbers sum;
  for (const auto& part : parts)
    if (std::ranges::find(names, part.name) == names.end()) sum += part.numbers;
  return sum;
}

// "the delivery rate: mail to Gmail (main)".
std::string alertWords(const rules::AlertKey& key, const Catalogue& c) {
  const auto& subject = key.subject;
  const auto named = fmt::format("page.rule.{}", key.rule);
  const auto name = subject.dimension == delivery::Dimension::domainGroup ? c.groupName(subject.name)
                                                                          : std::string(subject.name);
  return c.text("incident.part_over.alert",
                {{"rule", c.has(named) ? c.text(named) : oneLine(key.rule, 60)},
                 {"subject", c.text(fmt::format("subject.{}", delivery::name(subject.dimension)),
                                    {{"account", subject.account}, {"name", oneLine(name, 60)}})}});
}

// As many as are read.
std::string alertsIn(std::span<const rules::AlertKey> keys, const Catalogue& c) {
  constexpr std::size_t kAlertsShown = 5;
  std::string alerts;
  for (const auto& key : keys.first(std::min(keys.size(), kAlertsShown)))
    alerts += (alerts.empty() ? "" : c.text("incident.part_over.gap")) + alertWords(key, c);
  return keys.size() > kAlertsShown ? alerts + " …" : alerts;
}

// How the texts are called that say another side or step than was notified.
std::string_view correctionOf(const Side& before, const Side& now, Waits waiting, const Catalogue& c) {
  // That SendGrid has announced it is news, and takes nothing back.
  const auto isAnnounced = [](const Side& side) {
    return side.kind == Side::Kind::providerSays || side.kind == Side::Kind::apiSays;
  };
  if (isAnnounced(now) && !isAnnounced(before)) return "announced";
  if (isOpen(now)) return isOpen(before) ? "step" : "doubted";
  if (isOpen(before)) return "known";
  return sideWords(before, "side.short", waiting, c) == sideWords(now, "side.short", waiting, c)
             ? "step"
             : "corrected";
}

// What has ended is of the cause that was notified, once its replies are not remembered any more.
Side sideAsTold(const Notice& notice, Side side) {
  if (!isOver(notice.kind) || side.kind == Side::Kind::cause) return side;
  auto told = sideOfAdvice(notice.before.advised.told);
  return told.kind == Side::Kind::cause ? told : side;
}

class IncidentComposer {
 public:
  IncidentComposer(const Notice& notice, const IncidentContext& context, Language language)
      : notice_(notice),
        incident_(notice.incident),
        context_(context),
        words_(context.around.zone, context.around.now, language),
        side_(sideAsTold(notice, sideOf(notice.incident, context))) {}

  Notification compose() const {
    Notification message;
    message.id = context_.id;
    message.tone = tone();
    message.mention = message.tone == Tone::critical &&
                      (notice_.kind == Kind::opened || notice_.kind == Kind::critical ||
                       notice_.kind == Kind::reopened || notice_.kind == Kind::unsilenced);
    message.badge = badge(message.tone);
    message.title = named(text(part("title")));
    message.fallback =
        cutCharacters(fmt::format("[{}] {}", message.badge, named(text(part("short")))), kFallbackCharacters);
    message.sentence = sentence();
    if (const auto taken = acknowledgement(); !taken.empty())
      message.fields.push_back({c().text("incident.ack"), taken});
    addAffected(message);
    if (isOver(notice_.kind)) {
      if (!isOfRule()) message.next = Field{c().text("next"), text(afterKey())};
      message.row = notice_.kind == Kind::merged
                        ? message.fallback
                        : text(notice_.kind == Kind::ended ? "incident.row.ended" : "incident.row.over",
                               message.fallback);
    } else if (isOfRule()) {
      message.row = text("incident.row.rule", message.fallback);
    } else {
      if (!waits()) message.trend = trendPart(context_.around, rules::Input::deliveryRate, c());
      if (!context_.around.heldByProvider && !incident_.stalled)
        addCauses(message, ownCauses(), waits() ? "causes.deferred" : "causes", c());
      message.side = Field{c().text("side"), sideText()};
      message.next = Field{c().text("next"), step(!message.samples.empty())};
      message.step = step(false);
      message.row = text("incident.row", message.fallback);
      message.statusPage = statusPart(context_.around, c());
    }
    message.links = linkPart(context_.around, c());
    message.footer = footer();
    return message;
  }

 private:
  const Catalogue& c() const { return words_.catalogue(); }
  bool isSameMail() const {
    const auto& before = notice_.before.root;
    return incident_.root.receivers == before.receivers && incident_.root.categories == before.categories;
  }
  // Which account it is of, where another one may have a trouble of the same name.
  std::string named(const std::string& text) const {
    if (!context_.severalAccounts || incident_.root.isWhole() || isOfRule()) return text;
    return c().text("incident.of_account", {{"account", incident_.account}, {"text", text}});
  }
  // Whether the side is named by the replies, so that what they say is the cause.
  bool isBelieved() const { return side_.kind == Side::Kind::cause; }
  // Of no notice: it looks over, not yet for long enough.
  bool isQuiet() const { return notice_.kind == Kind::opened && incident_.state == incidents::State::quiet; }
  bool waits() const { return incident_.root.family == Family::waiting; }
  Waits waitsOf() const { return waits() ? Waits::yes : Waits::no; }

  // The notice's name in the catalogue: an end by the end of the mail has other words than a recovery.
  std::string textName() const {
    if (notice_.kind == Kind::resolved && isOfAddresses())
      return side_.domains.empty() ? "addresses_over" : "domains_over";
    if (notice_.kind == Kind::resolved && incident_.mailEnded) return "mail_ended";
    if (isQuiet()) return "quiet";
    if (notice_.kind == Kind::corrected)
      return std::string(correctionOf(sideOfAdvice(notice_.before.advised.told), side_, waitsOf(), c()));
    // Its alerts told of it, and none of them is left.
    if (notice_.kind == Kind::ended && incident_.byAlerts) return "unwatched";
    if (notice_.kind == Kind::renamed && isSameMail() && notice_.before.root.kinds.empty())
      return isBelieved() ? "found" : "answered";
    return std::string(incidents::name(notice_.kind));
  }
  // Of mail that waits, where there are words for it.
  std::string part(std::string_view which) const {
    const auto key = fmt::format("incident.{}.{}", textName(), which);
    const auto other = key + ".waiting";
    return waits() && c().has(other) ? other : key;
  }
  // Only replies of the causes that it is named for are in its numbers.
  Causes ownCauses() const {
    auto own = context_.around.causes;
    const auto& kinds = incident_.root.kinds;
    if (kinds.empty()) return own;
    std::erase_if(own.counts, [&](const Causes::Count& one) {
      return std::ranges::find(kinds, incidents::kindOf(one.causeClass)) == kinds.end();
    });
    if (own.counts.empty()) return context_.around.causes;
    own.replies = 0;
    for (const auto& one : own.counts) own.replies += one.replies;
    return own;
  }
  // Nothing is known of mail where only a rule's alert is left without its evidence.
  bool isOfRule() const { return incident_.root.family == Family::rule; }

  Tone tone() const {
    if (notice_.kind == Kind::resolved && !incident_.mailEnded && !isOfAddresses()) return Tone::good;
    if (isOver(notice_.kind)) return Tone::ended;
    const auto severity = notice_.kind == Kind::critical ? incident_.worstSeverity : incident_.severity;
    return severity == rules::Severity::critical  ? Tone::critical
           : severity == rules::Severity::warning ? Tone::warning
                                                  : Tone::info;
  }

  std::string badge(Tone tone) const {
    const auto state = notice_.kind == Kind::merged ? "incident.merged.badge"
                       : tone == Tone::good         ? "resolved"
                       : tone == Tone::ended        ? "ended"
                       : tone == Tone::critical     ? "severity.critical"
                       : tone == Tone::warning      ? "severity.warning"
                                                    : "severity.info";
    return c().text("incident.badge",
                    {{"state", c().text(state)}, {"number", std::to_string(incident_.number)}});
  }

  std::string text(std::string_view key, const std::string& whole = {}) const {
    const auto& numbers = incident_.numbers;
    const auto& lost = incident_.affected.whole();
    return c().text(
        key,
        {{"number", std::to_string(incident_.number)},
         {"into", std::to_string(incident_.mergedInto)},
         {"headline", words_.headline(incident_)},
         {"brief", words_.brief(incident_)},
         {"where", words_.where(incident_)},
         {"before", words_.where(incident_, notice_.before.root)},
         {"state", words_.state(incident_)},
         {"kinds", words_.kinds(incident_.root)},
         {"named", words_.quotedKinds(incident_.root)},
         {"former", words_.quotedKinds(notice_.before.root)},
         {"since", words_.time(incident_.began)},
         {"until", words_.time(overAt(incident_))},
         {"counted", words_.time(incident_.countedTo.value_or(notice_.at))},
         {"good", words_.time(incident_.goodSince.value_or(incident_.since))},
         {"lasted", c().duration(betweenMinutes(incident_.began, overAt(incident_)))},
         {"on", c().duration(std::max(Duration{}, notice_.at - incident_.began))},
         {"seen", words_.time(std::max(incident_.lastBad, incident_.began))},
         {"n", words_.number(numbers.mails)},
         {"bad", words_.number(numbers.seen)},
         {"share", words_.share(numbers.share())},
         {"was", words_.was(incident_)},
         {"rate", words_.rate(incident_)},
         {"usual", usual()},
         {"told", words_.share(notice_.before.share)},
         {"window", c().duration(incident_.window)},
         {"worst", words_.share(incident_.worst.share())},
         {"worst_n", words_.number(incident_.worst.mails)},
         {"worst_bad", words_.number(incident_.worst.seen)},
         {"lost", words_.number(lost.seen)},
         {"lost_of", words_.number(lost.mails)},
         {"lost_share", words_.share(lost.share())},
         {"reminder", std::to_string(notice_.before.reminders + 1)},
         {"times", std::to_string(incident_.reopenings.size())},
         {"besides", std::to_string(context_.besides)},
         {"silenced", silenceEnd()},
         {"domains", domains()},
         {"longest", c().duration(context_.longestWait.value_or(Duration{}))},
         {"text", whole},
         {"told_side", sideWords(sideOfAdvice(notice_.before.advised.told), "side.short", waitsOf(), c())},
         {"side", sideShort()}});
  }

  std::string silenceEnd() const {
    return incident_.silenced ? words_.time(incident_.silenced->by.end) : std::string();
  }

  std::string usual() const {
    const auto& numbers = incident_.numbers;
    const double share = numbers.mails > 0 ? numbers.expected / numbers.mails : 0;
    if (share < 0.0005) return c().text("incident.usual.none");
    return c().text("incident.usual", {{"share", words_.share(share)}});
  }

  // Sentences, with what lies between them in this language.
  class Sentences {
   public:
    explicit Sentences(const Catalogue& catalogue) : catalogue_(catalogue) {}
    void add(const std::string& sentence) {
      if (sentence.empty()) return;
      if (!text_.empty()) text_ += catalogue_.text("sentence.gap");
      text_ += sentence;
    }
    std::string take() { return std::move(text_); }

   private:
    const Catalogue& catalogue_;
    std::string text_;
  };

  std::string sentence() const {
    Sentences all(c());
    switch (notice_.kind) {
      case Kind::resolved:
      case Kind::ended:
        all.add(text(part("sentence")));
        addWorst(all);
        addLingering(all);
        break;
      case Kind::merged:
        all.add(text(part("sentence")));
        break;
      case Kind::spread:
        all.add(spreadText());
        addNow(all);
        break;
      case Kind::renamed:
        all.add(renamedText());
        addNow(all);
        break;
      case Kind::opened:
        if (isQuiet()) {
          all.add(text(part("sentence")));
          addWorst(all);
          break;
        }
        addNow(all);
        if (context_.besides != 0) all.add(text("incident.besides"));
        break;
      default:
        all.add(text(part("sentence")));
        addNow(all);
        break;
    }
    if (notice_.kind == Kind::reminder && !context_.acknowledged) all.add(text("incident.ack.none"));
    return all.take();
  }

  // How it stands: since when, how many of how many, other mail.
  void addNow(Sentences& all) const {
    const bool first = notice_.kind == Kind::opened;
    if (first) all.add(text(sinceKey()));
    if (incident_.numbers.seen >= 1 && incident_.slow) {
      addDrift(all);
    } else if (incident_.numbers.seen >= 1) {
      const bool again = notice_.before.share > 0 && notice_.before.openedAt != Instant{} && !waits() &&
                         (notice_.kind == Kind::worse || notice_.kind == Kind::critical) &&
                         words_.share(notice_.before.share) != words_.share(incident_.numbers.share());
      all.add(text(waits() ? incident_.stalled ? "incident.now.stalled" : "incident.now.waiting"
                   : again ? "incident.now.again"
                           : "incident.now"));
      if (first && tellsMoreSinceBegun()) all.add(text("incident.now.since"));
    }
    if (waits() && waitsSinceItBegan()) all.add(text("incident.longest"));
    if (!first) all.add(text(notice_.kind == Kind::reopened ? "incident.began.again" : "incident.began"));
    if (incident_.weak && first) all.add(text("incident.weak"));
    addOthers(all);
    if (incident_.statisticsSince)
      all.add(c().text("incident.by_statistics", {{"at", words_.time(*incident_.statisticsSince)}}));
    else if (context_.statisticsOnly && first && !waits())
      all.add(statisticsText());
  }

  // From what to what, and how it is by now.
  void addDrift(Sentences& all) const {
    all.add(text("incident.now.slow"));
    const auto& lately = context_.lately;
    if (!lately || lately->total <= 0) return;
    all.add(c().text("incident.now.slow.lately", {{"n", words_.number(static_cast<double>(lately->total))},
                                                  {"bad", words_.number(static_cast<double>(lately->bad))},
                                                  {"rate", c().percent(1 - lately->share()->value())}}));
  }

  // Single mails wait longer every day: what had waited long before it began is none of it.
  bool waitsSinceItBegan() const {
    const auto after =
        incidents::lateAfter(incident_.stalled ? incidents::Late::soon : incidents::Late::overdue);
    return context_.longestWait && *context_.longestWait <= notice_.at - incident_.began + after;
  }

  // At first the window holds good mail of before it began, beside which it looks small.
  bool tellsMoreSinceBegun() const {
    constexpr double kFewest = 5, kMore = 1.2;
    const auto& lost = incident_.affected.whole();
    return !waits() && notice_.at - incident_.window < incident_.began && lost.mails >= kFewest &&
           lost.share() > kMore * incident_.numbers.share();
  }
  double shareSinceBegun() const {
    return tellsMoreSinceBegun() ? incident_.affected.whole().share() : incident_.numbers.share();
  }

  std::string sinceKey() const {
    if (isOfRule()) return "incident.since.rule";
    if (incident_.weak) return waits() ? "incident.since.weak.waiting" : "incident.since.weak";
    if (incident_.slow) return "incident.since.slow";
    return IncidentWords::isAll(incident_) ? "incident.since.all"
           : shareSinceBegun() >= kMost    ? "incident.since.most"
           : shareSinceBegun() >= kMuch    ? "incident.since.much"
                                           : "incident.since";
  }

  void addOthers(Sentences& all) const {
    const auto& root = incident_.root;
    if (incident_.weak || root.isWhole() || isOfRule()) return;
    const bool ofReceivers = !root.receivers.empty();
    if (waits() && !ofReceivers) return;  // of waiting mail only the receivers are counted
    const auto others = ofReceivers ? sumOutside(context_.account.receivers, root.receivers)
                                    : sumOutside(context_.account.categories, root.categories);
    if (others.mails < 1) return;
    all.add(c().text(fmt::format("incident.others.{}.{}", ofReceivers ? "receivers" : "categories",
                                 isUsual(others) ? "usual"
                                 : waits()       ? "late"
                                                 : "bad"),
                     {{"n", words_.number(others.mails)}, {"bad", words_.number(others.seen)}}));
  }

  std::string statisticsText() const {
    const auto& root = incident_.root;
    return c().text(root.isWhole()           ? "incident.statistics"
                    : root.receivers.empty() ? "incident.statistics.receivers"
                                             : "incident.statistics.categories");
  }

  std::string spreadText() const {
    const auto& root = incident_.root;
    const auto& before = notice_.before.root;
    if (root.receivers.empty() && !before.receivers.empty()) return text("incident.spread.all_receivers");
    if (root.categories.empty() && !before.categories.empty()) return text("incident.spread.all_categories");
    const auto receivers = added(root.receivers, before.receivers);
    const auto categories = added(root.categories, before.categories);
    const auto names = !receivers.empty()    ? words_.receivers(receivers)
                       : !categories.empty() ? words_.categories(categories)
                                             : std::string();
    if (names.empty()) return text("incident.spread.sentence");
    return c().text(!receivers.empty() ? "incident.spread.receivers" : "incident.spread.categories",
                    {{"before", words_.where(incident_, before)}, {"names", names}});
  }

  std::string renamedText() const {
    const auto& root = incident_.root;
    const auto& before = notice_.before.root;
    if (!isSameMail())
      return text(incidents::contains(before, root) ? "incident.renamed.narrower" : "incident.renamed.other");
    if (root.kinds.empty()) return text("incident.renamed.unknown");
    if (!isBelieved())
      return text(before.kinds.empty() ? "incident.renamed.answers" : "incident.renamed.other_answers");
    return text(before.kinds.empty() ? "incident.renamed.found" : "incident.renamed.kind");
  }

  // The worst of it, and what did not arrive.
  void addWorst(Sentences& all) const {
    if (incident_.worst.seen >= 1) all.add(text(waits() ? "incident.worst.waiting" : "incident.worst"));
    if (incident_.affected.whole().seen >= 1) all.add(text("incident.lost"));
    const auto& taken = context_.acknowledged;
    if (!taken || notice_.before.openedAt == Instant{}) return;
    all.add(c().text("incident.ack.after",
                     {{"by", oneLine(taken->by, 60)},
                      {"after", c().duration(std::max(Duration{}, taken->at - notice_.before.openedAt))}}));
  }

  // An alert with a longer window fires on for a while.
  void addLingering(Sentences& all) const {
    if (notice_.kind == Kind::resolved && !isOfRule() && !incident_.members.empty())
      all.add(c().text("incident.lingering", {{"alerts", alertsIn(incident_.members, c())}}));
  }

  // What becomes of the mail now that it is over: by cause, since to some addresses nothing is sent again.
  std::string afterKey() const {
    if (notice_.kind == Kind::merged) return "incident.after.merged";
    if (waits()) return "incident.after.waiting";
    if (isOfAddresses()) return side_.domains.empty() ? "incident.after.list" : "incident.after.domains";
    if (isOfList()) return "incident.after.full";
    if (notice_.kind == Kind::ended) return "incident.after.unknown";
    if (!mayBeListed()) return "incident.after";
    // Where nearly all mail failed, the addresses were not the reason. Else some of them may not exist, and a
    // release does not help these.
    const bool wasOutage = incident_.worst.share() >= kMost || side_.kind == Side::Kind::receiverFails;
    return wasOutage ? "incident.after.listed" : "incident.after.perhaps_listed";
  }

  // Whether what failed did for its addresses.
  bool isOfList() const {
    const auto named = namedCause(incident_.root);
    // While nearly all mail failed such replies were not believed: that it is over does not prove them.
    return named && isAboutSingleAddresses(*named) && side_.kind == Side::Kind::cause &&
           (incident_.worst.share() < kMost || *named == causes::Class::badDomain);
  }
  // Of addresses that take no mail only the sending ends: they have not recovered, though other mail of the
  // same slice arrives again.
  bool isOfAddresses() const {
    return isOfList() && namedCause(incident_.root) != causes::Class::mailboxFull;
  }

  // Whether failures may have put addresses on the provider's lists, to which nothing is sent any more.
  bool mayBeListed() const {
    const auto& kinds = incident_.root.kinds;
    return kinds.empty() || std::ranges::any_of(kinds, [](incidents::Kind kind) {
             return kind == incidents::Kind::unspecified ||
                    isAboutSingleAddresses(static_cast<causes::Class>(kind));
           });
  }

  std::string acknowledgement() const {
    return isOver(notice_.kind) ? std::string() : acknowledgedWords(context_, c().language());
  }

  void addAffected(Notification& message) const {
    if (notice_.kind == Kind::merged || incident_.affected.whole().seen < 1) return;
    const auto& affected = incident_.affected;
    const auto add = [&](const std::vector<incidents::Part>& parts, By by, std::string_view key) {
      if (const auto named = words_.parts(parts, by); !named.empty())
        message.breakdown.push_back(c().text(key, {{"parts", named}}));
    };
    add(affected.categories, By::category, "incident.affected.categories");
    add(affected.receivers, By::receiver, "incident.affected.receivers");
    if (!message.breakdown.empty())
      message.breakdownLabel =
          text(!incident_.countedTo || *incident_.countedTo <= incident_.began ? "incident.affected"
               : isOver(notice_.kind)                                          ? "incident.affected.over"
                                                                               : "incident.affected.until");
  }

  std::string sideText() const {
    const auto named = namedCause(incident_.root);
    if (named && side_.kind == Side::Kind::cause && side_.cause &&
        side_.cause->cause.verdict == causes::verdictOf(*named)) {
      Sentences all(c());
      const auto key = fmt::format("incident.side.{}", causes::name(*named));
      all.add(side_.domains.empty() ? c().text(key) : c().text(key + ".domains", {{"domains", domains()}}));
      if (side_.earlier) all.add(earlierWords(*side_.earlier, c()));
      return all.take();
    }
    if (hasBoth() && isOpen(side_)) return sideOfBoth();
    return sideWords(side_, "side", waitsOf(), c());
  }

  std::string domains() const { return domainWords(side_.domains, c()); }

  std::string sideShort() const {
    if (hasBoth() && isOpen(side_)) return c().text("incident.side.both");
    return sideWords(side_, "side.short", waitsOf(), c());
  }

  // Each of two causes has its own.
  std::string sideOfBoth() const {
    std::string text;
    for (const auto kind : incident_.root.kinds) {
      const auto cause = static_cast<causes::Class>(kind);
      text += (text.empty() ? "" : "\n") +
              c().text("incident.step.of",
                       {{"kind", std::string(causes::shortName(cause, c().language()))},
                        {"step", c().text(fmt::format("incident.side.{}", causes::name(cause)))}});
    }
    return text;
  }

  std::string step(bool replies) const {
    const Shown shown{.breakdown = incident_.affected.whole().seen >= 1,
                      .replies = replies,
                      .page = !context_.around.page.empty(),
                      .trace = !context_.statisticsOnly};
    if (incident_.stalled && side_.kind != Side::Kind::providerSays) return c().text("stall.next");
    if (const auto both = stepForBoth(); !both.empty()) return both;
    return stepFor(side_, waitsOf(), waits() ? "overdue.next" : "rate_threshold.next", shown, c());
  }

  // Two causes that are known, none of which explains most of it.
  bool hasBoth() const {
    const auto& kinds = incident_.root.kinds;
    const bool mayStep = isOpen(side_) || (side_.cause && !side_.earlier);
    return !waits() && kinds.size() == 2 && !side_.doubtful && mayStep &&
           std::ranges::all_of(kinds, [](incidents::Kind kind) {
             return incidents::index(kind) < incidents::kCauseKinds && kind != incidents::Kind::unspecified;
           });
  }

  // Of two causes there are two steps, each with the replies that it is for.
  std::string stepForBoth() const {
    if (!hasBoth()) return {};
    std::string text;
    for (const auto kind : incident_.root.kinds) {
      const auto cause = static_cast<causes::Class>(kind);
      text += (text.empty() ? "" : "\n") +
              c().text("incident.step.of", {{"kind", std::string(causes::shortName(cause, c().language()))},
                                            {"step", stepForCause(cause, waitsOf(), c())}});
    }
    return text;
  }

  std::string footer() const {
    std::set<std::string> rules;
    for (const auto& member : incident_.members) rules.insert(member.rule);
    std::string names;
    std::size_t count = 0;
    for (const auto& rule : rules)
      if (++count <= kRulesShown) names += (names.empty() ? "" : ", ") + rule;
    if (rules.size() > kRulesShown) names += ", …";
    std::string footer = c().text("incident.footer", {{"account", incident_.account},
                                                      {"number", std::to_string(incident_.number)},
                                                      {"at", context_.around.zone.zonedText(notice_.at)}});
    if (!names.empty()) footer += " · " + c().text("incident.footer.rules", {{"rules", names}});
    return footer + " · " + c().text("footer.id", {{"id", context_.id}});
  }

  const Notice& notice_;
  const Incident& incident_;
  const IncidentContext& context_;
  IncidentWords words_;
  Side side_;
};

// Says first that its side or next step is another one than was notified.
Notification correctOfRule(Notification message, const Notice& notice, const IncidentContext& context,
                           Language language) {
  const auto& c = Catalogue::of(language);
  const auto side = sideOf(notice.incident, context);
  const auto before = sideOfAdvice(notice.before.advised.told);
  const auto waiting = notice.incident.root.family == Family::waiting ? Waits::yes : Waits::no;
  // Where the rule has words of its own for its side, these stand in both: only the step is another one.
  const bool hasOwn = c.has(textKey(context.alert->reason.evidence, "side"));
  const auto name = hasOwn ? std::string_view("step") : correctionOf(before, side, waiting, c);
  const auto said = [&](std::string_view which, const std::string& text) {
    return c.text(fmt::format("incident.{}.{}", name, which),
                  {{"headline", text},
                   {"brief", text},
                   {"told_side", sideWords(before, "side.short", waiting, c)},
                   {"side", sideWords(side, "side.short", waiting, c)}});
  };
  message.mention = false;
  message.fallback =
      cutCharacters(fmt::format("[{}] {}", message.badge, said("short", message.title)), kFallbackCharacters);
  message.title = said("title", message.title);
  message.sentence = said("sentence", "") + c.text("sentence.gap") + message.sentence;
  return message;
}

// An incident of a rule of its own: its alert has the words, the incident the number.
Notification composeOfRule(const Notice& notice, const IncidentContext& context, Language language) {
  auto change = *context.alert;
  change.id = context.id;
  auto message = compose(change, context.around, language);
  markIncident(message, notice.incident.number, language);
  if (notice.kind == Kind::corrected) return correctOfRule(std::move(message), notice, context, language);
  if (notice.kind != Kind::silenceEnds || !notice.incident.silenced) return message;
  const auto& c = Catalogue::of(language);
  const IncidentWords words(context.around.zone, context.around.now, language);
  const auto silenced = words.time(notice.incident.silenced->by.end);
  const auto said = [&](const char* key, const std::string& text) {
    return c.text(key, {{"silenced", silenced}, {"headline", text}, {"brief", text}});
  };
  message.mention = false;
  message.title = said("incident.silence_ends.title", message.title);
  message.fallback =
      cutCharacters(fmt::format("[{}] {}", message.badge, said("incident.silence_ends.short", message.title)),
                    kFallbackCharacters);
  message.title = said("incident.silence_ends.title", message.title);
  message.sentence = said("incident.silence_ends.sentence", "") + c.text("sentence.gap") + message.sentence;
  return message;
}

}  // namespace

void markIncident(Notification& notification, std::int64_t number, Language language) {
  const auto former = fmt::format("[{}]", notification.badge);
  notification.badge = Catalogue::of(language).text(
      "incident.badge", {{"state", notification.badge}, {"number", std::to_string(number)}});
  const auto marked = [&](const std::string& text) {
    return text.starts_with(former) ? fmt::format("[{}]{}", notification.badge, text.substr(former.size()))
                                    : text;
  };
  notification.fallback = cutCharacters(marked(notification.fallback), kFallbackCharacters);
  notification.row = marked(notification.row);
}

void markPart(Notification& notification, std::span<const rules::AlertKey> goOn, std::int64_t number,
              Language language) {
  const auto& c = Catalogue::of(language);
  const auto alerts = alertsIn(goOn, c);
  const auto said = [&](std::string_view which, const std::string& text) {
    return c.text(fmt::format("incident.part_over.{}", which),
                  {{"text", text}, {"number", std::to_string(number)}, {"alerts", alerts}});
  };
  const auto former = fmt::format("[{}]", notification.badge);
  notification.badge = said("badge", "");
  const auto marked = [&](const std::string& text) {
    return text.starts_with(former)
               ? said("short", fmt::format("[{}]{}", notification.badge, text.substr(former.size())))
               : text;
  };
  notification.tone = Tone::info;
  notification.title = said("title", notification.title);
  notification.fallback = cutCharacters(marked(notification.fallback), kFallbackCharacters);
  notification.row = marked(notification.row);
  notification.sentence = said("sentence", notification.sentence);
  notification.next = Field{c.text("next"), said("next", "")};
}

Notification composeIncident(const Notice& notice, const IncidentContext& context, Language language) {
  if (context.alert) return composeOfRule(notice, context, language);
  return IncidentComposer(notice, context, language).compose();
}

Notification composeAcknowledged(const Incident& incident, const IncidentContext& context,
                                 Language language) {
  const auto& c = Catalogue::of(language);
  const IncidentWords words(context.around.zone, context.around.now, language);
  const auto taken = context.acknowledged.value_or(Acknowledgement{});
  const auto key = [&](std::string_view which) {
    return fmt::format("incident.{}.{}", context.acknowledged ? "acknowledged" : "unacknowledged", which);
  };
  const auto text = [&](std::string_view which) {
    return c.text(which, {{"by", oneLine(taken.by, 60)},
                          {"where", words.where(incident)},
                          {"until", words.time(taken.until)}});
  };
  Notification message;
  message.id = context.id;
  message.tone = Tone::info;
  message.badge = c.text("incident.badge",
                         {{"state", c.text(key("badge"))}, {"number", std::to_string(incident.number)}});
  message.title = text(key("title"));
  message.fallback =
      cutCharacters(fmt::format("[{}] {}", message.badge, text(key("short"))), kFallbackCharacters);
  message.sentence = text(key("sentence"));
  if (!taken.why.empty())
    message.fields.push_back({c.text("incident.acknowledged.why"), oneLine(taken.why, 200)});
  message.row = message.fallback;
  message.links = linkPart(context.around, c);
  message.footer =
      fmt::format("{} · {}",
                  c.text("incident.footer", {{"account", incident.account},
                                             {"number", std::to_string(incident.number)},
                                             {"at", context.around.zone.zonedText(context.around.now)}}),
                  c.text("footer.id", {{"id", context.id}}));
  return message;
}

std::string acknowledgedWords(const IncidentContext& context, Language language) {
  const auto& taken = context.acknowledged;
  if (!taken) return {};
  const IncidentWords words(context.around.zone, context.around.now, language);
  return Catalogue::of(language).text(taken->why.empty() ? "incident.ack.by" : "incident.ack.by.why",
                                      {{"by", oneLine(taken->by, 60)},
                                       {"until", words.time(taken->until)},
                                       {"why", oneLine(taken->why, 200)}});
}

Notification describeIncident(const Incident& incident, const IncidentContext& context, Language language) {
  using incidents::State;
  const auto kind = incidents::isLive(incident.state) ? Kind::opened
                    : incident.state == State::ended  ? Kind::ended
                    : incident.state == State::merged ? Kind::merged
                                                      : Kind::resolved;
  return composeIncident(
      {kind, context.around.now, incident, incident.notified.value_or(incidents::Notified{})}, context,
      language);
}

}  // namespace arrivald::notify
