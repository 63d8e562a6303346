#include "pages/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/printable.hpp"
#include "pages/embedded.hpp"
#include "pages/texts.hpp"

namespace arrivald::pages {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

struct Source {
  std::string_view name;
  std::string_view (*text)();
};
constexpr Source kPages[] = {
    {"list", listTemplate},       {"address", addressTemplate},   {"release", releaseTemplate},
    {"result", resultTemplate},   {"followup", followupTemplate}, {"record", recordTemplate},
    {"groups", groupsTemplate},   {"group", groupTemplate},       {"login", loginTemplate},
    {"problem", problemTemplate}, {"status", statusTemplate},     {"incident", incidentTemplate},
};
constexpr Source kParts[] = {
    {"shell_begin", shellBeginTemplate},
    {"shell_end", shellEndTemplate},
    {"people", peopleTemplate},
    {"icon", iconTemplate},
    {"chip", chipTemplate},
    {"way", wayTemplate},
    {"tabs", tabsTemplate},
    {"released_rows", releasedRowsTemplate},
    {"svg", svgTemplate},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

std::string_view partNamed(std::string_view name) {
  const auto* found = std::find_if(std::begin(kParts), std::end(kParts),
                                   [&](const Source& part) { return part.name == name; });
  if (found == std::end(kParts)) throw std::logic_error(fmt::format("no template part {}", name));
  return trimmed(found->text());
}

std::string expand(std::string_view source, const Texts& texts);

// What stands for a tag when a template is read; the tag itself if it is a value's.
std::string expandTag(std::string_view tag, const Texts& texts) {
  if (tag.starts_with("> ")) return expand(partNamed(tag.substr(2)), texts);
  if (tag.starts_with("i.")) return fmt::format("<i class=\"i i-{}\"></i>", tag.substr(2));
  if (!tag.starts_with("t.")) return fmt::format("{{{{{}}}}}", tag);
  const auto key = tag.substr(2);
  if (!texts.has(key)) throw std::logic_error(fmt::format("no text {} in desk.*.json", key));
  return escapeHtml(texts.text(key));
}

std::string expand(std::string_view source, const Texts& texts) {
  std::string out;
  for (std::size_t at = 0; at < source.size();) {
    const auto open = source.find("{{", at);
    const auto close = open == std::string_view::npos ? open : source.find("}}", open);
    if (close == std::string_view::npos) return out.append(source.substr(at));
    out.append(source.substr(at, open - at));
    out += expandTag(source.substr(open + 2, close - open - 2), texts);
    at = close + 2;
  }
  return out;
}

using Parsed = std::map<std::string_view, mustache>;

Parsed parseFor(Language language) {
  Parsed parsed;
  for (const auto& page : kPages) {
    mustache one(expand(page.text(), Texts::of(language)));
    if (!one.is_valid())
      throw std::logic_error(fmt::format("{}.mustache: {}", page.name, one.error_message()));
    one.set_custom_escape([](const std::string& text) { return escapeHtml(text); });
    parsed.emplace(page.name, std::move(one));
  }
  return parsed;
}

Parsed& templatesIn(Language language) {
  static auto japanese = parseFor(Language::japanese);
  static auto english = parseFor(Language::english);
  return language == Language::japanese ? japanese : english;
}

data dataOf(const nlohmann::json& value) {
  if (value.is_object()) {
    data object(data::type::object);
    for (const auto& [key, one] : value.items()) object.set(key, dataOf(one));
    return object;
  }
  if (value.is_array()) {
    data list(data::type::list);
    for (const auto& one : value) list.push_back(dataOf(one));
    return list;
  }
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() ? data(false) : data(text);
  }
  if (value.is_boolean()) return data(value.get<bool>());
  if (value.is_number_integer()) return data(numberText(value.get<std::int64_t>()));
  if (value.is_number()) return data(fmt::format("{:.0f}", value.get<double>()));
  return data(false);
}

}  // namespace

std::string renderTemplate(std::string_view name, Language language, const nlohmann::json& values) {
  auto& known = templatesIn(language);
  const auto found = known.find(name);
  if (found == known.end()) throw std::logic_error(fmt::format("no page {}", name));
  return found->second.render(dataOf(values));
}

void readTemplates() { templatesIn(Language::japanese); }

std::string escapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const auto found = unprintableAt(text);
    const char first = text[0];
    if (first == '&')
      out += "&amp;";
    else if (first == '<')
      out += "&lt;";
    else if (first == '>')
      out += "&gt;";
    else if (first == '"')
      out += "&quot;";
    else if (first == '\'')
      out += "&#39;";
    else if (found.kind == Unprintable::Kind::none || first == '\n' || first == '\t')
      out += text.substr(0, found.size);
    else if (found.code == 0xFFFD)
      out += "\xEF\xBF\xBD";
    else
      out += fmt::format("[U+{:04X}]", static_cast<std::uint32_t>(found.code));
    text.remove_prefix(found.size);
  }
  return out;
}

}  // namespace arrivald::pages
