#include "simulator/scenario.hpp"

#include <array>

namespace arrivald::simulator {

using namespace std::chrono_literals;

namespace {

constexpr std::array kIncidents = {
    Incident::totalStall, Incident::blocksAtOne, Incident::carrierFails,      Incident::drift,
    Incident::deadDomain, Incident::staleList,   Incident::statisticsGap,     Incident::apiOutage,
    Incident::keyRevoked, Incident::throttled,   Incident::staleSuppressions, Incident::everythingFails,
    Incident::senderStops};

}  // namespace

Scenario Scenario::demo() {
  return {"demo", {{Incident::totalStall, 16min, 26min}, {Incident::blocksAtOne, 66min, 20min}}, 130min};
}

std::vector<std::string> Scenario::names() {
  std::vector<std::string> all{"demo", "quiet"};
  for (const auto incident : kIncidents) all.emplace_back(simulator::name(incident));
  return all;
}

Result<Scenario> Scenario::named(const std::string& wanted) {
  if (wanted.empty() || wanted == "demo") return demo();
  if (wanted == "quiet") return Scenario{"quiet", {}, 24h};
  for (const auto incident : kIncidents)
    if (wanted == simulator::name(incident)) {
      const Duration length = incident == Incident::drift ? Duration(72h) : Duration(45min);
      return Scenario{wanted, {{incident, 20min, length}}, 20min + length + 60min};
    }
  std::string known;
  for (const auto& name : names()) known += (known.empty() ? "" : ", ") + name;
  return Error::of(Error::Kind::notFound,
                   phrase("no scenario is called \"{}\"; there are: {}", wanted, known));
}

}  // namespace arrivald::simulator
