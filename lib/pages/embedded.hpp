// The style, the script, the words and the templates of the pages, compiled into the program by
// lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::pages {

std::string_view styleSheet();
std::string_view deskScript();
std::string_view iconFile();
std::string_view iconSheet();
std::string_view deskJapanese();
std::string_view deskEnglish();

// Whole pages.
std::string_view listTemplate();
std::string_view addressTemplate();
std::string_view releaseTemplate();
std::string_view resultTemplate();
std::string_view followupTemplate();
std::string_view recordTemplate();
std::string_view groupsTemplate();
std::string_view groupTemplate();
std::string_view loginTemplate();
std::string_view problemTemplate();
std::string_view statusTemplate();
std::string_view incidentTemplate();
// Parts of pages.
std::string_view shellBeginTemplate();
std::string_view shellEndTemplate();
std::string_view peopleTemplate();
std::string_view iconTemplate();
std::string_view chipTemplate();
std::string_view wayTemplate();
std::string_view tabsTemplate();
std::string_view releasedRowsTemplate();
std::string_view svgTemplate();

}  // namespace arrivald::pages
