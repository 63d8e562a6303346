#include "watch/poll_standing.hpp"

namespace arrivald::watch {
namespace {

bool isRefused(sendgrid::Failure::Kind kind) {
  using Kind = sendgrid::Failure::Kind;
  return kind == Kind::forbidden || kind == Kind::unauthorized || kind == Kind::notFound;
}

}  // namespace

runtime::Task<JobOutcome> pollStanding(Owners& owners, sendgrid::Client& client,
                                       const config::Account& account) {
  auto credits = co_await client.credits();
  if (!credits && !isRefused(credits.error().kind))
    co_return JobOutcome(toError(std::move(credits).error(), owners.clock().now()));
  // That none is left alarms at once: one odd answer must not.
  if (credits && credits->remain && *credits->remain <= 0) {
    auto again = co_await client.credits();
    if (again) credits = std::move(again);
  }
  auto standing = co_await client.standing();
  if (!standing && !isRefused(standing.error().kind))
    co_return JobOutcome(toError(std::move(standing).error(), owners.clock().now()));
  // One answer may lack a permission; where none is given, the key is wrong.
  using Kind = sendgrid::Failure::Kind;
  if (!credits && !standing && credits.error().kind == Kind::unauthorized &&
      standing.error().kind == Kind::unauthorized)
    co_return JobOutcome(toError(std::move(standing).error(), owners.clock().now()));
  store::StandingRow row;
  row.at = owners.clock().now();
  if (credits) {
    row.remain = credits->remain;
    row.total = credits->total;
    row.overage = credits->overage;
    row.nextReset = credits->nextReset;
  }
  if (standing) {
    row.reputation = standing->reputation;
    row.plan = standing->plan;
  }
  if (credits || standing) owners.accounts().standings().read(account, std::move(row));
  co_return JobOutcome();
}

}  // namespace arrivald::watch
