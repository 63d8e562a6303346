// CrossTable: an account's mail by category, receiver group and kind, as the event stream tells of it.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "incidents/mail.hpp"

namespace arrivald::incidents {

/// One cell's mail of one minute. A mail cell counts outcomes, a cell of a kind counts failures of that kind.
struct Touched {
  std::uint16_t category = 0;
  std::uint16_t receiver = 0;
  std::uint16_t count = 0;  ///< of more mail there are several entries
  std::uint8_t kind = kOutcomes;
  static constexpr std::uint8_t kOutcomes = 0xFF;
  friend bool operator==(const Touched&, const Touched&) = default;
};
static_assert(sizeof(Touched) == 8);

/// Mail of one receiver that was accepted in a window that ended some minutes ago.
struct WaitingMail {
  std::string receiver;
  std::int64_t mails = 0;       ///< accepted
  std::int64_t unanswered = 0;  ///< of these, in flight and never put off
  std::int64_t deferred = 0;    ///< of these, in flight and put off
};
struct WaitingWindow {
  Late late = Late::soon;
  Duration window{0};
  std::vector<WaitingMail> receivers;
};

/// Outcomes and failures of the last 90 minutes, rolling sums of kWindows, and what is usual, forgotten over
/// two weeks. A mail with several categories counts under its first, so that the cells add up to the account.
/// Pure; not thread-safe.
class CrossTable final : public Mail {
 public:
  static constexpr std::size_t kMaxCells = 8'192;
  static constexpr std::size_t kMinutes = 90;
  /// The names under which rare categories and receivers are counted together.
  static constexpr std::string_view kOther = "other";

  /// Begins empty: nothing before `from` is known.
  explicit CrossTable(Instant from);

  /// One mail has its final outcome: delivered (no kind) or failed. What is older than 90 minutes counts
  /// towards nothing; what is later than the present minute counts in it.
  void add(std::string_view category, std::string_view receiver, std::optional<Kind> failure, Instant at,
           std::uint32_t mails = 1);
  /// Replaces what waits. A window of one minute also teaches what is usual.
  void setWaiting(std::vector<WaitingWindow> waiting);
  /// Lets the minutes before `now` end. `unusual` are incidents whose mail must not become usual.
  void advance(Instant now, std::span<const Root> unusual = {});
  /// The wall clock was set.
  void shift(Duration step);

  Duration covered() const override;
  Grids shares(Duration window) const override;
  std::optional<Grid> late(Late late, Duration window) const override;
  std::vector<Numbers> minutes(const Root& root) const override;
  Breakdown breakdown(const Root& root, int minutesAgo) const override;

  /// The cells of one of the last 90 minutes, by its number since 1970; empty before.
  std::span<const Touched> minute(std::int64_t number) const;
  std::size_t cells() const { return pairs_.size() + failures_.size(); }
  const std::vector<std::string>& categories() const { return axes_->categories; }
  const std::vector<std::string>& receivers() const { return axes_->receivers; }

 private:
  using Sums = std::array<std::uint32_t, kWindows.size()>;
  struct Cell {
    Sums sums{};
    std::array<std::uint32_t, 2> hours{};  // this one and the last, not learned yet
    // Where the latest minute that touched it counts it.
    std::int32_t minute = -1;
    std::uint32_t at = 0;
  };
  // Mail of one category to one receiver.
  struct Pair {
    std::uint16_t category, receiver;
    Cell cell = {};
    float mails = 0, failures = 0;  // learned
    float usual = 0;                // p_cg, of the last learning
  };
  struct Failure {
    std::uint32_t pair;
    std::uint8_t kind;
    Cell cell = {};
  };
  struct Receiver {
    double mails = 0, failures = 0;           // learned
    std::array<double, kCauseKinds> kinds{};  // likewise, failures
    std::array<double, kCauseKinds> usual{};  // q_gk
    struct Waits {
      double mails = 0, unanswered = 0, deferred = 0;
    };
    std::array<Waits, 2> waits{};  // by Late
  };
  struct Minute {
    std::int64_t number = -1;
    std::vector<Touched> touched;
  };
  // Which values of the axes a root is about.
  struct Masks {
    std::vector<char> categories, receivers;
    bool hold(const Pair& pair) const { return categories[pair.category] && receivers[pair.receiver]; }
  };

  enum class Dimension : std::uint8_t { category, receiver };
  std::uint16_t valueOf(Dimension dimension, std::string_view name);
  std::uint32_t pairOf(std::uint16_t category, std::uint16_t receiver);
  std::uint32_t failureOf(std::uint32_t pair, std::uint8_t kind);
  void count(Cell& cell, Touched touched, std::int64_t minute);
  void forget(std::int64_t minute, std::size_t window);
  void learn(std::span<const Root> unusual);
  void computeUsual();
  void makeRoom();
  void fold(Dimension dimension, std::uint16_t value);
  double usualOf(const Pair& pair, std::size_t kind) const;
  double usualShare(const Receiver& receiver) const;
  Masks masksOf(const Root& root) const;
  template <class Take>
  void eachOf(const Root& root, std::int64_t number, Take take) const;

  std::int64_t since_;                // the first minute that is known
  std::int64_t minute_;               // the present one
  std::shared_ptr<const Axes> axes_;  // replaced, never changed: grids refer to it
  std::vector<Pair> pairs_;
  std::vector<Failure> failures_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> places_;  // of pairs and failures, by their key
  std::vector<Receiver> receivers_;
  std::array<double, kCauseKinds> usualKinds_{};  // q_k
  std::array<Minute, kMinutes> minutes_;
  std::set<std::string, std::less<>> folded_;  // bounded
  std::vector<WaitingWindow> waiting_;
  std::vector<Root> unusual_;
};

}  // namespace arrivald::incidents
