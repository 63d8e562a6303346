#include "daemon/language.hpp"

namespace arrivald {

Language localeLanguage(const config::Environment& environment) {
  for (const auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const auto value = environment.variable(name); value && !value->empty())
      return value->starts_with("ja") ? Language::japanese : Language::english;
  return Language::english;
}

Language commandLanguage(const std::optional<Language>& chosen, const std::string& path,
                         const config::Environment& environment) {
  if (chosen) return *chosen;
  auto asked = environment;
  asked.credentialsComeLater = true;
  const auto loaded = config::loadListener(path, asked);
  return loaded.config ? loaded.config->language : localeLanguage(environment);
}

}  // namespace arrivald
