#include "notify/kind_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.hpp"

namespace arrivald::notify {
namespace {

using rules::Evidence;
using rules::Input;

std::string count(std::int64_t number, const Catalogue& c) { return c.number(static_cast<double>(number)); }

std::string chanceWords(double chance, const Catalogue& c) {
  if (chance < 1e-9) return "1/1,000,000,000";
  return fmt::format("1/{}", c.number(std::max(1.0, 1 / chance)));
}

std::string inputWords(Input input, const Catalogue& c) {
  return c.text(fmt::format("input.{}", rules::name(input)));
}

std::string sourceWords(rules::Source source, const Catalogue& c) {
  return c.text(fmt::format("source.{}", rules::name(source)));
}

std::string errorWords(std::string_view error, const Catalogue& c) {
  const auto key = fmt::format("error.{}", error);
  return c.text(c.has(key) ? key : "error.unknown");
}

// The defects in the evidence of stream_settings, such as "disabled,signature".
std::string settingsWords(std::string_view wrong, const Catalogue& c) {
  std::string words;
  while (!wrong.empty()) {
    const auto end = std::min(wrong.find(','), wrong.size());
    const auto one = wrong.substr(0, end);
    const auto key = fmt::format("settings.{}", one);
    words += (words.empty() ? "" : c.text("settings.and")) +
             (c.has(key) ? c.text(key) : c.text("settings.events", {{"events", std::string(one)}}));
    wrong.remove_prefix(std::min(end + 1, wrong.size()));
  }
  return words;
}

std::string shareWords(Input input, const std::optional<rules::BadShare>& share, const Catalogue& c) {
  return share ? c.percent(rules::inOwnTerms(input, *share)) : "–";
}

// Common to all kinds about a share of bad mail.
template <class E>
EvidenceWords shareEvidence(const E& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = shareWords(e.input, e.mails.share(), c);
  words.threshold = shareWords(e.input, e.threshold, c);
  words.n = count(e.mails.total, c);
  words.failures = count(e.mails.bad, c);
  words.window = c.duration(e.window);
  words.input = inputWords(e.input, c);
  words.bad = c.text(rules::lowIsBad(e.input) ? "rate_threshold.low" : "rate_threshold.high");
  return words;
}

EvidenceWords wordsOfKind(const std::monostate&, const Catalogue&) { return {}; }

EvidenceWords wordsOfKind(const rules::RateEvidence& e, const Catalogue& c) {
  auto words = shareEvidence(e, c);
  words.bound = shareWords(e.input, e.bound, c);
  if (e.usual) words.usual = shareWords(e.input, e.usual, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::BurnEvidence& e, const Catalogue& c) {
  auto words = shareEvidence(e, c);
  words.bound = shareWords(e.input, e.bound, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::DriftEvidence& e, const Catalogue& c) {
  auto words = shareEvidence(e, c);
  words.usual = shareWords(e.input, e.usual, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::NumberEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.value(e.input, e.value);
  words.threshold = c.value(e.input, e.limit);
  words.window = c.duration(e.window);
  words.input = inputWords(e.input, c);
  words.error = errorWords(e.error, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::StallEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value =
      e.requests > 0 ? c.percent(static_cast<double>(e.outcomes) / static_cast<double>(e.requests)) : "–";
  words.threshold = c.percent(e.usualShare);
  words.chance = chanceWords(e.chance, c);
  words.n = count(e.requests, c);
  words.outcomes = count(e.outcomes, c);
  words.window = c.duration(e.window);
  words.lag = c.duration(e.lag);
  return words;
}

EvidenceWords wordsOfKind(const rules::SilenceEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.duration(e.quiet);
  words.threshold = c.duration(e.minQuiet);
  if (e.expected) words.usual = c.number(*e.expected);
  if (e.chance) words.chance = chanceWords(*e.chance, c);
  words.window = c.duration(e.window);
  return words;
}

EvidenceWords wordsOfKind(const rules::ReadingEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.duration(e.age);
  words.threshold = c.duration(e.limit);
  words.source = sourceWords(e.source.value_or(rules::Source::statistics), c);
  words.error = errorWords(e.error, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::StreamSilenceEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.duration(e.quiet);
  words.threshold = c.duration(e.limit);
  words.n = count(e.outcomes, c);
  words.failures = count(e.refused, c);
  words.window = c.duration(e.limit);
  words.source = sourceWords(rules::Source::events, c);
  words.error = e.error.empty() ? errorWords(e.error, c) : refusalWords(e.error, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::OverdueEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.duration(e.oldest);
  words.threshold = words.lag = c.duration(e.after);
  words.chance = chanceWords(e.chance, c);
  words.n = count(e.processed, c);
  words.failures = count(e.overdue, c);
  words.window = c.duration(e.window);
  return words;
}

EvidenceWords wordsOfKind(const rules::FirstBlockEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = words.failures = count(e.blocks, c);
  words.threshold = count(e.minMails, c);
  words.n = count(e.outcomes, c);
  words.window = c.duration(e.window);
  return words;
}

EvidenceWords wordsOfKind(const rules::CauseEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = words.failures = words.n = count(e.replies, c);
  words.threshold = count(e.minMails, c);
  words.window = c.duration(e.window);
  return words;
}

EvidenceWords wordsOfKind(const rules::DifferenceEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.percent(e.share());
  words.threshold = c.percent(e.limit);
  words.n = count(e.statistics, c);
  words.failures = count(e.events, c);
  if (e.lacking.starts_with("UTC"))
    words.source = e.lacking;
  else if (!e.lacking.empty())
    words.source = c.text(fmt::format("stream_differs.of.{}", e.lacking));
  return words;
}

EvidenceWords wordsOfKind(const rules::SettingsEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.error = settingsWords(e.wrong, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::StatusEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  const auto key = fmt::format("account_status.{}", e.status);
  words.error = c.text(c.has(key) ? key : "account_status.other");
  return words;
}

EvidenceWords wordsOfKind(const rules::StandstillEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.duration(e.quiet);
  words.threshold = c.duration(e.limit);
  words.n = count(e.mails.value_or(0), c);
  words.usual = c.number(e.expected.value_or(0));
  return words;
}

constexpr KindTraits kReceivers{Concern::receivers, true, false};

constexpr KindTraits traitsOfKind(const std::monostate&) { return {}; }
constexpr KindTraits traitsOfKind(const rules::RateEvidence& e) {
  // Dropped mail never reached a receiver: the addresses are on a suppression list.
  return e.input == Input::dropRate ? KindTraits{Concern::recipients, true, false} : kReceivers;
}
constexpr KindTraits traitsOfKind(const rules::NumberEvidence&) { return {Concern::receivers, true, true}; }
constexpr KindTraits traitsOfKind(const rules::StallEvidence&) { return {Concern::provider, true, true}; }
constexpr KindTraits traitsOfKind(const rules::SilenceEvidence&) {
  return {Concern::application, true, true};
}
constexpr KindTraits traitsOfKind(const rules::ReadingEvidence&) { return {Concern::watch, true, false}; }
constexpr KindTraits traitsOfKind(const rules::StreamSilenceEvidence&) {
  return {Concern::watch, true, false};
}
constexpr KindTraits traitsOfKind(const rules::OverdueEvidence&) { return kReceivers; }
constexpr KindTraits traitsOfKind(const rules::DriftEvidence&) { return kReceivers; }
constexpr KindTraits traitsOfKind(const rules::BurnEvidence&) { return kReceivers; }
constexpr KindTraits traitsOfKind(const rules::FirstBlockEvidence&) { return kReceivers; }
constexpr KindTraits traitsOfKind(const rules::CauseEvidence&) { return kReceivers; }
constexpr KindTraits traitsOfKind(const rules::DifferenceEvidence&) { return {Concern::watch, true, false}; }
constexpr KindTraits traitsOfKind(const rules::SettingsEvidence&) { return {Concern::watch, false, false}; }
constexpr KindTraits traitsOfKind(const rules::StatusEvidence&) { return {Concern::account, false, false}; }
constexpr KindTraits traitsOfKind(const rules::StandstillEvidence&) { return {Concern::watch, true, false}; }

}  // namespace

KindTraits traitsOf(const Evidence& evidence) {
  return std::visit([](const auto& e) { return traitsOfKind(e); }, evidence);
}

EvidenceWords wordsOf(const Evidence& evidence, const Catalogue& catalogue) {
  return std::visit([&](const auto& e) { return wordsOfKind(e, catalogue); }, evidence);
}

std::string what(const Evidence& evidence, const Catalogue& catalogue) {
  const auto kind = rules::kindName(evidence);
  if (kind.empty()) return catalogue.text("what.unknown");
  const auto words = wordsOf(evidence, catalogue);
  return catalogue.text(fmt::format("what.{}", kind), {{"input", words.input}, {"source", words.source}});
}

namespace {

bool isOfStorage(const rules::ReadingEvidence& evidence) {
  using Kind = Error::Kind;
  for (const auto kind :
       {Kind::storage, Kind::diskFull, Kind::readOnly, Kind::ioError, Kind::damaged, Kind::locked})
    if (evidence.error == name(kind)) return true;
  return false;
}

// Of numbers of an account, and of what the stream lacks: they have texts of their own.
std::string keyOfItsOwn(const Evidence& evidence) {
  if (const auto* number = std::get_if<rules::NumberEvidence>(&evidence);
      number && rules::ofAccountOnly(number->input))
    return fmt::format("threshold.{}", rules::name(number->input));
  if (const auto* difference = std::get_if<rules::DifferenceEvidence>(&evidence);
      difference && !difference->lacking.empty())
    return difference->lacking.starts_with("UTC") ? "stream_differs.zone" : "stream_differs.lacking";
  return {};
}

}  // namespace

std::string textKey(const Evidence& evidence, std::string_view part) {
  const auto* reading = std::get_if<rules::ReadingEvidence>(&evidence);
  const bool ours = reading && isOfStorage(*reading);
  const auto* silence = std::get_if<rules::StreamSilenceEvidence>(&evidence);
  const bool refused = silence && !silence->error.empty();
  if (const auto own = keyOfItsOwn(evidence); !own.empty()) return fmt::format("{}.{}", own, part);
  const auto* requests = std::get_if<rules::SilenceEvidence>(&evidence);
  const bool unusual = requests && requests->expected && *requests->expected >= 1;
  const auto* still = std::get_if<rules::StandstillEvidence>(&evidence);
  return fmt::format("{}.{}{}", rules::kindName(evidence),
                     ours                     ? "storage."
                     : refused                ? "refused."
                     : requests && !unusual   ? "unknown."
                     : still && !still->mails ? "alone."
                                              : "",
                     part);
}

std::string nextKey(const Evidence& evidence) {
  if (const auto* silence = std::get_if<rules::StreamSilenceEvidence>(&evidence);
      silence && !silence->error.empty())
    return refusalNextKey(silence->error);
  const auto* reading = std::get_if<rules::ReadingEvidence>(&evidence);
  const auto own = keyOfItsOwn(evidence);
  const auto* rate = std::get_if<rules::RateEvidence>(&evidence);
  if (rate && rate->input == Input::dropRate) return "rate_threshold.drop_rate.next";
  if (!reading) return fmt::format("{}.next", own.empty() ? std::string(rules::kindName(evidence)) : own);
  const auto key = fmt::format("nothing_read.next.{}", reading->error);
  return Catalogue::of(Language::english).has(key) ? key : "nothing_read.next.other";
}

std::string refusalWords(std::string_view outcome, const Catalogue& c) {
  const auto key = fmt::format("refused.{}", outcome);
  return c.has(key) ? c.text(key) : errorWords(outcome, c);
}

std::string refusalNextKey(std::string_view outcome) {
  const auto key = fmt::format("stream_silent.refused.next.{}", outcome);
  return Catalogue::of(Language::english).has(key) ? key : "stream_silent.refused.next.other";
}

std::string valueLine(const Evidence& evidence, const Catalogue& c) {
  if (!traitsOf(evidence).hasValue) return "";
  const auto words = wordsOf(evidence, c);
  const auto withThreshold = [&] {
    return fmt::format("{} ({} {})", words.value, c.text("field.threshold"), words.threshold);
  };
  return std::visit(Overloaded{[&](const rules::StallEvidence&) {
                                 return c.text("field.stall.value",
                                               {{"outcomes", words.outcomes}, {"n", words.n}});
                               },
                               [&](const rules::SilenceEvidence&) { return words.value; },
                               [&](const rules::ReadingEvidence&) { return words.value; },
                               [&](const rules::StreamSilenceEvidence&) { return words.value; },
                               [&](const rules::OverdueEvidence&) { return words.value; },
                               [&](const rules::StandstillEvidence&) { return words.value; },
                               [&](const auto&) { return withThreshold(); }},
                    evidence);
}

}  // namespace arrivald::notify
