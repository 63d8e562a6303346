// events: formats the town's happenings as SendGrid's event webhook does.
#pragma once

#include <string>
#include <vector>

#include "simulator/town.hpp"

namespace arrivald::simulator {

/// A mailbox provider: its domain, and its replies when it bounces or blocks.
struct Receiver {
  const char* domain;
  const char* bounce;
  const char* bounceStatus;
  const char* block;
  const char* blockStatus;
};
/// In the order of Town's groups.
const Receiver& receiver(std::size_t group);

/// What the receiver answered to a mail that bounced or was blocked, and its enhanced status code.
struct Answer {
  const char* text;
  const char* status;
};
Answer answerTo(const Happening& happening);

/// The recipient and the category of a mail; the same for all its events.
std::string addressOf(const Happening& happening);
std::size_t categoryOf(std::uint64_t mail);
const std::vector<std::string>& categories();

/// A batch as SendGrid writes it: `,\r\n` between events and `]\r\n` at the end.
std::string batchOf(const std::vector<Happening>& happenings);

}  // namespace arrivald::simulator
