// desk_download: files that a page offers: their headers, their limits, and their row in the record.
#pragma once

#include "daemon/desk_routes.hpp"

namespace arrivald {

/// Of a CSV file, which is put together in memory. A longer one ends there.
inline constexpr std::size_t kMaxCsvBytes = std::size_t{32} << 20;

http::Response csvResponse(std::string body, const std::string& fileName);
http::Response fileResponse(std::string body, const char* contentType, const std::string& fileName);
/// Who took how many rows of which query.
void noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows);
/// 403, which stands in the record, too.
http::Response refusedDownload(const RouteParts& parts, const DeskVisit& visit);
/// Ends after other tasks of the loop have had their turn.
runtime::Task<> othersGoOn(const RouteParts& parts);

}  // namespace arrivald
