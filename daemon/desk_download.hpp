// desk_download: files that a page offers: their headers, their limits, and their row in the record.
#pragma once

#include "daemon/desk_routes.hpp"
#include "desk/csv_source.hpp"

namespace arrivald {

/// In ASCII, for what knows no other; and in the language of the page.
struct FileName {
  std::string plain, words;
};
http::Response csvResponse(std::shared_ptr<desk::CsvSource> source, const FileName& name);
/// The header Content-Disposition of a download.
std::string dispositionOf(const std::string& plainName, const std::string& name);

http::Response fileResponse(std::string body, const char* contentType, const FileName& name);
/// Who takes how many rows of which query. To be stored before anything of them leaves.
Done noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows);
/// 403, which stands in the record, too.
http::Response refusedDownload(const RouteParts& parts, const DeskVisit& visit);
/// 503 while many files are being made.
http::Response busyWithFiles(const DeskVisit& visit);

}  // namespace arrivald
