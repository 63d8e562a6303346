// trace: everything that is stored of a mailbox or a message: its events and its entries on suppression
// lists, and what could not be searched. Owns nothing; loop thread only.
#pragma once

#include <string>

#include "config/config.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// The group of receivers that a name stands for, spelled in any way and either language, or the one that a
/// domain belongs to; Error::Kind::invalid lists those that there are.
Result<std::string> groupNamed(const Owners& owners, const std::string& spelling, Language language);

/// {"asked", "language", "complete", "events": […], "lists": […], "event_stream": whether one is configured,
/// "not_searched": sentences}, or with "error" what the store refused. Error::Kind::invalid if the question
/// names an account or a group of receivers that does not exist; it lists those that do. A group may be
/// spelled in any way.
Result<std::string> traceJson(Owners& owners, const config::Config& config, const EventFilter& asked,
                              Language language);

}  // namespace arrivald::watch
