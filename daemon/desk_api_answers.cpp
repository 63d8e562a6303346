#include "daemon/desk_api_answers.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/mask.hpp"
#include "base/number.hpp"
#include "daemon/desk_api_error.hpp"
#include "daemon/desk_query.hpp"
#include "daemon/responses.hpp"
#include "desk/entries_text.hpp"
#include "desk/permissions.hpp"
#include "desk/release_json.hpp"

namespace arrivald {

using http::Response;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxRows = 200;
constexpr std::size_t kMaxAddressBytes = 500;

Response jsonOf(unsigned status, const ordered_json& json) {
  return jsonResponse(status, json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

/// The parameter "max"; nothing if it is no number of rows that can be answered at once.
std::optional<std::size_t> maxOf(const DeskVisit& visit) {
  if (!visit.query.has("max")) return desk::Entries::kPageRows;
  const auto max = numberIn<std::size_t>(visit.query.text("max"));
  return max && *max >= 1 && *max <= kMaxRows ? max : std::nullopt;
}

/// A parameter that means an id; nothing where it is missing, 0 where it is something else.
std::optional<std::int64_t> idIn(const DeskVisit& visit, std::string_view name) {
  if (!visit.query.has(name)) return std::nullopt;
  return std::max<std::int64_t>(0, numberIn<std::int64_t>(visit.query.text(name)).value_or(0));
}

Response badParameter(const DeskVisit& visit, const std::string& name) {
  return apiError(visit.language, 400, "bad_parameter", name);
}

/// What of the URL says nothing: it narrows nothing, and another answer would be taken for the one asked for.
std::optional<std::string> strangeIn(const DeskVisit& visit, std::span<const std::string_view> known) {
  constexpr std::array<std::string_view, 1> kAlways = {"lang"};
  if (visit.query.has("lang") && !languageAsked(visit.request)) return "lang";
  const auto unknown = unknownNames(visit.query, {known, kAlways});
  return unknown.empty() ? std::nullopt : std::optional(unknown.front());
}

std::optional<std::string> strangeIn(const RouteParts& parts, const DeskVisit& visit,
                                     const desk::Query& query, std::span<const std::string_view> also) {
  if (!query.ignored.empty()) return query.ignored.front();
  if (isUnreadable(query.period)) {
    const auto& from = visit.query.text("from");
    const auto ofFrom = suppression::periodOf({"", from, ""}, parts.entries.zone(), visit.now);
    return !from.empty() && isUnreadable(ofFrom) ? "from" : "to";
  }
  std::vector<std::string_view> known(queryNames().begin(), queryNames().end());
  known.insert(known.end(), also.begin(), also.end());
  return strangeIn(visit, known);
}

constexpr std::array<std::string_view, 1> kMaxName = {"max"};

Response unavailable(const DeskVisit& visit) { return apiError(visit.language, 503, "unavailable"); }

Response denied(const RouteParts& parts, const DeskVisit& visit, std::string_view what) {
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::refuse;
  entry.outcome = std::string(what) + ": the role does not allow it";
  static_cast<void>(parts.record.append(entry));
  return apiError(visit.language, 403, "denied");
}

/// The object that a program has sent.
std::optional<ordered_json> bodyOf(const DeskVisit& visit) {
  const auto type = visit.request.headers.find("Content-Type").value_or("");
  if (!type.starts_with("application/json")) return std::nullopt;
  auto json = ordered_json::parse(visit.request.body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

ordered_json sidesOf(const std::map<suppression::Side, std::int64_t>& counts) {
  ordered_json json = ordered_json::object();
  for (const auto side : suppression::kSides) {
    const auto found = counts.find(side);
    json[std::string(name(side))] = found == counts.end() ? std::int64_t{0} : found->second;
  }
  return json;
}

ordered_json periodOf(const RouteParts& parts, const desk::Query& query) {
  ordered_json json{{"from", toText(query.period.first)},
                    {"to", toText(query.period.last)},
                    {"time_zone", parts.entries.zone().name()},
                    {"mended", ordered_json::array()}};
  for (const auto mend : query.period.mended) json["mended"].push_back(name(mend));
  return json;
}

ordered_json unreadOf(const RouteParts& parts, const DeskVisit& visit, const desk::Query& query) {
  const auto unread = within(desk::unreadLists(parts.owners, visit.config), query.filter);
  return ordered_json::parse(desk::unreadJson(unread, parts.entries.zone(), visit.language));
}

Response entries(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::look)) return denied(parts, visit, "api: entries");
  const auto query = parts.entries.query(queryAsked(visit.query));
  if (const auto strange = strangeIn(parts, visit, query, kMaxName)) return badParameter(visit, *strange);
  const auto max = maxOf(visit);
  if (!max) return badParameter(visit, "max");
  const auto page = parts.entries.page(query, *max);
  const auto counts = parts.entries.counts(query);
  if (!page || !counts) return unavailable(visit);
  // Nobody gets rows that the record does not know of.
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::download;
  entry.outcome =
      "api: " + std::to_string(page->rows.size()) + " rows; " + desk::toQuery(desk::parametersOf(query));
  if (!parts.record.append(entry)) return unavailable(visit);
  auto json = periodOf(parts, query);
  json["total"] = counts->total;
  json["total_before"] = counts->totalBefore;
  json["sides"] = sidesOf(counts->now);
  const auto unread = within(desk::unreadLists(parts.owners, visit.config), query.filter);
  const auto listed =
      ordered_json::parse(desk::listJson(query, *page, unread, parts.entries.zone(), visit.language));
  json["entries"] = listed.at("rows");
  json["next"] = page->next;
  json["unread"] = listed.at("unread");
  return jsonOf(200, json);
}

Response address(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::lookUp)) return denied(parts, visit, "api: addresses");
  const auto body = bodyOf(visit);
  const bool fits = body && body->contains("address") && body->at("address").is_string();
  const auto asked = fits ? body->at("address").get<std::string>() : std::string();
  if (asked.empty() || asked.size() > kMaxAddressBytes)
    return apiError(visit.language, 400, "bad_body", R"({"address": "taro@example.jp"})");
  const auto answer = parts.addresses.answer(asked, visit.config, visit.language);
  if (!answer) return unavailable(visit);
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::lookUp;
  entry.address = maskAddress(answer->address);
  if (!parts.record.append(entry)) return unavailable(visit);
  return jsonResponse(200, desk::explainJson(*answer, parts.entries.zone(), visit.language));
}

Response groups(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::look)) return denied(parts, visit, "api: groups");
  const auto query = parts.entries.query(queryAsked(visit.query));
  if (const auto strange = strangeIn(parts, visit, query, {})) return badParameter(visit, *strange);
  const auto rows = parts.groups.all(query);
  if (!rows) return unavailable(visit);
  auto json = periodOf(parts, query);
  json["groups"] = ordered_json::array();
  for (const auto& row : *rows)
    json["groups"].push_back(
        {{"group", row.group}, {"entries", row.entries}, {"sides", sidesOf(row.bySide)}});
  json["unread"] = unreadOf(parts, visit, query);
  return jsonOf(200, json);
}

