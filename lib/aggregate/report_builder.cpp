#include "aggregate/report_builder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

#include "aggregate/hash.hpp"
#include "base/utf8.hpp"
#include "mime/text.hpp"

namespace arrivald::aggregate {
namespace {

using mime::lower;
using mime::trimmed;

constexpr std::size_t kMaxDomain = 253;
constexpr std::size_t kMaxSelector = 63;
constexpr std::size_t kMaxErrors = 10;
// Of one record; no mail has as many signatures.
constexpr std::size_t kMaxAuth = 64;
constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kMaxProbes = 64;

constexpr auto kMaxPeriod = std::chrono::days(31);
constexpr auto kMaxBeginAhead = std::chrono::hours(24);
constexpr auto kMaxEndAhead = std::chrono::hours(48);

// The first that is said counts.
void set(std::string& field, std::string_view text) {
  if (field.empty()) field = text;
}

std::string withoutBrackets(std::string_view text) {
  if (text.starts_with('<') && text.ends_with('>') && text.size() >= 2)
    text = text.substr(1, text.size() - 2);
  return std::string(trimmed(text));
}

// Of "dmarc@example.net", "<dmarc@example.net>", "DMARC <dmarc@example.net>".
std::string domainOfAddress(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + 1);
  return lower(text.substr(0, text.find_first_of("> \t\r\n,;")));
}

// In lower case, without a final dot; of an address, the part behind the @.
void foldDomain(std::string_view text, std::string& domain) {
  if (text.starts_with('<')) text.remove_prefix(1);
  if (text.ends_with('>')) text.remove_suffix(1);
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  text = trimmed(text);
  if (text.ends_with('.')) text.remove_suffix(1);
  domain.assign(cutUtf8(text, kMaxDomain));
  for (char& c : domain)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
}

Disposition dispositionNamed(std::string_view text) {
  if (text.empty() || mime::sameWord(text, "none")) return Disposition::none;
  for (const auto one : {Disposition::quarantine, Disposition::reject, Disposition::pass})
    if (mime::sameWord(text, name(one))) return one;
  return Disposition::other;
}

AuthOutcome outcomeNamed(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, AuthOutcome>, 11> kNames = {{
      {"pass", AuthOutcome::pass},
      {"fail", AuthOutcome::fail},
      {"softfail", AuthOutcome::softfail},
      {"neutral", AuthOutcome::neutral},
      {"none", AuthOutcome::none},
      {"policy", AuthOutcome::policy},
      {"temperror", AuthOutcome::temperror},
      {"permerror", AuthOutcome::permerror},
      {"hardfail", AuthOutcome::fail},
      {"unknown", AuthOutcome::temperror},  // RFC 7489 allows these two for the errors
      {"error", AuthOutcome::permerror},
  }};
  for (const auto& [word, outcome] : kNames)
    if (mime::sameWord(text, word)) return outcome;
  return AuthOutcome::other;
}

Override overrideNamed(std::string_view text) {
  for (const auto one : {Override::forwarded, Override::sampledOut, Override::trustedForwarder,
                         Override::mailingList, Override::localPolicy, Override::policyTestMode})
    if (mime::sameWord(text, name(one))) return one;
  return Override::other;
}

std::optional<std::uint64_t> parseCount(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || count > kMaxCount)
    return std::nullopt;
  return count;
}

// Seconds since 1970; a fraction is cut off. Beyond what a number holds is far in the future.
std::optional<std::int64_t> parseSeconds(std::string_view text) {
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  const auto dot = std::min(text.find('.'), text.size());
  const auto whole = text.substr(0, dot);
  const auto fraction = text.substr(std::min(dot + 1, text.size()));
  if (whole.empty() || !std::ranges::all_of(whole, isDigit) || !std::ranges::all_of(fraction, isDigit))
    return std::nullopt;
  constexpr std::int64_t kFar = 1'000'000'000'000'000;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  return error == std::errc() ? std::min(seconds, kFar) : kFar;
}

}  // namespace

void ReportBuilder::Record::clear() {
  for (auto* text : {&sourceIp, &count, &disposition, &dkim, &spf, &headerFrom, &envelopeFrom, &envelopeTo})
    text->clear();
  auth.clear();
  reasons.clear();
}

ReportBuilder::ReportBuilder() : slots_(kFirstSlots) {}

bool ReportBuilder::begin(Element element) {
  switch (element) {
    case Element::metadata:
      return !std::exchange(metadataSeen_, true);
    case Element::policyPublished:
      if (policySeen_) report_.warnings.add(Warning::policyTwice);
      return !std::exchange(policySeen_, true);
    case Element::record:
      record_.clear();
      return true;
    case Element::reason:
      reasonType_.clear();
      reasonComment_.clear();
      return true;
    case Element::dkim:
    case Element::spf:
      auth_.method = element == Element::dkim ? Method::dkim : Method::spf;
      auth_.domain.clear();
      auth_.detail.clear();
      auth_.outcome.clear();
      return true;
    default:
      return true;
  }
}

