#include "http/body_budget.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <map>

namespace arrivald::http {

namespace {

// A body of the asking peer itself gives way only if it has been coming for longer.
constexpr Duration kSlowBody = std::chrono::seconds(1);

}  // namespace

BodyBudget::Share::Share(BodyBudget& budget, std::string_view peer, std::function<void()> giveWay)
    : budget_(budget), peer_(peer), giveWay_(std::move(giveWay)), since_(budget.clock_.sinceBoot()) {
  budget_.shares_.push_back(this);
  place_ = std::prev(budget_.shares_.end());
}

BodyBudget::Share::~Share() {
  budget_.held_ -= bytes_;
  budget_.shares_.erase(place_);
}

bool BodyBudget::Share::grow(std::size_t bytes) {
  if (gaveWay_) return false;
  if (bytes <= bytes_) return true;
  const auto more = bytes - bytes_;
  while (more > budget_.limit_ - std::min(budget_.held_, budget_.limit_)) {
    auto* const other = budget_.chooseToGiveWay(*this, more);
    if (!other) return false;
    budget_.held_ -= other->bytes_;
    other->bytes_ = 0;
    other->gaveWay_ = true;
    other->giveWay_();
  }
  bytes_ = bytes;
  budget_.held_ += more;
  return true;
}

// Of the peer that holds the most, the oldest body; null if there is none.
BodyBudget::Share* BodyBudget::chooseToGiveWay(const Share& asking, std::size_t more) const {
  std::map<std::string_view, std::size_t> sums;
  for (const auto* share : shares_) sums[share->peer_] += share->bytes_;
  sums[asking.peer_] += more;
  const auto most = std::max_element(sums.begin(), sums.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto now = clock_.sinceBoot();
  const auto found = std::find_if(shares_.begin(), shares_.end(), [&](const Share* share) {
    if (share == &asking || share->complete_ || share->bytes_ == 0 || share->peer_ != most->first)
      return false;
    return share->peer_ != asking.peer_ || now - share->since_ > kSlowBody;
  });
  return found == shares_.end() ? nullptr : *found;
}

std::string peerOf(std::string_view address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(address), error);
  if (error || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return std::string(address);
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

}  // namespace arrivald::http
