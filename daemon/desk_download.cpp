#include "daemon/desk_download.hpp"

#include <fmt/format.h>

#include "http/url.hpp"

namespace arrivald {

using http::Response;

std::string dispositionOf(const std::string& plainName, const std::string& name) {
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plainName,
                     http::percentEncode(name));
}

Response fileResponse(std::string body, const char* contentType, const FileName& name) {
  return {200,
          {{"Content-Type", contentType}, {"Content-Disposition", dispositionOf(name.plain, name.words)}},
          std::move(body)};
}

Response csvResponse(std::shared_ptr<desk::CsvSource> source, const FileName& name) {
  auto response = fileResponse("", "text/csv; charset=utf-8", name);
  response.source = std::move(source);
  return response;
}

Done noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows) {
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::download;
  entry.outcome = fmt::format("{} rows of {}", rows, visit.here());
  return parts.record.append(entry);
}

Response refusedDownload(const RouteParts& parts, const DeskVisit& visit) {
  return deniedResponse(parts, visit, "download");
}

Response busyWithFiles(const DeskVisit& visit) {
  auto refused = problemResponse(visit, 503, "problem.unavailable");
  refused.headers.add("Retry-After", "10");
  return refused;
}

}  // namespace arrivald
