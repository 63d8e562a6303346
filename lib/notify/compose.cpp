#include "notify/compose.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "causes/texts.hpp"

namespace arrivald::notify {

using rules::Change;
using rules::Evidence;
using rules::Severity;

namespace {

constexpr std::size_t kGroupRows = 20;
constexpr std::size_t kRowsShown = 5;
// From here on the failures of one part are "where it is".
constexpr double kConcentrated = 0.7;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cutCharacters(std::string text, std::size_t max) {
  if (characters(text) <= max) return text;
  std::size_t count = 0, at = 0;
  while (at < text.size()) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && ++count == max) break;
    ++at;
  }
  return text.substr(0, at) + "…";
}

// A title may begin with a placeholder's text, which is small inside sentences.
std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

// The words for one change: everything that a catalogue's placeholders may ask for.
class Words {
 public:
  Words(const Change& change, const Context& context, Language language)
      : catalogue_(Catalogue::of(language)),
        change_(change),
        context_(context),
        evidence_(change.reason.evidence) {}

  std::string text(std::string_view key) const {
    const auto& key_ = change_.alert.key;
    const auto input = evidence_.input;
    const auto& c = catalogue_;
    return c.text(
        key,
        {{"subject", subject()},
         {"short", shortSubject()},
         {"account", key_.subject.account},
         {"name", oneLine(key_.subject.name, 60)},
         {"input", input ? c.text(fmt::format("input.{}", rules::name(*input))) : ""},
         {"bad", c.text(input && rules::lowIsBad(*input) ? "rate_threshold.low" : "rate_threshold.high")},
         {"source", evidence_.source ? c.text(fmt::format("source.{}", rules::name(*evidence_.source)))
                                     : c.text("source.statistics")},
         {"error", errorWords()},
         {"value", value(evidence_, evidence_.value)},
         {"threshold", value(evidence_, evidence_.threshold)},
         {"bound", evidence_.bound ? value(evidence_, *evidence_.bound) : value(evidence_, evidence_.value)},
         {"usual", evidence_.usual ? usual(*evidence_.usual) : "?"},
         {"chance", evidence_.chance ? chance(*evidence_.chance) : "?"},
         {"n", c.number(static_cast<double>(evidence_.n))},
         {"failures", c.number(static_cast<double>(evidence_.failures))},
         {"outcomes",
          c.number(static_cast<double>(std::max<std::int64_t>(0, evidence_.n - evidence_.failures)))},
         {"window", c.duration(evidence_.window)},
         {"lag", c.duration(evidence_.lag)},
         {"since", time(change_.reason.since)},
         {"until", time(change_.at)},
         {"lasted", c.duration(change_.reason.lasted)},
         {"worst", value(change_.reason.worst, change_.reason.worst.value)},
         {"what", what()},
         {"flips", std::to_string(change_.reason.flips)},
         {"number", std::to_string(change_.reason.reminder)},
         {"affected", c.number(static_cast<double>(change_.reason.affected.value_or(0)))},
         {"rule", key_.rule},
         {"at", time(context_.now)},
         {"id", change_.id}});
  }

  std::string what() const {
    const auto key = fmt::format("what.{}", evidence_.kind);
    const auto input = evidence_.input;
    return catalogue_.text(
        key,
        {{"input", input ? catalogue_.text(fmt::format("input.{}", rules::name(*input))) : ""},
         {"source", catalogue_.text(fmt::format(
                        "source.{}", evidence_.source ? rules::name(*evidence_.source) : "statistics"))}});
  }

  std::string subject() const {
    const auto& subject = change_.alert.key.subject;
    return catalogue_.text(fmt::format("subject.{}", delivery::name(subject.dimension)),
                           {{"account", subject.account}, {"name", oneLine(subject.name, 60)}});
  }
  std::string shortSubject() const {
    const auto& subject = change_.alert.key.subject;
    return catalogue_.text(fmt::format("short.{}", delivery::name(subject.dimension)),
                           {{"account", subject.account}, {"name", oneLine(subject.name, 40)}});
  }

  std::string errorKey() const {
    const auto key = fmt::format("error.{}", evidence_.error);
    return catalogue_.has(key) ? key : "error.unknown";
  }

