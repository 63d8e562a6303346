// A desk with its store, a provider that keeps lists, and a clock that the test moves.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "desk/release_entries.hpp"
#include "desk/releases.hpp"
#include "http/url.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temp_store.hpp"

namespace arrivald::testing {

inline const Instant kNoon = parseIso("2026-11-25T03:00:00Z").value();  // in Tokyo

inline const desk::Actor kViewer{"viewer-1", desk::Role::viewer, "192.0.2.1"};
inline const desk::Actor kOperator{"ops-1", desk::Role::operator_, "192.0.2.17"};
inline const desk::Actor kColleague{"ops-2", desk::Role::operator_, "192.0.2.40"};
inline const desk::Actor kAdmin{"admin-1", desk::Role::admin, "192.0.2.99"};

/// The rows that the store of the lists would give.
class FakeEntries final : public desk::EntryLookup {
 public:
  Result<std::vector<desk::ListedEntry>> find(std::span<const suppression::EntryId> ids) override {
    std::vector<desk::ListedEntry> found;
    for (const auto id : ids)
      if (const auto row = rows.find(id); row != rows.end()) found.push_back(row->second);
    return found;
  }
  void removed(suppression::EntryId id, Instant at) override { rows.at(id).removed = at; }
  std::map<suppression::EntryId, desk::ListedEntry> rows;
};

/// The provider's lists, behind its HTTP API.
class FakeProvider {
 public:
  explicit FakeProvider(FakeTransport& transport) {
    transport.always([](const http::Request&) { return true; },
                     [this](const http::Request& request) { return answer(request); });
  }

  void put(suppression::List list, const suppression::Entry& entry) { lists[{list, entry.email}] = entry; }
  bool has(suppression::List list, const std::string& email) const { return lists.contains({list, email}); }

  FakeTransport::Answer answer(const http::Request& request) {
    const auto slash = request.url.rfind('/');
    const auto email = http::percentDecode(request.url.substr(slash + 1));
    const auto list = listOf(request.url.substr(0, slash));
    if (request.method == "POST") {
      const auto address = nlohmann::json::parse(request.body)["recipient_emails"][0].get<std::string>();
      lists[{suppression::List::unsubscribes, address}] = {address, {}, "", "", "", 0};
      return FakeTransport::reply(201, "{}");
    }
    const auto found = lists.find({list, email});
    if (request.method == "DELETE") {
      ++deletions[email];
      if (found == lists.end()) return FakeTransport::reply(404, R"({"errors":[{"message":"not found"}]})");
      if (!keepsDeleted) lists.erase(found);
      return FakeTransport::reply(204);
    }
    if (list == suppression::List::unsubscribes)
      return FakeTransport::reply(200,
                                  found == lists.end() ? "{}" : R"({"recipient_email":")" + email + "\"}");
    if (found == lists.end()) return FakeTransport::reply(200, "[]");
    nlohmann::json row;
    row["created"] = unixSeconds(found->second.created);
    row["email"] = email;
    row["reason"] = found->second.reason;
    row["status"] = found->second.status;
    return FakeTransport::reply(200, nlohmann::json::array({row}).dump());
  }

  std::map<std::pair<suppression::List, std::string>, suppression::Entry> lists;
  std::map<std::string, int> deletions;  ///< requests, by address
  bool keepsDeleted = false;             ///< answers 204 and goes on showing the entry

 private:
  static suppression::List listOf(const std::string& folder) {
    for (const auto list : suppression::kLists)
      if (folder.ends_with("/" + std::string(name(list)))) return list;
    return suppression::List::unsubscribes;
  }
};

struct Desk {
  explicit Desk(suppression::ReleaseLimits limits = {}) {
    settings.limits = limits;
    settings.zone = TimeZone::find("Asia/Tokyo").value();
    settings.accounts = {"main"};
    open();
  }

