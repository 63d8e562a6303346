#include "desk/releases.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "desk/permissions.hpp"
#include "http/message.hpp"
#include "sendgrid/release_target.hpp"
#include "suppression/list_owner.hpp"
#include "suppression/typed_number.hpp"

namespace arrivald::desk {

using namespace suppression;
using store::ReleasesTable;

namespace {

/// Ends a transaction whose body refuses.
struct RolledBack {};

Refusal refusal(Refusal::Kind kind) {
  Refusal made;
  made.kind = kind;
  return made;
}

Refusals storeRefused(Error error) {
  auto made = refusal(Refusal::Kind::store);
  made.error = std::move(error);
  return {std::move(made)};
}

ShownEntry shownOf(const ListedEntry& row) {
  return {row.id,     row.account, row.list,  row.entry, row.cause.causeClass, row.cause.textKey,
          row.domain, row.group,   row.advice};
}

DraftRow rowOf(const ReleaseItem& item) {
  return {item.shown.advice, item.assertedBy.empty() ? Assertion::missing : Assertion::given};
}

std::string outcomeText(const ReleaseItem& item, Mode mode) {
  std::string text(name(item.progress.state));
  if (item.progress.problem != Problem::none)
    text += std::string(": ") + std::string(name(item.progress.problem));
  if (item.progress.httpStatus != 0) text += " (" + std::to_string(item.progress.httpStatus) + ")";
  if (mode == Mode::rehearsal) text += ", rehearsal";
  return text;
}

/// The person who decided, as the tasks act for them.
Actor deciderOf(const ReleaseRequest& request) {
  return {request.user, Role::operator_, request.decision.from};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Whether one deletion is about both: the provider's lists do not tell capital letters from small ones.
bool isOneAddress(const ListedEntry& a, const ListedEntry& b) {
  return a.account == b.account && a.list == b.list && a.entry.group == b.entry.group &&
         http::equalsWithoutCase(a.entry.email, b.entry.email);
}

bool sameRows(const std::vector<ReleaseItem>& items, const std::vector<ListedEntry>& rows) {
  return std::ranges::equal(items, rows, [](const ReleaseItem& item, const ListedEntry& row) {
    return item.shown == shownOf(row);
  });
}

}  // namespace

std::string_view name(Lock::Kind kind) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "gone", "may_not", "wishes_kept", "needs_admin", "no_key", "not_plausible", "claimed"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Releases::Releases(store::Database& database, const Clock& clock, Record& record, EntryLookup& entries,
                   metrics::Registry& registry)
    : database_(database), clock_(clock), record_(record), entries_(entries), registry_(registry) {}

Refusals Releases::run(const Body& body) {
  Refusals refusals;
  try {
    const auto stored = database_.transact([&] {
      ReleasesTable table(database_);
      body(table, refusals);
      if (!refusals.empty()) throw RolledBack{};
    });
    if (!stored) return storeRefused(stored.error());
  } catch (const RolledBack&) {
  }
  return refusals;
}

// A refusal that cannot be recorded is a refusal all the same.
Refusals Releases::refused(const Actor& actor, Refusals refusals, ReleaseId id) {
  RecordEntry entry;
  entry.by = actor;
  entry.act = Act::refuse;
  entry.release = id;
  for (const auto& one : refusals)
    entry.outcome += (entry.outcome.empty() ? "" : ", ") + std::string(name(one.kind));
  static_cast<void>(record_.append(entry));
  return refusals;
}

// ---------------------------------------------------------------------------------------------------------------
// Who may release what

// A subuser's lists are read and released from with the key of its account.
bool Releases::hasKey(std::string_view owner) const {
  return settings_.accounts.contains(std::string(accountOf(owner)));
}

std::optional<Lock> Releases::lockOf(ReleasesTable& table, const Actor& actor, const ListedEntry& row) const {
  const auto lock = [](Lock::Kind kind) { return Lock{kind, std::nullopt, std::nullopt}; };
  if (row.removed) return lock(Lock::Kind::gone);
  const auto failed = table.failedAgain(row.account, row.entry.email);
  const auto needs = requirementOf(row.list, failed, settings_.limits);
  if (needs == Requirement::nobody) return lock(Lock::Kind::wishesKept);
  const auto action = isWish(row.list)                ? Action::releaseWish
                      : needs == Requirement::anAdmin ? Action::releaseAgain
                                                      : Action::release;
  if (!may(actor, action)) {
    if (action == Action::release) return lock(Lock::Kind::mayNot);
    return Lock{Lock::Kind::needsAdmin, failed, std::nullopt};
  }
  if (!hasKey(row.account)) return lock(Lock::Kind::noKey);
  if (!sendgrid::ReleaseTarget::of(row.list, row.entry.group, row.entry.email).ok())
    return lock(Lock::Kind::notPlausible);
  const auto claim = table.claimOf(shownOf(row));
  // One's own draft gives way to a newer one.
  if (claim && !(claim->user == actor.user && claim->state == ReleaseState::draft))
    return Lock{Lock::Kind::claimed, std::nullopt, claim};
  return std::nullopt;
}

Outcome<std::vector<std::optional<Lock>>> Releases::locks(const Actor& actor,
                                                          std::span<const ListedEntry> entries) {
  std::vector<std::optional<Lock>> found;
  const auto read = database_.read([&] {
    ReleasesTable table(database_);
    for (const auto& row : entries) found.push_back(lockOf(table, actor, row));
  });
  if (!read) return storeRefused(read.error());
  return found;
}

// ---------------------------------------------------------------------------------------------------------------
// Drafts

void Releases::close(ReleasesTable& table, ReleaseRequest request, ReleaseState state) {
  request.state = state;
  ++request.version;
  table.put(request);
  for (auto& item : table.items(request.id)) {
    item.claims = false;
    table.put(item);
  }
}

ReleaseId Releases::keep(ReleasesTable& table, const Actor& actor, const std::vector<ListedEntry>& rows,
                         Mode mode) {
  for (const auto& row : rows) {
    const auto claim = table.claimOf(shownOf(row));
    if (!claim) continue;
    close(table, table.find(claim->release).value(), ReleaseState::cancelled);
  }
  ReleaseRequest request;
  request.user = actor.user;
  request.created = clock_.now();
  request.mode = mode;
  request.id = table.add(request);
  for (const auto& row : rows) {
    ReleaseItem item;
    item.release = request.id;
    item.shown = shownOf(row);
    item.failedAgain = table.failedAgain(row.account, row.entry.email);
    table.add(item);
  }
  RecordEntry entry;
  entry.by = actor;
  entry.act = Act::draft;
  entry.release = request.id;
  entry.outcome = std::to_string(rows.size()) + (mode == Mode::rehearsal ? " rows, rehearsal" : " rows");
  record_.appendWithin(entry);
  return request.id;
}

Done Releases::recordRefused(const Actor& actor, const std::vector<LeftOut>& leftOut) {
  const auto isRefused = [](const LeftOut& one) {
    return one.lock.kind == Lock::Kind::needsAdmin || one.lock.kind == Lock::Kind::wishesKept;
  };
  if (std::ranges::none_of(leftOut, isRefused)) return done();
  return database_.transact([&] {
    for (const auto& one : leftOut) {
      if (!isRefused(one)) continue;
      ReleaseItem item;
      item.shown = shownOf(one.entry);
      auto entry = recordOf(actor, Act::refuse, item);
      entry.outcome = name(one.lock.kind);
      record_.appendWithin(entry);
    }
  });
}

Outcome<Drafted> Releases::draft(const Actor& actor, std::span<const EntryId> entries, Mode mode) {
  if (!may(actor, Action::release)) return refused(actor, {refusal(Refusal::Kind::mayNot)}, ReleaseId{});
  if (settings_.accounts.empty()) return Refusals{refusal(Refusal::Kind::noKey)};
  if (entries.empty()) return Refusals{refusal(Refusal::Kind::nothingSelected)};
  const auto wanted = std::min(entries.size(), kMaxRows);
  auto over = refusal(Refusal::Kind::overLimit);
  over.limit = OverLimit{OverLimit::Of::request, entries.size(), settings_.limits.perRequest,
                         settings_.limits.perRequest};
  if (entries.size() > kMaxRows || wanted > settings_.limits.perRequest)
    return refused(actor, {over}, ReleaseId{});
  const auto rows = entries_.find(entries);
  if (!rows) return storeRefused(rows.error());
  const auto expired = expireDrafts();
  if (!expired) return storeRefused(expired.error());
  if (settings_.mode == Mode::rehearsal) mode = Mode::rehearsal;

  Drafted drafted;
  auto refusals = run([&](ReleasesTable& table, Refusals& why) {
    std::vector<ListedEntry> kept, twice;
    for (const auto& row : *rows) {
      if (std::ranges::find(kept, row.id, &ListedEntry::id) != kept.end()) continue;
      if (auto lock = lockOf(table, actor, row)) {
        drafted.leftOut.push_back({row, std::move(*lock)});
      } else if (std::ranges::any_of(kept, [&](const auto& one) { return isOneAddress(one, row); })) {
        twice.push_back(row);
      } else {
        kept.push_back(row);
      }
    }
    if (kept.empty()) {
      why.push_back(refusal(Refusal::Kind::nothingSelected));
      return;
    }
    for (const auto& before : table.drafts(actor.user))
      if (before.mode == mode && sameRows(table.items(before.id), kept)) {
        drafted.id = before.id;
        break;
      }
    if (drafted.id == ReleaseId{}) drafted.id = keep(table, actor, kept, mode);
    // The row before them in this very draft is what keeps them from it.
    for (auto& row : twice) {
      auto claim = table.claimOf(shownOf(row));
      drafted.leftOut.push_back({std::move(row), {Lock::Kind::claimed, std::nullopt, std::move(claim)}});
    }
  });
  const auto recorded = recordRefused(actor, drafted.leftOut);
  if (!recorded) return storeRefused(recorded.error());
  if (!refusals.empty()) return refused(actor, std::move(refusals), ReleaseId{});
  return drafted;
}

std::optional<ReleaseRequest> Releases::ownDraft(ReleasesTable& table, const Actor& actor, ReleaseId id,
                                                 Refusals& refusals) const {
  auto request = table.find(id);
  if (!request) {
    refusals.push_back(refusal(Refusal::Kind::notFound));
    return std::nullopt;
  }
  if (request->user != actor.user) {
    refusals.push_back(refusal(Refusal::Kind::notYours));
    return std::nullopt;
  }
  if (request->state == ReleaseState::draft) return request;
  const auto why = request->state == ReleaseState::cancelled ? Refusal::Kind::cancelled
                   : request->state == ReleaseState::expired ? Refusal::Kind::expired
                                                             : Refusal::Kind::decided;
  refusals.push_back(refusal(why));
  return std::nullopt;
}

Outcome<ReleaseView> Releases::drop(const Actor& actor, ReleaseId id, ItemId dropped) {
  if (!may(actor, Action::release)) return refused(actor, {refusal(Refusal::Kind::mayNot)}, id);
  const auto expired = expireDrafts();
  if (!expired) return storeRefused(expired.error());
  auto refusals = run([&](ReleasesTable& table, Refusals& why) {
    auto request = ownDraft(table, actor, id, why);
    if (!request) return;
    const auto item = table.item(dropped);
    // Dropped twice: by a second click, or from an older page.
    if (!item || item->release != id) return;
    record_.appendWithin(recordOf(actor, Act::drop, *item));
    table.remove(dropped);
    if (table.items(id).empty()) {
      close(table, *request, ReleaseState::cancelled);
      return;
    }
    ++request->version;
    table.put(*request);
  });
  if (!refusals.empty()) return refusals;
  return view(id);
}

Outcome<ReleaseView> Releases::cancel(const Actor& actor, ReleaseId id) {
  if (!may(actor, Action::release)) return refused(actor, {refusal(Refusal::Kind::mayNot)}, id);
  auto refusals = run([&](ReleasesTable& table, Refusals& why) {
    const auto request = ownDraft(table, actor, id, why);
    if (!request) {
      // Cancelled twice is cancelled.
      if (contains(why, Refusal::Kind::cancelled) || contains(why, Refusal::Kind::expired)) why.clear();
      return;
    }
    close(table, *request, ReleaseState::cancelled);
    RecordEntry entry;
    entry.by = actor;
    entry.act = Act::cancel;
    entry.release = id;
    record_.appendWithin(entry);
  });
  if (!refusals.empty()) return refusals;
  return view(id);
}

Done Releases::expireDrafts() {
  const auto now = clock_.now();
  bool any = false;
  const auto read = database_.read([&] {
    const auto drafts = ReleasesTable(database_).drafts("");
    any = !drafts.empty() && drafts.front().created + kDraftLife <= now;
  });
  if (!read || !any) return read;
  return database_.transact([&] {
    ReleasesTable table(database_);
    for (const auto& request : table.drafts("")) {
      if (request.created + kDraftLife > now) continue;
      close(table, request, ReleaseState::expired);
      RecordEntry entry;
      entry.by = {request.user, Role::operator_, ""};
      entry.act = Act::expire;
      entry.release = request.id;
      record_.appendWithin(entry);
    }
  });
}

Result<bool> Releases::prune(Instant until, std::size_t max) {
  std::size_t pruned = 0;
  const auto stored = database_.transact([&] { pruned = ReleasesTable(database_).prune(until, max); });
  if (!stored) return stored.error();
  return pruned == max;
}

// ---------------------------------------------------------------------------------------------------------------
// The decision

void Releases::checkForm(ReleasesTable& table, const Actor& actor, const Confirmation& form,
                         std::vector<ReleaseItem>& items, Refusals& refusals) const {
  for (auto& item : items) {
    const bool ticked = std::ranges::find(form.asserted, item.id) != form.asserted.end();
    if (ticked && item.shown.advice == Advice::onceConfirmed) item.assertedBy = actor.user;
    item.chosen = form.extent == Extent::all || isAdvised(rowOf(item));
  }
  const auto chosen = static_cast<std::size_t>(std::ranges::count_if(items, &ReleaseItem::chosen));
  if (!form.motive) refusals.push_back(refusal(Refusal::Kind::motiveMissing));
  if (characters(form.memo) > kMaxMemoCharacters || !isUtf8(form.memo))
    refusals.push_back(refusal(Refusal::Kind::memoTooLong));
  if (chosen == 0) refusals.push_back(refusal(Refusal::Kind::nothingAdvised));
  if (form.extent == Extent::all && typedNumber(form.typed) != items.size()) {
    const bool empty = form.typed.find_first_not_of(" \t") == std::string::npos;
    auto wrong = refusal(empty ? Refusal::Kind::numberMissing : Refusal::Kind::numberWrong);
    wrong.typed = form.typed;
    wrong.wanted = items.size();
    refusals.push_back(std::move(wrong));
  }
  const auto day = settings_.zone.dateOf(clock_.now());
  const auto mode = table.find(form.id)->mode;
  if (const auto over = overLimit(settings_.limits, chosen, table.releasedOn(actor.user, day, mode))) {
    auto made = refusal(Refusal::Kind::overLimit);
    made.limit = over;
    refusals.push_back(std::move(made));
  }
  const auto isAllowed = [&](const ReleaseItem& item) {
    const auto failed = table.failedAgain(item.shown.account, item.shown.entry.email);
    const auto needs = requirementOf(item.shown.list, failed, settings_.limits);
    if (needs == Requirement::nobody) return false;
    return needs == Requirement::anOperator || may(actor, Action::releaseAgain);
  };
  if (std::ranges::any_of(items, [&](const auto& item) { return item.chosen && !isAllowed(item); }))
    refusals.push_back(refusal(Refusal::Kind::needsAdmin));
  const auto lacksKey = [&](const auto& item) { return item.chosen && !hasKey(item.shown.account); };
  if (std::ranges::any_of(items, lacksKey)) refusals.push_back(refusal(Refusal::Kind::noKey));
}

void Releases::decide(ReleasesTable& table, const Actor& actor, const Confirmation& form,
                      ReleaseRequest request, std::vector<ReleaseItem> items) {
  const auto now = clock_.now();
  request.state = ReleaseState::confirmed;
  ++request.version;
  request.decision.at = now;
  request.decision.from = actor.from;
  request.decision.extent = form.extent;
  request.decision.motive = form.motive;
  request.decision.memo = form.memo;
  for (auto& item : items) {
    item.claims = item.chosen;
    item.progress.due = now;
    table.put(item);
    if (!item.chosen) continue;
    ++request.decision.released;
    auto entry = recordOf(actor, Act::confirm, item);
    entry.motive = name(*form.motive);
    entry.memo = form.memo;
    entry.outcome = std::string(name(form.extent)) + (request.mode == Mode::rehearsal ? ", rehearsal" : "");
    record_.appendWithin(entry);
  }
  table.put(request, settings_.zone.dateOf(now));
}

Outcome<ReleaseView> Releases::confirm(const Actor& actor, const Confirmation& form) {
  if (!may(actor, Action::release)) return refused(actor, {refusal(Refusal::Kind::mayNot)}, form.id);
  const auto expired = expireDrafts();
  if (!expired) return storeRefused(expired.error());
  bool decided = false;
  auto refusals = run([&](ReleasesTable& table, Refusals& why) {
    const auto request = ownDraft(table, actor, form.id, why);
    if (!request) {
      // The same form, sent twice or from an older page: what was decided stays.
      if (contains(why, Refusal::Kind::decided)) why.clear();
      return;
    }
    if (request->version != form.version) {
      why.push_back(refusal(Refusal::Kind::changed));
      return;
    }
    auto items = table.items(form.id);
    checkForm(table, actor, form, items, why);
    if (!why.empty()) return;
    decide(table, actor, form, *request, std::move(items));
    decided = true;
  });
  if (!refusals.empty()) return refused(actor, std::move(refusals), form.id);
  if (decided) changed_.wake();
  return view(form.id);
}

// ---------------------------------------------------------------------------------------------------------------
// What people see

Outcome<ReleaseView> Releases::view(ReleaseId id) {
  ReleaseView found;
  bool known = false;
  const auto read = database_.read([&] {
    ReleasesTable table(database_);
    auto request = table.find(id);
    if (!request) return;
    known = true;
    found.items = table.items(id);
    const auto day = settings_.zone.dateOf(clock_.now());
    found.leftToday = leftToday(settings_.limits, table.releasedOn(request->user, day, request->mode));
    found.request = std::move(*request);
  });
  if (!read) return storeRefused(read.error());
  if (!known) return Refusals{refusal(Refusal::Kind::notFound)};
  return found;
}

Outcome<ReleaseView> Releases::find(const Actor& actor, ReleaseId id) {
  if (!may(actor, Action::look)) return Refusals{refusal(Refusal::Kind::mayNot)};
  const auto expired = expireDrafts();
  if (!expired) return storeRefused(expired.error());
  return view(id);
}

Outcome<std::vector<store::ReleasedItem>> Releases::released(const Actor& actor,
                                                             store::ReleasedFilter filter) {
  if (!may(actor, Action::look)) return Refusals{refusal(Refusal::Kind::mayNot)};
  filter.max = std::min(filter.max, kMaxRows);
  std::vector<store::ReleasedItem> found;
  const auto read = database_.read([&] { found = ReleasesTable(database_).released(filter); });
  if (!read) return storeRefused(read.error());
  return found;
}

Outcome<std::size_t> Releases::countReleased(const Actor& actor, const store::ReleasedFilter& filter) {
  if (!may(actor, Action::look)) return Refusals{refusal(Refusal::Kind::mayNot)};
  std::size_t count = 0;
  const auto read = database_.read([&] { count = ReleasesTable(database_).count(filter); });
  if (!read) return storeRefused(read.error());
  return count;
}

Outcome<std::map<Aftermath, std::size_t>> Releases::aftermaths(const Actor& actor) {
  if (!may(actor, Action::look)) return Refusals{refusal(Refusal::Kind::mayNot)};
  std::map<Aftermath, std::size_t> found;
  const auto since = clock_.now() - kFollowUp;
  const auto read = database_.read([&] { found = ReleasesTable(database_).aftermaths(since); });
  if (!read) return storeRefused(read.error());
  return found;
}

Result<std::optional<Instant>> Releases::failedAgain(const std::string& account, const std::string& email) {
  std::optional<Instant> found;
  const auto read = database_.read([&] { found = ReleasesTable(database_).failedAgain(account, email); });
  if (!read) return read.error();
  return found;
}

// ---------------------------------------------------------------------------------------------------------------
// What the tasks do

Result<std::vector<ReleaseItem>> Releases::due(std::size_t max) {
  std::vector<ReleaseItem> found;
  const auto now = clock_.now();
  const auto read = database_.read([&] { found = ReleasesTable(database_).due(now, max); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<Instant>> Releases::nextDue() {
  std::optional<Instant> found;
  const auto read = database_.read([&] { found = ReleasesTable(database_).nextDue(); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<ReleaseRequest>> Releases::requestOf(const ReleaseItem& item) {
  std::optional<ReleaseRequest> found;
  const auto read = database_.read([&] { found = ReleasesTable(database_).find(item.release); });
  if (!read) return read.error();
  return found;
}

Done Releases::asking(const ReleaseItem& item) {
  return database_.transact([&] {
    ReleasesTable table(database_);
    const auto request = table.find(item.release);
    const auto stored = table.item(item.id);
    // What a person has not decided, or what another task has asked for meanwhile, is not asked for here.
    const bool decided = request && isOpen(request->state) && request->state != ReleaseState::draft;
    if (!decided || !stored || !stored->chosen || !isOpen(stored->progress.state) ||
        stored->progress.calls + 1 != item.progress.calls)
      throw store::SqlError("the release was not confirmed, or is over");
    table.put(item);
    record_.appendWithin(recordOf(deciderOf(*request), Act::ask, item));
  });
}

void Releases::finish(ReleasesTable& table, const ReleaseItem& item) {
  auto request = table.find(item.release).value();
  const auto items = table.items(item.release);
  const bool open =
      std::ranges::any_of(items, [](const auto& one) { return one.chosen && isOpen(one.progress.state); });
  const auto next = open ? ReleaseState::running : ReleaseState::done;
  if (request.state == next || !canFollow(request.state, next)) return;
  request.state = next;
  ++request.version;
  table.put(request);
}

Done Releases::advance(const ReleaseItem& item) {
  bool gone = false;
  const auto stored = database_.transact([&] {
    ReleasesTable table(database_);
    const auto before = table.item(item.id);
    const auto request = table.find(item.release);
    if (!before || !request || !isOpen(before->progress.state)) return;
    auto after = item;
    const auto state = after.progress.state;
    const bool answered = before->progress.state == ItemState::asked && state == ItemState::pending;
    if (answered) {
      auto entry = recordOf(deciderOf(*request), Act::answer, after);
      entry.outcome = "taken";
      record_.appendWithin(entry);
    }
    if (!isOpen(state)) {
      after.claims = false;
      gone = state == ItemState::gone;
      if (gone || state == ItemState::alreadyGone) {
        after.followDue = after.progress.settled;
        entries_.removed(after.shown.id, clock_.now());
      }
      auto entry = recordOf(deciderOf(*request), Act::settle, after);
      entry.outcome = outcomeText(after, request->mode);
      record_.appendWithin(entry);
    }
    table.put(after);
    finish(table, after);
  });
  if (stored && gone)
    registry_.released(item.shown.account, name(item.shown.list), causes::name(item.shown.causeClass));
  return stored;
}

Result<std::vector<ReleaseItem>> Releases::followDue(std::size_t max) {
  std::vector<ReleaseItem> found;
  const auto now = clock_.now();
  const auto read = database_.read([&] { found = ReleasesTable(database_).followDue(now, max); });
  if (!read) return read.error();
  return found;
}

Done Releases::follow(ReleaseItem item, const FollowUp& found, Instant next) {
  bool first = false;
  const auto stored = database_.transact([&] {
    ReleasesTable table(database_);
    const auto before = table.item(item.id);
    // Put back meanwhile: what was looked up no longer matters.
    if (!before || !before->followDue) return;
    item = *before;
    item.after = found;
    item.followDue = found.final ? std::nullopt : std::optional<Instant>(next);
    table.put(item);
    first = before->after.aftermath != found.aftermath;
    if (!first) return;
    const auto request = table.find(item.release);
    auto entry = recordOf(deciderOf(request.value()), Act::follow, item);
    entry.outcome = name(found.aftermath);
    record_.appendWithin(entry);
  });
  if (!stored || !first) return stored;
  const auto list = name(item.shown.list);
  const auto cause = causes::name(item.shown.causeClass);
  if (found.aftermath == Aftermath::delivered) registry_.releaseArrived(item.shown.account, list, cause);
  if (found.aftermath == Aftermath::bouncedAgain)
    registry_.releaseFailedAgain(item.shown.account, list, cause);
  return stored;
}

Outcome<std::vector<ReleaseItem>> Releases::undoable(const Actor& actor, ReleaseId id,
                                                     std::optional<ItemId> only) {
  if (!may(actor, Action::undo)) return refused(actor, {refusal(Refusal::Kind::mayNot)}, id);
  auto found = view(id);
  if (!found.ok()) return found.error();
  const auto now = clock_.now();
  std::vector<ReleaseItem> items;
  for (const auto& item : found->items) {
    if (only && item.id != *only) continue;
    const auto target =
        sendgrid::ReleaseTarget::of(item.shown.list, item.shown.entry.group, item.shown.entry.email);
    const bool gone = item.progress.state == ItemState::gone && item.after.aftermath != Aftermath::undone;
    if (target.ok() && target->canBePutBack() && gone && *item.progress.settled + kFollowUp > now)
      items.push_back(item);
  }
  if (items.empty()) return Refusals{refusal(Refusal::Kind::cannotBeUndone)};
  return items;
}

Done Releases::undone(const Actor& actor, ReleaseItem item) {
  item.after = {Aftermath::undone, clock_.now(), std::nullopt, true};
  item.followDue.reset();
  return database_.transact([&] {
    ReleasesTable table(database_);
    table.put(item);
    auto entry = recordOf(actor, Act::undo, item);
    entry.outcome = "put back";
    record_.appendWithin(entry);
  });
}

}  // namespace arrivald::desk
