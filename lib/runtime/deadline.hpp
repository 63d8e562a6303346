// Deadline: one timer for all operations of a connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace arrivald::runtime {

/// Calls back once when the time set last expires. Postponing it costs no timer operation. Resource; loop
/// thread only.
class Deadline {
 public:
  /// `onExpiry` should close what is being waited for. It is not called after destruction.
  Deadline(boost::asio::any_io_executor executor, Clock& clock, std::function<void()> onExpiry);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();

  /// Expires `span` from now, or at the time set by total() if that is earlier.
  void within(Duration span);
  /// Expires `span` from now at the latest, whatever within() is set to later.
  void total(Duration span);
  /// Clears both times.
  void off();
  /// True, permanently, once it has expired.
  bool expired() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::runtime
