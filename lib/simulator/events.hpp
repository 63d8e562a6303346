// events: what happens in the town, as the provider's Event Webhook tells it.
#pragma once

#include <string>
#include <vector>

#include "simulator/town.hpp"

namespace arrivald::simulator {

/// A receiver as such receivers are: where its mail goes, and what it says when it refuses.
struct Receiver {
  const char* domain;
  const char* bounce;
  const char* bounceStatus;
  const char* block;
  const char* blockStatus;
};
/// In the order of Town's groups.
const Receiver& receiver(std::size_t group);

/// Of every mail the same: whom it goes to, and which of the categories it has.
std::string addressOf(const Happening& happening);
std::size_t categoryOf(std::uint64_t mail);
const std::vector<std::string>& categories();

/// A batch as the provider writes it: `,\r\n` between events and `]\r\n` at the end.
std::string batchOf(const std::vector<Happening>& happenings);

}  // namespace arrivald::simulator
