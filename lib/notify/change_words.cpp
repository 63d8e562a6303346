#include "notify/change_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.hpp"
#include "base/utf8.hpp"
#include "notify/compose.hpp"

namespace arrivald::notify {

using rules::Change;
using rules::Severity;

namespace {

// A title may begin with a placeholder, whose text is in lower case because it also occurs inside sentences.
std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace

bool hasRecovered(const Change& change) {
  return change.reason.why == rules::Reason::Why::recovered ||
         change.reason.why == rules::Reason::Why::steady;
}

ChangeWords::ChangeWords(const Change& change, const TimeZone& zone, Instant now, Language language)
    : catalogue_(Catalogue::of(language)),
      change_(change),
      zone_(zone),
      now_(now),
      evidence_(wordsOf(change.reason.evidence, catalogue_)),
      worst_(wordsOf(change.reason.worst, catalogue_).value) {}

std::string ChangeWords::text(std::string_view key) const {
  const auto& alert = change_.alert.key;
  const auto& reason = change_.reason;
  const auto& c = catalogue_;
  return c.text(key, {{"subject", subject("subject", 60)},
                      {"short", subject("short", 40)},
                      {"account", alert.subject.account},
                      {"name", oneLine(alert.subject.name, 60)},
                      {"input", evidence_.input},
                      {"bad", evidence_.bad},
                      {"source", evidence_.source},
                      {"error", evidence_.error},
                      {"value", evidence_.value},
                      {"threshold", evidence_.threshold},
                      {"bound", evidence_.bound},
                      {"usual", evidence_.usual},
                      {"chance", evidence_.chance},
                      {"n", evidence_.n},
                      {"failures", evidence_.failures},
                      {"outcomes", evidence_.outcomes},
                      {"window", evidence_.window},
                      {"lag", evidence_.lag},
                      {"since", time(since())},
                      {"detected", time(reason.detected)},
                      {"until", time(change_.at)},
                      {"lasted", c.duration(reason.lasted)},
                      {"worst", worst_},
                      {"what", what(reason.evidence, c)},
                      {"flips", std::to_string(reason.flips)},
                      {"number", std::to_string(reason.reminder)},
                      {"affected", c.number(static_cast<double>(reason.affected.value_or(0)))},
                      {"rule", alert.rule},
                      {"at", time(now_)},
                      {"id", change_.id}});
}

// Of a source that tells nothing: since it last did, which is before it was noticed.
Instant ChangeWords::since() const {
  Duration silent{0};
  if (const auto* reading = std::get_if<rules::ReadingEvidence>(&change_.reason.evidence))
    silent = reading->age;
  if (const auto* stream = std::get_if<rules::StreamSilenceEvidence>(&change_.reason.evidence))
    silent = stream->quiet;
  return std::min(change_.reason.since, change_.at - silent);
}

std::string ChangeWords::subject(std::string_view form, std::size_t bytes) const {
  const auto& subject = change_.alert.key.subject;
  return catalogue_.text(fmt::format("{}.{}", form, delivery::name(subject.dimension)),
                         {{"account", subject.account}, {"name", oneLine(subject.name, bytes)}});
}

std::string ChangeWords::kindText(std::string_view part) const {
  return text(textKey(change_.reason.evidence, part));
}

std::string ChangeWords::title() const {
  if (change_.kind == Change::Kind::resolved)
    return capitalised(text(hasRecovered(change_) ? "resolved.title" : "ended.title"));
  return capitalised(change_.kind == Change::Kind::flapping ? text("flapping.title") : kindText("title"));
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
  const auto text = change_.kind != Change::Kind::resolved
                        ? fmt::format("[{}] {}", badge(), kindText("short"))
                        : this->text(hasRecovered(change_) ? "resolved.short" : "ended.short");
  return cutCharacters(text, kFallbackCharacters);
}

std::string ChangeWords::sentence() const {
  switch (change_.kind) {
    case Change::Kind::fired:
      return kindText("sentence");
    case Change::Kind::worsened:
      return text("worsened.sentence") + " " + kindText("sentence");
    case Change::Kind::reminded:
      return text("reminder.sentence") + " " + kindText("sentence");
    case Change::Kind::flapping:
      return text("flapping.sentence");
    case Change::Kind::resolved:
      break;
  }
  return resolvedSentence();
}

std::string ChangeWords::resolvedSentence() const {
  using Why = rules::Reason::Why;
  const auto& reason = change_.reason;
  if (reason.why == Why::tooLittleMail) return text("resolved.tooLittleMail");
  if (reason.why == Why::ruleRemoved) return text("resolved.ruleRemoved");
  if (reason.why == Why::subjectRemoved) return text("resolved.subjectGone");
  if (!traitsOf(reason.evidence).hasValue) return text("resolved.withoutValue");
  auto sentence = text("resolved.sentence");
  if (reason.affected.value_or(0) > 0) sentence += " " + text("resolved.affected");
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

std::vector<Field> ChangeWords::fieldsOfEnd() const {
  const auto& c = catalogue_;
  std::vector<Field> fields{{c.text("field.lasted"), c.duration(change_.reason.lasted)}};
  if (traitsOf(change_.reason.evidence).hasValue) fields.push_back({c.text("field.worst"), worst_});
  if (change_.reason.affected.value_or(0) > 0)
    fields.push_back({c.text("field.affected"), text("field.affected.value")});
  return fields;
}

std::vector<Field> ChangeWords::fields() const {
  if (change_.kind == Change::Kind::resolved) return fieldsOfEnd();
  std::vector<Field> fields;
  const auto add = [&](std::string_view label, std::string value) {
    fields.push_back({catalogue_.text(label), std::move(value)});
  };
  const auto& evidence = change_.reason.evidence;
  const auto share = [&] {
    add("field.value", evidence_.value);
    add("field.threshold", evidence_.threshold);
    add("field.volume", text("field.volume.value"));
  };
  std::visit(
      Overloaded{[&](const std::monostate&) {}, [&](const rules::SettingsEvidence&) {},
                 [&](const rules::StatusEvidence&) {},
                 [&](const rules::StallEvidence&) { add("field.volume", text("field.stall.value")); },
                 [&](const rules::RateEvidence&) { share(); }, [&](const rules::DriftEvidence&) { share(); },
                 [&](const rules::BurnEvidence&) { share(); },
                 [&](const rules::NumberEvidence&) {
                   add("field.value", evidence_.value);
                   add("field.threshold", evidence_.threshold);
                 },
                 [&](const auto&) { add("field.value", evidence_.value); }},
      evidence);
  if (const auto window = rules::windowOf(evidence); window > Duration{})
    add("field.window", catalogue_.duration(window));
  const auto chance = [&] { add("field.bound", text("field.chance.value")); };
  std::visit(Overloaded{[&](const rules::RateEvidence&) { add("field.bound", text("field.bound.value")); },
                        [&](const rules::BurnEvidence&) { add("field.bound", text("field.bound.value")); },
                        [&](const rules::StallEvidence&) { chance(); },
                        [&](const rules::OverdueEvidence&) { chance(); },
                        [&](const rules::SilenceEvidence& e) {
                          if (e.chance) chance();
                        },
                        [](const auto&) {}},
             evidence);
  add("field.since", time(since()));
  return fields;
}

}  // namespace arrivald::notify
