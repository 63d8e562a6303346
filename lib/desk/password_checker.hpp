// PasswordChecker: checks passwords off the loop thread, few at a time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "runtime/task.hpp"

namespace arrivald::desk {

/// Resource; loop thread only, but for what it does on its own threads. Its destruction waits for the checks
/// that are running.
class PasswordChecker {
 public:
  static constexpr std::size_t kAtOnce = 2;
  static constexpr std::size_t kWaiting = 8;
  /// Whether the password is that of the hash; called on other threads.
  using Check = std::function<bool(const Secret& password, const std::string& hash)>;

  PasswordChecker(boost::asio::any_io_executor executor, Clock& clock, Check check);
  PasswordChecker(const PasswordChecker&) = delete;
  PasswordChecker& operator=(const PasswordChecker&) = delete;
  ~PasswordChecker();

  /// Error::Kind::throttled if kAtOnce are being checked and kWaiting wait.
  runtime::Task<Result<bool>> matches(Secret password, std::string hash);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace arrivald::desk
