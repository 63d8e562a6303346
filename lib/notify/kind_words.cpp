#include "notify/kind_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/overloaded.hpp"
#include "base/utf8.hpp"
#include "causes/texts.hpp"

namespace arrivald::notify {

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

namespace {

using rules::Evidence;
using rules::Input;

std::string count(std::int64_t number, const Catalogue& c) { return c.number(static_cast<double>(number)); }

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

// "authentication failure or blocked by reputation": the causes that a rule looks for.
std::string causeWords(const std::vector<std::string>& names, const Catalogue& c) {
  std::string words;
  for (const auto& name : names) {
    const auto known = causes::classNamed(name);
    words += (words.empty() ? "" : c.text("cause_seen.or")) +
             (known ? std::string(causes::shortName(*known, c.language())) : name);
  }
  return words;
}

// With as many digits as it takes to tell it from the threshold.
std::string shareWords(Input input, const std::optional<rules::BadShare>& share, rules::BadShare threshold,
                       const Catalogue& c) {
  if (!share) return "–";
  return c.percentBeside(rules::inOwnTerms(input, *share), rules::inOwnTerms(input, threshold));
}

// Common to all kinds about a share of bad mail.
template <class E>
EvidenceWords shareEvidence(const E& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = shareWords(e.input, e.mails.share(), e.threshold, c);
  words.threshold = c.percent(rules::inOwnTerms(e.input, e.threshold));
  words.limit =
      c.text(rules::lowIsBad(e.input) ? "limit.low" : "limit.high", {{"threshold", words.threshold}});
  words.failed = c.text(fmt::format("failed.{}", rules::name(e.input)));
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
  words.bound = shareWords(e.input, e.bound, e.threshold, c);
  if (e.usual) words.usual = shareWords(e.input, e.usual, e.threshold, c);
  if (e.configured)
    words.adapted = c.text(e.learning ? "limit.learning" : "limit.usual",
                           {{"configured", c.percent(rules::inOwnTerms(e.input, *e.configured))}});
  return words;
}

EvidenceWords wordsOfKind(const rules::BurnEvidence& e, const Catalogue& c) {
  auto words = shareEvidence(e, c);
  words.bound = shareWords(e.input, e.bound, e.threshold, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::DriftEvidence& e, const Catalogue& c) {
  auto words = shareEvidence(e, c);
  words.usual = shareWords(e.input, e.usual, e.threshold, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::NumberEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.value(e.input, e.value);
  words.threshold = c.value(e.input, e.limit);
  words.window = c.duration(e.window);
  words.input = inputWords(e.input, c);
  words.error = errorWords(e.error, c);
  const bool above = e.side == rules::Threshold::Side::above;
  words.limit = c.text(above ? "limit.high" : "limit.low", {{"threshold", words.threshold}});
  words.bad = c.text(above ? "threshold.above" : "threshold.below");
  words.n = count(e.delivered, c);
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
  if (e.all)
    words.source = c.text("source.all");
  else if (e.others > 0)
    words.source = c.text("source.more", {{"source", words.source}, {"n", count(e.others + 1, c)}});
  // A key that is not accepted reads nothing, whatever was tried first.
  if (e.error == Error::Kind::unauthorized && e.source != rules::Source::lists)
    words.source = sourceWords(rules::Source::statistics, c);
  words.error = errorWords(e.error ? name(*e.error) : std::string_view(), c);
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
  words.source = causeWords(e.causes, c);
  return words;
}

EvidenceWords wordsOfKind(const rules::DifferenceEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.percent(e.share());
  words.threshold = c.percent(e.limit);
  words.n = count(e.statistics, c);
  words.failures = count(e.events, c);
  if (e.lacking == rules::LackingPart::dayBoundary)
    words.source = e.zone;
  else if (e.lacking != rules::LackingPart::none)
    words.source = c.text(fmt::format("stream_differs.of.{}", rules::name(e.lacking)));
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
  words.error = c.has(key) ? c.text(key) : oneLine(e.status, 60);
  return words;
}

EvidenceWords wordsOfKind(const rules::StandstillEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.value = c.duration(e.quiet);
  words.threshold = c.duration(e.limit);
  if (e.mails) words.n = count(*e.mails, c);
  if (e.expected) words.usual = c.number(*e.expected);
  return words;
}

// What the number of each sign is.
void addDmarcValue(const rules::DmarcEvidence& e, EvidenceWords& words, const Catalogue& c) {
  using Sign = rules::DmarcSign;
  switch (e.sign) {
    case Sign::ownMail:
    case Sign::ownMailRefused: {
      const double share = e.total > 0 ? static_cast<double>(e.mails) / static_cast<double>(e.total) : 0;
      words.value = c.percentBeside(share, e.limit);
      words.threshold = c.percent(e.limit);
      words.usual = c.percentBeside(e.usual, e.limit);
      words.limit = c.text("limit.high", {{"threshold", words.threshold}});
      break;
    }
    case Sign::newSource:
    case Sign::spoofing:
    case Sign::unreadable:
      words.value = count(e.mails, c);
      words.threshold = c.number(e.limit);
      words.usual = c.number(e.usual);
      break;
    case Sign::reportsStopped:
    case Sign::reporterSilent:
      words.value = c.duration(e.quiet);
      words.threshold = c.duration(e.quietLimit);
      break;
    case Sign::policyChanged:
      words.value = "p=" + e.source;
      break;
  }
}

EvidenceWords wordsOfKind(const rules::DmarcEvidence& e, const Catalogue& c) {
  EvidenceWords words;
  words.source = oneLine(e.source, 100);
  if (e.others > 0)
    words.source = c.text("dmarc.and_more", {{"source", words.source}, {"n", count(e.others, c)}});
  words.error = oneLine(e.before, 100);
  words.window = e.day.empty() ? "?" : e.day;
  words.failures = count(e.mails, c);
  words.n = count(e.total, c);
  addDmarcValue(e, words, c);
  return words;
}

}  // namespace

EvidenceWords wordsOf(const Evidence& evidence, const Catalogue& catalogue) {
  return std::visit([&](const auto& e) { return wordsOfKind(e, catalogue); }, evidence);
}

namespace {

// What failed is our own disk or database.
bool isOfStorage(const std::optional<Error::Kind>& error) {
  using Kind = Error::Kind;
  return error && (*error == Kind::storage || *error == Kind::diskFull || *error == Kind::readOnly ||
                   *error == Kind::ioError || *error == Kind::damaged || *error == Kind::locked);
}

// Behind the kind's name, for evidence that has texts of its own; else empty.
std::string variantOf(const Evidence& evidence) {
  return std::visit(
      Overloaded{
          [](const rules::NumberEvidence& e) {
            if (e.unproven) return fmt::format("{}.unproven", rules::name(e.input));
            if (e.undelivered) return fmt::format("{}.undelivered", rules::name(e.input));
            if (e.doubted()) return fmt::format("{}.taken", rules::name(e.input));
            return rules::ofAccountOnly(e.input) ? std::string(rules::name(e.input)) : std::string();
          },
          [](const rules::ReadingEvidence& e) {
            if (isOfStorage(e.error)) return std::string("storage");
            const bool lists = e.source == rules::Source::lists;
            if (lists) return std::string(e.everRead ? "lists" : "lists_never");
            if (e.streamed) return std::string(e.everRead ? "streamed" : "never_streamed");
            return std::string(e.everRead ? "" : "never");
          },
          [](const rules::StreamSilenceEvidence& e) { return std::string(e.error.empty() ? "" : "refused"); },
          [](const rules::SilenceEvidence& e) {
            return std::string(e.expected && *e.expected >= 1 ? "" : "unknown");
          },
          [](const rules::DifferenceEvidence& e) {
            return std::string(e.lacking == rules::LackingPart::none          ? ""
                               : e.lacking == rules::LackingPart::dayBoundary ? "zone"
                                                                              : "lacking");
          },
          [](const rules::StandstillEvidence& e) { return std::string(e.mails ? "" : "alone"); },
          [](const rules::DmarcEvidence& e) {
            return e.passes ? fmt::format("{}.passes", name(e.sign)) : std::string(name(e.sign));
          },
          [](const rules::FirstBlockEvidence& e) {
            return std::string(e.outcomes < e.blocks ? "listed" : "");
          },
          [](const rules::StatusEvidence& e) {
            return std::string(e.stopped() || e.status.empty() ? "" : "other");
          },
          [](const auto&) { return std::string(); }},
      evidence);
}

std::string existing(const std::string& key, const std::string& otherwise) {
  return Catalogue::of(Language::english).has(key) ? key : otherwise;
}

}  // namespace

std::string what(const Evidence& evidence, const Catalogue& catalogue) {
  const auto kind = rules::kindName(evidence);
  if (kind.empty()) return catalogue.text("what.unknown");
  const auto words = wordsOf(evidence, catalogue);
  const auto plain = fmt::format("what.{}", kind);
  const auto variant = variantOf(evidence);
  const auto wider = existing(fmt::format("{}.{}", plain, variant.substr(0, variant.find('.'))), plain);
  return catalogue.text(existing(fmt::format("{}.{}", plain, variant), wider),
                        {{"input", words.input}, {"source", words.source}});
}

std::string textKey(const Evidence& evidence, std::string_view part) {
  const auto plain = fmt::format("{}.{}", rules::kindName(evidence), part);
  auto variant = variantOf(evidence);
  if (variant.empty()) return plain;
  // A variant of a variant has some texts of its own.
  const auto outer = variant.substr(0, variant.find('.'));
  const auto wider = existing(fmt::format("{}.{}.{}", rules::kindName(evidence), outer, part), plain);
  return existing(fmt::format("{}.{}.{}", rules::kindName(evidence), variant, part), wider);
}

std::string nextStepKey(const Evidence& evidence) {
  if (const auto* silence = std::get_if<rules::StreamSilenceEvidence>(&evidence);
      silence && !silence->error.empty())
    return refusalNextKey(silence->error);
  if (const auto* reading = std::get_if<rules::ReadingEvidence>(&evidence))
    return existing(fmt::format("nothing_read.next.{}", reading->error ? name(*reading->error) : "other"),
                    "nothing_read.next.other");
  const auto traits = traitsOf(evidence);
  if (traits.concern == Concern::recipients) return "rate_threshold.drop_rate.next";
  if (traits.concern == Concern::complaints) return "rate_threshold.spam_report_rate.next";
  if (traits.replies == MailView::Replies::deferred) return "overdue.next";
  if (const auto* number = std::get_if<rules::NumberEvidence>(&evidence)) {
    if (traits.replies) return "rate_threshold.next";
    if (traits.concern == Concern::application && number->side == rules::Threshold::Side::below)
      return "nothing_requested.next";
  }
  return textKey(evidence, "next");
}

namespace {

// Of a share of mail: what becomes of the mail that counted against it.
std::string stepAfterShare(Input input) {
  switch (input) {
    case Input::deliveryRate:
    case Input::deliveryRateByRequest:
    case Input::deliveryRateLessDrops:
    case Input::bounceRate:
    case Input::blockRate:
      return "resolved.next.returned";
    case Input::dropRate:
      return "resolved.next.dropped";
    default:
      return "";
  }
}

}  // namespace

std::string stepAfterKey(const Evidence& worst) {
  using Error = Error::Kind;
  return std::visit(
      Overloaded{[](const rules::RateEvidence& e) { return stepAfterShare(e.input); },
                 [](const rules::BurnEvidence& e) { return stepAfterShare(e.input); },
                 [](const rules::DriftEvidence& e) { return stepAfterShare(e.input); },
                 [](const rules::NumberEvidence& e) {
                   return std::string(e.input == Input::creditsLeft && !e.doubted() ? "resolved.next.refused"
                                                                                    : "");
                 },
                 [](const rules::StallEvidence&) { return std::string("resolved.next.waited"); },
                 [](const rules::OverdueEvidence&) { return std::string("resolved.next.waited"); },
                 [](const rules::SilenceEvidence&) { return std::string("resolved.next.not_requested"); },
                 [](const rules::FirstBlockEvidence&) { return std::string("resolved.next.returned"); },
                 [](const rules::CauseEvidence&) { return std::string("resolved.next.returned"); },
                 [](const rules::ReadingEvidence& e) {
                   return std::string(e.error == Error::unauthorized ? "resolved.next.read.key"
                                      : e.error == Error::throttled  ? "resolved.next.read.limit"
                                                                     : "resolved.next.read");
                 },
                 [](const rules::StandstillEvidence&) { return std::string("resolved.next.read"); },
                 [](const rules::StatusEvidence& e) {
                   return std::string(e.stopped() ? "resolved.next.suspended" : "");
                 },
                 [](const auto&) { return std::string(); }},
      worst);
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
  const auto number = numberLine(evidence, c);
  const auto limit = limitLine(evidence, c);
  if (number.empty() || limit.empty()) return number;
  return c.text("value.beside_limit", {{"value", number}, {"limit", limit}});
}

std::string chanceWords(double chance, const Catalogue& c) {
  constexpr double kOften = 0.1, kHardlyEver = 1e-9;
  if (chance > kOften) return fmt::format("{:.0f} %", 100 * chance);
  auto times = std::round(1 / std::max(chance, kHardlyEver));
  // Two digits tell enough.
  const double digits = std::pow(10, std::max(0.0, std::floor(std::log10(times)) - 1));
  times = std::round(times / digits) * digits;
  return c.text("chance.once_in", {{"n", c.number(times)}});
}

std::string limitLine(const Evidence& evidence, const Catalogue& c) {
  const auto words = wordsOf(evidence, c);
  if (words.adapted.empty()) return words.limit;
  return c.text("limit.adapted", {{"limit", words.limit}, {"why", words.adapted}});
}

std::string numberLine(const Evidence& evidence, const Catalogue& c) {
  if (!traitsOf(evidence).hasValue) return "";
  const auto words = wordsOf(evidence, c);
  const auto mails = [&] {
    return c.text("field.volume.value", {{"failures", words.failures}, {"n", words.n}});
  };
  return std::visit(
      Overloaded{[&](const rules::StallEvidence&) {
                   return c.text("field.stall.value", {{"outcomes", words.outcomes}, {"n", words.n}});
                 },
                 [&](const rules::OverdueEvidence&) { return mails(); },
                 [&](const rules::FirstBlockEvidence& e) {
                   return e.outcomes < e.blocks ? c.text("field.blocked.listed", {{"n", words.failures}})
                                                : mails();
                 },
                 [&](const rules::DifferenceEvidence&) {
                   return c.text("field.difference.value", {{"n", words.n}, {"failures", words.failures}});
                 },
                 [&](const auto&) { return words.value; }},
      evidence);
}

}  // namespace arrivald::notify
