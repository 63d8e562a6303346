#include "desk/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.hpp"

namespace arrivald::desk {
namespace {

struct Texts {
  const char *title, *allWell, *trouble, *pending, *delivered, *window, *mails, *requests, *unknown, *trend,
      *volume, *providers, *lists, *alerts, *noAlerts, *rule, *subject, *value, *since, *until, *jobs, *job,
      *last, *next, *state, *ok, *never, *provider, *waiting, *undeliverable, *store, *scopes, *updated, *ago,
      *now, *best, *noData, *causes, *receivers, *median, *p95, *inFlight, *overdue, *oldest, *lastHour,
      *stream, *streamSilent;
};
constexpr Texts kJapanese = {"メールの到達状況",
                             "異常はありません",
                             "異常が発生しています",
                             "確認中の兆候があります",
                             "配信率",
                             "期間",
                             "通",
                             "送信要求",
                             "不明",
                             "配信率",
                             "送信要求",
                             "宛先の事業者別(24時間)",
                             "サプレッションリスト",
                             "アラート",
                             "発生中・最近のアラートはありません。",
                             "ルール",
                             "対象",
                             "値",
                             "発生",
                             "終了",
                             "読み取りの状況",
                             "処理",
                             "最後の成功",
                             "次回",
                             "状態",
                             "正常",
                             "まだありません",
                             "SendGridの発表",
                             "送信待ちの通知",
                             "届けられない通知",
                             "状態を保存できません。ディスクの空きと権限を確かめてください。",
                             "APIキーに足りない権限",
                             "更新",
                             "前",
                             "現在",
                             "最高",
                             "まだデータがありません",
                             "届かない理由(24時間)",
                             "宛先ごとの所要時間(直近1時間)",
                             "中央値",
                             "95%",
                             "配送中",
                             "遅れ",
                             "最長",
                             "到達",
                             "イベント通知の最終受信:",
                             "イベント通知が途絶えています(統計だけで見ています)。最終受信:"};
constexpr Texts kEnglish = {"Does mail arrive?",
                            "All is well",
                            "Something is wrong",
                            "Something is being watched",
                            "delivered",
                            "window",
                            "mails",
                            "requests",
                            "unknown",
                            "Delivery rate",
                            "Requests",
                            "By mailbox provider, 24 hours",
                            "Suppression lists",
                            "Alerts",
                            "No alerts, now or lately.",
                            "Rule",
                            "Subject",
                            "Value",
                            "Since",
                            "Until",
                            "Readings",
                            "Job",
                            "Last success",
                            "Next",
                            "State",
                            "well",
                            "never yet",
                            "SendGrid says",
                            "messages waiting",
                            "messages undeliverable",
                            "The state cannot be stored: check the disk's space and permissions.",
                            "Scopes the key lacks",
                            "updated",
                            "ago",
                            "now",
                            "peak",
                            "no data yet",
                            "Why mail does not arrive, 24 hours",
                            "Time to deliver, last hour",
                            "median",
                            "95 %",
                            "on the way",
                            "late",
                            "oldest",
                            "delivered",
                            "last events",
                            "The event stream is silent; the statistics are looked at instead. Last events"};

std::string percent(double share) {
  const double value = share * 100;
  const double edge = std::min(std::abs(value), std::abs(100 - value));
  return fmt::format("{:.{}f}%", value, edge == 0 ? 0 : edge < 0.1 ? 2 : 1);
}

std::string grouped(std::int64_t number) {
  auto digits = std::to_string(std::abs(number));
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return number < 0 ? "-" + digits : digits;
}

// How a rate looks: the same steps as the default rules.
const char* moodOf(double share) { return share >= 0.98 ? "good" : share >= 0.9 ? "warn" : "bad"; }

std::string ageText(Duration age, const PageModel& model, const Texts& t) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::round<std::chrono::seconds>(age).count());
  struct Step {
    std::int64_t below, length;
    const char *japanese, *english;
  };
  constexpr Step kSteps[] = {{120, 1, "秒", " s"},
                             {7200, 60, "分", " min"},
                             {172800, 3600, "時間", " h"},
                             {INT64_MAX, 86400, "日", " d"}};
  for (const auto& step : kSteps)
    if (seconds < step.below)
      return model.language == Language::japanese
                 ? fmt::format("{}{}{}", seconds / step.length, step.japanese, t.ago)
                 : fmt::format("{}{} {}", seconds / step.length, step.english, t.ago);
  return {};
}

