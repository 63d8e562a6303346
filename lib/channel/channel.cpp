#include "channel/channel.hpp"

namespace arrivald::channel {

Channel::~Channel() = default;

}  // namespace arrivald::channel
