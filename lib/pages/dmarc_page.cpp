#include "pages/dmarc_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notify/catalogue.hpp"
#include "pages/charts.hpp"
#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {
namespace {

constexpr std::array<const char*, 4> kPassedKeys = {"both", "dkim", "spf", "fail"};

std::string_view lookOf(DmarcMood mood) {
  switch (mood) {
    case DmarcMood::good:
      return "good";
    case DmarcMood::warning:
      return "warn";
    case DmarcMood::bad:
      return "bad";
    case DmarcMood::unknown:
      break;
  }
  return "info";
}

/// The texts under "page.dmarc.", as HTML.
class Say {
 public:
  explicit Say(const DmarcFrame& frame) : words_(notify::Catalogue::of(frame.language)) {}
  std::string operator()(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return escapeHtml(words_.text(fmt::format("page.dmarc.{}", key), fillings));
  }
  std::string number(std::uint64_t value) const { return words_.number(static_cast<double>(value)); }

 private:
  const notify::Catalogue& words_;
};

std::string whole(const DmarcFrame& frame, const std::string& title, const std::string& html) {
  Shell shell;
  shell.language = frame.language;
  shell.zone = frame.zone;
  shell.now = frame.now;
  shell.tab = Tab::watch;
  shell.deskUrl = frame.deskUrl;
  shell.version = frame.version;
  auto values = shellContext(shell, title, Script::none);
  values["refresh"] = "300";
  values["svg"] = "<div class=\"watch dmarc\">" + html + "</div>";
  return renderTemplate("status", frame.language, values);
}

std::string head(const DmarcFrame& frame, const std::string& title, const std::string& nav, const Say& say) {
  return fmt::format("<div class=\"head\"><h1>{}</h1><p>{}</p></div><p>{}</p>", title,
                     say("now", {{"time", frame.zone.minuteText(frame.now)}, {"zone", frame.zone.name()}}),
                     nav);
}

std::string link(std::string_view href, const std::string& text) {
  return fmt::format("<a href=\"{}\">{}</a>", escapeHtml(href), text);
}

std::string section(const std::string& heading, const std::string& html) {
  return fmt::format("<section class=\"card pad\"><h2>{}</h2>{}</section>", heading, html);
}

/// A table whose cells name their columns, for narrow screens.
class Table {
 public:
  Table(std::string label, std::vector<std::string> headings)
      : label_(std::move(label)), headings_(std::move(headings)) {}
  /// `cells` are HTML.
  void row(const std::vector<std::string>& cells) {
    rows_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      rows_ += i == 0 ? "<td class=\"wide\">" + cells[i] + "</td>"
                      : fmt::format("<td data-label=\"{}\">{}</td>", headings_[i], cells[i]);
    rows_ += "</tr>";
  }
  std::string html() const {
    std::string head;
    for (const auto& heading : headings_) head += "<th scope=\"col\">" + heading + "</th>";
    return fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
        "class=\"stacked\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        label_, head, rows_);
  }

 private:
  std::string label_;
  std::vector<std::string> headings_;
  std::string rows_;
};

std::string none(const std::string& text) { return "<p class=\"none\">" + text + "</p>"; }

std::string checklist(const DmarcPage::Checklist& list, const Say& say) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kMarks = {
      {{"good", "met"}, {"bad", "unmet"}, {"warn", "unknown"}, {"none", "by_hand"}}};
  std::string html = fmt::format("<h3>{}</h3><ul class=\"checks\">", escapeHtml(list.title));
  for (const auto& item : list.items) {
    const auto& [look, mark] = kMarks.at(static_cast<std::size_t>(item.mark));
    html += fmt::format("<li><span class=\"{} mark\">{}</span> <span>{}", look,
                        say(fmt::format("mark.{}", mark)), escapeHtml(item.text));
    if (!item.advice.empty()) html += "<br><b>" + escapeHtml(item.advice) + "</b>";
    html += "</span></li>";
  }
  return html + "</ul>";
}

std::string csv(const DmarcPage& page, std::string_view what, const Say& say) {
  return "<p>" + link(fmt::format("/dmarc/{}/{}.csv?days={}", page.domain, what, page.days), say("csv")) +
         "</p>";
}

template <std::size_t Parts>
std::string trend(const DmarcPage& page, const Say& say, const std::string& heading, const char* prefix,
                  const std::array<std::string, Parts>& names,
                  std::array<std::uint64_t, Parts> DmarcPage::Day::* parts) {
  std::vector<StackedBar> bars;
  std::uint64_t highest = 0;
  Table table(heading, [&] {
    std::vector<std::string> headings{say("day")};
    headings.insert(headings.end(), names.begin(), names.end());
    return headings;
  }());
  for (const auto& day : page.bars) {
    StackedBar bar;
    bar.faint = day.open;
    std::uint64_t sum = 0;
    std::vector<std::string> cells{escapeHtml(day.label) + (day.open ? " " + say("open") : "")};
    for (const auto part : day.*parts) {
      sum += part;
      bar.parts.push_back(static_cast<double>(part));
      cells.push_back(say.number(part));
    }
    highest = std::max(highest, sum);
    bars.push_back(std::move(bar));
    table.row(cells);
  }
  std::string legend = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i)
    legend += fmt::format("<li><i class=\"{}{}\"></i>{}</li>", prefix, i, names[i]);
  return fmt::format(
      "<h3>{}</h3><div class=\"charts\"><div>{}</div></div>{}</ul><details><summary>{}</summary>{}</details>",
      heading,
      stackedChart(bars, prefix, heading, say.number(highest),
                   {page.bars.front().label, page.bars.back().label}),
      legend, say("as_table"), table.html());
}

