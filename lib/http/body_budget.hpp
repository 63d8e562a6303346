// BodyBudget: the memory of all request bodies that are in progress, its limit, and which of them gives way
// when it is used up. Private to lib/http.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace arrivald::http {

/// Memory is taken as bytes come, not as they are announced. At the limit, the peer that holds the most gives
/// way to the others: a single peer cannot lock them out, and a peer that is alone may use all of it.
/// Resource; loop thread only.
class BodyBudget {
 public:
  BodyBudget(const Clock& clock, std::size_t limit) : clock_(clock), limit_(limit) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  /// The memory of one body, given back on destruction.
  class Share {
   public:
    /// `giveWay` ends the reading of this body; it is called at most once and must not destroy the share.
    Share(BodyBudget& budget, std::string_view peer, std::function<void()> giveWay);
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share();

    /// Takes as much as is missing to `bytes` in total. False if there is no room and nobody gives way.
    bool grow(std::size_t bytes);
    /// The body has come completely: it no longer gives way.
    void complete() { complete_ = true; }
    bool gaveWay() const { return gaveWay_; }

   private:
    friend class BodyBudget;
    BodyBudget& budget_;
    std::string peer_;
    std::function<void()> giveWay_;
    Duration since_;
    std::size_t bytes_ = 0;
    bool complete_ = false;
    bool gaveWay_ = false;
    std::list<Share*>::iterator place_;
  };

  /// The sum of all shares.
  std::size_t held() const { return held_; }

 private:
  Share* chooseToGiveWay(const Share& asking, std::size_t more) const;

  const Clock& clock_;
  std::size_t limit_;
  std::size_t held_ = 0;
  std::list<Share*> shares_;  // oldest first
};

/// Under which name an address counts as one peer: of IPv6 the network of 64 bits, which one host may fill.
std::string peerOf(std::string_view address);

}  // namespace arrivald::http
