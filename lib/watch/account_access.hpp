// account_access: how an account's API is asked, by its configuration. Pure.
#pragma once

#include "config/config.hpp"
#include "sendgrid/client.hpp"

namespace arrivald::watch {

sendgrid::AccountAccess accessOf(const config::Account& account);

}  // namespace arrivald::watch
