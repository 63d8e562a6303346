// episodes: what happened in the simulated account lately that people would ask the desk about.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "suppression/entry.hpp"

namespace arrivald::simulator {

/// The name servers that some towns' offices share failed for two days; another office refused our server,
/// and takes its mail again. All get mail afterwards. `start`: when the account's clock starts.
std::vector<std::pair<suppression::List, suppression::Entry>> episodesBefore(Instant start);

inline constexpr std::array<const char*, 3> kOfficesThatFailed = {
    "town.aoba.example.lg.jp", "town.midori.example.lg.jp", "vill.sakura.example.lg.jp"};
inline constexpr const char* kOfficeThatRefused = "city.minato.example.lg.jp";

}  // namespace arrivald::simulator
