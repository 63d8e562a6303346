// Deadline: one timer for everything that one connection may wait for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace arrivald::runtime {

/// Calls back once when the time set last has run out. Moving it later costs no timer operation. Loop thread
/// only.
class Deadline {
 public:
  /// `onExpiry` closes what is being waited for; it is not called after destruction.
  Deadline(boost::asio::any_io_executor executor, Clock& clock, std::function<void()> onExpiry);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  /// The time runs out `span` from now, unless `latest` set by total() is earlier.
  void within(Duration span);
  /// However often within() is called, the time runs out `span` from now at the latest.
  void total(Duration span);
  void off();
  bool expired() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::runtime
