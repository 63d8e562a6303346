#include "desk/record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/mask.hpp"
#include "desk/permissions.hpp"

namespace arrivald::desk {
namespace {

constexpr std::size_t kMaxRows = 1'000;

}  // namespace

std::string_view name(Act act) {
  static constexpr std::array<std::string_view, kActCount> kNames = {
      "log_in",  "log_in_refused", "log_out", "look_up", "download", "draft",  "drop", "cancel", "expire",
      "confirm", "refuse",         "ask",     "answer",  "settle",   "follow", "undo", "unlock", "prune"};
  return kNames.at(static_cast<std::size_t>(act));
}

std::string recordJson(const suppression::Entry& entry) {
  nlohmann::ordered_json json;
  json["created"] = toIso(entry.created);
  if (!entry.reason.empty()) json["reason"] = entry.reason;
  if (!entry.status.empty()) json["status"] = entry.status;
  if (!entry.ip.empty()) json["ip"] = entry.ip;
  if (entry.group != 0) json["group"] = entry.group;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

RecordEntry recordOf(Actor by, Act act, const suppression::ReleaseItem& item) {
  RecordEntry entry;
  entry.by = std::move(by);
  entry.act = act;
  entry.account = item.shown.account;
  entry.list = name(item.shown.list);
  entry.address = item.shown.entry.email;
  entry.entry = recordJson(item.shown.entry);
  entry.advice = name(item.shown.advice);
  entry.cause =
      item.shown.textKey.empty() ? std::string(causes::name(item.shown.causeClass)) : item.shown.textKey;
  entry.asserted = item.assertedBy;
  entry.release = item.release;
  return entry;
}

std::vector<std::string> spellingsOf(const std::string& address) { return {address, maskAddress(address)}; }

void Record::appendWithin(const RecordEntry& entry) {
  store::RecordRow row;
  row.at = clock_.now();
  row.user = entry.by.user;
  row.role = name(entry.by.role);
  row.origin = entry.by.from;
  row.action = name(entry.act);
  row.account = entry.account;
  row.list = entry.list;
  const bool masks = entry.act == Act::lookUp && !entry.address.empty();
  row.address = masks ? maskAddress(entry.address) : entry.address;
  row.entry = entry.entry;
  row.advice = entry.advice;
  row.cause = entry.cause;
  row.asserted = entry.asserted;
  row.motive = entry.motive;
  row.memo = entry.memo;
  row.outcome = entry.outcome;
  row.release = static_cast<std::int64_t>(entry.release);
  store::RecordTable(database_).append(row);
}

Done Record::append(const RecordEntry& entry) {
  return database_.transact([&] { appendWithin(entry); });
}

Result<bool> Record::narrow(const Actor& actor, store::RecordFilter& filter) {
  if (!may(actor, Action::readOwnRecord))
    return Error{Error::Kind::denied, "the record can be read after log-in only", Party::configuration};
  if (may(actor, Action::readRecord)) return true;
  if (!filter.user.empty() && filter.user != actor.user) return false;
  filter.user = actor.user;
  return true;
}

Result<std::vector<store::RecordRow>> Record::find(const Actor& actor, store::RecordFilter filter) {
  std::vector<store::RecordRow> rows;
  const auto some = narrow(actor, filter);
  if (!some) return some.error();
  if (!*some) return rows;
  filter.max = std::min(filter.max, kMaxRows);
  const auto read = database_.read([&] { rows = store::RecordTable(database_).find(filter); });
  if (!read) return read.error();
  return rows;
}

Result<std::int64_t> Record::count(const Actor& actor, store::RecordFilter filter) {
  std::int64_t rows = 0;
  const auto some = narrow(actor, filter);
  if (!some) return some.error();
  if (!*some) return rows;
  const auto read = database_.read([&] { rows = store::RecordTable(database_).count(filter); });
  if (!read) return read.error();
  return rows;
}

Result<bool> Record::prune(Instant until, std::size_t max) {
  std::size_t pruned = 0;
  const auto stored = database_.transact([&] {
    pruned = store::RecordTable(database_).prune(until, max);
    if (pruned == 0) return;
    RecordEntry entry;
    entry.by = {"arrivald", Role::admin, ""};
    entry.act = Act::prune;
    entry.outcome = std::to_string(pruned) + " rows that were too old";
    appendWithin(entry);
  });
  if (!stored) return stored.error();
  return pruned == max;
}

Result<store::RecordCheck> Record::check() {
  store::RecordCheck check;
  const auto read = database_.read([&] { check = store::RecordTable(database_).check(); });
  if (!read) return read.error();
  return check;
}

}  // namespace arrivald::desk
