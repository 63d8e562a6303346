#include "pages/status_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pages/charts.hpp"
#include "pages/context.hpp"
#include "pages/template.hpp"
#include "pages/words.hpp"

namespace arrivald::pages {

std::string_view className(Weight weight) {
  switch (weight) {
    case Weight::critical:
      return "bad";
    case Weight::warning:
      return "warn";
    case Weight::recovering:
    case Weight::pending:
      return "pending";
    case Weight::muted:
    case Weight::over:
      return "over";
    case Weight::info:
      break;
  }
  return "info";
}

namespace {

// The CSS class of a rate, by the thresholds of the default rules.
const char* moodOf(double share) { return share >= 0.98 ? "good" : share >= 0.9 ? "warn" : "bad"; }

std::string_view textKey(Weight weight) {
  switch (weight) {
    case Weight::critical:
      return "severity.critical";
    case Weight::warning:
      return "severity.warning";
    case Weight::recovering:
      return "severity.recovering";
    case Weight::muted:
      return "severity.muted";
    case Weight::pending:
      return "severity.pending";
    case Weight::over:
      return "severity.resolved";
    case Weight::info:
      break;
  }
  return "severity.info";
}

enum class Align { text, number };

/// The head row of a table; `cells` are HTML.
std::string headRow(std::initializer_list<std::string> cells, Align align) {
  std::string html = "<thead><tr>";
  bool first = true;
  for (const auto& cell : cells) {
    html += fmt::format("<th scope=\"col\"{}>{}</th>",
                        align == Align::number && !first ? " class=\"number\"" : "", cell);
    first = false;
  }
  return html + "</tr></thead>";
}

/// A cell that names its column, for narrow screens.
std::string labelled(const std::string& heading, const std::string& cell) {
  return fmt::format("<td data-label=\"{}\">{}</td>", heading, cell);
}

std::string notesRow(const AlertRow& alert) {
  if (alert.notes.empty()) return {};
  std::string html = "<tr><td class=\"wide\" colspan=\"6\"><dl class=\"notes\">";
  for (const auto& note : alert.notes)
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", escapeHtml(note.label), escapeHtml(note.text));
  return html + "</dl></td></tr>";
}

std::string incidentNotes(const IncidentRow& incident, const Words& words) {
  std::string html = "<tr><td class=\"wide\" colspan=\"5\"><dl class=\"notes\">";
  const auto add = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) html += fmt::format("<dt>{}</dt><dd>{}</dd>", words(label), escapeHtml(text));
  };
  add("incident.side", incident.side);
  add("incident.next", incident.next);
  add("incident.acknowledged", incident.acknowledged);
  add("incident.silenced", incident.silenced);
  return html + "</dl></td></tr>";
}

// What is wider than the screen scrolls in a region of its own, by keyboard too.
std::string scrolling(const std::string& label) {
  return fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">", label);
}

std::string alertsTable(const StatusPage& model, const Words& words) {
  if (model.alerts.empty()) return fmt::format("<p class=\"none\">{}</p>", words("no_alerts"));
  // On a narrow screen each cell is a line with its heading: see pages.css.
  const auto value = words("alert.value"), since = words.zoned("alert.since"),
             until = words.zoned("alert.until");
  std::string html =
      scrolling(words("alerts")) + "<table class=\"stacked\">" +
      headRow({words("alert.severity"), words("alert.rule"), words("alert.subject"), value, since, until},
              Align::text) +
      "<tbody>";
  for (const auto& alert : model.alerts) {
    html += fmt::format(
        "<tr><td><span class=\"tag {0} {0}\">{1}</span></td><td>{2}</td><td class=\"wide\">{3}</td>",
        className(alert.weight), words(textKey(alert.weight)), words.rule(alert.rule),
        escapeHtml(alert.subject));
    html += fmt::format("<td class=\"wide\" data-label=\"{}\">{}</td>", value, escapeHtml(alert.value));
    html += labelled(since, words.time(alert.since));
    html += labelled(until, alert.until ? words.time(*alert.until) : "") + "</tr>" + notesRow(alert);
  }
  return html + "</tbody></table></div>";
}

// Also where no incident is: what is planned.
std::string silencesSection(const StatusPage& model, const Words& words) {
  if (model.silences.empty()) return {};
  std::string html = fmt::format("<section class=\"card pad\"><h2>{}</h2><ul>", words("silences"));
  for (const auto& line : model.silences) html += fmt::format("<li>{}</li>", escapeHtml(line));
  return html + "</ul></section>";
}

