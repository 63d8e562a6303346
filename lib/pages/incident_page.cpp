#include "pages/incident_page.hpp"

#include <fmt/format.h>

#include "notify/catalogue.hpp"
#include "pages/charts.hpp"
#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

// Plain text for the template, which escapes it; Words gives HTML.
class Plain {
 public:
  Plain(Language language, const TimeZone& zone) : c_(notify::Catalogue::of(language)), zone_(zone) {}

  std::string operator()(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return c_.text(fmt::format("page.{}", key), fillings);
  }
  std::string zoned(std::string_view key) const { return (*this)(key, {{"zone", zone_.name()}}); }
  std::string number(std::int64_t number) const { return c_.number(static_cast<double>(number)); }
  std::string share(std::int64_t bad, std::int64_t mails) const {
    return mails > 0 ? c_.percent(static_cast<double>(bad) / static_cast<double>(mails)) : "—";
  }
  std::string time(Instant at) const { return zone_.minuteText(at); }
  std::string rule(const std::string& name) const {
    const auto key = fmt::format("page.rule.{}", name);
    return c_.has(key) ? c_.text(key) : name;
  }
  std::string receiver(const std::string& name) const { return c_.groupName(name); }
  std::string span(Duration each) const { return c_.duration(each); }

 private:
  const notify::Catalogue& c_;
  const TimeZone& zone_;
};

json rowOf(const Plain& words, std::int64_t bad, std::int64_t mails) {
  return {{"mails", words.number(mails)}, {"bad", words.number(bad)}, {"share", words.share(bad, mails)}};
}

void addStamp(json& row, const Plain& words, Instant at) {
  row["iso"] = toIso(at);
  row["time"] = words.time(at);
}

void addNotes(json& values, const IncidentPage& page, const Plain& words) {
  values["notes"] = json::array();
  const auto add = [&](const std::string& label, const std::string& text, const std::string& iso = {}) {
    if (!text.empty()) values["notes"].push_back({{"label", label}, {"text", text}, {"iso", iso}});
  };
  add(words("incident.side"), page.side);
  add(words("incident.acknowledged"), page.acknowledged);
  add(words("incident.silenced"), page.silenced);
  add(words.zoned("alert.since"), words.time(page.since), toIso(page.since));
  if (page.until) add(words.zoned("alert.until"), words.time(*page.until), toIso(*page.until));
  add(words("incident.account"), page.account);
  values["replies"] = json::array();
  for (const auto& reply : page.replies) values["replies"].push_back({{"reply", shownReply(reply)}});
}

void addCourse(json& values, const IncidentPage& page, const Plain& words) {
  values["hasCourse"] = page.course.size() > 1;
  if (page.course.size() < 2) return;
  values["courseHeading"] =
      words(page.bad == IncidentPage::Bad::late ? "incident.course.late" : "incident.course",
            {{"each", words.span(page.each)}});
  values["spans"] = json::array();
  std::vector<std::optional<double>> shares;
  const IncidentPage::Span* worst = nullptr;
  const auto shareOf = [](const IncidentPage::Span& span) {
    return static_cast<double>(span.bad) / static_cast<double>(span.mails);
  };
  for (const auto& span : page.course) {
    auto row = rowOf(words, span.bad, span.mails);
    addStamp(row, words, span.begin);
    values["spans"].push_back(std::move(row));
    shares.push_back(span.mails > 0 ? std::optional(shareOf(span)) : std::nullopt);
    if (span.mails > 0 && (!worst || shareOf(span) > shareOf(*worst))) worst = &span;
  }
  const auto label = words("incident.course.label",
                           {{"share", worst ? words.share(worst->bad, worst->mails) : std::string("—")},
                            {"at", worst ? words.time(worst->begin) : std::string("—")}});
  values["svg"] = shareChart(shares, escapeHtml(label), escapeHtml(words.time(page.course.front().begin)),
                             escapeHtml(words.time(page.course.back().begin)));
}

void addParts(json& values, const IncidentPage& page, const Plain& words) {
  values["parts"] = json::array();
  const auto add = [&](std::string_view heading, const std::vector<IncidentPage::Part>& parts) {
    if (parts.empty()) return;
    json table = {{"heading", words(heading)}, {"rows", json::array()}};
    for (const auto& part : parts) {
      auto row = rowOf(words, part.bad, part.mails);
      row["name"] = words.receiver(part.name);
      table["rows"].push_back(std::move(row));
    }
    values["parts"].push_back(std::move(table));
  };
  add("incident.by_category", page.categories);
  add("incident.by_receiver", page.receivers);
  values["hasParts"] = !values["parts"].empty();
}