  std::string errorWords() const {
    if (evidence_.kind == "stream_settings") return settingsWords();
    if (evidence_.kind != "account_suspended") return catalogue_.text(errorKey());
    const auto key = fmt::format("account_status.{}", evidence_.error);
    return catalogue_.text(catalogue_.has(key) ? key : "account_status.other");
  }

  // "disabled,signature": what is wrong, as the watch spells it.
  std::string settingsWords() const {
    std::string words;
    for (std::string_view rest = evidence_.error; !rest.empty();) {
      const auto end = std::min(rest.find(','), rest.size());
      const auto key = fmt::format("settings.{}", rest.substr(0, end));
      words += (words.empty() ? "" : catalogue_.text("settings.and")) +
               (catalogue_.has(key)
                    ? catalogue_.text(key)
                    : catalogue_.text("settings.events", {{"events", std::string(rest.substr(0, end))}}));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return words;
  }

  // Stalls show the share of requests with an outcome, silences a time.
  std::string value(const Evidence& evidence, double number) const {
    if (evidence.kind == "stall" || evidence.kind == "stream_differs") return catalogue_.percent(number);
    if (evidence.kind == "nothing_requested" || evidence.kind == "nothing_read" ||
        evidence.kind == "stream_silent" || evidence.kind == "overdue")
      return catalogue_.duration(Duration(static_cast<Duration::rep>(number * 1000)));
    return evidence.input ? catalogue_.value(*evidence.input, number) : catalogue_.number(number);
  }
  std::string usual(double number) const {
    return evidence_.kind == "nothing_requested" ? catalogue_.number(number) : value(evidence_, number);
  }
  std::string chance(double chance) const {
    if (chance <= 0 || chance < 1e-9) return "1/1,000,000,000";
    return fmt::format("1/{}", catalogue_.number(std::max(1.0, 1 / chance)));
  }
  std::string time(Instant instant) const { return context_.zone.minuteText(instant); }

  const Catalogue& catalogue() const { return catalogue_; }

 private:
  const Catalogue& catalogue_;
  const Change& change_;
  const Context& context_;
  const Evidence& evidence_;
};

// A state, not a number.
bool hasValue(std::string_view kind) { return kind != "stream_settings" && kind != "account_suspended"; }

// Where the failures gather, if anywhere.
struct Gathering {
  const BreakdownRow* part = nullptr;
  double share = 0;
};

Gathering gatheringOf(const std::vector<BreakdownRow>& breakdown) {
  std::int64_t failed = 0;
  const BreakdownRow* worst = nullptr;
  for (const auto& part : breakdown) {
    failed += part.failed;
    if (!worst || part.failed > worst->failed) worst = &part;
  }
  if (!worst || failed < 5) return {};
  const double share = static_cast<double>(worst->failed) / static_cast<double>(failed);
  return share >= kConcentrated ? Gathering{worst, share} : Gathering{};
}

// The cause that most replies name, if there are enough of them to stand for the failures.
std::optional<causes::Class> leadingCause(const Change& change, const Context& context) {
  constexpr std::size_t kEnough = 5;
  constexpr double kMost = 0.6;
  const auto& seen = context.causes;
  if (seen.replies < kEnough || seen.shares.empty() ||
      2 * static_cast<std::int64_t>(seen.replies) < change.reason.evidence.failures)
    return std::nullopt;
  const auto& first = seen.shares.front();
  if (static_cast<double>(first.count) < kMost * static_cast<double>(seen.replies) ||
      first.causeClass == causes::Class::unspecified)
    return std::nullopt;
  return first.causeClass;
}

std::string_view sideKey(causes::Verdict verdict) {
  switch (verdict) {
    case causes::Verdict::senderMustFix:
      return "side.cause.sender";
    case causes::Verdict::dead:
      return "side.cause.dead";
    case causes::Verdict::recipientMustAct:
      return "side.cause.recipient";
    case causes::Verdict::wait:
    case causes::Verdict::unknown:
      break;
  }
  return "side.cause.wait";
}

// About how we watch, not about mail.
bool isOfWatch(std::string_view kind) {
  return kind == "nothing_read" || kind == "stream_silent" || kind == "stream_differs" ||
         kind == "stream_settings";
}

std::string sideOf(const Change& change, const Context& context, const Gathering& gathering,
                   const Words& words, std::optional<causes::Class> cause, Language language) {
  const auto& c = words.catalogue();
  const auto& kind = change.reason.evidence.kind;
  if (isOfWatch(kind)) return c.text("side.watch");
  if (kind == "nothing_requested") return c.text("side.application");
  if (kind == "account_suspended") return c.text("side.account");
  if (context.statusPage && context.statusPage->troubled) return c.text("side.providerSays");
  if (kind == "stall") return c.text("side.provider");
  if (context.heldByProvider) return c.text("side.providerHolds");
  if (cause) {
    const double share = static_cast<double>(context.causes.shares.front().count) /
                         static_cast<double>(context.causes.replies);
    return c.text(sideKey(causes::verdictOf(*cause)),
                  {{"share", c.percent(share)}, {"cause", std::string(causes::shortName(*cause, language))}});
  }
  if (change.alert.key.subject.dimension == delivery::Dimension::mailboxProvider ||
      change.alert.key.subject.dimension == delivery::Dimension::domainGroup)
    return c.text("side.receiverAlone", {{"name", oneLine(change.alert.key.subject.name, 60)}});
  if (gathering.part) return c.text("side.receiver", {{"name", oneLine(gathering.part->name, 60)}});
  std::int64_t failed = 0;
  for (const auto& part : context.breakdown) failed += part.failed;
  return c.text(context.breakdown.size() >= 3 && failed >= 20 ? "side.ours" : "side.unclear");
}

std::string nextKey(const Evidence& evidence) {
  if (evidence.kind != "nothing_read") return evidence.kind + ".next";
  const auto key = "nothing_read.next." + evidence.error;
  return Catalogue::of(Language::english).has(key) ? key : "nothing_read.next.other";
}

std::optional<Trend> trendOf(const Change& change, const Context& context, const Catalogue& c) {
  const auto& kind = change.reason.evidence.kind;
  const bool ofRequests =
      kind == "nothing_requested" || kind == "stall" || (kind == "threshold" && change.reason.evidence.input);
  const auto& values = ofRequests ? context.requests : context.delivery;
  std::optional<double> low, high, last;
  std::size_t known = 0;
  for (const auto& value : values) {
    if (!value) continue;
    ++known;
    low = std::min(low.value_or(*value), *value);
    high = std::max(high.value_or(*value), *value);
    last = value;
  }
  // A few cells among many that nobody knows are no trend, and may deny what the alert says.
  if (!last || known < 4 || known * 4 < values.size() || isOfWatch(kind)) return std::nullopt;
  const auto shown = [&](double value) { return ofRequests ? c.number(value) : c.percent(value); };
  return Trend{c.text(ofRequests ? "trend.requests" : "trend.delivery",
                      {{"span", c.duration(context.bucket * static_cast<Duration::rep>(values.size()))},
                       {"each", c.duration(context.bucket)}}),
               values,
               c.text("trend.range", {{"low", shown(*low)}, {"high", shown(*high)}, {"last", shown(*last)}})};
}

void addFields(Notification& message, const Change& change, const Words& words) {
  const auto& c = words.catalogue();
  const auto& evidence = change.reason.evidence;
  const auto add = [&](std::string_view label, std::string value) {
    if (!value.empty()) message.fields.push_back({c.text(label), std::move(value)});
  };
  if (change.kind == Change::Kind::resolved) {
    add("field.lasted", c.duration(change.reason.lasted));
    if (hasValue(evidence.kind))
      add("field.worst", words.value(change.reason.worst, change.reason.worst.value));
    if (change.reason.affected && *change.reason.affected > 0)
      add("field.affected", words.text("field.affected.value"));
    return;
  }
  const bool share = evidence.input && rules::unit(*evidence.input) == rules::Unit::share;
  if (evidence.kind == "stall") {
    add("field.volume", words.text("field.stall.value"));
  } else if (hasValue(evidence.kind)) {
    add("field.value", words.value(evidence, evidence.value));
    if (evidence.input) add("field.threshold", words.value(evidence, evidence.threshold));
    if (share) add("field.volume", words.text("field.volume.value"));
  }
  if (evidence.window > Duration{}) add("field.window", c.duration(evidence.window));
  if (evidence.bound && share) {
    add("field.bound", words.text("field.bound.value"));
  } else if (evidence.chance) {
    add("field.bound", words.text("field.chance.value"));
  }
  add("field.since", words.time(change.reason.since));
}

std::string sentenceOf(const Change& change, const Words& words) {
  const auto& kind = change.reason.evidence.kind;
  switch (change.kind) {
    case Change::Kind::fired:
      return words.text(kind + ".sentence");
    case Change::Kind::worsened:
      return words.text("worsened.sentence") + " " + words.text(kind + ".sentence");
    case Change::Kind::reminded:
      return words.text("reminder.sentence") + " " + words.text(kind + ".sentence");
    case Change::Kind::flapping:
      return words.text("flapping.sentence");
    case Change::Kind::resolved:
      break;
  }
  using Why = rules::Reason::Why;
  std::string_view key = hasValue(kind) ? "resolved.sentence" : "resolved.withoutValue";
  if (change.reason.why == Why::tooLittleMail) key = "resolved.tooLittleMail";
  if (change.reason.why == Why::ruleRemoved) key = "resolved.ruleRemoved";
  if (change.reason.why == Why::subjectRemoved) key = "resolved.subjectGone";
  auto sentence = words.text(key);
  if (key == "resolved.sentence" && change.reason.affected && *change.reason.affected > 0)
    sentence += " " + words.text("resolved.affected");
  return sentence;
}

// Not every alert that is over is good news: without mail nobody knows.
bool hasRecovered(const Change& change) {
  return change.reason.why == rules::Reason::Why::recovered ||
         change.reason.why == rules::Reason::Why::steady;
}

Tone toneOf(const Change& change) {
  if (change.kind == Change::Kind::resolved) return hasRecovered(change) ? Tone::good : Tone::ended;
  switch (change.alert.severity) {
    case Severity::critical:
      return Tone::critical;
    case Severity::warning:
      return Tone::warning;
    case Severity::info:
      break;
  }
  return Tone::info;
}

std::string badgeOf(const Change& change, const Words& words) {
  const auto& c = words.catalogue();
  const auto severity = c.text(fmt::format("severity.{}", rules::name(change.alert.severity)));
  switch (change.kind) {
    case Change::Kind::fired:
      return severity;
    case Change::Kind::worsened:
      return severity + " · " + c.text("worsened");
    case Change::Kind::reminded:
      return severity + " · " + words.text("reminder");
    case Change::Kind::flapping:
      return severity + " · " + c.text("flapping");
    case Change::Kind::resolved:
      return c.text(hasRecovered(change) ? "resolved" : "ended");
  }
  return severity;
}

void addCauses(Notification& message, const Causes& causes, const Catalogue& c, Language language) {
  const auto words = language;
  message.causesLabel = c.text("causes");
  message.causes.push_back(c.text("causes.of", {{"n", c.number(static_cast<double>(causes.replies))},
                                                {"window", c.duration(causes.window)}}));
  for (std::size_t i = 0; i < std::min(causes.shares.size(), kRowsShown); ++i) {
    const auto& share = causes.shares[i];
    message.causes.push_back(
        c.text("causes.row",
               {{"cause", std::string(causes::shortName(share.causeClass, words))},
                {"share", c.percent(static_cast<double>(share.count) / static_cast<double>(causes.replies))},
                {"n", c.number(static_cast<double>(share.count))}}));
  }
  for (const auto& sample : causes.samples) message.samples.push_back(oneLine(sample, 200));
}

// "98 % of the failures are 550 5.7.26 at Gmail since 09:12; other receivers are as usual".
std::string lossText(const Loss& loss, const TimeZone& zone, const Catalogue& c) {
  return c.text(loss.code.empty() ? "loss.withoutCode" : "loss",
                {{"share", c.percent(loss.share)},
                 {"code", oneLine(loss.code, 20)},
                 {"name", oneLine(loss.group, 60)},
                 {"since", zone.minuteText(loss.since).substr(11)},
                 {"others", loss.othersNormal ? c.text("loss.othersNormal") : std::string()}});
}

}  // namespace

