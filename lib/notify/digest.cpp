#include "notify/digest.hpp"

#include <fmt/format.h>

#include "causes/texts.hpp"
#include "notify/catalogue.hpp"

namespace arrivald::notify {
namespace {

constexpr std::size_t kMaxRows = 8;

std::string count(std::int64_t number, const Catalogue& c) { return c.number(static_cast<double>(number)); }

std::string causeName(const Digest::OfCause& cause, const Catalogue& c, Language language) {
  if (!cause.wish.empty()) return c.text("list." + cause.wish);
  return std::string(causes::shortName(cause.causeClass, language));
}

/// How many there are in all, the first rows, and one for what the others hold together.
class Rows {
 public:
  Rows(const Catalogue& c, std::int64_t all) : c_(c), rows_{c.text("digest.all", {{"n", count(all, c)}})} {}
  void add(const std::string& name, std::int64_t entries) {
    if (rows_.size() <= kMaxRows)
      rows_.push_back(c_.text("digest.row", {{"name", name}, {"n", count(entries, c_)}}));
    else
      others_ += entries;
  }
  std::vector<std::string> take() {
    if (others_ > 0) rows_.push_back(c_.text("digest.others", {{"n", count(others_, c_)}}));
    return std::move(rows_);
  }

 private:
  const Catalogue& c_;
  std::vector<std::string> rows_;
  std::int64_t others_ = 0;
};

std::string sidesOf(const Digest& digest, const Catalogue& c) {
  std::string sides;
  for (const auto& [side, entries] : digest.sides)
    sides += (sides.empty() ? "" : c.text("digest.comma")) +
             c.text("digest.row", {{"name", c.text("desk.side." + side)}, {"n", count(entries, c)}});
  return sides.empty() ? c.text("digest.wishes") : sides;
}

std::string nextOf(const Digest::First& first, const Catalogue& c, Language language) {
  causes::Cause cause;
  cause.causeClass = first.causeClass;
  cause.verdict = causes::verdictOf(first.causeClass);
  const auto where = first.group.empty() ? c.text("digest.several") : c.groupName(first.group);
  return c.text("digest.next", {{"cause", std::string(causes::shortName(first.causeClass, language))},
                                {"group", where},
                                {"n", count(first.entries, c)},
                                {"todo", causes::describeShort(cause, language).todo}});
}

Notification begun(std::string title, Instant to, const std::string& id, const TimeZone& zone,
                   const Catalogue& c) {
  Notification message;
  message.id = id;
  message.tone = Tone::info;
  message.badge = c.text("digest");
  message.title = std::move(title);
  message.fallback = fmt::format("[{}] {}", message.badge, message.title);
  message.footer = fmt::format("{} · {}", c.text("digest.footer", {{"at", zone.zonedText(to)}}),
                               c.text("footer.id", {{"id", id}}));
  return message;
}

}  // namespace

Notification composeUnreadDigest(Instant from, Instant to, const std::vector<std::string>& unread,
                                 const std::string& url, const std::string& id, const TimeZone& zone,
                                 Language language) {
  const auto& c = Catalogue::of(language);
  auto message = begun(c.text("digest.unread.title"), to, id, zone, c);
  message.sentence = c.text("digest.unread.sentence", {{"from", zone.zonedText(from)}});
  for (const auto& text : unread) message.sentence += c.text("digest.unread.list", {{"text", text}});
  if (!url.empty()) message.links.push_back({c.text("digest.unread.link"), url});
  return message;
}

Notification composeDigest(const Digest& digest, const std::string& id, const TimeZone& zone,
                           Language language) {
  const auto& c = Catalogue::of(language);
  const auto n = count(digest.entries, c);
  auto message = begun(c.text("digest.title", {{"n", n}}), digest.to, id, zone, c);
  message.sentence =
      c.text("digest.sentence",
             {{"from", zone.zonedText(digest.from)}, {"to", zone.zonedText(digest.to)}, {"n", n}});
  message.next =
      Field{c.text("next"), digest.first ? nextOf(*digest.first, c, language) : c.text("digest.next.none")};
  message.side = Field{c.text("side"), sidesOf(digest, c)};
  Rows causes(c, digest.entries), groups(c, digest.entries);
  for (const auto& cause : digest.causes) causes.add(causeName(cause, c, language), cause.entries);
  for (const auto& [group, entries] : digest.groups) groups.add(c.groupName(group), entries);
  message.causesLabel = c.text("digest.causes");
  message.causes = causes.take();
  message.breakdownLabel = c.text("digest.groups");
  message.breakdown = groups.take();
  if (digest.first && !digest.first->url.empty())
    message.links.push_back({c.text("digest.link.first"), digest.first->url});
  if (!digest.url.empty()) message.links.push_back({c.text("digest.link"), digest.url});
  return message;
}

}  // namespace arrivald::notify
