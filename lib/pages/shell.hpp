// Shell: what frames each page: language, user, navigation, the box to ask about an address, messages.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/language.hpp"
#include "base/time_zone.hpp"

namespace arrivald::pages {

/// A small sign with icon and word. `kind` is a key of desk.*.json that stands in the table in chip.cpp:
/// "side.ours", "advice.safe", "outcome.gone", "after.delivered", "info". An empty `label` is the text of
/// `kind`.
struct Chip {
  std::string kind;
  std::string label;
};

/// A note above the page's heading. `kind` gives its look, as of a chip.
struct Message {
  std::string kind = "info";
  std::string strong;
  std::string text;
  std::string href, link;  ///< where it leads; empty: nowhere
  /// Errors to mend: each with the id of its field, or none.
  struct Line {
    std::string text;
    std::string field;
  };
  std::vector<Line> lines;
  /// `alert` is read out at once, and gets the focus if it has lines.
  enum class Urgency { status, alert } urgency = Urgency::status;
};

enum class Tab { none, list, groups, releases, watch };

struct Shell {
  Language language = Language::japanese;
  TimeZone zone;
  Instant now{};
  Tab tab = Tab::none;
  std::string user;  ///< empty: nobody is logged in, and only the language can be chosen
  std::string role;  ///< "viewer", "operator", "admin"
  /// Nobody logs out where a proxy logs in.
  enum class LogIn { form, proxy } logIn = LogIn::form;
  std::string csrf;
  std::string asked;     ///< what stands in the box to ask about an address
  std::string here;      ///< path and query of this page, to come back to; empty: no choice of language
  std::string watchUrl;  ///< of the watch's page; empty: no link
  std::string deskUrl;   ///< for the watch's page: of the desk; empty: no link
  std::vector<Message> messages;
  std::string version;
};

}  // namespace arrivald::pages
