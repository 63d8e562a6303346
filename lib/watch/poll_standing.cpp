#include "watch/poll_standing.hpp"

#include <cmath>

namespace arrivald::watch {
namespace {

bool isRefused(sendgrid::Failure::Kind kind) {
  using Kind = sendgrid::Failure::Kind;
  return kind == Kind::forbidden || kind == Kind::unauthorized || kind == Kind::notFound;
}

// Whether a rating is so far from the one before that people would be told: one odd answer must not do that.
bool isJump(const Owners& owners, const std::string& account, const std::optional<double>& reputation) {
  constexpr double kFar = 1;
  const auto* last = owners.accounts().standings().latest(account, owners.clock().now());
  return reputation && last && last->reputation && std::abs(*reputation - *last->reputation) >= kFar;
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
  if (standing && isJump(owners, account.name, standing->reputation)) {
    auto again = co_await client.standing();
    if (again) standing = std::move(again);
  }
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