Response group(const RouteParts& parts, const DeskVisit& visit) {
  if (!desk::may(visit.actor, desk::Action::look)) return denied(parts, visit, "api: groups");
  const auto query = parts.entries.query(queryAsked(visit.query));
  if (const auto strange = strangeIn(parts, visit, query, {})) return badParameter(visit, *strange);
  const auto answer = parts.groups.answer(visit.behind("/api/v1/groups/"), query, visit.language);
  if (!answer) return unavailable(visit);
  auto json = periodOf(parts, query);
  json["group"] = answer->group;
  json["entries"] = answer->entries;
  json["entries_before"] = answer->entriesBefore;
  json["sides"] = sidesOf(answer->bySide);
  json["days"] = ordered_json::array();
  for (const auto& [day, sides] : answer->byDay)
    json["days"].push_back({{"day", toText(day)}, {"sides", sidesOf(sides)}});
  json["causes"] = ordered_json::array();
  for (const auto& [cause, count] : answer->causes)
    json["causes"].push_back({{"cause", causes::name(cause)}, {"entries", count}});
  json["domains"] = ordered_json::array();
  for (const auto& [domain, count] : answer->domains)
    json["domains"].push_back({{"domain", domain}, {"entries", count}});
  json["it_desk_text"] = answer->itDeskText;
  json["unread"] = unreadOf(parts, visit, query);
  return jsonOf(200, json);
}

Response followup(const RouteParts& parts, const DeskVisit& visit) {
  store::ReleasedFilter filter;
  constexpr std::array<std::string_view, 3> kNames = {"max", "outcome", "before"};
  if (const auto strange = strangeIn(visit, kNames)) return badParameter(visit, *strange);
  const auto max = maxOf(visit);
  if (!max) return badParameter(visit, "max");
  filter.max = *max + 1;
  if (const auto& outcome = visit.query.text("outcome"); !outcome.empty()) {
    for (const auto aftermath : suppression::kAftermaths)
      if (name(aftermath) == outcome) filter.aftermath = aftermath;
    if (!filter.aftermath) return badParameter(visit, "outcome");
  }
  if (const auto before = idIn(visit, "before")) {
    if (*before == 0) return badParameter(visit, "before");
    filter.before = suppression::ItemId(*before);
  }
  auto items = parts.releases.released(visit.actor, filter);
  if (!items.ok()) return apiRefusal(visit.language, items.error());
  const auto counts = parts.releases.aftermaths(visit.actor);
  if (!counts.ok()) return apiRefusal(visit.language, counts.error());
  const bool isMore = items->size() > *max;
  if (isMore) items->resize(*max);
  auto json = ordered_json::parse(desk::followupJson(*items, *counts));
  json["next"] = isMore ? std::to_string(static_cast<std::int64_t>(items->back().item.id)) : std::string();
  return jsonOf(200, json);
}

