#include "simulator/episodes.hpp"

#include "simulator/people.hpp"

namespace arrivald::simulator {

using suppression::Entry;
using suppression::List;

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFirstPerson = 40 * kPeople;
constexpr std::uint64_t kFailed = 12, kRefused = 14;

}  // namespace

std::vector<std::pair<List, Entry>> episodesBefore(Instant start) {
  std::vector<std::pair<List, Entry>> entries;
  auto person = kFirstPerson;
  for (const auto* office : kOfficesThatFailed)
    for (std::uint64_t i = 0; i < kFailed; ++i)
      entries.emplace_back(
          List::bounces,
          Entry{
              personAt(person++, office), start - 5 * 24h + i % 2 * 24h + i * 23min + person % 19 * 47s,
              "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address",
              "", ""});
  for (std::uint64_t i = 0; i < kRefused; ++i)
    entries.emplace_back(
        List::blocks,
        Entry{personAt(person++, kOfficeThatRefused), start - 3 * 24h + i * 19min + i * 11s,
              "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.7]", "4.7.1", ""});
  return entries;
}

}  // namespace arrivald::simulator
