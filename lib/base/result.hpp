// Result<T>: a value, or the error that prevented it. For expected failures (bad input, a peer that does not
// answer); bugs and failures at start throw exceptions instead.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace arrivald {

/// Holds either a T or an E. `E` is Error unless a module has a more detailed error type. Reading the
/// alternative that is not held is a bug: it asserts.
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  const T& value() const& { return checked<0>(state_); }
  T& value() & { return checked<0>(state_); }
  T&& value() && { return std::move(checked<0>(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const E& error() const& { return checked<1>(state_); }
  E&& error() && { return std::move(checked<1>(state_)); }

 private:
  template <std::size_t I, class V>
  static auto& checked(V& state) {
    assert(state.index() == I);
    return *std::get_if<I>(&state);
  }
  std::variant<T, E> state_;
};

/// Success without a value.
struct Nothing {
  friend bool operator==(Nothing, Nothing) = default;
};
using Done = Result<Nothing>;
inline Done done() { return Done(Nothing{}); }

}  // namespace arrivald
