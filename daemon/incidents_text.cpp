#include "daemon/incidents_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time_zone.hpp"
#include "daemon/json_answer.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {

using json_answer::at;
using json_answer::text;
using json_answer::whole;
using nlohmann::ordered_json;
using notify::Catalogue;

namespace {

constexpr std::size_t kSpansShown = 24;
constexpr int kBar = 20;  // characters of a share of 100 %

bool isOpen(const ordered_json& incident) { return json_answer::flag(incident, "open"); }

class IncidentReport {
 public:
  explicit IncidentReport(const ordered_json& answer)
      : answer_(answer), c_(Catalogue::of(json_answer::languageOf(answer))) {
    if (const auto zone = TimeZone::find(text(answer, "time_zone"))) zone_ = *zone;
  }

  std::string list() {
    const auto& all = at(answer_, "incidents");
    bool ended = false;
    for (const auto& one : all) {
      if (isOpen(one)) {
        head(one);
        notes(one);
        line("");
        continue;
      }
      if (!ended) line(say("cli.incident.over"));
      ended = true;
      line("  " + summary(one) +
           say("cli.incident.span", {{"since", when(one, "since")}, {"until", when(one, "until")}}));
    }
    if (all.empty()) line(say("cli.incident.none"));
    return std::move(out_);
  }

  std::string single() {
    const auto& one = at(answer_, "incident");
    head(one);
    line("  " + text(one, "sentence"));
    notes(one);
    for (const auto& reply : at(one, "replies"))
      if (reply.is_string()) line("  > " + printable(reply.get<std::string>()));
    course(one);
    parts(one, "categories", "page.incident.by_category");
    parts(one, "receivers", "page.incident.by_receiver");
    members(one);
    messages(one);
    return std::move(out_);
  }

 private:
  void line(const std::string& words) { out_ += words + '\n'; }
  std::string say(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return c_.text(key, fillings);
  }
  std::string number(std::int64_t value) const { return c_.number(static_cast<double>(value)); }
  std::string when(const ordered_json& value, const char* key) const {
    const auto instant = parseIso(text(value, key));
    return instant ? zone_.zonedText(*instant) : std::string();
  }

  std::string summary(const ordered_json& one) const {
    return say("cli.incident.line", {{"state", text(one, "state")},
                                     {"number", std::to_string(whole(one, "number"))},
                                     {"headline", text(one, "headline")}});
  }
  void head(const ordered_json& one) { line(summary(one)); }

  void field(const std::string& label, const std::string& value) {
    if (!value.empty()) line(say("cli.incident.field", {{"label", label}, {"value", value}}));
  }

  void notes(const ordered_json& one) {
    field(say("page.incident.next"), text(one, "next"));
    field(say("page.incident.side"), text(one, "side"));
    field(say("page.incident.acknowledged"), text(one, "acknowledged"));
    field(say("page.incident.silenced"), text(one, "silenced"));
    field(say("field.since"), when(one, "since"));
    field(say("cli.incident.until"), when(one, "until"));
    field(say("page.incident.account"), text(one, "account"));
  }

  std::string mailsOf(const ordered_json& row) const {
    const auto mails = whole(row, "mails"), bad = whole(row, "bad");
    return say(
        "cli.incident.mails",
        {{"n", number(mails)},
         {"bad", number(bad)},
         {"share", mails > 0 ? c_.percent(static_cast<double>(bad) / static_cast<double>(mails)) : "—"}});
  }

  static std::string barOf(const ordered_json& row) {
    const auto mails = whole(row, "mails");
    if (mails <= 0) return {};
    const auto length = kBar * whole(row, "bad") / mails;
    std::string bar;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(length, kBar); ++i) bar += "█";
    return bar.empty() ? bar : "  " + bar;
  }

  void course(const ordered_json& one) {
    const auto& all = at(one, "course");
    if (!all.is_array() || all.size() < 2) return;
    const bool late = text(one, "bad") == "late";
    heading(say(late ? "page.incident.course.late" : "page.incident.course",
                {{"each", c_.duration(std::chrono::seconds(whole(one, "seconds_each")))}}));
    const auto skipped = all.size() > kSpansShown ? all.size() - kSpansShown : 0;
    for (auto i = skipped; i < all.size(); ++i)
      line(fmt::format("    {}  {}{}", when(all[i], "begin"), mailsOf(all[i]), barOf(all[i])));
  }

  void heading(const std::string& words) { line("\n  " + words); }

  void parts(const ordered_json& one, const char* key, const char* label) {
    const auto& all = at(one, key);
    if (all.empty()) return;
    heading(say(label));
    for (const auto& part : all) line(fmt::format("    {}  {}", text(part, "name"), mailsOf(part)));
  }

  void members(const ordered_json& one) {
    const auto& all = at(one, "members");
    if (all.empty()) return;
    heading(say("page.incident.members"));
    for (const auto& member : all) {
      const auto value = text(member, "value");
      line(fmt::format("    {}  {}{}{}", text(member, "rule"), text(member, "subject"),
                       value.empty() ? "" : "  ", value));
    }
  }

  void messages(const ordered_json& one) {
    const auto& all = at(one, "messages");
    if (all.empty()) return;
    heading(say("page.incident.messages"));
    for (const auto& message : all)
      line(fmt::format("    {}  {}  {}  {}", when(message, "at"), text(message, "channel"),
                       text(message, "text"), text(message, "state")));
  }

  const ordered_json& answer_;
  const Catalogue& c_;
  TimeZone zone_;
  std::string out_;
};

}  // namespace

std::string incidentsText(const ordered_json& answer) { return IncidentReport(answer).list(); }

std::string incidentText(const ordered_json& answer) { return IncidentReport(answer).single(); }

}  // namespace arrivald
