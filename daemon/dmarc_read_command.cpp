#include "daemon/dmarc_read_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>

#include "aggregate/input_reader.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "daemon/language.hpp"
#include "dmarc/days.hpp"
#include "dmarc/identity.hpp"
#include "dmarc/verdict.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kRowsShown = 20;
constexpr std::size_t kMaxFileBytes = aggregate::kMaxUnpackedBytes;
constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kMaxShown = 200;

struct ReadReport {
  aggregate::Report report;
  dmarc::Standing standing;
};

struct ReadInput {
  dmarc::Verdict verdict;
  std::vector<ReadReport> reports;
};

// Nothing: it cannot be read. Of what is larger than may be unpacked, the beginning tells that.
std::optional<std::string> bytesOf(std::istream& in) {
  std::string bytes;
  while (in && bytes.size() <= kMaxFileBytes) {
    const auto before = bytes.size();
    bytes.resize(before + kPiece);
    in.read(bytes.data() + before, kPiece);
    bytes.resize(before + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || (in.fail() && !in.eof())) return std::nullopt;
  return bytes;
}

std::optional<std::string> bytesOf(const std::string& file, std::istream& standardInput) {
  if (file == "-") return bytesOf(standardInput);
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return bytesOf(in);
}

ReadInput readInput(const std::string& bytes, Instant now, dmarc::KnownReports& known) {
  ReadInput input;
  dmarc::InputJudge judge;
  aggregate::InputReader reader(bytes, now);
  for (bool more = true; more;) {
    more = reader.step();
    for (auto& report : reader.takeReports()) {
      const auto standing = known.meet(dmarc::fingerprintOf(report));
      judge.add(report, standing);
      input.reports.push_back({std::move(report), standing});
    }
  }
  input.verdict = judge.finish(reader.findings());
  return input;
}

std::vector<std::string> warningsOf(const aggregate::Report& report) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < aggregate::kWarningCount; ++i)
    if (const auto warning = static_cast<aggregate::Warning>(i); report.warnings.has(warning))
      names.emplace_back(name(warning));
  return names;
}

// Largest first; of equal ones in the order of the report.
std::vector<aggregate::Row> rowsByCount(const aggregate::Report& report) {
  auto rows = report.rows;
  std::ranges::stable_sort(rows, std::ranges::greater{}, &aggregate::Row::count);
  return rows;
}

std::string_view standingName(dmarc::Standing standing) {
  switch (standing) {
    case dmarc::Standing::fresh:
      return "fresh";
    case dmarc::Standing::same:
      return "same_report";
    case dmarc::Standing::differsAndStays:
      return "same_report_differs";
    case dmarc::Standing::replaces:
      return "replaces";
  }
  return "";
}

// What strangers wrote, as one line that cannot control a terminal.
std::string shown(std::string_view text) { return oneLine(printable(text), kMaxShown); }

ordered_json jsonOf(const aggregate::Report& report, const aggregate::Row& row) {
  ordered_json json;
  json["source_ip"] = row.source.text();
  json["count"] = row.count;
  json["aligned"] = name(dmarc::alignedOf(row));
  json["disposition"] = name(row.disposition);
  json["header_from"] = report.words[row.headerFrom];
  if (row.envelopeFrom != 0) json["envelope_from"] = report.words[row.envelopeFrom];
  if (row.envelopeTo != 0) json["envelope_to"] = report.words[row.envelopeTo];
  for (const auto& result : report.authOf(row)) {
    const bool dkim = result.method == aggregate::Method::dkim;
    ordered_json one;
    one["domain"] = report.words[result.domain];
    if (result.detail != 0) one[dkim ? "selector" : "scope"] = report.words[result.detail];
    one["result"] = name(result.outcome);
    json[dkim ? "dkim" : "spf"].push_back(std::move(one));
  }
  for (const auto& reason : report.reasonsOf(row))
    json["reasons"].push_back({{"type", name(reason.type)}, {"comment", report.words[reason.comment]}});
  if (const auto cause = dmarc::failureCauseOf(report, row)) json["failure_cause"] = name(*cause);
  return json;
}

ordered_json jsonOf(const dmarc::Tally& tally) {
  return {{"messages", tally.messages()},
          {"both", tally.both},
          {"dkim_only", tally.dkimOnly},
          {"spf_only", tally.spfOnly},
          {"fail", tally.fail}};
}

ordered_json jsonOf(const aggregate::Policy& policy) {
  ordered_json json;
  json["domain"] = policy.domain;
  const std::pair<const char*, const std::string*> tags[] = {
      {"p", &policy.p},     {"sp", &policy.sp},           {"np", &policy.np},
      {"pct", &policy.pct}, {"adkim", &policy.adkim},     {"aspf", &policy.aspf},
      {"fo", &policy.fo},   {"testing", &policy.testing}, {"discovery_method", &policy.discoveryMethod}};
  for (const auto& [tag, value] : tags)
    if (!value->empty()) json[tag] = *value;
  return json;
}