// The time of day, and the day where it is another one.
std::string whenText(Instant at, const PageModel& model) {
  const auto text = model.zone.minuteText(at);
  return model.zone.dateOf(at) == model.zone.dateOf(model.now) ? text.substr(11) : text.substr(5);
}

constexpr double kWidth = 480, kHeight = 90;

// A line through what is known; gaps stay gaps. The scale reaches down to the worst value, but never closer
// than 90 %, so that a dip of a tenth of a percent does not look like a cliff.
std::string rateChart(const std::vector<std::optional<double>>& values, const char* label) {
  double low = 0.9;
  for (const auto& value : values)
    if (value) low = std::min(low, *value);
  low = std::floor(low * 10) / 10;
  const auto x = [&](std::size_t i) {
    return values.size() < 2 ? 0 : kWidth * static_cast<double>(i) / static_cast<double>(values.size() - 1);
  };
  const auto y = [&](double value) {
    return 6 + (kHeight - 12) * (1 - (std::min(value, 1.0) - low) / (1 - low));
  };
  std::string path, dots;
  bool open = false;
  std::optional<double> last;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) {
      open = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", open ? "L" : "M", x(i), y(*values[i]));
    if (!open && (i + 1 == values.size() || !values[i + 1]))
      dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"/>", x(i), y(*values[i]));
    open = true;
    last = values[i];
  }
  std::string svg = fmt::format("<svg viewBox=\"-34 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}{}\">",
                                kWidth + 44, kHeight, label, last ? ": " + percent(*last) : "");
  for (const double line : {1.0, (1 + low) / 2, low})
    svg += fmt::format(
        "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"-4\" "
        "y=\"{:.1f}\">{:.0f}%</text>",
        kWidth, y(line), y(line), y(line) + 3.5, line * 100);
  return svg + "<path class=\"rate\" d=\"" + path + "\"/><g class=\"rate\">" + dots + "</g></svg>";
}

std::string barChart(const std::vector<std::optional<double>>& values, const char* label) {
  double max = 1;
  for (const auto& value : values)
    if (value) max = std::max(max, *value);
  const double step = values.empty() ? kWidth : kWidth / static_cast<double>(values.size());
  std::string svg = fmt::format("<svg viewBox=\"-34 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">",
                                kWidth + 44, kHeight, label);
  svg += fmt::format(
      "<line class=\"grid\" x1=\"0\" x2=\"{:.0f}\" y1=\"{:.0f}\" y2=\"{:.0f}\"/><text x=\"-4\" "
      "y=\"12\">{}</text><text x=\"-4\" y=\"{:.0f}\">0</text>",
      kWidth, kHeight - 6, kHeight - 6, grouped(std::llround(max)), kHeight - 3);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double left = step * static_cast<double>(i);
    if (!values[i]) {
      svg += fmt::format("<rect class=\"gap\" x=\"{:.1f}\" y=\"6\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                         left + 1, step - 2, kHeight - 12);
      continue;
    }
    const double height = (kHeight - 12) * *values[i] / max;
    svg += fmt::format(
        "<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1.5\"/>",
        left + 1, kHeight - 6 - height, step - 2, std::max(height, *values[i] > 0 ? 1.0 : 0.0));
  }
  return svg + "</svg>";
}

std::string weightName(Weight weight) {
  switch (weight) {
    case Weight::critical:
      return "bad";
    case Weight::warning:
      return "warn";
    case Weight::pending:
      return "pending";
    case Weight::over:
      return "over";
    case Weight::info:
      break;
  }
  return "info";
}

const char* weightText(Weight weight, bool japanese) {
  switch (weight) {
    case Weight::critical:
      return japanese ? "緊急" : "critical";
    case Weight::warning:
      return japanese ? "警告" : "warning";
    case Weight::pending:
      return japanese ? "確認中" : "pending";
    case Weight::over:
      return japanese ? "回復" : "resolved";
    case Weight::info:
      break;
  }
  return japanese ? "情報" : "note";
}

