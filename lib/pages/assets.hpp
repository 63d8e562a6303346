// assets: the style sheet, the script and the icons, which browsers may keep for ever since their names
// change with them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace arrivald::pages {

/// "/assets/pages.1f2e….css"
const std::string& stylePath();
/// "/assets/desk.1f2e….js"
const std::string& scriptPath();

/// "/assets/icon.1f2e….svg", which browsers show beside the title.
const std::string& iconPath();
/// "/assets/signs.1f2e….svg": the icons within pages, in a row, which the style sheet shows one of.
const std::string& iconSheetPath();

struct Asset {
  std::string_view body;
  std::string_view contentType;
};
/// The file at `path`; nothing if there is none, as for the name of an earlier version.
std::optional<Asset> assetAt(std::string_view path);

}  // namespace arrivald::pages
