// Words: the texts of a page in its language.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/time_zone.hpp"
#include "notify/catalogue.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {

/// The texts of the page as HTML: entries of the catalogue under "page.", ages, times. Refers to the zone.
class Words {
 public:
  Words(Language language, const TimeZone& zone, Instant now)
      : catalogue_(notify::Catalogue::of(language)), zone_(zone), now_(now) {}

  std::string operator()(std::string_view key, std::initializer_list<notify::Filling> fillings = {}) const {
    return escapeHtml(catalogue_.text(fmt::format("page.{}", key), fillings));
  }
  /// The text for a default rule, or the name of any other rule.
  std::string rule(std::string_view name) const {
    const auto key = fmt::format("page.rule.{}", name);
    return escapeHtml(catalogue_.has(key) ? catalogue_.text(key) : std::string(name));
  }
  std::string group(std::string_view name) const { return escapeHtml(catalogue_.groupName(name)); }
  std::string number(std::int64_t number) const { return catalogue_.number(static_cast<double>(number)); }
  std::string mails(std::int64_t number) const {
    return escapeHtml(catalogue_.text("unit.mails", {{"n", this->number(number)}}));
  }
  std::string percent(double share) const { return catalogue_.percent(share); }
  std::string ago(const std::optional<Instant>& at) const {
    if (!at) return (*this)("never");
    return (*this)("ago", {{"age", catalogue_.duration(std::max(Duration{}, now_ - *at))}});
  }
  /// A heading of a column of times, which names the time zone.
  std::string zoned(std::string_view key) const { return (*this)(key, {{"zone", zone_.name()}}); }
  std::string time(Instant at) const {
    return fmt::format("<time datetime=\"{}\">{}</time>", toIso(at), zone_.minuteText(at));
  }

 private:
  const notify::Catalogue& catalogue_;
  const TimeZone& zone_;
  Instant now_;
};

}  // namespace arrivald::pages