std::string trends(const DmarcPage& page, const Say& say) {
  std::string spans = "<p class=\"spans\">";
  for (const int days : {7, 28, 90}) {
    const auto text = say("span", {{"n", std::to_string(days)}});
    spans += days == page.days ? fmt::format("<b aria-current=\"true\">{}</b> ", text)
                               : link(fmt::format("/dmarc/{}?days={}", page.domain, days), text) + " ";
  }
  spans += "</p>";
  if (page.bars.empty()) return spans + none(say("no_mail"));
  std::array<std::string, 4> passed;
  for (std::size_t i = 0; i < passed.size(); ++i) passed[i] = say(fmt::format("passed.{}", kPassedKeys[i]));
  std::array<std::string, 6> origins;
  for (std::size_t i = 0; i < origins.size(); ++i) origins[i] = escapeHtml(page.originNames[i]);
  return spans + trend(page, say, say("by_passed"), "p", passed, &DmarcPage::Day::passed) +
         trend(page, say, say("by_origin"), "o", origins, &DmarcPage::Day::origins) + csv(page, "days", say);
}

std::string sources(const DmarcPage& page, const Say& say) {
  if (page.sources.empty()) return none(say("no_mail"));
  Table table(say("sources"), {say("source"), say("origin"), say("messages"), say("pass"), say("dkim"),
                               say("spf"), say("treated"), say("seen")});
  for (const auto& source : page.sources) {
    auto name = "<b>" + escapeHtml(source.name) + "</b>";
    if (!source.networks.empty() && source.networks != source.name)
      name += "<br><span class=\"small soft\">" + escapeHtml(source.networks) + "</span>";
    auto origin = fmt::format("<span class=\"{}\">{}</span><br><span class=\"small soft\">{}</span>",
                              lookOf(source.mood), escapeHtml(source.origin), escapeHtml(source.evidence));
    auto pass = escapeHtml(source.pass);
    if (!source.causes.empty()) pass += "<br><span class=\"small\">" + escapeHtml(source.causes) + "</span>";
    table.row({name, origin, escapeHtml(source.messages), pass, escapeHtml(source.dkim),
               escapeHtml(source.spf), escapeHtml(source.treated), escapeHtml(source.seen)});
  }
  return table.html() + csv(page, "sources", say);
}

std::string reporters(const DmarcPage& page, const Say& say) {
  if (page.reporters.empty()) return none(say("no_reporters"));
  Table table(say("reporters"), {say("reporter"), say("last_day"), say("messages"), say("failed")});
  for (const auto& reporter : page.reporters)
    table.row({escapeHtml(reporter.name), escapeHtml(reporter.lastDay), escapeHtml(reporter.messages),
               escapeHtml(reporter.failed)});
  return table.html() + csv(page, "reporters", say);
}

std::string facts(const DmarcPage& page) {
  std::string html = "<dl class=\"notes\">";
  for (const auto& fact : page.facts)
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", escapeHtml(fact.label), escapeHtml(fact.value));
  return html + "</dl>";
}

std::string intake(const DmarcIndex& page) {
  std::string html;
  for (const auto& note : page.intake) html += "<p>" + escapeHtml(note) + "</p>";
  return page.intakeFails ? "<div class=\"bad\">" + html + "</div>" : html;
}

}  // namespace

std::string render(const DmarcIndex& page) {
  const Say say(page.frame);
  auto html = head(page.frame, say("title"), link("/", say("back")), say);
  if (!page.configured) {
    html += section(say("domains"), none(say("not_configured")));
    return whole(page.frame, say("title"), html);
  }
  Table table(say("domains"),
              {say("domain"), say("outlook"), say("messages"), say("own"), say("pass"), say("policy")});
  for (const auto& row : page.rows)
    table.row({link("/dmarc/" + row.domain, escapeHtml(row.domain)),
               fmt::format("<span class=\"{}\">{}</span>", lookOf(row.mood), escapeHtml(row.outlook)),
               escapeHtml(row.messages), escapeHtml(row.own), escapeHtml(row.pass), escapeHtml(row.policy)});
  html += section(say("domains"), table.html());
  Table refused(say("refused"),
                {say("file"), say("time", {{"zone", page.frame.zone.name()}}), say("via"), say("why")});
  for (const auto& row : page.refused)
    refused.row(
        {escapeHtml(row.name), page.frame.zone.minuteText(row.at), escapeHtml(row.via), escapeHtml(row.why)});
  html += section(say("intake"), intake(page));
  html += section(say("refused"), page.refused.empty() ? none(say("none_refused")) : refused.html());
  return whole(page.frame, say("title"), html);
}

std::string render(const DmarcPage& page) {
  const Say say(page.frame);
  auto html = head(page.frame, escapeHtml(page.domain), link("/dmarc", say("all_domains")), say);
  html += fmt::format("<div class=\"banner {}\" role=\"status\">{}</div>", lookOf(page.mood),
                      escapeHtml(page.outlook));
  auto enforcement = std::string();
  if (!page.first.empty())
    enforcement += fmt::format("<p class=\"first\"><b>{}</b> {}</p>", say("first"), escapeHtml(page.first));
  enforcement += "<p>" + escapeHtml(page.stake) + "</p>" + facts(page);
  for (const auto& list : page.checklists) enforcement += checklist(list, say);
  html += section(say("ready"), enforcement);
  if (!page.dns.items.empty()) html += section(say("dns"), checklist(page.dns, say));
  html += section(say("trend"), trends(page, say));
  html += section(say("sources"), sources(page, say));
  html += section(say("reporters"), reporters(page, say));
  return whole(page.frame, page.domain, html);
}

}  // namespace arrivald::pages
