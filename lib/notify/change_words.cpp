#include "notify/change_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.hpp"
#include "base/utf8.hpp"
#include "notify/compose.hpp"
#include "notify/message_parts.hpp"

namespace arrivald::notify {

using rules::Change;
using rules::Severity;
using Why = rules::Reason::Why;

namespace {

// A title may begin with a placeholder, whose text is in lower case because it also occurs inside sentences.
// In Japanese that is a name such as "docomo".
std::string capitalised(std::string text, const Catalogue& c) {
  if (c.language() == Language::japanese) return text;
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

const rules::Evidence& toldOf(const Change& change) {
  const bool now = change.kind != Change::Kind::resolved && change.kind != Change::Kind::flapping;
  const auto& reason = change.reason;
  return now || std::holds_alternative<std::monostate>(reason.worst) ? reason.evidence : reason.worst;
}

}  // namespace

bool hasRecovered(const Change& change) {
  return change.reason.why == Why::recovered || change.reason.why == Why::steady;
}

ChangeWords::ChangeWords(const Change& change, const TimeZone& zone, Instant now, Language language,
                         std::string place)
    : catalogue_(Catalogue::of(language)),
      change_(change),
      zone_(zone),
      now_(now),
      evidence_(toldOf(change)),
      words_(wordsOf(evidence_, catalogue_)),
      place_(std::move(place)) {}

std::string ChangeWords::text(std::string_view key) const {
  const auto& alert = change_.alert.key;
  const auto& reason = change_.reason;
  const auto& c = catalogue_;
  return c.text(key, {{"subject", subject("subject", 60)},
                      {"short", subject(short_, 40)},
                      {"account", alert.subject.account},
                      {"name", oneLine(alert.subject.name, 60)},
                      {"input", words_.input},
                      {"bad", words_.bad},
                      {"source", words_.source},
                      {"error", words_.error},
                      {"value", words_.value},
                      {"threshold", words_.threshold},
                      {"limit", words_.limit},
                      {"failed", words_.failed},
                      {"bound", words_.bound},
                      {"usual", words_.usual},
                      {"chance", words_.chance},
                      {"n", words_.n},
                      {"failures", words_.failures},
                      {"outcomes", words_.outcomes},
                      {"window", words_.window},
                      {"lag", words_.lag},
                      {"since", time(since())},
                      {"detected", time(reason.detected)},
                      {"until", time(until())},
                      {"lasted", c.duration(betweenMinutes(since(), until()))},
                      {"what", what(evidence_, c)},
                      {"begun", std::to_string((reason.flips + 1) / 2)},
                      {"number", std::to_string(reason.reminder)},
                      {"affected", c.number(static_cast<double>(reason.affected.value_or(0)))},
                      {"rule", alert.rule},
                      {"at", time(now_)},
                      {"id", change_.id}});
}

// Of a source that tells nothing: since it last did, which is before it was noticed.
Instant ChangeWords::until() const {
  const bool over = change_.kind == Change::Kind::resolved;
  return over ? std::min(change_.at, change_.reason.since + change_.reason.lasted) : change_.at;
}

Instant ChangeWords::since() const {
  Duration silent{0};
  if (change_.kind != Change::Kind::resolved) {
    if (const auto* reading = std::get_if<rules::ReadingEvidence>(&change_.reason.evidence))
      silent = reading->age;
    if (const auto* stream = std::get_if<rules::StreamSilenceEvidence>(&change_.reason.evidence))
      silent = stream->quiet;
  }
  return std::min(change_.reason.since, change_.at - silent);
}

std::string ChangeWords::subject(std::string_view form, std::size_t bytes) const {
  const auto& subject = change_.alert.key.subject;
  const auto name = subject.dimension == delivery::Dimension::domainGroup ? catalogue_.groupName(subject.name)
                                                                          : subject.name;
  const auto words = catalogue_.text(fmt::format("{}.{}", form, delivery::name(subject.dimension)),
                                     {{"account", subject.account}, {"name", oneLine(name, bytes)}});
  const bool headed = form == short_ && !place_.empty();
  return headed ? catalogue_.text("short.at", {{"short", words}, {"name", placeName()}}) : words;
}

std::string ChangeWords::placeName() const { return oneLine(catalogue_.groupName(place_), 40); }

std::string ChangeWords::kindText(std::string_view part) const { return text(textKey(evidence_, part)); }

// The key of a text about an alert that ends for another reason than its recovery.
std::string ChangeWords::endedKey(std::string_view part) const {
  const auto why = change_.reason.why;
  const bool noOutcome = std::holds_alternative<rules::OverdueEvidence>(change_.reason.evidence);
  return fmt::format("ended.{}.{}",
                     why == Why::ruleRemoved      ? "rule_removed"
                     : why == Why::subjectRemoved ? "subject_removed"
                     : noOutcome                  ? "no_outcome"
                                                  : "too_little_mail",
                     part);
}

std::string ChangeWords::title() const {
  if (change_.kind == Change::Kind::flapping) return capitalised(text("flapping.title"), catalogue_);
  if (change_.kind != Change::Kind::resolved) {
    const auto title = capitalised(kindText("title"), catalogue_);
    return place_.empty() ? title : catalogue_.text("title.at", {{"title", title}, {"name", placeName()}});
  }
  if (!hasRecovered(change_)) return capitalised(text(endedKey("title")), catalogue_);
  return capitalised(catalogue_.text("resolved.title", {{"over", capitalised(kindText("over"), catalogue_)},
                                                        {"subject", subject("subject", 60)}}),
                     catalogue_);
}

std::string ChangeWords::badge() const {
  const auto severity = catalogue_.text(fmt::format("severity.{}", rules::name(change_.alert.severity)));
  switch (change_.kind) {
    case Change::Kind::fired:
      return severity;
    case Change::Kind::worsened:
      return severity + " · " + catalogue_.text("worsened");
    case Change::Kind::reminded:
      return severity + " · " + text("reminder");
    case Change::Kind::flapping:
      return severity + " · " + catalogue_.text("flapping");
    case Change::Kind::resolved:
      return catalogue_.text(hasRecovered(change_) ? "resolved" : "ended");
  }
  return severity;
}

std::string ChangeWords::fallback() const {
  std::string words;
  if (change_.kind == Change::Kind::flapping)
    words = text("flapping.short");
  else if (change_.kind != Change::Kind::resolved)
    words = kindText("short");
  else if (!hasRecovered(change_))
    words = text(endedKey("short"));
  else
    words = catalogue_.text("resolved.short",
                            {{"over", kindText("over")},
                             {"short", subject(short_, 40)},
                             {"lasted", catalogue_.duration(betweenMinutes(since(), until()))}});
  return cutCharacters(fmt::format("[{}] {}", badge(), words), kFallbackCharacters);
}

std::string ChangeWords::row(std::string_view key, const std::string& side) const {
  auto named = *this;
  named.short_ = "row";
  return catalogue_.text(
      key, {{"text", named.fallback()}, {"since", time(since())}, {"until", time(until())}, {"side", side}});
}

// What was notified before stands beside what is so now.
std::string ChangeWords::worsenedSentence() const {
  const auto& reason = change_.reason;
  const auto severity = reason.before.value_or(change_.alert.severity);
  const auto value = numberLine(reason.formerly, catalogue_);
  return catalogue_.text(
      value.empty() ? "worsened.sentence" : "worsened.sentence.value",
      {{"severity", catalogue_.text(fmt::format("severity.{}", rules::name(severity)))}, {"value", value}});
}

std::string ChangeWords::sentence() const {
  const auto now = [&] {
    const auto words = kindText("sentence");
    if (words_.adapted.empty()) return words;
    return words + catalogue_.text("sentence.gap") +
           catalogue_.text("sentence.adapted", {{"why", words_.adapted}, {"threshold", words_.threshold}});
  };
  const auto after = [&](std::string_view key) {
    return text(key) + catalogue_.text("sentence.gap") + now();
  };
  switch (change_.kind) {
    case Change::Kind::fired:
      if (change_.reason.why == Why::unmuted) return after("unmuted.sentence");
      return change_.reason.why == Why::steady ? after("steady.sentence") : now();
    case Change::Kind::worsened:
      return worsenedSentence() + catalogue_.text("sentence.gap") + now();
    case Change::Kind::reminded:
      return after("reminder.sentence");
    case Change::Kind::flapping:
      return capitalised(text("flapping.sentence"), catalogue_);
    case Change::Kind::resolved:
      break;
  }
  return capitalised(resolvedSentence(), catalogue_);
}

std::string ChangeWords::recoveringSentence(const std::string& how) const {
  return capitalised(text("recovering.sentence"), catalogue_) + catalogue_.text("sentence.gap") + how;
}

std::string ChangeWords::resolvedSentence() const {
  auto sentence = hasRecovered(change_) ? text("resolved.sentence") : text(endedKey("sentence"));
  const auto add = [&](const std::string& key) { sentence += catalogue_.text("sentence.gap") + text(key); };
  const auto worst = textKey(evidence_, "worst");
  const auto* number = std::get_if<rules::NumberEvidence>(&evidence_);
  if (catalogue_.has(worst) && !(number && rules::ofAccountOnly(number->input))) add(worst);
  const bool silent = std::holds_alternative<rules::SilenceEvidence>(evidence_);
  if (change_.reason.affected.value_or(0) > 0) add(silent ? "resolved.missing" : "resolved.affected");
  return sentence;
}

Tone ChangeWords::tone() const {
  if (change_.kind == Change::Kind::resolved) return hasRecovered(change_) ? Tone::good : Tone::ended;
  switch (change_.alert.severity) {
    case Severity::critical:
      return Tone::critical;
    case Severity::warning:
      return Tone::warning;
    case Severity::info:
      break;
  }
  return Tone::info;
}

void ChangeWords::addNumbersOf(const rules::DmarcEvidence& e, std::vector<Field>& fields) const {
  using Sign = rules::DmarcSign;
  const auto add = [&](std::string_view label, std::string value) {
    fields.push_back({catalogue_.text(label), std::move(value)});
  };
  if (e.sign == Sign::ownMail || e.sign == Sign::newSource) add("field.dmarc.source", words_.source);
  if (e.sign == Sign::reporterSilent) add("field.dmarc.reporter", words_.source);
  switch (e.sign) {
    case Sign::ownMail:
    case Sign::ownMailRefused:
      add("field.value", words_.value);
      add("field.volume", text("field.mails.value"));
      break;
    case Sign::newSource:
    case Sign::spoofing:
      add("field.volume", words_.failures);
      break;
    case Sign::reportsStopped:
    case Sign::reporterSilent:
      add("field.dmarc.silent", words_.value);
      break;
    case Sign::policyChanged:
      add("field.dmarc.policy", text("field.dmarc.policy.value"));
      break;
    case Sign::unreadable:
      add("field.dmarc.refused", words_.failures);
      break;
  }
  if (!e.day.empty() && e.sign != Sign::policyChanged) add("field.dmarc.day", e.day);
}

// The numbers of the kind, each under the name of what it is.
void ChangeWords::addNumbers(std::vector<Field>& fields) const {
  const auto add = [&](std::string_view label, std::string value) {
    fields.push_back({catalogue_.text(label), std::move(value)});
  };
  const auto share = [&] {
    add("field.value", words_.value);
    add("field.threshold", limitLine(evidence_, catalogue_));
    add("field.volume", text("field.mails.value"));
  };
  std::visit(
      Overloaded{
          [&](const std::monostate&) {}, [&](const rules::SettingsEvidence&) {},
          [&](const rules::StatusEvidence&) {}, [&](const rules::RateEvidence&) { share(); },
          [&](const rules::DriftEvidence&) { share(); }, [&](const rules::BurnEvidence&) { share(); },
          [&](const rules::NumberEvidence& e) {
            add("field.value", words_.value);
            if (e.input != rules::Input::creditsLeft) add("field.threshold", words_.limit);
          },
          [&](const rules::StallEvidence&) { add("field.volume", text("field.stall.value")); },
          [&](const rules::SilenceEvidence&) { add("field.quiet", words_.value); },
          [&](const rules::ReadingEvidence&) { add("field.unread", words_.value); },
          [&](const rules::StreamSilenceEvidence&) { add("field.silent", words_.value); },
          [&](const rules::OverdueEvidence&) {
            add("field.overdue", text("field.volume.value"));
            add("field.oldest", words_.value);
          },
          [&](const rules::FirstBlockEvidence& e) {
            add("field.blocked", e.outcomes < e.blocks
                                     ? catalogue_.text("field.blocked.listed", {{"n", words_.failures}})
                                     : text("field.volume.value"));
          },
          [&](const rules::CauseEvidence&) { add("field.replies", words_.value); },
          [&](const rules::DifferenceEvidence&) { add("field.difference", text("field.difference.value")); },
          [&](const rules::StandstillEvidence& e) {
            add("field.still", words_.value);
            if (e.mails) add("field.meanwhile", text("field.meanwhile.value"));
          },
          [&](const rules::DmarcEvidence& e) { addNumbersOf(e, fields); }},
      evidence_);
}

std::vector<Field> ChangeWords::fields() const {
  std::vector<Field> fields;
  const auto add = [&](std::string_view label, std::string value) {
    fields.push_back({catalogue_.text(label), std::move(value)});
  };
  if (change_.kind == Change::Kind::resolved) {
    add(hasRecovered(change_) ? "field.lasted" : "field.observed",
        catalogue_.duration(betweenMinutes(since(), until())));
    if (change_.reason.affected.value_or(0) > 0) add("field.affected", text("field.affected.value"));
    return fields;
  }
  if (change_.kind == Change::Kind::flapping) return fields;
  addNumbers(fields);
  const bool silent = std::holds_alternative<rules::StreamSilenceEvidence>(evidence_);
  if (const auto window = rules::windowOf(evidence_); window > Duration{} && !silent)
    add("field.window", catalogue_.duration(window));
  add("field.since", time(since()));
  return fields;
}

// How far chance may explain the numbers; empty for kinds that ask no chance.
std::string ChangeWords::certainty() const {
  if (change_.kind == Change::Kind::resolved || change_.kind == Change::Kind::flapping) return {};
  const auto chance = [&] { return text("footer.chance"); };
  return std::visit(
      Overloaded{[&](const rules::RateEvidence& e) {
                   return text(rules::lowIsBad(e.input) ? "footer.best" : "footer.least");
                 },
                 [&](const rules::BurnEvidence& e) {
                   return text(rules::lowIsBad(e.input) ? "footer.best" : "footer.least");
                 },
                 [&](const rules::StallEvidence&) { return chance(); },
                 [&](const rules::OverdueEvidence&) { return chance(); },
                 [&](const rules::SilenceEvidence& e) { return e.chance ? chance() : std::string(); },
                 [](const auto&) { return std::string(); }},
      evidence_);
}

// When it was noticed, unless that is the beginning that the message names.
std::string ChangeWords::detection() const {
  const auto detected = change_.reason.detected;
  const bool later = detected > since() && time(detected) != time(since());
  return later ? text("footer.detected") : std::string();
}

std::string ChangeWords::footer() const {
  std::string footer = text("footer.rule");
  for (const auto& part : {detection(), certainty(), text("footer.id")})
    if (!part.empty()) footer += " · " + part;
  return footer;
}

}  // namespace arrivald::notify
