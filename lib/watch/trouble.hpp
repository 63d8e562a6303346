// Trouble: the outcome of several reads, of which one that fails does not stop the others.
#pragma once

#include <utility>

#include "watch/job.hpp"

namespace arrivald::watch {

struct Trouble {
  JobOutcome first;
  bool stop = false;  ///< the others would fail as well
  void add(Error error) {
    stop = error.kind == Error::Kind::cancelled || error.kind == Error::Kind::throttled;
    if (!first || stop) first = std::move(error);
  }
  void add(JobOutcome outcome) {
    if (outcome) add(std::move(*outcome));
  }
};

}  // namespace arrivald::watch
