#include "http/server.hpp"
#include "http/url.hpp"

namespace arrivald::http {

using runtime::Task;

Response plainText(unsigned status, std::string text) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  response.body += '\n';
  return response;
}

bool isFromThisHost(const ServerRequest& request) {
  const std::string_view peer = request.peer;
  return peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
}

std::optional<std::string> ServerRequest::parameter(std::string_view name) const {
  for (std::size_t begin = 0; begin <= query.size();) {
    const auto end = std::min(query.find('&', begin), query.size());
    const auto pair = query.substr(begin, end - begin);
    const auto equals = std::min(pair.find('='), pair.size());
    if (percentDecode(pair.substr(0, equals)) == name)
      return equals < pair.size() ? percentDecode(pair.substr(equals + 1)) : std::string();
    begin = end + 1;
  }
  return std::nullopt;
}

void Router::add(std::string method, std::string path, Handler handler) {
  routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

namespace {

Response unmatched(const ServerRequest& request, std::string_view allowed) {
  if (allowed.empty()) return plainText(404, "not found");
  return plainText(405, "this path does not support the method " + std::string(request.method));
}

}  // namespace

Task<Response> Router::dispatch(const ServerRequest& request) const {
  std::string allowed;
  const auto wanted = request.method == "HEAD" ? std::string_view("GET") : request.method;
  for (const auto& route : routes_) {
    const bool below =
        route.path.ends_with("/*") &&
        request.path.starts_with(std::string_view(route.path).substr(0, route.path.size() - 1));
    if (!below && route.path != request.path) continue;
    if (route.method == wanted) {
      co_return co_await route.handler(request);
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method;
    if (route.method == "GET") allowed += ", HEAD";
  }
  auto response = unmatched_ ? unmatched_(request, allowed) : unmatched(request, allowed);
  if (!allowed.empty()) response.headers.add("Allow", allowed);
  co_return response;
}

}  // namespace arrivald::http
