#include "daemon/silence_request.hpp"

#include <algorithm>
#include <map>

#include "base/number.hpp"
#include "base/utf8.hpp"
#include "http/url.hpp"

namespace arrivald {
namespace {

constexpr std::size_t kShown = 60;

std::vector<std::string> parameterNames(std::string_view query) {
  std::vector<std::string> names;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    if (!pair.empty()) names.push_back(http::percentDecode(pair.substr(0, pair.find('='))));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return names;
}

}  // namespace

Result<watch::AddSilence> readSilence(const http::ServerRequest& request) {
  watch::AddSilence asked;
  const std::map<std::string, std::string*, std::less<>> texts{{"account", &asked.match.account},
                                                               {"rule", &asked.match.rule},
                                                               {"receiver", &asked.match.receiver},
                                                               {"category", &asked.match.category},
                                                               {"cause", &asked.match.cause},
                                                               {"subject", &asked.match.subject},
                                                               {"by", &asked.by},
                                                               {"why", &asked.why},
                                                               {"for", &asked.length},
                                                               {"from", &asked.from},
                                                               {"until", &asked.until}};
  for (const auto& name : parameterNames(request.query)) {
    if (name == "format" || name == "lang" || name == "incident") continue;
    const auto known = texts.find(name);
    if (known == texts.end())
      return Error::of(Error::Kind::invalid,
                       phrase("nothing is silenced by {}; known are incident, account, rule, receiver, "
                              "category, cause and subject, and by, why, for, from and until",
                              oneLine(name, kShown)));
    *known->second = request.parameter(name).value_or("");
  }
  if (const auto number = request.parameter("incident")) {
    const auto parsed = numberIn<std::int64_t>(*number);
    if (!parsed || *parsed <= 0)
      return Error::of(Error::Kind::invalid,
                       phrase("incident is the number of an incident, found {}", oneLine(*number, kShown)));
    asked.incident = *parsed;
  }
  return asked;
}

}  // namespace arrivald
