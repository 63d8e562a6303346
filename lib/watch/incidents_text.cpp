#include "watch/incidents_text.hpp"

#include "notify/incident_words.hpp"
#include "watch/incidents_json.hpp"

namespace arrivald::watch {

using incidents::Incident;
using notify::IncidentWords;

namespace {

std::string lineOf(const Incident& incident, Instant now, const IncidentWords& words) {
  const auto& c = words.catalogue();
  auto line = c.text("cli.incidents.line",
                     {{"n", std::to_string(incident.number)},
                      {"severity", c.text("severity." + std::string(rules::name(incident.worstSeverity)))},
                      {"state", c.text("cli.incidents.state." + std::string(name(incident.state)))},
                      {"since", words.time(incident.began)},
                      {"headline", words.headline(incident)}}) +
              '\n';
  if (incidents::isAcknowledged(incident, now))
    line += "  " +
            c.text("cli.incidents.acknowledged", {{"by", incident.acknowledged->by},
                                                  {"until", words.time(incident.acknowledged->until)},
                                                  {"why", incident.acknowledged->why}}) +
            '\n';
  return line;
}

}  // namespace

std::string incidentsText(const Owners& owners, const config::Config& config, Language language) {
  const auto now = owners.clock().now();
  const IncidentWords words(config.zone, now, language);
  std::string text;
  for (const auto* incident : inOrder(owners.incidents().followed())) text += lineOf(*incident, now, words);
  return text.empty() ? words.catalogue().text("cli.incidents.none") + '\n' : text;
}

Result<std::string> incidentText(const Owners& owners, const config::Config& config, std::int64_t number,
                                 Language language) {
  const auto* incident = owners.incidents().find(number);
  if (!incident) return noIncident(number);
  const auto now = owners.clock().now();
  const IncidentWords words(config.zone, now, language);
  const auto& c = words.catalogue();
  auto text = lineOf(*incident, now, words);
  text += c.text("cli.incidents.numbers", {{"bad", words.number(incident->numbers.seen)},
                                           {"mails", words.number(incident->numbers.mails)},
                                           {"window", c.duration(incident->window)},
                                           {"worst", words.share(incident->worst.share())}}) +
          '\n';
  const auto& affected = incident->affected;
  for (const auto& parts : {words.parts(affected.categories, IncidentWords::By::category),
                            words.parts(affected.receivers, IncidentWords::By::receiver)})
    if (!parts.empty()) text += c.text("cli.incidents.hit", {{"parts", parts}}) + '\n';
  for (const auto& key : incident->members)
    text += c.text("cli.incidents.member", {{"alert", rules::toText(key)}}) + '\n';
  return text;
}

}  // namespace arrivald::watch
