// explain_entries: explains stored entries of suppression lists anew after the rules have changed. Runs on
// the loop's thread.
#pragma once

#include "runtime/task.hpp"
#include "watch/owners.hpp"

namespace arrivald::watch {

/// In slices, with pauses between them, until all entries are explained by the present rules. `owners` must
/// outlive the task.
runtime::Task<> explainEntries(Owners& owners);

}  // namespace arrivald::watch
