#include "desk/release_json.hpp"

#include <nlohmann/json.hpp>

namespace arrivald::desk {

using namespace suppression;
using nlohmann::ordered_json;

namespace {

std::string textOf(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json itemJson(const ReleaseItem& item) {
  const auto& shown = item.shown;
  ordered_json json;
  json["id"] = static_cast<std::int64_t>(item.id);
  json["account"] = shown.account;
  json["list"] = name(shown.list);
  if (shown.entry.group != 0) json["group"] = shown.entry.group;
  json["email"] = shown.entry.email;
  json["listed"] = toIso(shown.entry.created);
  json["reason"] = shown.entry.reason;
  json["status"] = shown.entry.status;
  json["cause"] = causes::name(shown.causeClass);
  json["advice"] = name(shown.advice);
  if (!item.assertedBy.empty()) json["asserted_by"] = item.assertedBy;
  if (item.failedAgain) json["failed_again"] = toIso(*item.failedAgain);
  json["chosen"] = item.chosen;
  json["state"] = name(item.progress.state);
  if (item.progress.problem != Problem::none) json["problem"] = name(item.progress.problem);
  if (item.progress.httpStatus != 0) json["http_status"] = item.progress.httpStatus;
  if (item.progress.settled) json["settled"] = toIso(*item.progress.settled);
  if (item.chosen && isOpen(item.progress.state)) json["next"] = toIso(item.progress.due);
  if (item.progress.state != ItemState::gone && item.progress.state != ItemState::alreadyGone) return json;
  json["after"] = name(item.after.aftermath);
  json["after_final"] = item.after.final;
  if (item.after.at) json["after_at"] = toIso(*item.after.at);
  if (item.after.took) json["took_ms"] = item.after.took->count();
  return json;
}

void addRequest(ordered_json& json, const ReleaseRequest& request) {
  json["user"] = request.user;
  json["created"] = toIso(request.created);
  json["request_state"] = name(request.state);
  json["rehearsal"] = request.mode == Mode::rehearsal;
  if (!request.decision.at) return;
  json["decided"] = toIso(*request.decision.at);
  json["extent"] = name(request.decision.extent);
  if (request.decision.motive) json["motive"] = name(*request.decision.motive);
  json["memo"] = request.decision.memo;
}

ordered_json lockJson(const LeftOut& leftOut) {
  ordered_json json;
  json["account"] = leftOut.entry.account;
  json["list"] = name(leftOut.entry.list);
  json["email"] = leftOut.entry.entry.email;
  json["why"] = name(leftOut.lock.kind);
  if (leftOut.lock.failedAgain) json["failed_again"] = toIso(*leftOut.lock.failedAgain);
  if (!leftOut.lock.claim) return json;
  json["user"] = leftOut.lock.claim->user;
  json["since"] = toIso(leftOut.lock.claim->since);
  return json;
}

}  // namespace

std::string releaseJson(const ReleaseView& view, const std::vector<LeftOut>& leftOut) {
  ordered_json json;
  json["id"] = static_cast<std::int64_t>(view.request.id);
  json["version"] = view.request.version;
  addRequest(json, view.request);
  json["left_today"] = view.leftToday;
  json["items"] = ordered_json::array();
  for (const auto& item : view.items) json["items"].push_back(itemJson(item));
  json["left_out"] = ordered_json::array();
  for (const auto& one : leftOut) json["left_out"].push_back(lockJson(one));
  return textOf(json);
}

std::string followupJson(const std::vector<store::ReleasedItem>& items,
                         const std::map<Aftermath, std::size_t>& counts) {
  ordered_json json;
  json["counts"] = ordered_json::object();
  for (const auto aftermath : kAftermaths) {
    const auto found = counts.find(aftermath);
    json["counts"][std::string(name(aftermath))] = found == counts.end() ? std::size_t{0} : found->second;
  }
  json["items"] = ordered_json::array();
  for (const auto& [item, request] : items) {
    auto row = itemJson(item);
    row["release"] = static_cast<std::int64_t>(request.id);
    addRequest(row, request);
    json["items"].push_back(std::move(row));
  }
  return textOf(json);
}

std::string auditJson(const std::vector<store::RecordRow>& rows, const store::RecordCheck& check) {
  ordered_json json;
  json["rows"] = ordered_json::array();
  for (const auto& row : rows) {
    ordered_json one;
    one["id"] = row.id;
    one["at"] = toIso(row.at);
    const std::pair<const char*, const std::string*> fields[] = {
        {"user", &row.user},       {"role", &row.role},         {"from", &row.origin},
        {"action", &row.action},   {"account", &row.account},   {"list", &row.list},
        {"address", &row.address}, {"entry", &row.entry},       {"advice", &row.advice},
        {"cause", &row.cause},     {"asserted", &row.asserted}, {"motive", &row.motive},
        {"memo", &row.memo},       {"outcome", &row.outcome}};
    for (const auto& [key, value] : fields)
      if (!value->empty()) one[key] = *value;
    if (row.release != 0) one["release"] = row.release;
    json["rows"].push_back(std::move(one));
  }
  json["check"]["rows"] = check.rows;
  if (check.prunedTo != 0) json["check"]["pruned_to"] = check.prunedTo;
  json["check"]["first_broken"] = check.firstBroken ? ordered_json(*check.firstBroken) : ordered_json();
  json["check"]["head"] = check.head;
  return textOf(json);
}

std::string refusalsJson(const Refusals& refusals) {
  ordered_json json;
  json["refused"] = ordered_json::array();
  for (const auto& refusal : refusals) {
    ordered_json one;
    one["why"] = name(refusal.kind);
    if (refusal.limit) {
      one["limit"]["of"] = refusal.limit->of == OverLimit::Of::day ? "day" : "request";
      one["limit"]["wanted"] = refusal.limit->wanted;
      one["limit"]["fits"] = refusal.limit->fits;
      one["limit"]["max"] = refusal.limit->max;
    }
    if (refusal.wanted != 0) {
      one["typed"] = refusal.typed;
      one["wanted"] = refusal.wanted;
    }
    if (refusal.error) one["error"] = refusal.error->text;
    json["refused"].push_back(std::move(one));
  }
  return textOf(json);
}

}  // namespace arrivald::desk
