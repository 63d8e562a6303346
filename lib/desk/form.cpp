#include "desk/form.hpp"

#include <algorithm>

#include "http/url.hpp"

namespace arrivald::desk {
namespace {

std::string decoded(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return http::percentDecode(plain);
}

}  // namespace

Result<Form> Form::parse(std::string_view encoded) {
  Form form;
  while (!encoded.empty()) {
    if (form.pairs_.size() == kMaxPairs) return Error{Error::Kind::tooLarge, "the form has too many fields"};
    const auto end = std::min(encoded.find('&'), encoded.size());
    const auto pair = encoded.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (!pair.empty())
      form.pairs_.emplace_back(decoded(pair.substr(0, equals)),
                               decoded(pair.substr(std::min(equals + 1, pair.size()))));
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
  }
  return form;
}

const std::string& Form::text(std::string_view name) const {
  static const std::string none;
  const auto found =
      std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs_.end() ? none : found->second;
}

bool Form::has(std::string_view name) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == name; });
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : pairs_)
    if (field == name) values.push_back(value);
  return values;
}

std::vector<std::string> Form::pieces(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : pairs_) {
    if (field != name) continue;
    std::string_view rest = value;
    while (!rest.empty() && values.size() < kMaxPairs) {
      const auto end = std::min(rest.find(','), rest.size());
      if (end > 0) values.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return values;
}

std::string toQuery(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string query;
  for (const auto& [name, value] : pairs) {
    if (value.empty()) continue;
    if (!query.empty()) query += '&';
    query += http::percentEncode(name) + '=' + http::percentEncode(value);
  }
  return query;
}

}  // namespace arrivald::desk
