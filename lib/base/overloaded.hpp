// Overloaded: combines lambdas into one overload set, for std::visit.
#pragma once

namespace arrivald {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace arrivald
