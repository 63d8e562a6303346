#include "store/meta_table.hpp"

namespace arrivald::store {

std::optional<std::string> MetaTable::get(std::string_view key) {
  Statement row(database_, "SELECT value FROM meta WHERE key = ?");
  row.bind(key);
  if (!row.step()) return std::nullopt;
  return std::string(row.text(0));
}

void MetaTable::put(std::string_view key, std::string_view value) {
  Statement(database_, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)").bind(key).bind(value).run();
}

std::vector<std::pair<std::string, std::string>> MetaTable::withPrefix(std::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> found;
  Statement rows(database_, "SELECT key, value FROM meta WHERE key GLOB ? || '*' ORDER BY key");
  rows.bind(prefix);
  while (rows.step()) found.emplace_back(rows.text(0), rows.text(1));
  return found;
}

}  // namespace arrivald::store
