#include "base/time_zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

namespace arrivald {
namespace {

const date::time_zone& zoneOf(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

}  // namespace

TimeZone::TimeZone() : name_("UTC"), zone_(date::locate_zone("UTC")) {}

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    TimeZone found;
    found.zone_ = date::locate_zone(std::string(name));
    found.name_ = name;
    return found;
  } catch (const std::exception&) {
    return Error{
        Error::Kind::notFound,
        fmt::format("no time zone is called \"{}\"; use an IANA name such as Asia/Tokyo or UTC", name)};
  }
}

std::vector<std::string> TimeZone::names() {
  std::vector<std::string> names;
  for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
  return names;
}

std::chrono::local_time<Duration> TimeZone::local(Instant instant) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  const auto offset = zoneOf(zone_).get_info(date::sys_seconds(seconds.time_since_epoch())).offset;
  return std::chrono::local_time<Duration>(instant.time_since_epoch() + offset);
}

Date TimeZone::dateOf(Instant instant) const { return std::chrono::floor<std::chrono::days>(local(instant)); }

Instant TimeZone::startOf(Date date) const { return instantsAt(date).first; }

TimeZone::Reading TimeZone::instantsAt(std::chrono::local_time<std::chrono::seconds> local) const {
  const auto sinceEpoch = local.time_since_epoch();
  const auto info = zoneOf(zone_).get_info(date::local_seconds(sinceEpoch));
  switch (info.result) {
    case date::local_info::nonexistent:
      return {0, Instant(info.first.end.time_since_epoch()), Instant{}};
    case date::local_info::ambiguous:
      return {2, Instant(sinceEpoch - info.first.offset), Instant(sinceEpoch - info.second.offset)};
    default:
      return {1, Instant(sinceEpoch - info.first.offset), Instant{}};
  }
}

std::string TimeZone::minuteText(Instant instant) const {
  const auto shown = local(instant);
  const auto day = std::chrono::floor<std::chrono::days>(shown);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(shown - day).count();
  return fmt::format("{} {:02}:{:02}", toText(day), minutes / 60, minutes % 60);
}

std::string TimeZone::zonedText(Instant instant) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  const auto info = zoneOf(zone_).get_info(date::sys_seconds(seconds.time_since_epoch()));
  std::string zone = info.abbrev;
  if (zone.empty() || zone.front() == '+' || zone.front() == '-') {
    const auto offset = std::chrono::abs(std::chrono::floor<std::chrono::minutes>(info.offset)).count();
    zone = fmt::format("UTC{}{:02}:{:02}", info.offset.count() < 0 ? '-' : '+', offset / 60, offset % 60);
  }
  return minuteText(instant) + " " + zone;
}

}  // namespace arrivald