// What on-call hears of: a cause a row. Alerts, below, are the rules by which it was found.
std::string incidentsSection(const StatusPage& model, const Words& words) {
  if (model.incidents.empty()) return {};
  const auto since = words.zoned("alert.since"), until = words.zoned("alert.until");
  std::string html =
      fmt::format("<section class=\"card pad\"><h2>{}</h2>", words("incidents")) +
      scrolling(words("incidents")) + "<table class=\"stacked\">" +
      headRow({words("alert.severity"), words("incident.number"), words("incident.what"), since, until},
              Align::text) +
      "<tbody>";
  for (const auto& incident : model.incidents) {
    html += fmt::format(
        "<tr><td><span class=\"tag {0} {0}\">{1}</span></td><td class=\"ref\"><a href=\"{2}\">#{3}</a></td>"
        "<td class=\"wide\"><a href=\"{2}\">{4}</a></td>",
        className(incident.weight), escapeHtml(incident.state), escapeHtml(incident.href), incident.number,
        escapeHtml(incident.headline));
    html += labelled(since, words.time(incident.since));
    html += labelled(until, incident.until ? words.time(*incident.until) : "") + "</tr>";
    if (!incident.side.empty() || !incident.next.empty() || !incident.acknowledged.empty() ||
        !incident.silenced.empty())
      html += incidentNotes(incident, words);
  }
  return html + "</tbody></table></div></section>";
}

std::string rateBox(const Rate& rate, const Words& words) {
  const auto box = [&](std::string_view mood, const std::string& value, const std::string& below) {
    return fmt::format("<div class=\"rate-box\"><span>{}</span><b class=\"{}\">{}</b><span>{}</span></div>",
                       escapeHtml(rate.title), mood, value, below);
  };
  if (!rate.known) return box("none", words("unknown"), words("no_data"));
  if (!rate.delivered) return box("none", "—", words.mails(0));
  return box(moodOf(*rate.delivered), words.percent(*rate.delivered), words.mails(rate.outcomes));
}

std::string charts(const AccountCard& account, const Words& words) {
  const auto heading = [&](std::string_view key) {
    const auto name = words(key);
    return account.trendText.empty() ? name : name + escapeHtml(" (" + account.trendText + ")");
  };
  std::string last;
  for (const auto& value : account.delivery)
    if (value) last = words.percent(*value);
  double max = 1;
  for (const auto& value : account.requests)
    if (value) max = std::max(max, *value);
  return fmt::format(
      "<div class=\"charts\"><div><h3>{}</h3>{}</div><div><h3>{}</h3>{}</div></div>",
      heading("delivery_rate"), rateChart(account.delivery, words("delivery_rate"), last),
      heading("requests"),
      barChart(account.requests, words("requests"), words.number(static_cast<std::int64_t>(max))));
}

/// A heading and a table of HTML rows; empty without rows.
std::string shortTable(const std::string& heading, const std::string& rows) {
  if (rows.empty()) return {};
  return fmt::format("<div><h3>{}</h3>{}<table><tbody>{}</tbody></table></div></div>", heading,
                     scrolling(heading), rows);
}

std::string numberRow(std::string_view name, std::optional<std::int64_t> number, const Words& words) {
  return fmt::format("<tr><td class=\"wide\">{}</td><td class=\"number{}\">{}</td></tr>", escapeHtml(name),
                     number ? "" : " none", number ? words.number(*number) : words("unknown"));
}

std::string columns(const AccountCard& account, const Words& words) {
  std::string providers, lists, causes;
  for (const auto& part : account.providers)
    providers += fmt::format(
        "<tr><td class=\"wide\">{}</td><td class=\"number {}\">{}</td><td class=\"number\">{}</td></tr>",
        escapeHtml(part.name), part.delivered ? moodOf(*part.delivered) : "none",
        part.delivered ? words.percent(*part.delivered) : words("unknown"), words.mails(part.outcomes));
  for (const auto& [name, size] : account.lists) lists += numberRow(name, size, words);
  for (const auto& [cause, count] : account.causes) causes += numberRow(cause, count, words);
  return "<div class=\"columns\">" + shortTable(words("mailbox_providers"), providers) +
         shortTable(words("suppression_lists"), lists) + shortTable(words("causes"), causes) + "</div>";
}