constexpr const char* kStyle = R"css(
:root{--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--soft:#5b6570;--line:#e1e5ea;--good:#1a7f45;--goodbg:#e3f4ea;--warn:#8f5400;--warnbg:#fdf0d8;--bad:#b3221b;--badbg:#fde4e2;--blue:#2a62b8;--bluebg:#e5eefb}
@media(prefers-color-scheme:dark){:root{--bg:#12161b;--card:#1b2128;--ink:#e7ebef;--soft:#9aa5b1;--line:#2c343d;--good:#62cf90;--goodbg:#16331f;--warn:#f0b653;--warnbg:#3a2c11;--bad:#ff8a80;--badbg:#42191a;--blue:#86b3f5;--bluebg:#1b2c46}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.6 system-ui,"Hiragino Sans","Noto Sans CJK JP","Noto Sans JP",sans-serif}
main{max-width:1080px;margin:0 auto;padding:20px 16px 48px}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 16px;margin-bottom:14px}
h1{font-size:1.25rem;margin:0}
header p{margin:0 0 0 auto;color:var(--soft);font-size:.85rem}
h2{font-size:1rem;margin:0 0 10px}
h3{font-size:.82rem;margin:18px 0 4px;color:var(--soft);font-weight:600}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;margin-bottom:16px}
.banner{display:flex;gap:12px;align-items:center;font-weight:700;font-size:1.1rem;border-radius:12px;padding:14px 18px;margin-bottom:16px}
.banner::before{content:"";flex:none;width:14px;height:14px;border-radius:50%;background:currentColor}
.good{color:var(--good)}.warn,.pending{color:var(--warn)}.bad{color:var(--bad)}.info{color:var(--blue)}.over,.none{color:var(--soft)}
.banner.good{background:var(--goodbg)}.banner.pending,.banner.warn{background:var(--warnbg)}.banner.bad{background:var(--badbg)}
.rates{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:10px}
.rate-box{border:1px solid var(--line);border-radius:10px;padding:10px 12px}
.rate-box b{display:block;font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
.rate-box b.none{font-size:1.05rem;line-height:1.79}
.rate-box span{color:var(--soft);font-size:.8rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:4px 24px}
svg{width:100%;height:auto;display:block}
svg text{font-size:10px;text-anchor:end;fill:var(--soft)}
.grid{stroke:var(--line)}path.rate{fill:none;stroke:var(--blue);stroke-width:2;stroke-linejoin:round}g.rate{fill:var(--blue)}
.bar{fill:var(--blue)}.gap{fill:var(--line);opacity:.5}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;color:var(--soft);font-weight:600;font-size:.8rem}
th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
td.wide{white-space:normal;min-width:180px;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
.tag{display:inline-block;border-radius:6px;padding:0 8px;font-size:.8rem;font-weight:700}
.tag.bad{background:var(--badbg)}.tag.warn,.tag.pending{background:var(--warnbg)}.tag.good{background:var(--goodbg)}.tag.info{background:var(--bluebg)}.tag.over{background:var(--line)}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 16px}
ul{margin:4px 0;padding-left:20px}
footer{color:var(--soft);font-size:.8rem}
)css";

std::string alertsTable(const PageModel& model, const Texts& t) {
  if (model.alerts.empty()) return fmt::format("<p class=\"none\">{}</p>", t.noAlerts);
  std::string html = fmt::format(
      "<div "
      "class=\"scroll\"><table><thead><tr><th></th><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th>{}</th></"
      "tr></thead><tbody>",
      t.rule, t.subject, t.value, t.since, t.until);
  for (const auto& alert : model.alerts)
    html += fmt::format(
        "<tr><td><span class=\"tag {0} {0}\">{1}</span></td><td>{2}</td><td "
        "class=\"wide\">{3}</td><td>{4}</td><td>{5}</td><td>{6}</td></tr>",
        weightName(alert.weight), weightText(alert.weight, model.language == Language::japanese),
        escapeHtml(alert.rule), escapeHtml(alert.subject), escapeHtml(alert.value),
        model.zone.minuteText(alert.since), alert.until ? model.zone.minuteText(*alert.until) : "");
  return html + "</tbody></table></div>";
}

