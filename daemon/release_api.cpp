#include "daemon/release_api.hpp"

#include <algorithm>

#include "base/number.hpp"
#include "daemon/responses.hpp"
#include "desk/record.hpp"
#include "desk/release_json.hpp"

namespace arrivald {

using http::Response;
using http::ServerRequest;
using runtime::Task;

namespace {

constexpr std::size_t kMaxRows = 1'000;
constexpr std::size_t kMaxEntries = 100;
// What wrong tokens of programs are counted under.
constexpr std::string_view kTokens = "(token)";

Response refused(const desk::Refusals& refusals) {
  const bool store = contains(refusals, desk::Refusal::Kind::store);
  return jsonResponse(store ? 503 : 409, desk::refusalsJson(refusals));
}

Response notSetUp() {
  return textResponse(404, "the desk is not set up: the configuration has no section desk\n");
}

// Who may run a command on this host, with the configuration's password where there is one.
desk::Actor actorOf(const ServerRequest& request) {
  return {"command line", desk::Role::admin, request.peer};
}

template <class T>
std::optional<T> numberOf(const ServerRequest& request, std::string_view name) {
  return numberIn<T>(request.parameter(name).value_or(""));
}

std::size_t rowsOf(const ServerRequest& request) {
  return std::min(numberOf<std::size_t>(request, "max").value_or(50), kMaxRows);
}

}  // namespace

void ReleaseApi::add(http::Router& router, const char* method, const char* path, Answer responder) {
  router.add(method, path, [this, responder](const ServerRequest& request) -> Task<Response> {
    // Another site's page cannot make a browser send the header.
    if (!http::isFromThisHost(request) || !request.headers.find("X-Arrivald"))
      co_return http::plainText(403, "this is answered to arrivald's own commands on this host only");
    co_return (this->*responder)(request);
  });
}

void ReleaseApi::addTo(http::Router& router) {
  add(router, "GET", "/api/desk/followup", &ReleaseApi::followup);
  add(router, "GET", "/api/desk/audit", &ReleaseApi::audit);
  add(router, "GET", "/api/desk/release", &ReleaseApi::release);
  add(router, "POST", "/api/desk/rehearsal", &ReleaseApi::rehearse);
  add(router, "POST", "/api/desk/unlock", &ReleaseApi::unlock);
}

Response ReleaseApi::followup(const ServerRequest& request) {
  store::ReleasedFilter filter;
  filter.max = rowsOf(request);
  filter.email = request.parameter("of").value_or("");
  if (const auto outcome = request.parameter("outcome"); outcome && !outcome->empty()) {
    for (const auto aftermath : suppression::kAftermaths)
      if (name(aftermath) == *outcome) filter.aftermath = aftermath;
    if (!filter.aftermath)
      return http::plainText(
          400, "outcome: expected delivered, bounced_again, not_sent_yet, still_dropped, undone or unknown");
  }
  std::vector<store::ReleasedItem> items;
  std::map<suppression::Aftermath, std::size_t> counts;
  const auto since = owners_.clock().now() - suppression::kFollowUp;
  const auto read = owners_.database().read([&] {
    store::ReleasesTable table(owners_.database());
    items = table.released(filter);
    counts = table.aftermaths(since);
  });
  if (!read) return http::plainText(503, read.error().text);
  return jsonResponse(200, desk::followupJson(items, counts));
}

Response ReleaseApi::audit(const ServerRequest& request) {
  store::RecordFilter filter;
  filter.max = rowsOf(request);
  filter.user = request.parameter("user").value_or("");
  if (const auto of = request.parameter("of").value_or(""); !of.empty())
    filter.addresses = desk::spellingsOf(of);
  filter.action = request.parameter("action").value_or("");
  desk::Record record(owners_.database(), owners_.clock());
  const auto actor = actorOf(request);
  const auto rows = record.find(actor, filter);
  const auto check = record.check();
  if (!rows || !check) return http::plainText(503, rows ? check.error().text : rows.error().text);
  desk::RecordEntry entry;
  entry.by = actor;
  entry.act = desk::Act::download;
  entry.outcome = "record: " + std::to_string(rows->size()) + " rows";
  const auto recorded = record.append(entry);
  if (!recorded) return http::plainText(503, recorded.error().text);
  return jsonResponse(200, desk::auditJson(*rows, *check));
}

Response ReleaseApi::rehearse(const ServerRequest& request) {
  if (!parts_.releases || !parts_.addresses) return notSetUp();
  const auto account = request.parameter("account").value_or("");
  const auto list = request.parameter("list").value_or("");
  const auto entries = parts_.addresses->of(request.parameter("of").value_or(""), kMaxEntries);
  if (!entries) return http::plainText(503, entries.error().text);
  std::vector<suppression::EntryId> ids;
  for (const auto& entry : *entries) {
    const bool wanted =
        (account.empty() || entry.account == account) && (list.empty() || name(entry.list) == list);
    if (wanted && !entry.removed) ids.push_back(entry.id);
  }
  const auto actor = actorOf(request);
  const auto drafted = parts_.releases->draft(actor, ids, suppression::Mode::rehearsal);
  if (!drafted.ok()) return refused(drafted.error());
  const auto draft = parts_.releases->find(actor, drafted->id);
  if (!draft.ok()) return refused(draft.error());
  desk::Confirmation form;
  form.id = drafted->id;
  form.version = draft->request.version;
  form.extent = suppression::Extent::all;
  form.motive = suppression::Motive::other;
  form.typed = std::to_string(draft->items.size());
  const auto confirmed = parts_.releases->confirm(actor, form);
  if (!confirmed.ok()) return refused(confirmed.error());
  return jsonResponse(202, desk::releaseJson(*confirmed, drafted->leftOut));
}

Response ReleaseApi::unlock(const ServerRequest& request) {
  if (!parts_.throttle) return notSetUp();
  const auto user = request.parameter("user").value_or("");
  if (user.empty()) return http::plainText(400, "user: expected the name of a user of the desk");
  // Nothing is unlocked that does not stand in the record, and nothing stands there that did not happen.
  if (parts_.throttle->isKept(user)) {
    desk::RecordEntry entry;
    entry.by = actorOf(request);
    entry.act = desk::Act::unlock;
    entry.outcome = "user: " + user;
    desk::Record record(owners_.database(), owners_.clock());
    if (const auto recorded = record.append(entry); !recorded)
      return http::plainText(503, recorded.error().text);
  }
  const auto& users = parts_.configuration->desk->users;
  const bool isKnown =
      user == kTokens || std::ranges::find(users, user, &config::DeskUser::name) != users.end();
  return jsonResponse(200, "{\"unlocked\":" + std::to_string(parts_.throttle->unlock(user)) +
                               ",\"known\":" + (isKnown ? "true" : "false") + "}");
}

Response ReleaseApi::release(const ServerRequest& request) {
  if (!parts_.releases) return notSetUp();
  const auto id = numberOf<std::int64_t>(request, "id");
  if (!id) return http::plainText(400, "id: expected the number of a release");
  const auto found = parts_.releases->find(actorOf(request), suppression::ReleaseId(*id));
  if (!found.ok()) return refused(found.error());
  return jsonResponse(200, desk::releaseJson(*found));
}

}  // namespace arrivald
