#include "notify/notification_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace arrivald::notify {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

struct ToneName {
  Tone tone;
  std::string_view name;
};
constexpr std::array<ToneName, 6> kTones = {{{Tone::critical, "critical"},
                                             {Tone::warning, "warning"},
                                             {Tone::info, "info"},
                                             {Tone::good, "good"},
                                             {Tone::ended, "ended"},
                                             {Tone::test, "test"}}};

std::string_view nameOf(Tone tone) {
  for (const auto& each : kTones)
    if (each.tone == tone) return each.name;
  return "info";
}

// Empty fields are omitted, so that most notifications take a few hundred bytes.
class Writer {
 public:
  explicit Writer(ordered_json& into) : into_(into) {}
  void text(const char* key, std::string_view value) {
    if (!value.empty()) into_[key] = repairUtf8(value);
  }
  void texts(const char* key, const std::vector<std::string>& values) {
    for (const auto& value : values) into_[key].push_back(repairUtf8(value));
  }
  void field(const char* key, const std::optional<Field>& field) {
    if (field) into_[key] = of(*field);
  }
  static ordered_json of(const Field& field) {
    return {{"label", repairUtf8(field.label)}, {"value", repairUtf8(field.value)}};
  }

 private:
  ordered_json& into_;
};

ordered_json of(const Trend& trend) {
  auto values = ordered_json::array();
  for (const auto& value : trend.values)
    values.push_back(value && std::isfinite(*value) ? ordered_json(*value) : ordered_json());
  return {
      {"label", repairUtf8(trend.label)}, {"values", std::move(values)}, {"range", repairUtf8(trend.range)}};
}

constexpr std::array<std::string_view, 3> kStates{"open", "acknowledged", "over"};

ordered_json of(const About& about) {
  ordered_json one{{"conversation", repairUtf8(about.conversation)},
                   {"state", kStates.at(static_cast<std::size_t>(about.state))},
                   {"severity", rules::name(about.severity)}};
  Writer writer(one);
  writer.text("account", about.account);
  writer.text("rule", about.rule);
  writer.texts("categories", about.categories);
  writer.texts("receivers", about.receivers);
  writer.texts("kinds", about.kinds);
  writer.text("since", about.since);
  if (about.mails > 0) one["mails"] = about.mails;
  if (about.bad > 0) one["bad"] = about.bad;
  writer.texts("members", about.members);
  if (!about.incidents.empty()) one["incidents"] = about.incidents;
  if (about.remark) one["remark"] = true;
  return one;
}

// Reads with at() and get(), which throw nlohmann's exceptions; notificationFromJson converts those into an
// Error.
class Parser {
 public:
  explicit Parser(const json& from) : from_(from) {}
  std::string text(const char* key) const {
    const auto found = from_.find(key);
    return found == from_.end() ? std::string() : found->get<std::string>();
  }
  std::vector<std::string> texts(const char* key) const {
    const auto found = from_.find(key);
    return found == from_.end() ? std::vector<std::string>() : found->get<std::vector<std::string>>();
  }
  std::optional<Field> field(const char* key) const {
    const auto found = from_.find(key);
    if (found == from_.end()) return std::nullopt;
    return fieldFrom(*found);
  }
  std::vector<Field> fields(const char* key) const {
    std::vector<Field> fields;
    if (const auto found = from_.find(key); found != from_.end())
      for (const auto& each : *found) fields.push_back(fieldFrom(each));
    return fields;
  }
  std::vector<Link> links(const char* key) const {
    std::vector<Link> links;
    if (const auto found = from_.find(key); found != from_.end())
      for (const auto& each : *found)
        links.push_back({each.at("label").get<std::string>(), each.at("url").get<std::string>()});
    return links;
  }
  std::int64_t number(const char* key) const {
    const auto found = from_.find(key);
    return found == from_.end() ? 0 : found->get<std::int64_t>();
  }
  std::optional<About> about(const char* key) const {
    const auto found = from_.find(key);
    if (found == from_.end()) return std::nullopt;
    const Parser inner(*found);
    About about;
    about.conversation = inner.text("conversation");
    const auto state = std::ranges::find(kStates, inner.text("state"));
    if (state != kStates.end()) about.state = static_cast<About::State>(state - kStates.begin());
    about.severity = rules::severityNamed(inner.text("severity")).value_or(about.severity);
    about.account = inner.text("account");
    about.rule = inner.text("rule");
    about.categories = inner.texts("categories");
    about.receivers = inner.texts("receivers");
    about.kinds = inner.texts("kinds");
    about.since = inner.text("since");
    about.mails = inner.number("mails");
    about.bad = inner.number("bad");
    about.members = inner.texts("members");
    if (const auto numbers = found->find("incidents"); numbers != found->end())
      about.incidents = numbers->get<std::vector<std::int64_t>>();
    about.remark = found->value("remark", false);
    return about;
  }
  std::optional<Trend> trend(const char* key) const {
    const auto found = from_.find(key);
    if (found == from_.end()) return std::nullopt;
    Trend trend;
    trend.label = found->at("label").get<std::string>();
    for (const auto& value : found->at("values"))
      trend.values.push_back(value.is_null() ? std::nullopt : std::optional(value.get<double>()));
    trend.range = found->at("range").get<std::string>();
    return trend;
  }