std::string accountCard(const AccountCard& account, const PageModel& model, const Texts& t) {
  std::string html =
      fmt::format("<section class=\"card\"><h2>{}</h2><div class=\"rates\">", escapeHtml(account.name));
  for (const auto& rate : account.rates) {
    if (rate.known && rate.delivered) {
      html +=
          fmt::format("<div class=\"rate-box\"><span>{}</span><b class=\"{}\">{}</b><span>{} {}</span></div>",
                      escapeHtml(rate.window), moodOf(*rate.delivered), percent(*rate.delivered),
                      grouped(rate.outcomes), t.mails);
    } else {
      html +=
          fmt::format("<div class=\"rate-box\"><span>{}</span><b class=\"none\">{}</b><span>{}</span></div>",
                      escapeHtml(rate.window), rate.known ? "—" : t.unknown,
                      rate.known ? fmt::format("0 {}", t.mails) : std::string(t.noData));
    }
  }
  html += "</div><div class=\"charts\">";
  const auto over =
      account.trendText.empty() ? std::string() : fmt::format(" ({})", escapeHtml(account.trendText));
  html += fmt::format("<div><h3>{}{}</h3>{}</div>", t.trend, over, rateChart(account.delivery, t.trend));
  html +=
      fmt::format("<div><h3>{}{}</h3>{}</div></div>", t.volume, over, barChart(account.requests, t.volume));
  html += "<div class=\"columns\">";
  if (!account.providers.empty()) {
    html += fmt::format("<div><h3>{}</h3><div class=\"scroll\"><table>", t.providers);
    for (const auto& part : account.providers)
      html += fmt::format(
          "<tr><td class=\"wide\">{}</td><td class=\"number {}\">{}</td><td class=\"number\">{} {}</td></tr>",
          escapeHtml(part.name), part.delivered ? moodOf(*part.delivered) : "none",
          part.delivered ? percent(*part.delivered) : t.unknown, grouped(part.outcomes), t.mails);
    html += "</table></div></div>";
  }
  if (!account.lists.empty()) {
    html += fmt::format("<div><h3>{}</h3><div class=\"scroll\"><table>", t.lists);
    for (const auto& [name, size] : account.lists)
      html += fmt::format("<tr><td class=\"wide\">{}</td><td class=\"number\">{}</td></tr>", escapeHtml(name),
                          grouped(size));
    html += "</table></div></div>";
  }
  if (!account.causes.empty()) {
    html += fmt::format("<div><h3>{}</h3><div class=\"scroll\"><table>", t.causes);
    for (const auto& [cause, count] : account.causes)
      html += fmt::format("<tr><td class=\"wide\">{}</td><td class=\"number\">{}</td></tr>",
                          escapeHtml(cause), grouped(count));
    html += "</table></div></div>";
  }
  html += "</div>";
  if (!account.receivers.empty()) {
    html += fmt::format(
        "<h3>{}</h3><div class=\"scroll\"><table><tr><th></th><th class=\"number\">{}</th><th "
        "class=\"number\">{}</th><th class=\"number\">{}</th>"
        "<th class=\"number\">{}</th><th class=\"number\">{}</th><th class=\"number\">{}</th></tr>",
        t.receivers, t.lastHour, t.median, t.p95, t.inFlight, t.overdue, t.oldest);
    for (const auto& one : account.receivers)
      html += fmt::format(
          "<tr><td class=\"wide\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
          "class=\"number\">{}</td><td class=\"number\">{}</td>"
          "<td class=\"number {}\">{}</td><td class=\"number\">{}</td></tr>",
          escapeHtml(one.name), grouped(one.delivered), escapeHtml(one.median.empty() ? "—" : one.median),
          escapeHtml(one.p95.empty() ? "—" : one.p95), grouped(one.inFlight), one.overdue > 0 ? "warn" : "",
          grouped(one.overdue), escapeHtml(one.inFlight > 0 ? one.oldest : "—"));
    html += "</table></div>";
  }
  if (!account.missingScopes.empty()) {
    html += fmt::format("<h3 class=\"warn\">{}</h3><ul>", t.scopes);
    for (const auto& scope : account.missingScopes) html += "<li>" + escapeHtml(scope) + "</li>";
    html += "</ul>";
  }
  if (account.hasStream)
    html += fmt::format("<h3 class=\"{}\">{} {}</h3>", account.streamAlive ? "" : "warn",
                        account.streamAlive ? t.stream : t.streamSilent,
                        account.lastBatch ? ageText(model.now - *account.lastBatch, model, t) : t.never);
  if (account.lastRead)
    html += fmt::format("<h3>{} {}</h3>", t.updated, ageText(model.now - *account.lastRead, model, t));
  return html + "</section>";
}

