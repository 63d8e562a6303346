#include "daemon/desk_download.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace arrivald {

using http::Response;

Response fileResponse(std::string body, const char* contentType, const std::string& fileName) {
  return {200,
          {{"Content-Type", contentType},
           {"Content-Disposition", fmt::format("attachment; filename=\"{}\"", fileName)}},
          std::move(body)};
}

Response csvResponse(std::string body, const std::string& fileName) {
  return fileResponse(std::move(body), "text/csv; charset=utf-8", fileName);
}

void noteDownload(const RouteParts& parts, const DeskVisit& visit, std::size_t rows) {
  desk::RecordEntry entry;
  entry.by = visit.actor;
  entry.act = desk::Act::download;
  entry.outcome = fmt::format("{} rows of {}", rows, visit.here());
  static_cast<void>(parts.record.append(entry));
}

Response refusedDownload(const RouteParts& parts, const DeskVisit& visit) {
  return deniedResponse(parts, visit, "download");
}

runtime::Task<> othersGoOn(const RouteParts& parts) {
  auto executor = parts.owners.executor();
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

}  // namespace arrivald
