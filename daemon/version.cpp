#include "daemon/commands.hpp"

namespace arrivald {

const char* const kVersion = ARRIVALD_VERSION;

}  // namespace arrivald
