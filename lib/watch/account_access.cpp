#include "watch/account_access.hpp"

namespace arrivald::watch {

sendgrid::AccountAccess accessOf(const config::Account& account) {
  sendgrid::AccountAccess access;
  access.name = account.name;
  access.baseUrl = account.baseUrl;
  access.key = account.key.secret;
  access.onBehalfOf = account.onBehalfOf;
  access.zone = account.zone;
  return access;
}

}  // namespace arrivald::watch
