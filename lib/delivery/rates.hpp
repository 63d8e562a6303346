// Rates: shares of mail, from the counts of one window or day. Pure.
//
// Nothing stands for 0/0: a share of no mail is neither 0 nor 100 %. Nothing is clamped: counts of a short
// window mix mail of different ages, and asynchronous bounces count twice, so a share may exceed 1 or, where
// it is a difference, fall below 0. Whoever judges by a share sees to a minimum of mail first.
#pragma once

#include <optional>

#include "delivery/metric.hpp"

namespace arrivald::delivery {

/// delivered / (delivered + bounces + blocks). The one for short windows: numerator and denominator complete
/// at the same time.
std::optional<double> deliveryRate(const Counts& counts);
/// (bounces + blocks) / (delivered + bounces + blocks)
std::optional<double> failureShare(const Counts& counts);
/// delivered / requests, as the provider's partners define it. For a day and more.
std::optional<double> deliveryRateByRequest(const Counts& counts);
/// delivered / (requests − drops): a stale suppression list does not count against the mail that was sent.
/// For a day and more.
std::optional<double> deliveryRateLessDrops(const Counts& counts);
/// bounces / (delivered + bounces + blocks)
std::optional<double> bounceRate(const Counts& counts);
/// blocks / (delivered + bounces + blocks)
std::optional<double> blockRate(const Counts& counts);
/// drops / requests; drops / (outcomes + drops) where there are no requests, since a mailbox provider's
/// statistics may count none.
std::optional<double> dropRate(const Counts& counts);
/// spam reports / delivered; some providers never report any.
std::optional<double> spamReportRate(const Counts& counts);

/// processed − delivered − bounces − blocks: mail that is still on its way. Of a window of 24 to 72 hours,
/// which is how long the provider keeps trying; an estimate, below 0 when mail of before the window arrives
/// in it.
std::int64_t queueEstimate(const Counts& counts);

}  // namespace arrivald::delivery
