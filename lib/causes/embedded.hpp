// The contents of the rules, tables, model and texts of this folder, compiled in by lib/CMakeLists.txt.
#pragma once

#include <string_view>

namespace arrivald::causes {

std::string_view rulesAddress();
std::string_view rulesSender();
std::string_view rulesContent();
std::string_view rulesTransport();
std::string_view rulesProviders();
std::string_view rulesSendGrid();
std::string_view rulesJapan();
std::string_view providersTable();
std::string_view blocklistsTable();
std::string_view conceptsTable();
std::string_view modelWeights();
std::string_view textsJapanese();
std::string_view textsEnglish();

}  // namespace arrivald::causes