std::string receiversTable(const AccountCard& account, const Words& words) {
  if (account.receivers.empty()) return {};
  std::string html = fmt::format("<h3>{}</h3>{}<table>", words("receivers"), scrolling(words("receivers"))) +
                     headRow({words("receiver"), words("receiver.delivered"), words("receiver.median"),
                              words("receiver.p95"), words("receiver.in_flight"), words("receiver.overdue"),
                              words("receiver.oldest")},
                             Align::number) +
                     "<tbody>";
  const auto orDash = [](const std::string& text) {
    return text.empty() ? std::string("—") : escapeHtml(text);
  };
  for (const auto& one : account.receivers)
    html += fmt::format(
        "<tr><td class=\"wide\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
        "class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number {}\">{}</td><td class=\"number\">{}</td></tr>",
        words.group(one.name), words.number(one.delivered), orDash(one.median), orDash(one.p95),
        words.number(one.inFlight), one.overdue > 0 ? "warn" : "", words.number(one.overdue),
        one.inFlight > 0 ? orDash(one.oldest) : "—");
  return html + "</tbody></table></div>";
}

std::string accountNotes(const AccountCard& account, const Words& words) {
  std::string html;
  if (!account.missingScopes.empty()) {
    html += fmt::format("<h3 class=\"warn\">{}</h3><ul>", words("missing_scopes"));
    for (const auto& scope : account.missingScopes) html += "<li>" + escapeHtml(scope) + "</li>";
    html += "</ul>";
  }
  if (account.hasStream)
    html += fmt::format("<h3 class=\"{}\">{} {}</h3>", account.streamAlive ? "" : "warn",
                        words(account.streamAlive ? "events_received" : "events_silent"),
                        words.ago(account.lastBatch));
  if (!account.refusedBatches.empty())
    html += fmt::format("<p class=\"bad\">{}</p>", escapeHtml(account.refusedBatches));
  if (!account.malformedEvents.empty())
    html += fmt::format("<p class=\"warn\">{}</p>", escapeHtml(account.malformedEvents));
  for (const auto& doubt : account.doubts) html += fmt::format("<p class=\"warn\">{}</p>", escapeHtml(doubt));
  if (!account.standing.empty()) html += fmt::format("<h3>{}</h3>", escapeHtml(account.standing));
  if (account.lastRead)
    html += fmt::format("<h3>{} {}</h3>", words("statistics_read"), words.ago(account.lastRead));
  return html;
}

std::string accountCard(const AccountCard& account, const Words& words) {
  std::string rates;
  for (const auto& rate : account.rates) rates += rateBox(rate, words);
  return fmt::format("<section class=\"card pad\"><h2>{}</h2><div class=\"rates\">{}</div>",
                     escapeHtml(account.name), rates) +
         charts(account, words) + columns(account, words) + receiversTable(account, words) +
         accountNotes(account, words) + "</section>";
}

std::string jobState(const JobRow& job, const Words& words) {
  const auto state = [](std::string_view look, const std::string& text) {
    return fmt::format("<span class=\"{}\">{}</span>", look, text);
  };
  if (!job.error.empty()) return state("bad", escapeHtml(job.error));
  if (!job.unknown.empty()) return state("none", escapeHtml(job.unknown));
  return job.lastSuccess ? state("good", words("task.ok")) : state("none", words("never"));
}

std::string tasksTable(const StatusPage& model, const Words& words) {
  const auto success = words("task.last_success"), next = words.zoned("task.next");
  std::string html = scrolling(words("tasks")) + "<table class=\"stacked\">" +
                     headRow({words("task"), words("task.state"), success, next}, Align::text) + "<tbody>";
  for (const auto& job : model.jobs) {
    html += fmt::format("<tr><td>{}{}{} <code>{}</code></td><td class=\"wide\">{}</td>",
                        escapeHtml(job.account), job.account.empty() ? "" : " · ", escapeHtml(job.name),
                        escapeHtml(job.id), jobState(job, words));
    html += labelled(success, job.unknown.empty() ? words.ago(job.lastSuccess) : words("never"));
    html += labelled(next, job.next ? words.time(*job.next) : "") + "</tr>";
  }
  return html + "</tbody></table></div>";
}

/// The state that the banner shows: the worst of all alerts and jobs.
enum class Mood { well, learning, unknown, pending, recovering, warning, critical };

