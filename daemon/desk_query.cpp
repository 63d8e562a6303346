#include "daemon/desk_query.hpp"

namespace arrivald {

desk::QueryAsked queryAsked(const desk::Form& query) {
  desk::QueryAsked asked;
  asked.period = query.text("period");
  asked.from = query.text("from");
  asked.to = query.text("to");
  asked.list = query.text("list");
  asked.side = query.text("side");
  asked.cause = query.text("cause");
  asked.group = query.text("group");
  asked.domain = query.text("domain");
  asked.account = query.text("account");
  asked.gone = query.text("gone");
  asked.sort = query.text("sort");
  asked.after = query.text("after");
  asked.seen = query.text("seen");
  return asked;
}

Parameters with(Parameters parameters, const std::string& name, const std::string& value) {
  std::erase_if(parameters, [&](const auto& pair) { return pair.first == name; });
  if (!value.empty()) parameters.emplace_back(name, value);
  return parameters;
}

Parameters withoutPeriod(const Parameters& parameters) {
  return with(with(with(parameters, "period", ""), "from", ""), "to", "");
}

std::string hrefOf(std::string_view path, const Parameters& parameters) {
  const auto query = desk::toQuery(parameters);
  return std::string(path) + (query.empty() ? "" : "?" + query);
}

}  // namespace arrivald