void ReportBuilder::end(Element element) {
  switch (element) {
    case Element::record:
      endRecord();
      break;
    case Element::reason:
      endReason();
      break;
    case Element::dkim:
    case Element::spf:
      endAuth();
      break;
    default:
      break;
  }
}

void ReportBuilder::text(Element element, std::string_view text) {
  text = trimmed(text);
  if (element > Element::record)
    recordText(element, text);
  else if (element > Element::policyPublished)
    policyText(element, text);
  else
    metadataText(element, text);
}

void ReportBuilder::metadataText(Element element, std::string_view text) {
  switch (element) {
    case Element::orgName:
      set(report_.reporter, text);
      break;
    case Element::email:
      set(email_, text);
      break;
    case Element::reportId:
      set(report_.reportId, withoutBrackets(text));
      break;
    case Element::begin:
      set(begin_, text);
      break;
    case Element::end:
      set(end_, text);
      break;
    case Element::generator:
      set(report_.generator, text);
      break;
    case Element::error:
      if (!text.empty() && report_.errors.size() < kMaxErrors) report_.errors.emplace_back(text);
      break;
    default:
      break;
  }
}

void ReportBuilder::policyText(Element element, std::string_view text) {
  auto& policy = report_.policy;
  if (element == Element::policyDomain) {
    foldDomain(text, scratch_);
    set(policy.domain, scratch_);
    return;
  }
  const auto word = lower(text);
  switch (element) {
    case Element::adkim:
      set(policy.adkim, word);
      break;
    case Element::aspf:
      set(policy.aspf, word);
      break;
    case Element::p:
      set(policy.p, word);
      break;
    case Element::sp:
      set(policy.sp, word);
      break;
    case Element::np:
      set(policy.np, word);
      break;
    case Element::pct:
      set(policy.pct, word);
      break;
    case Element::fo:
      set(policy.fo, word);
      break;
    case Element::testing:
      set(policy.testing, word);
      break;
    case Element::discoveryMethod:
      set(policy.discoveryMethod, word);
      break;
    default:
      break;
  }
}

void ReportBuilder::recordText(Element element, std::string_view text) {
  switch (element) {
    case Element::sourceIp:
      set(record_.sourceIp, text);
      break;
    case Element::count:
      set(record_.count, text);
      break;
    case Element::disposition:
      set(record_.disposition, text);
      break;
    case Element::evaluatedDkim:
      set(record_.dkim, text);
      break;
    case Element::evaluatedSpf:
      set(record_.spf, text);
      break;
    case Element::headerFrom:
      set(record_.headerFrom, text);
      break;
    case Element::envelopeFrom:
      set(record_.envelopeFrom, text);
      break;
    case Element::envelopeTo:
      set(record_.envelopeTo, text);
      break;
    case Element::reasonType:
      set(reasonType_, text);
      break;
    case Element::reasonComment:
      set(reasonComment_, text);
      break;
    default:
      authText(element, text);
      break;
  }
}

void ReportBuilder::authText(Element element, std::string_view text) {
  switch (element) {
    case Element::dkimDomain:
    case Element::spfDomain:
      set(auth_.domain, text);
      break;
    case Element::dkimSelector:
    case Element::spfScope:
      set(auth_.detail, text);
      break;
    case Element::dkimResult:
    case Element::spfResult:
      set(auth_.outcome, text);
      break;
    default:
      break;
  }
}

Words::Id ReportBuilder::domainId(std::string_view text) {
  foldDomain(text, scratch_);
  return report_.words.add(scratch_);
}

void ReportBuilder::endAuth() {
  // Some reporters write the elements without anything in them, or each result twice.
  if ((auth_.domain.empty() && auth_.outcome.empty()) || record_.auth.size() >= kMaxAuth) return;
  AuthResult result{auth_.method, outcomeNamed(auth_.outcome), domainId(auth_.domain), Words::kEmpty};
  result.detail = report_.words.add(cutUtf8(auth_.detail, kMaxSelector));
  if (std::ranges::find(record_.auth, result) == record_.auth.end()) record_.auth.push_back(result);
}

void ReportBuilder::endReason() {
  if (record_.reasons.size() >= kMaxAuth) return;
  record_.reasons.push_back({overrideNamed(reasonType_), report_.words.add(reasonComment_)});
}