Notification compose(const Change& change, const Context& context, Language language) {
  const Words words(change, context, language);
  const auto& c = words.catalogue();
  const auto& evidence = change.reason.evidence;
  Notification message;
  message.id = change.id;
  message.tone = toneOf(change);
  message.mention = message.tone == Tone::critical &&
                    (change.kind == Change::Kind::fired || change.kind == Change::Kind::worsened);
  message.badge = badgeOf(change, words);
  const bool resolved = change.kind == Change::Kind::resolved;
  message.title = capitalised(words.text(resolved ? (hasRecovered(change) ? "resolved.title" : "ended.title")
                                         : change.kind == Change::Kind::flapping ? "flapping.title"
                                                                                 : evidence.kind + ".title"));
  const auto prefix = resolved ? std::string() : "[" + message.badge + "] ";
  message.fallback = cutCharacters(prefix + words.text(!resolved              ? evidence.kind + ".short"
                                                       : hasRecovered(change) ? "resolved.short"
                                                                              : "ended.short"),
                                   kFallbackCharacters);
  message.sentence = sentenceOf(change, words);
  addFields(message, change, words);
  message.trend = trendOf(change, context, c);

  const auto gathering = gatheringOf(context.breakdown);
  if (!resolved && change.kind != Change::Kind::flapping) {
    const bool ofMail = !isOfWatch(evidence.kind) && evidence.kind != "nothing_requested" &&
                        evidence.kind != "stall" && !context.heldByProvider;
    const auto cause = ofMail ? leadingCause(change, context) : std::nullopt;
    message.side = Field{c.text("side"), sideOf(change, context, gathering, words, cause, language)};
    if (cause) {
      causes::Cause named;
      named.causeClass = *cause;
      named.verdict = causes::verdictOf(*cause);
      message.next = Field{c.text("next"), causes::describe(named, language).next};
    } else {
      const bool alone = evidence.kind == "rate_threshold" && context.breakdown.empty() &&
                         change.alert.key.subject.dimension == delivery::Dimension::mailboxProvider;
      message.next =
          Field{c.text("next"), alone ? c.text("next.oneReceiver") : words.text(nextKey(evidence))};
    }
    auto breakdown = context.breakdown;
    std::erase_if(breakdown, [](const BreakdownRow& part) { return part.failed == 0; });
    std::sort(breakdown.begin(), breakdown.end(), [](const BreakdownRow& a, const BreakdownRow& b) {
      return std::tuple(-a.failed, a.name) < std::tuple(-b.failed, b.name);
    });
    if (!breakdown.empty() && !isOfWatch(evidence.kind) && evidence.kind != "nothing_requested") {
      message.breakdownLabel = c.text("breakdown");
      if (context.loss)
        message.breakdown.push_back(lossText(*context.loss, context.zone, c));
      else
        message.breakdown.push_back(
            gathering.part ? c.text("breakdown.concentrated", {{"share", c.percent(gathering.share)},
                                                               {"name", oneLine(gathering.part->name, 60)}})
                           : c.text("breakdown.spread"));
      for (std::size_t i = 0; i < std::min(breakdown.size(), kRowsShown); ++i) {
        const auto& part = breakdown[i];
        const double rate =
            part.outcomes > 0 ? static_cast<double>(part.failed) / static_cast<double>(part.outcomes) : 0;
        message.breakdown.push_back(
            c.text("breakdown.row", {{"name", oneLine(part.name, 60)},
                                     {"failed", c.number(static_cast<double>(part.failed))},
                                     {"total", c.number(static_cast<double>(part.outcomes))},
                                     {"rate", c.percent(rate)}}));
      }
    }
  }
  // Replies say why mail fails, not why nothing comes.
  if (!resolved && change.kind != Change::Kind::flapping && context.causes.replies > 0 &&
      evidence.kind != "stall" && !context.heldByProvider)
    addCauses(message, context.causes, c, language);
  if (context.statusPage) {
    const auto& said = *context.statusPage;
    message.statusPage =
        Field{c.text("statuspage"),
              c.text(said.troubled && !said.incident.empty() ? "statuspage.trouble" : "statuspage.none",
                     {{"description", oneLine(said.description, 120)},
                      {"incident", oneLine(said.incident, 200)},
                      {"age", c.duration(said.age)}})};
  }
  const auto link = [&](std::string_view label, const std::string& url) {
    if (!url.empty()) message.links.push_back({c.text(label), url});
  };
  link("link.page", context.page);
  link("link.dashboard", context.dashboard);
  link("link.runbook", context.runbook);
  link("link.statuspage", context.statusPageUrl);
  message.footer = words.text("footer");
  return message;
}

