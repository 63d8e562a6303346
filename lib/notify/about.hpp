// about: what a notification is about, for channels whose other side is a program. Pure.
#pragma once

#include "incidents/incident.hpp"
#include "notify/notification.hpp"
#include "rules/evaluate.hpp"

namespace arrivald::notify {

About aboutOf(const rules::Change& change);
About aboutOf(const incidents::Incident& incident, Instant now);

}  // namespace arrivald::notify
