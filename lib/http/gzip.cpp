#include "http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace arrivald::http {
namespace {

constexpr std::size_t kLeast = 1024, kMost = std::size_t{1} << 20;
// Markup is hardly smaller at higher levels, and takes longer.
constexpr int kLevel = 5;
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemory = 8;

constexpr std::array<std::string_view, 4> kTexts = {"text/html", "text/css", "text/javascript",
                                                    "image/svg+xml"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view takeUntil(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(piece);
}

// "0", "0.", "0.000": not at all.
bool isRefused(std::string_view parameter) {
  if (parameter.size() < 3 || !equalsWithoutCase(parameter.substr(0, 2), "q=")) return false;
  return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

std::string compressed(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) return "";
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(isWhole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

}  // namespace

bool takesGzip(const Headers& request) {
  const auto accepted = request.find("Accept-Encoding");
  if (!accepted) return false;
  for (auto rest = *accepted; !rest.empty();) {
    auto one = takeUntil(rest, ',');
    const auto coding = takeUntil(one, ';');
    if (equalsWithoutCase(coding, "gzip")) return !isRefused(trimmed(one));
  }
  return false;
}

void compress(Response& response, const Headers& request) {
  const auto type = response.headers.find("Content-Type");
  const bool isText = type && std::ranges::any_of(kTexts, [&](auto text) { return type->starts_with(text); });
  const auto size = response.body.size();
  if (!isText || size < kLeast || size > kMost || response.headers.find("Content-Encoding")) return;
  response.headers.set("Vary", "Accept-Encoding");
  if (!takesGzip(request)) return;
  auto body = compressed(response.body);
  if (body.empty() || body.size() >= size) return;
  response.body = std::move(body);
  response.headers.set("Content-Encoding", "gzip");
}

}  // namespace arrivald::http
