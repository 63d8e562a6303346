// Task: a coroutine on the one loop. See lib/README.md for the four co_await forms that every compiler gets
// right.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace arrivald::runtime {

/// Lazily started: nothing runs before it is awaited or spawned in a TaskGroup.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace arrivald::runtime
