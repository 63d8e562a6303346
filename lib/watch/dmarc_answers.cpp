#include "watch/dmarc_answers.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "watch/dmarc_words.hpp"

namespace arrivald::watch {
namespace {

using nlohmann::ordered_json;

ordered_json jsonOf(const dmarc::Tally& tally) {
  return {{"messages", tally.messages()},
          {"both", tally.both},
          {"dkim_only", tally.dkimOnly},
          {"spf_only", tally.spfOnly},
          {"fail", tally.fail}};
}

ordered_json jsonOf(const dmarc::Dispositions& dispositions) {
  return {{"none", dispositions.none},
          {"quarantine", dispositions.quarantined},
          {"reject", dispositions.rejected}};
}

ordered_json jsonOf(const dmarc::Policy& policy) {
  ordered_json json;
  json["p"] = policy.p.empty() ? ordered_json() : ordered_json(policy.p);
  json["since"] = policy.since ? ordered_json(toText(*policy.since)) : ordered_json();
  return json;
}

ordered_json jsonOf(const std::map<Date, dmarc::DaySums>& days, Date lastClosed) {
  auto list = ordered_json::array();
  for (const auto& [day, sums] : days) {
    ordered_json one;
    one["day"] = toText(day);
    one["closed"] = day <= lastClosed;
    one["tally"] = jsonOf(sums.total());
    for (std::size_t i = 0; i < dmarc::kOriginCount; ++i)
      one["origins"][std::string(name(static_cast<dmarc::Origin>(i)))] = jsonOf(sums.byOrigin.at(i));
    one["dispositions"] = jsonOf(sums.dispositions);
    list.push_back(std::move(one));
  }
  return list;
}

ordered_json jsonOf(const DmarcReporter& reporter) {
  return {{"reporter", reporter.name},
          {"last_day", toText(reporter.lastDay)},
          {"days", reporter.days},
          {"messages", reporter.messages},
          {"fail", reporter.failed}};
}

dmarc::Tally totalOf(const dmarc::Sources& sources) {
  dmarc::Tally total;
  for (const auto& [day, sums] : sources.days) total += sums.total();
  return total;
}

dmarc::Tally ownOf(const dmarc::Sources& sources) {
  dmarc::Tally own;
  for (const auto& [day, sums] : sources.days)
    own += sums.byOrigin.at(static_cast<std::size_t>(dmarc::Origin::own));
  return own;
}

ordered_json jsonOf(const dmarc::Source& source) {
  ordered_json one;
  one["source"] = source.name;
  one["origin"] = name(source.origin);
  one["evidence"] = name(source.evidence);
  one["first_day"] = toText(source.firstDay);
  one["last_day"] = toText(source.lastDay);
  one["tally"] = jsonOf(source.tally);
  one["dispositions"] = jsonOf(source.dispositions);
  for (std::size_t i = 0; i < source.causes.size(); ++i)
    one["causes"][std::string(name(static_cast<dmarc::FailureCause>(i)))] = source.causes.at(i);
  one["networks"] = source.networks;
  return one;
}

std::string dumped(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

ordered_json jsonOf(const dmarc::Condition& condition, dmarc::Step step, const DmarcWords& words) {
  ordered_json json;
  json["condition"] = name(condition.id);
  json["state"] = name(condition.state);
  json["value"] = condition.value ? ordered_json(*condition.value) : ordered_json();
  json[condition.limit == dmarc::Limit::atLeast ? "at_least" : "at_most"] = condition.bound;
  json["at_stake"] = condition.atStake;
  if (!condition.subject.empty()) json["subject"] = condition.subject;
  json["text"] = words.condition(condition, step);
  return json;
}

ordered_json jsonOf(const dmarc::DnsFinding& finding, const DmarcWords& words) {
  ordered_json json;
  json["check"] = name(finding.check);
  json["state"] = name(finding.state);
  json["found"] = finding.reason;
  json["subject"] = finding.subject;
  json["text"] = words.finding(finding);
  if (finding.state != dmarc::State::met)
    if (const auto todo = words.advice(finding); !todo.empty()) json["advice"] = todo;
  return json;
}

}  // namespace

std::string dmarcSummaryJson(const std::vector<std::shared_ptr<const DmarcView>>& views) {
  auto domains = ordered_json::array();
  for (const auto& one : views) {
    const auto& view = *one;
    ordered_json json;
    json["domain"] = view.domain;
    json["days_shown"] = view.days();
    json["policy"] = jsonOf(view.policy);
    json["outlook"] = name(view.enforcement.outlook);
    json["tally"] = jsonOf(totalOf(view.shown));
    json["own"] = jsonOf(ownOf(view.shown));
    const auto& judged = view.enforcement;
    json["judged"] = {{"first_day", toText(view.firstJudged)},
                      {"last_day", toText(view.lastClosed)},
                      {"messages", judged.messages},
                      {"own", judged.ownMessages},
                      {"own_passed", judged.ownPassed}};
    json["coverage"] = view.enforcement.coverage ? ordered_json(*view.enforcement.coverage) : ordered_json();
    json["reporters"] = ordered_json::array();
    for (const auto& reporter : view.reporters) json["reporters"].push_back(jsonOf(reporter));
    if (view.rest.reporters > 0)
      json["more_reporters"] = {
          {"reporters", view.rest.reporters}, {"messages", view.rest.reported}, {"fail", view.rest.failed}};
    json["days"] = jsonOf(view.shown.days, view.lastClosed);
    domains.push_back(std::move(json));
  }
  return dumped({{"domains", std::move(domains)}});
}

std::string dmarcSourcesJson(const DmarcView& view) {
  ordered_json json;
  json["domain"] = view.domain;
  json["days_shown"] = view.days();
  json["sources"] = ordered_json::array();
  for (const auto& source : view.shown.sources) json["sources"].push_back(jsonOf(source));
  if (view.rest.sources > 0) {
    json["more"] = jsonOf(view.rest.sum);
    json["more"]["sources"] = view.rest.sources;
  }
  return dumped(json);
}

std::string dmarcReadyJson(const DmarcView& view, Language language) {
  const DmarcWords words(language);
  const auto& judged = view.enforcement;
  ordered_json json;
  json["domain"] = view.domain;
  json["first_day"] = toText(view.firstJudged);
  json["last_day"] = toText(view.lastClosed);
  json["policy"] = jsonOf(view.policy);
  json["outlook"] = name(judged.outlook);
  json["next"] = name(judged.next);
  json["first"] = ordered_json::array();
  for (const auto id : judged.first) json["first"].push_back(name(id));
  json["first_text"] = words.first(view);
  json["at_stake"] = {{"own", judged.atStake.own},
                      {"forwarded", judged.atStake.forwarded},
                      {"unknown_service", judged.atStake.unknownServices},
                      {"spoofed", judged.atStake.spoofed},
                      {"unknown", judged.atStake.unknown}};
  json["coverage"] = judged.coverage ? ordered_json(*judged.coverage) : ordered_json();
  for (const auto step : {dmarc::Step::quarantine, dmarc::Step::reject})
    for (const auto& condition : judged.conditions(step))
      json["conditions"][std::string(name(step))].push_back(jsonOf(condition, step, words));
  if (view.dns)
    for (const auto& finding : view.dns->findings) json["dns"].push_back(jsonOf(finding, words));
  return dumped(json);
}

std::string dmarcRefusedJson(const std::vector<store::DmarcAsideTable::Row>& rows) {
  auto list = ordered_json::array();
  for (const auto& row : rows)
    list.push_back({{"at", toIso(row.at)},
                    {"via", row.via},
                    {"name", row.name},
                    {"reason", row.reason},
                    {"bytes", row.bytes}});
  return dumped({{"refused", std::move(list)}});
}

DmarcSummary dmarcSummaryOf(const DmarcView& view, Language language) {
  const DmarcWords words(language);
  const auto& texts = words.catalogue();
  const auto& judged = view.enforcement;
  DmarcSummary summary;
  if (totalOf(view.shown).messages() == 0 && view.policy.p.empty()) {
    summary.head = texts.text("cli.dmarc.summary.none", {{"domain", view.domain}});
    summary.first = words.firstOfDns(view);
    return summary;
  }
  summary.isKnown = true;
  summary.head =
      texts.text("cli.dmarc.summary.head", {{"domain", view.domain}, {"outlook", words.outlook(judged)}});
  if (judged.messages == 0) {
    const auto open = totalOf(view.shown).messages();
    summary.body = texts.text(open == 0 ? "cli.dmarc.summary.nothing" : "cli.dmarc.summary.open",
                              {{"last", toText(view.lastClosed)}, {"messages", words.number(open)}});
    summary.first = words.first(view);
    return summary;
  }
  summary.body =
      texts.text("cli.dmarc.summary.body", {{"first", toText(view.firstJudged)},
                                            {"last", toText(view.lastClosed)},
                                            {"messages", words.number(judged.messages)},
                                            {"reporters", words.number(judged.reporters)},
                                            {"own", words.number(judged.ownMessages)},
                                            {"pass", words.share(judged.ownPassed, judged.ownMessages)},
                                            {"policy", words.policy(view.policy)}});
  if (judged.coverage)
    summary.coverage =
        texts.text("cli.dmarc.summary.coverage", {{"coverage", texts.percent(*judged.coverage)}});
  summary.first = words.first(view);
  return summary;
}

std::string dmarcSummaryText(const std::vector<std::shared_ptr<const DmarcView>>& views, Language language) {
  const auto& texts = notify::Catalogue::of(language);
  std::string said;
  for (const auto& view : views) {
    const auto summary = dmarcSummaryOf(*view, language);
    said += summary.head + '\n';
    for (const auto* line : {&summary.body, &summary.coverage})
      if (!line->empty()) said += "  " + *line + '\n';
    if (!summary.first.empty())
      said += "  " + texts.text("cli.dmarc.summary.first", {{"what", summary.first}}) + '\n';
  }
  return said;
}

std::string dmarcSourcesText(const DmarcView& view, Language language) {
  const DmarcWords words(language);
  const auto& texts = words.catalogue();
  auto said = view.domain + '\n';
  if (view.shown.sources.empty()) said += texts.text("cli.dmarc.no_sources") + '\n';
  for (const auto& source : view.shown.sources) {
    const auto all = source.tally.messages();
    said += texts.text("cli.dmarc.source", {{"name", source.name},
                                            {"messages", words.number(all)},
                                            {"pass", words.share(all - source.tally.fail, all)},
                                            {"origin", words.origin(source.origin)},
                                            {"evidence", words.evidence(source.evidence)},
                                            {"first", toText(source.firstDay)},
                                            {"last", toText(source.lastDay)}}) +
            '\n';
    if (const auto causes = words.causes(source); !causes.empty()) said += "    " + causes + '\n';
  }
  if (view.rest.sources > 0) {
    const auto all = view.rest.sum.tally.messages();
    said += texts.text("cli.dmarc.more", {{"n", words.number(view.rest.sources)},
                                          {"messages", words.number(all)},
                                          {"pass", words.share(all - view.rest.sum.tally.fail, all)},
                                          {"domain", view.domain}}) +
            '\n';
  }
  return said;
}

std::string dmarcReadyText(const DmarcView& view, Language language) {
  const DmarcWords words(language);
  const auto& texts = words.catalogue();
  const auto& judged = view.enforcement;
  auto said =
      texts.text("cli.dmarc.summary.head", {{"domain", view.domain}, {"outlook", words.outlook(judged)}}) +
      '\n';
  if (const auto first = words.first(view); !first.empty())
    said += "  " + texts.text("cli.dmarc.summary.first", {{"what", first}}) + '\n';
  said += words.stake(judged.atStake) + "\n\n" + texts.text("cli.dmarc.ready.marks") + '\n';
  for (const auto step : {dmarc::Step::quarantine, dmarc::Step::reject}) {
    said += '\n' + texts.text("cli.dmarc.ready.step", {{"step", std::string(name(step))}}) + '\n';
    for (const auto& condition : judged.conditions(step))
      said += texts.text(fmt::format("cli.dmarc.ready.{}", name(condition.state)),
                         {{"text", words.condition(condition, step)}}) +
              '\n';
  }
  if (view.dns) said += '\n' + texts.text("cli.dmarc.ready.dns") + '\n';
  if (view.dns)
    for (const auto& finding : view.dns->findings) {
      said += texts.text(fmt::format("cli.dmarc.ready.{}", name(finding.state)),
                         {{"text", words.finding(finding)}}) +
              '\n';
      if (finding.state == dmarc::State::met) continue;
      if (const auto todo = words.advice(finding); !todo.empty())
        said += texts.text("cli.dmarc.ready.todo", {{"text", todo}}) + '\n';
    }
  return said;
}

std::string dmarcRefusedText(const std::vector<store::DmarcAsideTable::Row>& rows, const TimeZone& zone,
                             Language language) {
  const DmarcWords words(language);
  const auto& texts = words.catalogue();
  if (rows.empty()) return texts.text("cli.dmarc.aside.none") + '\n';
  std::string said;
  for (const auto& row : rows)
    said += texts.text("cli.dmarc.aside.row", {{"time", zone.zonedText(row.at)},
                                               {"via", row.via},
                                               {"name", row.name.empty() ? "–" : row.name},
                                               {"reason", row.reason},
                                               {"why", words.refusal(row.reason)}}) +
            '\n';
  return said;
}

}  // namespace arrivald::watch
