// desk_api_answers: what /api/v1 answers to each path.
#pragma once

#include <span>
#include <string_view>

#include "daemon/desk_routes.hpp"

namespace arrivald {

struct ApiRoute {
  std::string_view method;
  std::string_view path;  ///< one that ends in a slash matches what is below it
  http::Response (*answer)(const RouteParts&, const DeskVisit&);
};
std::span<const ApiRoute> apiRoutes();
bool matches(const ApiRoute& route, std::string_view path);

}  // namespace arrivald
