// as lib/rules/layers.cpp
#include <string>

#include "base/instant.hpp"
#include "rules/rule.hpp"
#include "store/database.hpp"   // bad layers
#include "http/message.hpp"     // bad layers
#include <http/message.hpp>     // bad layers
#include "local.hpp"            // bad layers