  void open() {
    database = std::move(*store::Database::open(place.path()));
    record = std::make_unique<desk::Record>(*database, clock);
    releases = std::make_unique<desk::Releases>(*database, clock, *record, entries, registry);
    releases->use(settings);
  }
  /// What a kill leaves is what the file holds.
  void restart() {
    releases = nullptr;
    record = nullptr;
    database = nullptr;
    open();
  }

  /// Lists an entry in the store and at the provider.
  suppression::EntryId list(std::string email, suppression::Advice advice = suppression::Advice::safe,
                            suppression::List where = suppression::List::bounces) {
    const auto id = suppression::EntryId(static_cast<std::int64_t>(entries.rows.size()) + 1);
    desk::ListedEntry row;
    row.id = id;
    row.account = "main";
    row.list = where;
    row.entry = {std::move(email), kNoon - std::chrono::hours(48), "552 5.2.2 mailbox full", "5.2.2", "", 0};
    if (suppression::isWish(where)) row.entry.reason = row.entry.status = "";
    row.cause.causeClass = causes::Class::mailboxFull;
    row.cause.textKey = "mailbox_full";
    row.advice = advice;
    row.domain = "example.jp";
    entries.rows[id] = row;
    provider.put(where, row.entry);
    return id;
  }

  suppression::ReleaseId draft(const std::vector<suppression::EntryId>& ids,
                               const desk::Actor& actor = kOperator,
                               suppression::Mode mode = suppression::Mode::real) {
    const auto drafted = releases->draft(actor, ids, mode);
    REQUIRE(drafted.ok());
    return drafted->id;
  }
  desk::ReleaseView view(suppression::ReleaseId id) {
    auto found = releases->find(kViewer, id);
    REQUIRE(found.ok());
    return *found;
  }
  /// A form that is filled in.
  desk::Confirmation form(suppression::ReleaseId id,
                          suppression::Extent extent = suppression::Extent::advised) {
    desk::Confirmation form;
    form.id = id;
    const auto shown = view(id);
    form.version = shown.request.version;
    form.extent = extent;
    form.motive = suppression::Motive::theyToldUs;
    form.typed = std::to_string(shown.items.size());
    return form;
  }
  suppression::ReleaseId confirmed(const std::vector<suppression::EntryId>& ids,
                                   suppression::Mode mode = suppression::Mode::real) {
    const auto id = draft(ids, kOperator, mode);
    REQUIRE(releases->confirm(kOperator, form(id, suppression::Extent::all)).ok());
    return id;
  }

  /// One run of the task.
  Done step() { return runTask(desk::releaseEntries(*releases, clients, clock, random)); }
  /// Runs until nothing is open any more.
  void finish(suppression::ReleaseId id) {
    for (int i = 0; i < 2'000; ++i) {
      REQUIRE(step().ok());
      if (view(id).request.state == suppression::ReleaseState::done) return;
      const auto next = releases->nextDue();
      REQUIRE(next.ok());
      REQUIRE(next->has_value());
      if (**next > clock.now()) clock.advance(**next - clock.now());
    }
    FAIL("the request never ends");
  }
  suppression::ItemProgress only(suppression::ReleaseId id) { return view(id).items.at(0).progress; }
  std::vector<std::string> acts() {
    std::vector<std::string> found;
    store::RecordFilter filter;
    filter.max = 1'000;
    const auto rows = record->find(kAdmin, filter);
    REQUIRE(rows.ok());
    for (auto row = rows->rbegin(); row != rows->rend(); ++row) found.push_back(row->action);
    return found;
  }

  TempStore place;
  ManualClock clock{kNoon};
  FakeTransport transport;
  FakeProvider provider{transport};
  FakeEntries entries;
  metrics::Registry registry{clock, "test", {}};
  sendgrid::ReleaseClient client{
      transport, clock, {"main", "https://api.sendgrid.com", Secret("SG.delete"), ""}};
  desk::ReleaseClients clients{{"main", &client}};
  desk::Random random = [] { return 0.5; };
  desk::ReleaseSettings settings;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::Record> record;
  std::unique_ptr<desk::Releases> releases;
};

}  // namespace arrivald::testing