Response release(const RouteParts& parts, const DeskVisit& visit) {
  const auto id = numberIn<std::int64_t>(visit.behind("/api/v1/releases/"));
  if (!id) return apiError(visit.language, 404, "not_found");
  const auto found = parts.releases.find(visit.actor, suppression::ReleaseId(*id));
  if (!found.ok()) return apiRefusal(visit.language, found.error());
  return jsonResponse(200, desk::releaseJson(*found));
}

/// Decides a rehearsal at once: it changes nothing at the provider.
desk::Outcome<desk::ReleaseView> rehearsed(const RouteParts& parts, const DeskVisit& visit,
                                           const desk::ReleaseView& draft) {
  desk::Confirmation form;
  form.id = draft.request.id;
  form.version = draft.request.version;
  form.extent = suppression::Extent::all;
  form.motive = suppression::Motive::other;
  form.typed = std::to_string(draft.items.size());
  return parts.releases.confirm(visit.actor, form);
}

// A draft is decided by a person who has read its page. What a program may decide is a rehearsal.
Response draft(const RouteParts& parts, const DeskVisit& visit) {
  constexpr const char* kExpected = R"({"entries": ["17", "18"], "dry_run": true})";
  const auto body = bodyOf(visit);
  if (!body || !body->contains("entries") || !body->at("entries").is_array())
    return apiError(visit.language, 400, "bad_body", kExpected);
  std::vector<suppression::EntryId> ids;
  for (const auto& one : body->at("entries")) {
    const auto id = one.is_string() ? desk::entryIdFrom(one.get<std::string>()) : std::nullopt;
    if (!id) return apiError(visit.language, 400, "bad_body", kExpected);
    ids.push_back(*id);
  }
  const auto given = body->find("dry_run");
  if (given != body->end() && !given->is_boolean())
    return apiError(visit.language, 400, "bad_body", kExpected);
  const bool rehearses = given != body->end() && given->get<bool>();
  const auto drafted = parts.releases.draft(
      visit.actor, ids, rehearses ? suppression::Mode::rehearsal : suppression::Mode::real);
  if (!drafted.ok()) return apiRefusal(visit.language, drafted.error());
  const auto found = parts.releases.find(visit.actor, drafted->id);
  if (!found.ok()) return apiRefusal(visit.language, found.error());
  if (!rehearses) return jsonResponse(201, desk::releaseJson(*found, drafted->leftOut));
  const auto decided = rehearsed(parts, visit, *found);
  if (!decided.ok()) return apiRefusal(visit.language, decided.error());
  return jsonResponse(202, desk::releaseJson(*decided, drafted->leftOut));
}

Response record(const RouteParts& parts, const DeskVisit& visit) {
  store::RecordFilter filter;
  constexpr std::array<std::string_view, 4> kNames = {"max", "user", "action", "before"};
  if (const auto strange = strangeIn(visit, kNames)) return badParameter(visit, *strange);
  const auto max = maxOf(visit);
  if (!max) return badParameter(visit, "max");
  filter.max = *max + 1;
  filter.user = visit.query.text("user");
  filter.action = visit.query.text("action");
  if (const auto before = idIn(visit, "before")) {
    if (*before == 0) return badParameter(visit, "before");
    filter.before = *before;
  }
  auto rows = parts.record.find(visit.actor, filter);
  if (!rows) {
    if (rows.error().kind == Error::Kind::denied) return denied(parts, visit, "api: record");
    return unavailable(visit);
  }
  const bool isMore = rows->size() > *max;
  if (isMore) rows->resize(*max);
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::download;
  entry.outcome = "api: record: " + std::to_string(rows->size()) + " rows";
  if (!parts.record.append(entry)) return unavailable(visit);
  auto json = ordered_json::parse(desk::auditJson(*rows, {}));
  // Whether the record is whole is found by reading all of it: `arrivald desk audit` does.
  json.erase("check");
  json["next"] = isMore ? std::to_string(rows->back().id) : std::string();
  return jsonOf(200, json);
}

constexpr ApiRoute kRoutes[] = {
    {"GET", "/api/v1/entries", entries},   {"POST", "/api/v1/addresses", address},
    {"GET", "/api/v1/groups", groups},     {"GET", "/api/v1/groups/", group},
    {"GET", "/api/v1/releases", followup}, {"POST", "/api/v1/releases", draft},
    {"GET", "/api/v1/releases/", release}, {"GET", "/api/v1/record", record},
};

}  // namespace

std::span<const ApiRoute> apiRoutes() { return kRoutes; }

bool matches(const ApiRoute& route, std::string_view path) {
  if (!route.path.ends_with('/')) return path == route.path;
  return path.size() > route.path.size() && path.starts_with(route.path);
}

}  // namespace arrivald
