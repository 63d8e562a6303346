// desk_download: files that the desk hands out; each stands in the record.
#pragma once

#include <string>

#include "daemon/desk_routes.hpp"

namespace arrivald {

/// A CSV file to be saved under that name.
http::Response csvResponse(std::string body, const std::string& fileName);
void noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows);

}  // namespace arrivald