 private:
  static Field fieldFrom(const json& from) {
    return {from.at("label").get<std::string>(), from.at("value").get<std::string>()};
  }
  const json& from_;
};

std::optional<Tone> toneNamed(std::string_view name) {
  for (const auto& each : kTones)
    if (each.name == name) return each.tone;
  return std::nullopt;
}

void write(const Notification& notification, ordered_json& root) {
  root["id"] = repairUtf8(notification.id);
  root["tone"] = nameOf(notification.tone);
  root["mention"] = notification.mention;
  Writer writer(root);
  writer.text("badge", notification.badge);
  root["title"] = repairUtf8(notification.title);
  writer.text("fallback", notification.fallback);
  writer.text("sentence", notification.sentence);
  writer.field("side", notification.side);
  for (const auto& field : notification.fields) root["fields"].push_back(Writer::of(field));
  if (notification.trend) root["trend"] = of(*notification.trend);
  writer.text("breakdown_label", notification.breakdownLabel);
  writer.texts("breakdown", notification.breakdown);
  writer.text("causes_label", notification.causesLabel);
  writer.texts("causes", notification.causes);
  writer.texts("samples", notification.samples);
  writer.field("status_page", notification.statusPage);
  writer.field("next", notification.next);
  for (const auto& link : notification.links)
    root["links"].push_back({{"label", repairUtf8(link.label)}, {"url", repairUtf8(link.url)}});
  writer.text("footer", notification.footer);
  writer.text("stands_in_for", notification.standsInFor);
  if (notification.about) root["about"] = of(*notification.about);
}

// Nothing if its tone is unknown. Throws nlohmann's exceptions.
std::optional<Notification> parsed(const json& root) {
  const auto tone = toneNamed(root.at("tone").get<std::string>());
  if (!tone) return std::nullopt;
  const Parser parser(root);
  Notification notification;
  notification.id = root.at("id").get<std::string>();
  notification.tone = *tone;
  notification.mention = root.at("mention").get<bool>();
  notification.badge = parser.text("badge");
  notification.title = root.at("title").get<std::string>();
  notification.fallback = parser.text("fallback");
  notification.sentence = parser.text("sentence");
  notification.side = parser.field("side");
  notification.fields = parser.fields("fields");
  notification.trend = parser.trend("trend");
  notification.breakdownLabel = parser.text("breakdown_label");
  notification.breakdown = parser.texts("breakdown");
  notification.causesLabel = parser.text("causes_label");
  notification.causes = parser.texts("causes");
  notification.samples = parser.texts("samples");
  notification.statusPage = parser.field("status_page");
  notification.next = parser.field("next");
  notification.links = parser.links("links");
  notification.footer = parser.text("footer");
  notification.standsInFor = parser.text("stands_in_for");
  notification.about = parser.about("about");
  return notification;
}

}  // namespace

std::string toJson(const Notification& notification) {
  ordered_json root;
  root["version"] = kNotificationVersion;
  write(notification, root);
  for (const auto& member : notification.members) {
    ordered_json one;
    write(member, one);
    Writer(one).text("row", member.row);
    Writer(one).text("step", member.step);
    root["members"].push_back(std::move(one));
  }
  return root.dump();
}

Result<Notification> notificationFromJson(std::string_view text) {
  const auto invalid = [](std::string_view why) {
    return Error{Error::Kind::invalid, fmt::format("the stored notification is malformed: {}", why)};
  };
  const auto root = json::parse(text, nullptr, false);
  if (!root.is_object()) return invalid("it is not a JSON object");
  try {
    if (const auto version = root.at("version").get<int>(); version != kNotificationVersion)
      return Error{Error::Kind::unsupported,
                   fmt::format("the stored notification has version {}, and this arrivald reads version {}",
                               version, kNotificationVersion)};
    auto notification = parsed(root);
    if (!notification) return invalid("its tone is unknown");
    if (const auto members = root.find("members"); members != root.end())
      for (const auto& each : *members) {
        auto member = parsed(each);
        if (!member) return invalid("the tone of a member is unknown");
        member->row = Parser(each).text("row");
        member->step = Parser(each).text("step");
        notification->members.push_back(std::move(*member));
      }
    return std::move(*notification);
  } catch (const json::exception& error) {
    return invalid(oneLine(error.what(), 120));
  }
}

}  // namespace arrivald::notify