Notification composeGroup(std::vector<Notification> messages, Language language) {
  const auto& c = Catalogue::of(language);
  // Worst first; of equals, the order in which they were found.
  std::stable_sort(messages.begin(), messages.end(),
                   [](const Notification& a, const Notification& b) { return a.tone < b.tone; });
  const auto count = c.number(static_cast<double>(messages.size()));
  Notification group = messages.front();
  group.mention =
      std::any_of(messages.begin(), messages.end(), [](const Notification& one) { return one.mention; });
  group.title = c.text("group.title", {{"n", count}});
  group.sentence = c.text("group.sentence", {{"n", count}, {"first", group.sentence}});
  group.fallback = cutCharacters(c.text("group.short", {{"n", count}, {"first", messages.front().fallback}}),
                                 kFallbackCharacters);
  group.fields.clear();
  group.breakdownLabel = c.text("group.all");
  group.breakdown.clear();
  group.breakdown.push_back(c.text("group.order"));
  for (std::size_t i = 0; i < std::min(messages.size(), kGroupRows); ++i) {
    const auto& one = messages[i];
    // The fallback of a problem begins with its badge in brackets; that of an ending with its word.
    group.breakdown.push_back(cutCharacters(one.fallback, kFallbackCharacters));
  }
  if (messages.size() > kGroupRows)
    group.breakdown.push_back(
        c.text("group.more", {{"n", c.number(static_cast<double>(messages.size() - kGroupRows))}}));
  return group;
}