std::string jobsTable(const PageModel& model, const Texts& t) {
  std::string html = fmt::format(
      "<div "
      "class=\"scroll\"><table><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>",
      t.job, t.state, t.last, t.next);
  for (const auto& job : model.jobs) {
    const auto state = !job.error.empty()
                           ? fmt::format("<span class=\"bad\">{}</span>", escapeHtml(job.error))
                       : job.lastSuccess ? fmt::format("<span class=\"good\">{}</span>", t.ok)
                                         : fmt::format("<span class=\"none\">{}</span>", t.never);
    html += fmt::format("<tr><td>{}{}{}</td><td class=\"wide\">{}</td><td>{}</td><td>{}</td></tr>",
                        escapeHtml(job.account), job.account.empty() ? "" : " · ", escapeHtml(job.name),
                        state, job.lastSuccess ? ageText(model.now - *job.lastSuccess, model, t) : t.never,
                        job.next ? whenText(*job.next, model) : "");
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string escapeHtml(std::string_view text) {
  std::string out;
  for (const char c : repairUtf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string contentSecurityPolicy() {
  return "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

std::string renderPage(const PageModel& model) {
  const bool japanese = model.language == Language::japanese;
  const auto& t = japanese ? kJapanese : kEnglish;
  bool trouble = false, warning = false, pending = false;
  for (const auto& alert : model.alerts) {
    trouble = trouble || alert.weight == Weight::critical;
    warning = warning || alert.weight == Weight::warning || alert.weight == Weight::info;
    pending = pending || alert.weight == Weight::pending;
  }
  for (const auto& job : model.jobs) pending = pending || !job.error.empty();
  std::string html = fmt::format(
      "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"refresh\" content=\"30\">"
      "<title>{}arrivald</title><style>{}</style></head><body><main><header><h1>{}</h1><p>{} {} "
      "({})</p></header>",
      japanese ? "ja" : "en", trouble || warning ? "⚠ " : "", kStyle, t.title, t.now,
      model.zone.minuteText(model.now), escapeHtml(model.zone.name()));
  html += fmt::format("<div class=\"banner {}\" role=\"status\">{}</div>",
                      trouble   ? "bad"
                      : warning ? "warn"
                      : pending ? "pending"
                                : "good",
                      trouble || warning ? t.trouble
                      : pending          ? t.pending
                                         : t.allWell);
  if (model.storeTrouble) html += fmt::format("<div class=\"banner bad\">{}</div>", t.store);
  html += fmt::format("<section class=\"card\"><h2>{}</h2>{}</section>", t.alerts, alertsTable(model, t));
  for (const auto& account : model.accounts) html += accountCard(account, model, t);
  html += fmt::format("<section class=\"card\"><h2>{}</h2>{}", t.jobs, jobsTable(model, t));
  html += fmt::format("<h3>{}: <span class=\"{}\">{}</span></h3>", t.provider,
                      model.statusTroubled ? "bad" : "none",
                      model.statusDescription ? escapeHtml(*model.statusDescription) : t.unknown);
  if (model.outboxWaiting > 0) html += fmt::format("<h3>{}: {}</h3>", t.waiting, model.outboxWaiting);
  if (model.outboxUndeliverable > 0)
    html += fmt::format("<h3 class=\"bad\">{}: {}</h3>", t.undeliverable, model.outboxUndeliverable);
  html +=
      fmt::format("</section><footer>arrivald {}</footer></main></body></html>", escapeHtml(model.version));
  return html;
}

}  // namespace arrivald::desk
