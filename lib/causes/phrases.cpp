#include "causes/phrases.hpp"

#include <stdexcept>

namespace arrivald::causes {

Phrases::Id Phrases::add(std::string_view phrase) {
  if (const auto found = phrases_.find(phrase); found != phrases_.end()) return found->second;
  const auto id = static_cast<Id>(lengths_.size());
  phrases_.emplace(phrase, id);
  lengths_.push_back(static_cast<std::uint32_t>(phrase.size()));
  return id;
}

void Phrases::build() {
  for (const auto& [phrase, id] : phrases_)
    for (const char c : phrase)
      if (auto& symbol = symbol_[static_cast<unsigned char>(c)]; symbol == 0)
        symbol = static_cast<std::uint8_t>(symbols_++);

  next_.assign(symbols_, 0);
  ends_.assign(1, kNone);
  for (const auto& [phrase, id] : phrases_) {
    State state = 0;
    for (const char c : phrase) {
      const auto at = state * symbols_ + symbol_[static_cast<unsigned char>(c)];
      if (next_[at] == 0) {
        if (ends_.size() >= 0xFFFF) throw std::length_error("too many phrases for one automaton");
        next_[at] = static_cast<State>(ends_.size());
        ends_.push_back(kNone);
        next_.resize(next_.size() + symbols_, 0);
      }
      state = next_[at];
    }
    ends_[state] = id;
  }

  // Breadth first: a state's failure link is computed before its children's.
  std::vector<State> failure(ends_.size(), 0);
  shorter_.assign(ends_.size(), 0);
  std::vector<State> order;
  order.reserve(ends_.size());
  for (std::size_t symbol = 1; symbol < symbols_; ++symbol)
    if (const auto child = next_[symbol]; child != 0) order.push_back(child);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const State state = order[i];
    const State fallback = failure[state];
    shorter_[state] = ends_[fallback] != kNone ? fallback : shorter_[fallback];
    for (std::size_t symbol = 1; symbol < symbols_; ++symbol) {
      auto& child = next_[state * symbols_ + symbol];
      const State elsewhere = next_[fallback * symbols_ + symbol];
      if (child != 0) {
        failure[child] = elsewhere;
        order.push_back(child);
      } else {
        child = elsewhere;
      }
    }
  }
  phrases_.clear();
}

void Phrases::find(std::string_view text, std::size_t max, std::vector<Hit>& hits) const {
  State state = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    state = next_[state * symbols_ + symbol_[static_cast<unsigned char>(text[i])]];
    for (State at = ends_[state] != kNone ? state : shorter_[state]; at != 0; at = shorter_[at]) {
      if (hits.size() >= max) return;
      hits.push_back({ends_[at], static_cast<std::uint32_t>(i + 1)});
    }
  }
}

}  // namespace arrivald::causes
