// job_words: tasks, errors and subjects in words, alike on the page and in the answers to commands. Pure.
#pragma once

#include <string>

#include "base/error.hpp"
#include "delivery/subject.hpp"
#include "notify/catalogue.hpp"

namespace arrivald::notify {

/// "new list entries"; the task's name if it has no words.
std::string taskWords(const Catalogue& words, const std::string& task);
/// "SendGrid: GET /v3/stats …": whose side it is comes first.
std::string errorWords(const Catalogue& words, const Error& error);
/// "mail to Gmail (main)".
std::string subjectWords(const Catalogue& words, const delivery::Subject& subject);

}  // namespace arrivald::notify
