#include "dmarc/services.hpp"

#include <libpsl.h>

#include <map>

#include "dmarc/embedded.hpp"

namespace arrivald::dmarc {
namespace {

using Table = std::map<std::string_view, std::string_view>;  // the service by its domain

Table readTable() {
  Table table;
  auto rest = servicesTable();
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto colon = line.find(": ");
    if (line.empty() || line.front() == '#' || colon == std::string_view::npos) continue;
    auto domains = line.substr(colon + 2);
    while (!domains.empty()) {
      const auto blank = domains.find(' ');
      table[domains.substr(0, blank)] = line.substr(0, colon);
      domains.remove_prefix(blank == std::string_view::npos ? domains.size() : blank + 1);
    }
  }
  return table;
}

}  // namespace

std::optional<std::string_view> serviceOf(std::string_view domain) {
  static const Table kTable = readTable();
  for (auto name = domain; !name.empty();) {
    if (const auto found = kTable.find(name); found != kTable.end()) return found->second;
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

std::string organisationOf(std::string_view domain) {
  std::string whole(domain);
  const auto* found = psl_registrable_domain(psl_builtin(), whole.c_str());
  return found ? std::string(found) : whole;
}

}  // namespace arrivald::dmarc