void ReportBuilder::endRecord() {
  if (report_.records + report_.recordsSkipped() >= kMaxRecords) {
    tooLarge_ = true;
    return;
  }
  const auto source = parseIpAddress(record_.sourceIp);
  if (!source) {
    ++report_.recordsWithoutIp;
    report_.warnings.add(Warning::recordWithoutIp);
    return;
  }
  const auto count = parseCount(record_.count);
  if (!count) {
    ++report_.recordsWithBadCount;
    report_.warnings.add(Warning::recordWithBadCount);
    return;
  }
  ++report_.records;
  Row row;
  row.source = *source;
  row.count = *count;
  row.headerFrom = domainId(record_.headerFrom);
  row.envelopeFrom = domainId(record_.envelopeFrom);
  row.envelopeTo = domainId(record_.envelopeTo);
  if (!record_.auth.empty()) row.auth = report_.authSets.add(packed(record_.auth));
  if (!record_.reasons.empty()) row.reasons = report_.reasonSets.add(packed(record_.reasons));
  row.disposition = dispositionNamed(record_.disposition);
  row.dkim = mime::sameWord(record_.dkim, "pass");
  row.spf = mime::sameWord(record_.spf, "pass");
  const bool passed = row.dkim || row.spf;
  const bool punished = row.disposition == Disposition::quarantine || row.disposition == Disposition::reject;
  if (passed ? punished : row.disposition == Disposition::pass)
    report_.warnings.add(Warning::dispositionContradicts);
  merge(row);
}

namespace {

// All but the count.
std::uint64_t hashOfRow(const Row& row) {
  std::array<char, 16 + 5 * 4 + 3> bytes{};
  std::memcpy(bytes.data(), row.source.bytes.data(), 16);
  const std::array<Words::Id, 5> ids = {row.headerFrom, row.envelopeFrom, row.envelopeTo, row.auth,
                                        row.reasons};
  std::memcpy(bytes.data() + 16, ids.data(), sizeof ids);
  bytes[36] = static_cast<char>(row.disposition);
  bytes[37] = static_cast<char>(row.dkim);
  bytes[38] = static_cast<char>(row.spf);
  return hashOf({bytes.data(), bytes.size()});
}

bool equalButCount(const Row& a, const Row& b) {
  return a.source == b.source && a.headerFrom == b.headerFrom && a.envelopeFrom == b.envelopeFrom &&
         a.envelopeTo == b.envelopeTo && a.auth == b.auth && a.reasons == b.reasons &&
         a.disposition == b.disposition && a.dkim == b.dkim && a.spf == b.spf;
}

}  // namespace

void ReportBuilder::merge(const Row& row) {
  auto& rows = report_.rows;
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(hashOfRow(row)) & mask;
  for (std::size_t probes = 0; slots_[at] != 0; at = (at + 1) & mask) {
    auto& known = rows[slots_[at] - 1];
    if (equalButCount(known, row)) {
      known.count += row.count;
      return;
    }
    // Rows that were made to collide stay apart, which is no mistake.
    if (++probes == kMaxProbes) break;
  }
  if (rows.size() >= kMaxRows) {
    tooLarge_ = true;
    return;
  }
  rows.push_back(row);
  if (slots_[at] == 0) slots_[at] = static_cast<std::uint32_t>(rows.size());
  if (rows.size() * 2 > slots_.size()) growSlots();
}

void ReportBuilder::growSlots() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < report_.rows.size(); ++i) {
    std::size_t at = static_cast<std::size_t>(hashOfRow(report_.rows[i])) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::optional<Refusal> ReportBuilder::readPeriod(Instant now) {
  const auto begin = parseSeconds(begin_);
  const auto end = parseSeconds(end_);
  if (!begin || !end || *end < *begin) return Refusal::periodInvalid;
  const auto seconds = [](auto duration) { return std::chrono::seconds(duration).count(); };
  const auto today = unixSeconds(now);
  if (*begin > today + seconds(kMaxBeginAhead) || *end > today + seconds(kMaxEndAhead))
    return Refusal::periodInFuture;
  if (*end - *begin > seconds(kMaxPeriod)) return Refusal::periodTooLong;
  report_.period = {fromUnixSeconds(*begin), fromUnixSeconds(*end)};
  if (*end - *begin > seconds(std::chrono::hours(36))) report_.warnings.add(Warning::longPeriod);
  return std::nullopt;
}

Result<Report, Refusal> ReportBuilder::finish(Instant now) {
  if (tooLarge_) return Refusal::tooLarge;
  if (report_.policy.domain.empty()) return Refusal::noDomain;
  if (const auto refusal = readPeriod(now)) return *refusal;
  if (report_.reporter.empty()) {
    report_.reporter = domainOfAddress(email_);
    report_.warnings.add(Warning::orgFromEmail);
  }
  if (report_.reportId.empty()) report_.warnings.add(Warning::noReportId);
  if (report_.records + report_.recordsSkipped() == 0) report_.warnings.add(Warning::noRecords);
  report_.words.seal();
  report_.authSets.seal();
  report_.reasonSets.seal();
  report_.rows.shrink_to_fit();
  return std::move(report_);
}

}  // namespace arrivald::aggregate