Notification composeTest(const std::string& channel, const std::string& id, Instant now, const TimeZone& zone,
                         Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::test;
  message.badge = c.text("test");
  message.title = c.text("test.title");
  message.fallback = "[" + c.text("test") + "] " + c.text("test.short");
  message.sentence = c.text("test.sentence", {{"channel", channel}});
  message.footer = c.text("footer", {{"rule", "test"}, {"at", zone.minuteText(now)}, {"id", id}});
  return message;
}

Notification composeUndeliverable(const std::string& channel, const std::string& reason,
                                  const std::string& id, Instant now, const TimeZone& zone,
                                  Language language) {
  const auto& c = Catalogue::of(language);
  Notification message;
  message.id = id;
  message.tone = Tone::warning;
  message.badge = c.text("severity.warning");
  message.title = c.text("undeliverable.title", {{"channel", channel}});
  message.fallback = cutCharacters(c.text("undeliverable.short", {{"channel", channel}, {"reason", reason}}),
                                   kFallbackCharacters);
  message.sentence =
      c.text("undeliverable.sentence", {{"channel", channel}, {"reason", oneLine(reason, 200)}});
  message.next = Field{c.text("next"), c.text("undeliverable.next")};
  message.footer = c.text("footer", {{"rule", "undeliverable"}, {"at", zone.minuteText(now)}, {"id", id}});
  return message;
}

Notification composeUnreadable(const std::string& reason, const std::string& id, Instant now,
                               const TimeZone& zone, Language language) {
  const auto& c = Catalogue::of(language);
  Notification notification;
  notification.id = id;
  notification.tone = Tone::warning;
  notification.badge = c.text("severity.warning");
  notification.title = c.text("unreadable.title");
  notification.fallback =
      cutCharacters(c.text("unreadable.short", {{"id", oneLine(id, 80)}}), kFallbackCharacters);
  notification.sentence =
      c.text("unreadable.sentence", {{"reason", oneLine(reason, 200)}, {"id", oneLine(id, 120)}});
  notification.footer =
      c.text("footer", {{"rule", "unreadable"}, {"at", zone.minuteText(now)}, {"id", oneLine(id, 120)}});
  return notification;
}

}  // namespace arrivald::notify