void addMembers(json& values, const IncidentPage& page, const Plain& words) {
  values["members"] = json::array();
  for (const auto& member : page.members) {
    json row = {{"rule", words.rule(member.rule)},
                {"subject", member.subject},
                {"value", member.value},
                {"iso", ""},
                {"time", ""}};
    if (member.since) addStamp(row, words, *member.since);
    values["members"].push_back(std::move(row));
  }
  values["hasMembers"] = !page.members.empty();
  values["sent"] = json::array();
  for (const auto& message : page.messages) {
    json row = {{"channel", message.channel}, {"text", message.text}, {"state", message.state}};
    addStamp(row, words, message.at);
    values["sent"].push_back(std::move(row));
  }
  values["hasMessages"] = !page.messages.empty();
}

void addHeadings(json& values, const IncidentPage& page, const Plain& words) {
  values["badHeading"] = words(page.bad == IncidentPage::Bad::late ? "incident.late" : "incident.failed");
  values["nextLabel"] = words("incident.next");
  values["partsHeading"] = words("incident.parts");
  values["tableLabel"] = words("incident.table");
  values["timeHeading"] = words.zoned("incident.time");
  values["mailsHeading"] = words("incident.mails");
  values["shareHeading"] = words("incident.share");
  values["nameHeading"] = words("incident.name");
  values["membersHeading"] = words("incident.members");
  values["noMembers"] = words("incident.no_members");
  values["ruleHeading"] = words("alert.rule");
  values["subjectHeading"] = words("alert.subject");
  values["valueHeading"] = words("alert.value");
  values["sinceHeading"] = words.zoned("alert.since");
  values["messagesHeading"] = words("incident.messages");
  values["noMessages"] = words("incident.no_messages");
  values["atHeading"] = words.zoned("incident.time");
  values["channelHeading"] = words("incident.channel");
  values["textHeading"] = words("incident.text");
  values["stateHeading"] = words("task.state");
}

template <class Page>
json frame(const Page& page, const Plain& words, const std::string& title) {
  Shell shell;
  shell.language = page.language;
  shell.zone = page.zone;
  shell.now = page.now;
  shell.tab = Tab::watch;
  shell.deskUrl = page.deskUrl;
  shell.version = page.version;
  auto values = shellContext(shell, title, Script::none);
  values["back"] = words("title");
  values["now"] = words("now", {{"time", words.time(page.now)}, {"zone", page.zone.name()}});
  values["none"] = "";
  values["known"] = false;
  values["svg"] = "";
  return values;
}

}  // namespace

std::string render(const IncidentPage& page) {
  const Plain words(page.language, page.zone);
  auto values = frame(page, words, fmt::format("#{} {}", page.number, page.headline));
  values["known"] = true;
  values["look"] = className(page.weight);
  values["state"] = words("incident.state", {{"state", page.state}, {"number", std::to_string(page.number)}});
  values["headline"] = page.headline;
  values["sentence"] = page.sentence;
  values["nextText"] = page.next;
  if (!page.until) values["refresh"] = "30";
  addHeadings(values, page, words);
  addNotes(values, page, words);
  addCourse(values, page, words);
  addParts(values, page, words);
  addMembers(values, page, words);
  values["links"] = json::array();
  for (const auto& link : page.links) values["links"].push_back({{"label", link.label}, {"href", link.href}});
  values["hasLinks"] = !page.links.empty();
  values["commands"] = json::array();
  for (const auto& command : page.commands)
    values["commands"].push_back({{"label", command.label}, {"line", command.line}});
  return renderTemplate("incident", page.language, values);
}

std::string render(const OtherNumberPage& page) {
  const Plain words(page.language, page.zone);
  const auto title =
      page.trouble ? page.trouble->title : words("incident.none", {{"number", std::to_string(page.number)}});
  auto values = frame(page, words, title);
  values["look"] = className(Weight::over);
  values["state"] = fmt::format("#{}", page.number);
  values["headline"] = title;
  if (!page.trouble) {
    values["none"] = words("incident.none.why");
    return renderTemplate("incident", page.language, values);
  }
  values["look"] = className(page.trouble->isOver ? Weight::over : Weight::critical);
  values["own"] = true;
  values["nextLabel"] = words("incident.next");
  values["nextText"] = page.trouble->next;
  values["sentence"] = page.trouble->sentence;
  values["ownNotes"] = json::array();
  for (const auto& note : page.trouble->notes)
    values["ownNotes"].push_back({{"label", note.label}, {"text", note.text}});
  return renderTemplate("incident", page.language, values);
}

}  // namespace arrivald::pages
