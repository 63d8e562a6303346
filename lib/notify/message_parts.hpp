// message_parts: the parts of notifications that alerts and incidents have alike.
#pragma once

#include <optional>
#include <vector>

#include "notify/catalogue.hpp"
#include "notify/context.hpp"
#include "notify/notification.hpp"

namespace arrivald::notify {

/// Nothing where too little of it is known.
std::optional<Trend> trendPart(const Context& context, rules::Input input, const Catalogue& catalogue);
/// Label, causes and samples; `label` is a key.
void addCauses(Notification& message, const Causes& causes, std::string_view label,
               const Catalogue& catalogue);
/// What the provider's status page says.
std::optional<Field> statusPart(const Context& context, const Catalogue& catalogue);
std::vector<Link> linkPart(const Context& context, const Catalogue& catalogue);

/// From the minute of one time to that of the other, as times are named: from 10:10 to 11:08 it is 58
/// minutes. What is shorter than two minutes is told exactly.
Duration betweenMinutes(Instant from, Instant to);

}  // namespace arrivald::notify
