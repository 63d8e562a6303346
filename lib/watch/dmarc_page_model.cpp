#include "watch/dmarc_page_model.hpp"

#include <fmt/format.h>

#include "notify/job_words.hpp"
#include "watch/dmarc_words.hpp"

namespace arrivald::watch {
namespace {

using pages::DmarcMood;
using pages::DmarcPage;

DmarcMood moodOf(dmarc::Outlook outlook) {
  switch (outlook) {
    case dmarc::Outlook::readyForQuarantine:
    case dmarc::Outlook::readyForReject:
    case dmarc::Outlook::enforced:
      return DmarcMood::good;
    case dmarc::Outlook::notReady:
      return DmarcMood::warning;
    case dmarc::Outlook::losesOwnMail:
      return DmarcMood::bad;
    case dmarc::Outlook::notEnoughData:
    case dmarc::Outlook::enforcedUnknown:
      break;
  }
  return DmarcMood::unknown;
}

// Of a source: what of it needs somebody to act.
DmarcMood moodOf(const dmarc::Source& source) {
  if (source.origin == dmarc::Origin::own) return source.tally.fail > 0 ? DmarcMood::bad : DmarcMood::good;
  if (source.origin == dmarc::Origin::unknownService) return DmarcMood::warning;
  return DmarcMood::unknown;
}

DmarcPage::Checklist checklistOf(const DmarcView& view, dmarc::Step step, const DmarcWords& words) {
  DmarcPage::Checklist list;
  list.title = words.catalogue().text("page.dmarc.step", {{"step", std::string(name(step))}});
  for (const auto& condition : view.enforcement.conditions(step)) {
    DmarcPage::Item item;
    item.mark = static_cast<DmarcPage::Mark>(condition.state);
    item.text = words.condition(condition, step);
    // What is unknown for want of mail is mended by waiting, which the first conditions say.
    const bool isOpen =
        condition.state == dmarc::State::unmet ||
        (condition.state == dmarc::State::unknown && condition.id == dmarc::ConditionId::coverage);
    if (isOpen && step == view.enforcement.next) item.advice = words.advice(condition, step);
    list.items.push_back(std::move(item));
  }
  return list;
}
static_assert(static_cast<int>(DmarcPage::Mark::byHand) == static_cast<int>(dmarc::State::byHand));

DmarcPage::Checklist dnsOf(const DmarcView& view, const TimeZone& zone, const DmarcWords& words) {
  DmarcPage::Checklist list;
  if (!view.dns) return list;
  list.title = words.catalogue().text("page.dmarc.dns.at", {{"time", zone.zonedText(view.dns->at)}});
  for (const auto& finding : view.dns->findings)
    list.items.push_back({static_cast<DmarcPage::Mark>(finding.state), words.finding(finding),
                          finding.state == dmarc::State::met ? std::string() : words.advice(finding)});
  return list;
}

std::vector<DmarcPage::Day> barsOf(const DmarcView& view) {
  std::vector<DmarcPage::Day> bars;
  if (view.shown.days.empty()) return bars;
  for (auto date = view.firstShown; date <= view.today; date += std::chrono::days(1)) {
    DmarcPage::Day day;
    day.label = toText(date);
    day.open = date > view.lastClosed;
    if (const auto found = view.shown.days.find(date); found != view.shown.days.end()) {
      const auto total = found->second.total();
      day.passed = {total.both, total.dkimOnly, total.spfOnly, total.fail};
      for (std::size_t i = 0; i < dmarc::kOriginCount; ++i)
        day.origins.at(i) = found->second.byOrigin.at(i).messages();
    }
    bars.push_back(std::move(day));
  }
  return bars;
}

DmarcPage::Source sourceOf(const dmarc::Source& source, const DmarcWords& words) {
  const auto& tally = source.tally;
  const auto all = tally.messages();
  DmarcPage::Source row;
  row.name = source.name;
  row.origin = words.origin(source.origin);
  row.evidence = words.evidence(source.evidence);
  row.causes = words.causes(source);
  for (const auto& network : source.networks) row.networks += (row.networks.empty() ? "" : ", ") + network;
  row.mood = moodOf(source);
  row.messages = words.number(all);
  row.pass = words.share(all - tally.fail, all);
  row.dkim = words.share(tally.both + tally.dkimOnly, all);
  row.spf = words.share(tally.both + tally.spfOnly, all);
  row.treated = fmt::format("{} / {}", words.number(source.dispositions.quarantined),
                            words.number(source.dispositions.rejected));
  row.seen = toText(source.firstDay) + " – " + toText(source.lastDay);
  return row;
}

std::vector<DmarcPage::Fact> factsOf(const DmarcView& view, const DmarcWords& words) {
  const auto label = [&](const char* key) {
    return words.catalogue().text(fmt::format("page.dmarc.fact.{}", key));
  };
  const auto& judged = view.enforcement;
  return {{label("policy"), words.policy(view.policy)},
          {label("days"), toText(view.firstJudged) + " – " + toText(view.lastClosed)},
          {label("own"), fmt::format("{} ({} / {})", words.share(judged.ownPassed, judged.ownMessages),
                                     words.number(judged.ownPassed), words.number(judged.ownMessages))},
          {label("coverage"), judged.coverage ? words.catalogue().percent(*judged.coverage)
                                              : words.catalogue().text("dmarc.unknown")}};
}

// Who is not among those that are shown, in one row.
void addRest(DmarcPage& page, const DmarcView& view, const DmarcWords& words) {
  const auto more = [&](std::size_t n) {
    return words.catalogue().text("dmarc.more", {{"n", words.number(n)}});
  };
  if (view.rest.sources > 0) {
    auto row = sourceOf(view.rest.sum, words);
    row.name = more(view.rest.sources);
    row.origin = row.evidence = row.networks = "";
    page.sources.push_back(std::move(row));
  }
  if (view.rest.reporters > 0)
    page.reporters.push_back(
        {more(view.rest.reporters), "", words.number(view.rest.reported), words.number(view.rest.failed)});
}

std::vector<std::string> notesOn(const DmarcIntake& intake, const TimeZone& zone, const DmarcWords& words) {
  const auto& c = words.catalogue();
  std::vector<std::string> notes;
  notes.push_back(intake.last ? c.text("dmarc.intake.last", {{"time", zone.zonedText(*intake.last)}})
                              : c.text("dmarc.intake.never"));
  if (!intake.folder) return notes;
  const auto& folder = *intake.folder;
  const auto time = zone.zonedText(folder.looked);
  if (folder.error)
    notes.push_back(
        c.text("dmarc.intake.failed",
               {{"path", intake.path}, {"time", time}, {"error", notify::errorWords(c, *folder.error)}}));
  else
    notes.push_back(c.text(folder.files == 0 ? "dmarc.intake.empty" : "dmarc.intake.folder",
                           {{"path", intake.path},
                            {"time", time},
                            {"files", words.number(folder.files)},
                            {"waiting", words.number(folder.waiting)}}));
  if (folder.unread)
    notes.push_back(
        c.text("dmarc.intake.failed",
               {{"path", intake.path}, {"time", time}, {"error", notify::errorWords(c, *folder.unread)}}));
  return notes;
}

}  // namespace

DmarcPage dmarcPageOf(const DmarcView& view, pages::DmarcFrame frame) {
  const DmarcWords words(frame.language);
  DmarcPage page;
  page.frame = std::move(frame);
  page.domain = view.domain;
  page.mood = moodOf(view.enforcement.outlook);
  page.outlook = words.outlook(view.enforcement);
  page.first = words.first(view);
  page.stake = words.stake(view.enforcement.atStake);
  page.facts = factsOf(view, words);
  for (const auto step : {dmarc::Step::quarantine, dmarc::Step::reject})
    page.checklists.push_back(checklistOf(view, step, words));
  page.dns = dnsOf(view, page.frame.zone, words);
  page.days = view.days();
  page.bars = barsOf(view);
  for (std::size_t i = 0; i < page.originNames.size(); ++i)
    page.originNames.at(i) = words.origin(static_cast<dmarc::Origin>(i));
  for (const auto& source : view.shown.sources) page.sources.push_back(sourceOf(source, words));
  for (const auto& reporter : view.reporters)
    page.reporters.push_back({reporter.name, toText(reporter.lastDay), words.number(reporter.messages),
                              words.number(reporter.failed)});
  addRest(page, view, words);
  return page;
}

pages::DmarcIndex dmarcIndexOf(const std::vector<std::shared_ptr<const DmarcView>>& views,
                               const std::vector<store::DmarcAsideTable::Row>& refused,
                               const DmarcIntake& intake, pages::DmarcFrame frame) {
  const DmarcWords words(frame.language);
  pages::DmarcIndex page;
  page.frame = std::move(frame);
  page.intake = notesOn(intake, page.frame.zone, words);
  page.intakeFails = intake.folder && (intake.folder->error || intake.folder->unread);
  for (const auto& view : views) {
    // The days that are judged, as on the domain's page.
    const auto& judged = view->enforcement;
    const bool none = view->shown.days.empty() && judged.messages == 0;
    page.rows.push_back(
        {view->domain, none ? words.catalogue().text("dmarc.no_reports") : words.outlook(judged),
         moodOf(judged.outlook), words.number(judged.messages), words.number(judged.ownMessages),
         words.share(judged.ownPassed, judged.ownMessages), words.policy(view->policy)});
  }
  for (const auto& row : refused)
    page.refused.push_back({row.at, row.via, row.name.empty() ? "–" : row.name,
                            fmt::format("{} ({})", words.refusal(row.reason), row.reason)});
  return page;
}

}  // namespace arrivald::watch
