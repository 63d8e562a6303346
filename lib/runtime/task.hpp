// Task: a coroutine on the loop thread. See lib/README.md for the four forms of co_await that all compilers
// translate correctly.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace arrivald::runtime {

/// Starts lazily: nothing runs before it is awaited or spawned in a TaskGroup.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace arrivald::runtime
