// What is said of incidents, whole and in both languages: golden/incidents.*.txt. ARRIVALD_WRITE_GOLDEN=1
// takes what is said as right: read the difference aloud before you commit it.
#include "notify/compose_incident.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/utf8.hpp"
#include "notify/catalogue.hpp"
#include "notify/incident_samples.hpp"
#include "support/paths.hpp"

using namespace arrivald;
using namespace arrivald::notify;
using namespace std::chrono_literals;
using incidents::Notice;
using testing::incidentSamples;

namespace {

constexpr std::pair<const char*, Language> kLanguages[] = {{"ja", Language::japanese},
                                                           {"en", Language::english}};

std::string textOf(const Notification& message) {
  std::string text = fmt::format("[{}] {}{}\n  {}\n", message.badge, message.title,
                                 message.mention ? " (@)" : "", message.fallback);
  const auto field = [&](const std::optional<Field>& one) {
    if (one) text += fmt::format("{}: {}\n", one->label, one->value);
  };
  field(message.next);
  text += message.sentence + "\n";
  field(message.side);
  for (const auto& one : message.fields) field(one);
  const auto list = [&](const std::string& label, const std::vector<std::string>& rows) {
    if (!rows.empty()) text += label + "\n";
    for (const auto& row : rows) text += "  " + row + "\n";
  };
  list(message.breakdownLabel, message.breakdown);
  list(message.causesLabel, message.causes);
  for (const auto& sample : message.samples) text += "  > " + sample + "\n";
  for (const auto& link : message.links) text += fmt::format("<{} {}> ", link.label, link.url);
  text += "\n(" + message.row + ")\n" + message.footer + "\n";
  return text;
}

std::string readText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("what is said of incidents") {
  for (const auto& [code, language] : kLanguages) {
    std::string said;
    for (const auto& sample : incidentSamples())
      said += fmt::format("== {}\n{}\n", sample.name,
                          textOf(composeIncident(sample.notice, sample.context, language)));
    const auto path = std::filesystem::path(testing::inTree("/tests/notify/golden")) /
                      fmt::format("incidents.{}.txt", code);
    if (std::getenv("ARRIVALD_WRITE_GOLDEN")) std::ofstream(path, std::ios::binary) << said;
    CHECK(said == readText(path));
  }
}