ordered_json jsonOf(const ReadReport& read, const TimeZone& zone) {
  const auto& report = read.report;
  ordered_json json;
  json["reporter"] = report.reporter;
  json["report_id"] = report.reportId;
  json["standing"] = standingName(read.standing);
  json["begin"] = toIso(report.period.begin);
  json["end"] = toIso(report.period.end);
  for (const auto& share : dmarc::daysOf(report.period, zone)) json["days"].push_back(toText(share.day));
  json["policy"] = jsonOf(report.policy);
  if (!report.generator.empty()) json["generator"] = report.generator;
  if (!report.errors.empty()) json["errors"] = report.errors;
  json["records"] = report.records;
  json["records_skipped"] = report.recordsSkipped();
  json["tally"] = jsonOf(dmarc::tallyOf(report));
  json["warnings"] = warningsOf(report);
  json["rows"] = ordered_json::array();
  for (const auto& row : rowsByCount(report)) json["rows"].push_back(jsonOf(report, row));
  return json;
}

ordered_json jsonOf(const std::string& file, const ReadInput& input, const TimeZone& zone) {
  const auto& verdict = input.verdict;
  ordered_json json;
  json["file"] = file;
  json["outcome"] = name(verdict.outcome);
  json["reason"] = verdict.reason.empty() ? ordered_json() : ordered_json(verdict.reason);
  json["counted"] = verdict.reports;
  json["duplicates"] = verdict.duplicates;
  json["warnings"] = verdict.warnings;
  json["reports"] = ordered_json::array();
  for (const auto& report : input.reports) json["reports"].push_back(jsonOf(report, zone));
  return json;
}

ordered_json jsonOfUnreadable(const std::string& file) {
  return {{"file", file}, {"outcome", "unreadable"}, {"reason", "cannot_be_read"}};
}

// Parts beyond a limit were not even looked at.
bool isReadInPart(const dmarc::Verdict& verdict) {
  return std::ranges::any_of(verdict.warnings, [](const std::string& warning) {
    return warning.starts_with("part_rejected:too_many_");
  });
}

// A file may have any name, even one that looks like a line of what is printed.
std::string shownFile(const std::string& file) { return oneLine(printable(file), 4096); }

/// What people read of the inputs.
class Text {
 public:
  Text(Language language, const TimeZone& zone) : words_(notify::Catalogue::of(language)), zone_(zone) {}

  std::string unreadable(const std::string& file) const {
    return line("unreadable", {{"file", shownFile(file)}});
  }
  std::string of(const std::string& file, const ReadInput& input) const;

 private:
  std::string text(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return words_.text("cli.dmarc." + std::string(key), fillings);
  }
  std::string line(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return text(key, fillings) + '\n';
  }
  std::string number(std::uint64_t value) const { return words_.number(static_cast<double>(value)); }
  std::string reason(const dmarc::Verdict& verdict) const;
  std::string report(const ReadReport& read) const;
  std::string row(const aggregate::Report& report, const aggregate::Row& row) const;
  std::string warning(const std::string& name, const aggregate::Report* of) const;
  std::string policy(const aggregate::Policy& policy) const;

  const notify::Catalogue& words_;
  const TimeZone& zone_;
};

std::string Text::warning(const std::string& name, const aggregate::Report* of) const {
  constexpr std::string_view kPart = "part_rejected:";
  if (name.starts_with(kPart))
    return text("warning.part_rejected", {{"why", text("refused." + name.substr(kPart.size()))}});
  const auto skipped = of == nullptr                 ? 0
                       : name == "record_without_ip" ? of->recordsWithoutIp
                                                     : of->recordsWithBadCount;
  return text("warning." + name, {{"n", number(skipped)}});
}

std::string Text::reason(const dmarc::Verdict& verdict) const {
  switch (verdict.outcome) {
    case dmarc::Outcome::accepted:
      return text("accepted", {{"n", number(verdict.reports)}});
    case dmarc::Outcome::replaced:
      return text("replaced");
    case dmarc::Outcome::duplicate:
      return text("duplicate." + verdict.reason);
    case dmarc::Outcome::ignored:
      return text("ignored." + verdict.reason);
    case dmarc::Outcome::rejected:
      return text("rejected", {{"why", text("refused." + verdict.reason)}, {"code", verdict.reason}});
  }
  return "";
}

std::string Text::policy(const aggregate::Policy& policy) const {
  std::string tags;
  const std::pair<const char*, const std::string*> known[] = {
      {"p", &policy.p}, {"sp", &policy.sp}, {"np", &policy.np}, {"pct", &policy.pct}, {"t", &policy.testing}};
  for (const auto& [tag, value] : known)
    if (!value->empty()) tags += fmt::format("{}{}={}", tags.empty() ? "" : " ", tag, shown(*value));
  return tags.empty() ? text("no_policy") : tags;
}

