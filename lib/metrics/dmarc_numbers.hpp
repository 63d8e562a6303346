// DmarcNumbers: what is exported of the DMARC reports about a domain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"

namespace arrivald::metrics {

/// Of its last closed day, unless said otherwise. What is unknown is not exported.
struct DmarcNumbers {
  std::optional<Instant> day;                                             ///< when that day began
  std::map<std::pair<std::string, std::string>, std::uint64_t> messages;  ///< by origin and what passed
  std::map<std::string, std::uint64_t> dispositions;
  std::map<std::pair<std::string, std::string>, std::uint64_t> sources;  ///< by source and what passed
  std::optional<double> ownPass;                                         ///< of the last 28 closed days
  std::optional<double> coverage;                                        ///< likewise
  std::map<std::string, bool> ready;                                     ///< by step
  std::map<std::pair<std::string, std::string>, bool> conditions;        ///< by step and condition
};

}  // namespace arrivald::metrics
