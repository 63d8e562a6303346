#include "suppression/release.hpp"

#include <algorithm>

#include "base/backoff.hpp"

namespace arrivald::suppression {

std::string_view name(ReleaseState state) {
  constexpr std::array<std::string_view, 6> kNames = {"draft", "confirmed", "running",
                                                      "done",  "cancelled", "expired"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view name(ItemState state) {
  constexpr std::array<std::string_view, 9> kNames = {
      "waiting", "asked", "pending", "gone", "already_gone", "changed", "refused", "failed", "rehearsed"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view name(Problem problem) {
  constexpr std::array<std::string_view, 8> kNames = {"none",   "key_refused",  "request_refused",
                                                      "busy",   "no_answer",    "still_listed",
                                                      "no_key", "not_plausible"};
  return kNames.at(static_cast<std::size_t>(problem));
}

std::string_view name(Aftermath aftermath) {
  constexpr std::array<std::string_view, 6> kNames = {"not_sent_yet",  "delivered", "bounced_again",
                                                      "still_dropped", "undone",    "unknown"};
  return kNames.at(static_cast<std::size_t>(aftermath));
}

bool canFollow(ReleaseState before, ReleaseState after) {
  switch (before) {
    case ReleaseState::draft:
      return after == ReleaseState::confirmed || after == ReleaseState::cancelled ||
             after == ReleaseState::expired;
    case ReleaseState::confirmed:
      return after == ReleaseState::running || after == ReleaseState::done;
    case ReleaseState::running:
      return after == ReleaseState::done;
    case ReleaseState::done:
    case ReleaseState::cancelled:
    case ReleaseState::expired:
      break;
  }
  return false;
}

bool isOpen(ReleaseState state) {
  return state == ReleaseState::draft || state == ReleaseState::confirmed || state == ReleaseState::running;
}

bool canFollow(ItemState before, ItemState after) {
  switch (before) {
    case ItemState::waiting:
      return after != ItemState::waiting && after != ItemState::pending && after != ItemState::gone;
    case ItemState::asked:
      return after != ItemState::rehearsed && after != ItemState::asked;
    case ItemState::pending:
      return after == ItemState::gone || after == ItemState::failed;
    default:
      return false;
  }
}

bool isOpen(ItemState state) {
  return state == ItemState::waiting || state == ItemState::asked || state == ItemState::pending;
}

namespace {

// While a call may still take effect, the longest wait is shorter than a person's patience.
constexpr BackoffLimits kPatience = {std::chrono::seconds(5), std::chrono::minutes(10),
                                     std::chrono::hours(1)};

ItemProgress settle(ItemProgress item, ItemState state, Problem problem, Instant now) {
  item.state = state;
  item.problem = problem;
  item.settled = now;
  return item;
}

ItemProgress pendingAfter(ItemProgress item, Instant now) {
  item.problem = Problem::none;
  item.failures = 0;
  const auto next = nextVerification(item.taken.value_or(now), now);
  if (!next) return settle(std::move(item), ItemState::failed, Problem::stillListed, now);
  item.due = *next;
  return item;
}

Problem problemOf(Error::Kind kind) {
  using Kind = Error::Kind;
  switch (kind) {
    case Kind::unauthorized:
    case Kind::forbidden:
    case Kind::denied:
      return Problem::keyRefused;
    case Kind::badRequest:
    case Kind::notAcceptable:
    case Kind::notFound:
    case Kind::invalid:
    case Kind::redirected:
      return Problem::requestRefused;
    case Kind::throttled:
      return Problem::busy;
    default:
      return Problem::noAnswer;
  }
}

}  // namespace

Reading compare(const Entry& shown, std::span<const Entry> read) {
  if (read.empty()) return Reading::absent;
  const auto isShown = [&](const Entry& entry) {
    const bool sameTime = entry.created == Instant{} || entry.created == shown.created;
    const bool sameReason = entry.created == Instant{} || entry.reason == shown.reason;
    return sameTime && sameReason;
  };
  return std::ranges::all_of(read, isShown) ? Reading::same : Reading::other;
}

ItemProgress afterRead(ItemProgress item, Reading reading, Instant now) {
  item.failures = 0;
  item.httpStatus = 0;
  if (!item.begun) item.begun = now;
  switch (item.state) {
    case ItemState::waiting:
      if (reading == Reading::absent)
        return settle(std::move(item), ItemState::alreadyGone, Problem::none, now);
      if (reading == Reading::other) return settle(std::move(item), ItemState::changed, Problem::none, now);
      return item;
    case ItemState::asked:
      if (reading == Reading::absent) return settle(std::move(item), ItemState::gone, Problem::none, now);
      // Whether our call made room for the new entry is not known: a person looks at it anew.
      if (reading == Reading::other) return settle(std::move(item), ItemState::changed, Problem::none, now);
      return item;
    case ItemState::pending:
      // The provider took the call: another entry of the address has come after it.
      if (reading != Reading::same) return settle(std::move(item), ItemState::gone, Problem::none, now);
      return pendingAfter(std::move(item), now);
    default:
      return item;
  }
}

ItemProgress asking(ItemProgress item, Instant now) {
  item.state = ItemState::asked;
  item.problem = Problem::none;
  ++item.calls;
  // Where no answer is ever noted, the entry is read again from here on.
  item.due = now;
  return item;
}

ItemProgress afterRemoval(ItemProgress item, Removal removal, Instant now) {
  if (removal == Removal::notListed) {
    // It changed nothing. Whether the entry is gone is for a read to say; one that still shows it makes the
    // next call, later each time.
    item.calls = std::max(0, item.calls - 1);
    const auto next = nextVerification(item.begun.value_or(now), now);
    if (!next) return settle(std::move(item), ItemState::failed, Problem::stillListed, now);
    if (item.calls == 0) item.state = ItemState::waiting;
    item.due = *next;
    return item;
  }
  item.state = ItemState::pending;
  item.taken = now;
  return pendingAfter(std::move(item), now);
}

ItemProgress rehearsed(ItemProgress item, Instant now) {
  return settle(std::move(item), ItemState::rehearsed, Problem::none, now);
}

ItemProgress givenUp(ItemProgress item, ItemState state, Problem problem, Instant now) {
  return settle(std::move(item), state, problem, now);
}

ItemProgress afterFailure(ItemProgress item, const Attempt& attempt, Instant now) {
  if (!item.begun) item.begun = now;
  const auto problem = problemOf(attempt.error.kind);
  ++item.failures;
  item.problem = problem;
  item.httpStatus = attempt.status;
  // Once the provider has taken the call there is nothing to refuse any more: it is only read.
  if (item.state == ItemState::pending) {
    const auto next = nextVerification(item.taken.value_or(now), now);
    if (!next) return settle(std::move(item), ItemState::failed, problem, now);
    item.due = *next;
    return item;
  }
  if (attempt.of == Attempt::Of::call && attempt.status / 100 == 4) {
    item.calls = std::max(0, item.calls - 1);
    if (item.calls == 0) item.state = ItemState::waiting;
  }
  // A single refused key or request may come from a gateway in between, and 401s of good keys were seen.
  const bool refusal = problem == Problem::keyRefused || problem == Problem::requestRefused;
  if (refusal && (attempt.error.kind == Error::Kind::forbidden || item.failures >= Backoff::kCertain))
    return settle(item, item.calls == 0 ? ItemState::refused : ItemState::failed, problem, now);
  if (now - *item.begun >= kAskFor) return settle(std::move(item), ItemState::failed, problem, now);
  item.due = now + waitAfter(kPatience, item.failures, attempt.random, attempt.error.retryAfter);
  return item;
}

std::optional<Instant> nextVerification(Instant taken, Instant now) {
  constexpr std::array<Duration, 5> kFirst = {std::chrono::seconds(2), std::chrono::seconds(5),
                                              std::chrono::seconds(15), std::chrono::seconds(60),
                                              std::chrono::minutes(5)};
  for (const auto after : kFirst)
    if (taken + after > now) return taken + after;
  const auto hours = std::chrono::floor<std::chrono::hours>(now - taken) + std::chrono::hours(1);
  if (hours > kVerifyFor) return std::nullopt;
  return taken + hours;
}

FollowUp followUp(const LaterMail& mail, Instant released, Instant now) {
  const bool over = now - released >= kFollowUp;
  const bool delivered = mail.delivered && (!mail.failed || *mail.delivered <= *mail.failed);
  if (delivered) return {Aftermath::delivered, mail.delivered, mail.took, true};
  if (mail.failed) return {Aftermath::bouncedAgain, mail.failed, std::nullopt, true};
  // Once that list lets it go, a mail may still be delivered.
  if (mail.dropped) return {Aftermath::stillDropped, mail.dropped, std::nullopt, over};
  if (mail.otherList) return {Aftermath::stillDropped, mail.otherList, std::nullopt, over};
  const bool silent = mail.covered && !over;
  return {silent ? Aftermath::notSentYet : Aftermath::unknown, std::nullopt, std::nullopt, over};
}

}  // namespace arrivald::suppression
