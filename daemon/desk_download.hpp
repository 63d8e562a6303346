// desk_download: files that a page offers: their headers, their limits, and their row in the record.
#pragma once

#include "daemon/desk_routes.hpp"
#include "desk/csv_source.hpp"

namespace arrivald {

http::Response csvResponse(std::shared_ptr<desk::CsvSource> source, const std::string& fileName);
http::Response fileResponse(std::string body, const char* contentType, const std::string& fileName);
/// Who takes how many rows of which query. To be stored before anything of them leaves.
Done noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows);
/// 403, which stands in the record, too.
http::Response refusedDownload(const RouteParts& parts, const DeskVisit& visit);
/// 503 while many files are being made.
http::Response busyWithFiles(const DeskVisit& visit);

}  // namespace arrivald
