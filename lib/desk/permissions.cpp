#include "desk/permissions.hpp"

namespace arrivald::desk {
namespace {

Role leastRole(Action action) {
  switch (action) {
    case Action::look:
    case Action::lookUp:
    case Action::download:
    case Action::readOwnRecord:
      return Role::viewer;
    case Action::tick:
    case Action::release:
      return Role::operator_;
    case Action::readRecord:
    case Action::releaseWish:
    case Action::releaseAgain:
    case Action::undo:
    case Action::unlock:
      return Role::admin;
  }
  return Role::admin;
}

}  // namespace

bool may(const Actor& actor, Action action) { return !actor.user.empty() && actor.role >= leastRole(action); }

std::string_view name(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::admin:
      return "admin";
  }
  return "viewer";
}

}  // namespace arrivald::desk