// Nothing could be judged yet of an account of which no window is known.
bool isUnknown(const AccountCard& account) {
  return account.tooLittleMail ||
         std::ranges::none_of(account.rates, [](const Rate& rate) { return rate.known; });
}

Mood moodOf(const StatusPage& model) {
  auto mood = std::ranges::any_of(model.accounts, isUnknown)                ? Mood::unknown
              : std::ranges::any_of(model.accounts, &AccountCard::learning) ? Mood::learning
                                                                            : Mood::well;
  for (const auto& alert : model.alerts)
    mood = std::max(mood, alert.weight == Weight::critical     ? Mood::critical
                          : alert.weight == Weight::pending    ? Mood::pending
                          : alert.weight == Weight::recovering ? Mood::recovering
                          : alert.weight == Weight::over       ? Mood::well
                                                               : Mood::warning);
  for (const auto& job : model.jobs)
    if (!job.error.empty()) mood = std::max(mood, Mood::pending);
  if (!model.reloadRefused.empty()) mood = std::max(mood, Mood::warning);
  return mood;
}

std::string banner(Mood mood, const Words& words) {
  const auto* look = mood == Mood::critical  ? "bad"
                     : mood == Mood::warning ? "warn"
                     : mood >= Mood::pending ? "pending"
                     : mood != Mood::well    ? "info"
                                             : "good";
  return fmt::format("<div class=\"banner {}\" role=\"status\">{}</div>", look,
                     words(mood >= Mood::warning      ? "trouble"
                           : mood == Mood::recovering ? "recovering"
                           : mood == Mood::pending    ? "pending"
                           : mood == Mood::unknown    ? "not_judged"
                           : mood == Mood::learning   ? "learning"
                                                      : "all_well"));
}

std::string outboxNotes(const StatusPage& model, const Words& words) {
  std::string html;
  if (model.outboxWaiting > 0)
    html += fmt::format("<h3>{}</h3>",
                        words("notifications_waiting", {{"n", words.number(model.outboxWaiting)}}));
  if (model.outboxUndeliverable > 0)
    html += fmt::format("<h3 class=\"bad\">{}</h3>", words("notifications_undeliverable",
                                                           {{"n", words.number(model.outboxUndeliverable)}}));
  return html;
}

}  // namespace

std::string contentSecurityPolicy() {
  return "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

std::string render(const StatusPage& page) {
  const Words words(page.language, page.zone, page.now);
  const auto mood = moodOf(page);
  auto html =
      fmt::format("<div class=\"watch\"><div class=\"head\"><h1>{}</h1><p>{}</p></div>", words("title"),
                  words("now", {{"time", page.zone.minuteText(page.now)}, {"zone", page.zone.name()}}));
  html += banner(mood, words);
  if (page.hasDmarc) html += fmt::format("<p><a href=\"/dmarc\">{}</a></p>", words("dmarc.title"));
  if (!page.storeTrouble.empty())
    html += fmt::format("<div class=\"banner bad\">{}</div>", escapeHtml(page.storeTrouble));
  if (!page.reloadRefused.empty())
    html += fmt::format("<div class=\"banner warn\">{}</div>", escapeHtml(page.reloadRefused));
  html += incidentsSection(page, words);
  html += silencesSection(page, words);
  html += fmt::format("<section class=\"card pad\"><h2>{}</h2>{}</section>", words("alerts"),
                      alertsTable(page, words));
  for (const auto& account : page.accounts) html += accountCard(account, words);
  html += fmt::format("<section class=\"card pad\"><h2>{}</h2>{}", words("tasks"), tasksTable(page, words));
  html += fmt::format("<h3>{} <span class=\"{}\">{}</span></h3>", words("status_page"),
                      page.statusTroubled ? "bad" : "none",
                      page.statusDescription ? escapeHtml(*page.statusDescription)
                      : page.statusWatched   ? words("unknown")
                                             : words("not_watched"));
  html += outboxNotes(page, words) + "</section></div>";

  Shell shell;
  shell.language = page.language;
  shell.zone = page.zone;
  shell.now = page.now;
  shell.tab = Tab::watch;
  shell.deskUrl = page.deskUrl;
  shell.version = page.version;
  auto values = shellContext(shell, (mood >= Mood::warning ? "⚠ " : "") + words("title"), Script::none);
  values["refresh"] = "30";
  values["svg"] = html;
  return renderTemplate("status", page.language, values);
}

}  // namespace arrivald::pages