std::string Text::row(const aggregate::Report& report, const aggregate::Row& row) const {
  std::string auth;
  for (const auto& result : report.authOf(row)) {
    const bool dkim = result.method == aggregate::Method::dkim;
    const auto selector =
        dkim && result.detail != 0 ? "/" + shown(report.words[result.detail]) : std::string();
    auth += fmt::format("{}{} {}{} {}", auth.empty() ? "" : ", ", dkim ? "DKIM" : "SPF",
                        shown(report.words[result.domain]), selector, name(result.outcome));
  }
  const auto cause = dmarc::failureCauseOf(report, row);
  const auto aligned = cause ? text("failed." + std::string(name(*cause)))
                             : text("passed." + std::string(name(dmarc::alignedOf(row))));
  auto said = fmt::format("    {:<39} {:>10}  {}", row.source.text(), number(row.count), aligned);
  if (row.disposition != aggregate::Disposition::none && row.disposition != aggregate::Disposition::pass)
    said += text("disposition." + std::string(name(row.disposition)));
  if (const auto from = report.words[row.headerFrom]; !from.empty() && from != report.policy.domain)
    said += text("header_from", {{"domain", shown(from)}});
  for (const auto& reason : report.reasonsOf(row))
    said += text("reason", {{"reason", text("reason." + std::string(name(reason.type)))}});
  if (!auth.empty()) said += "\n        " + auth;
  return said + '\n';
}

std::string Text::report(const ReadReport& read) const {
  const auto& report = read.report;
  const auto tally = dmarc::tallyOf(report);
  const auto days = dmarc::daysOf(report.period, zone_);
  const auto day = days.size() == 1 ? toText(days.front().day)
                                    : toText(days.front().day) + " – " + toText(days.back().day);
  auto said = line("report", {{"reporter", report.reporter.empty() ? "?" : shown(report.reporter)},
                              {"domain", shown(report.policy.domain)},
                              {"day", day}});
  said += line("period", {{"begin", zone_.minuteText(report.period.begin)},
                          {"end", zone_.zonedText(report.period.end)},
                          {"id", report.reportId.empty() ? "–" : shown(report.reportId)}});
  said += line("policy", {{"policy", policy(report.policy)}});
  if (read.standing == dmarc::Standing::same || read.standing == dmarc::Standing::differsAndStays)
    said += line("known");
  said += line("messages", {{"messages", number(tally.messages())},
                            {"passed", number(tally.messages() - tally.fail)},
                            {"both", number(tally.both)},
                            {"dkim", number(tally.dkimOnly)},
                            {"spf", number(tally.spfOnly)},
                            {"fail", number(tally.fail)}});
  const auto rows = rowsByCount(report);
  for (std::size_t i = 0; i < std::min(rows.size(), kRowsShown); ++i) said += row(report, rows[i]);
  if (rows.size() > kRowsShown) said += line("more_rows", {{"n", number(rows.size() - kRowsShown)}});
  for (const auto& name : warningsOf(report)) said += "  ! " + warning(name, &report) + '\n';
  for (const auto& error : report.errors) said += line("reporters_error", {{"error", shown(error)}});
  return said;
}

std::string Text::of(const std::string& file, const ReadInput& input) const {
  auto said = line("file", {{"file", shownFile(file)}, {"what", reason(input.verdict)}});
  for (const auto& read : input.reports) said += report(read);
  for (const auto& name : input.verdict.warnings)
    if (name.starts_with("part_rejected:")) said += "  ! " + warning(name, nullptr) + '\n';
  return said;
}

// That of the configuration, where it can be read.
TimeZone zoneOf(const std::string& config, config::Environment environment) {
  environment.credentialsComeLater = true;
  const auto loaded = config::loadListener(config, environment);
  return loaded.config ? loaded.config->zone : TimeZone();
}

}  // namespace

Output dmarcReadOutput(const DmarcReadOptions& options, const config::Environment& environment, Instant now,
                       std::istream& standardInput) {
  const auto zone = zoneOf(options.config, environment);
  const Text text(commandLanguage(options.language, options.config, environment), zone);
  Output output;
  dmarc::KnownReports known;
  auto all = ordered_json::array();
  for (const auto& file : options.files) {
    const auto bytes = bytesOf(file, standardInput);
    if (!bytes) {
      output.err += text.unreadable(file);
      output.exit = kExitFailed;
      if (options.json) all.push_back(jsonOfUnreadable(file));
      continue;
    }
    const auto input = readInput(*bytes, now, known);
    if (input.verdict.outcome == dmarc::Outcome::rejected || isReadInPart(input.verdict))
      output.exit = kExitFailed;
    if (options.json)
      all.push_back(jsonOf(file, input, zone));
    else
      output.out += text.of(file, input);
  }
  if (options.json)
    output.out = escapeUnprintable(all.dump(2, ' ', false, ordered_json::error_handler_t::replace)) + '\n';
  return output;
}

}  // namespace arrivald
