#include "pages/assets.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "pages/embedded.hpp"

namespace arrivald::pages {
namespace {

// FNV-1a: names a version, and need not resist anybody.
std::uint64_t hashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// The style sheet names the icons as a file beside it, and is served with the name of their version.
std::string_view style() {
  static const auto text = [] {
    constexpr std::string_view kName = "icons.svg";
    std::string sheet(styleSheet());
    for (auto at = sheet.find(kName); at != std::string::npos; at = sheet.find(kName, at))
      sheet.replace(at, kName.size(), iconSheetPath());
    return sheet;
  }();
  return text;
}

}  // namespace

const std::string& stylePath() {
  static const auto path = fmt::format("/assets/pages.{:016x}.css", hashOf(style()));
  return path;
}

const std::string& scriptPath() {
  static const auto path = fmt::format("/assets/desk.{:016x}.js", hashOf(deskScript()));
  return path;
}

const std::string& iconPath() {
  static const auto path = fmt::format("/assets/icon.{:016x}.svg", hashOf(iconFile()));
  return path;
}

const std::string& iconSheetPath() {
  static const auto path = fmt::format("/assets/signs.{:016x}.svg", hashOf(iconSheet()));
  return path;
}

std::optional<Asset> assetAt(std::string_view path) {
  if (path == stylePath()) return Asset{style(), "text/css; charset=utf-8"};
  if (path == scriptPath()) return Asset{deskScript(), "text/javascript; charset=utf-8"};
  if (path == iconPath()) return Asset{iconFile(), "image/svg+xml"};
  if (path == iconSheetPath()) return Asset{iconSheet(), "image/svg+xml"};
  return std::nullopt;
}

}  // namespace arrivald::pages
