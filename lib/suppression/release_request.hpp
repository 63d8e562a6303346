// ReleaseRequest and ReleaseItem: a release as it is stored and shown. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "causes/cause.hpp"
#include "suppression/advice.hpp"
#include "suppression/release.hpp"
#include "suppression/release_limits.hpp"

namespace arrivald::suppression {

/// Whether the provider is asked. The numbers are stored.
enum class Mode : std::uint8_t {
  real = 0,
  rehearsal = 1,  ///< dry run: everything is done but the deletion
};
std::string_view name(Mode mode);

/// What a person decided about a draft.
struct Decision {
  std::optional<Instant> at;  ///< empty: not decided
  std::string from;           ///< where the person was
  Extent extent = Extent::advised;
  std::optional<Motive> motive;
  std::string memo;
  std::size_t released = 0;  ///< how many items
  friend bool operator==(const Decision&, const Decision&) = default;
};

struct ReleaseRequest {
  ReleaseId id{};
  std::string user;  ///< who made the draft, and who alone decides about it
  Instant created{};
  ReleaseState state = ReleaseState::draft;
  /// Grows whenever the rows or the state change; a form carries the one that it shows.
  std::int64_t version = 1;
  Mode mode = Mode::real;
  Decision decision;
  friend bool operator==(const ReleaseRequest&, const ReleaseRequest&) = default;
};

/// An entry as it was when the draft showed it.
struct ShownEntry {
  EntryId id{};
  std::string account;
  List list = List::bounces;
  Entry entry;
  causes::Class causeClass = causes::Class::unspecified;
  std::string textKey;  ///< of causes::Cause
  std::string domain;
  std::string domainGroup;  ///< empty: none
  Advice advice = Advice::doNot;
  friend bool operator==(const ShownEntry&, const ShownEntry&) = default;
};

struct ReleaseItem {
  ItemId id{};
  ReleaseId release{};
  ShownEntry shown;
  /// When the mail after an earlier release of the address failed.
  std::optional<Instant> failedAgain;
  std::string assertedBy;  ///< who ticked the fact that the advice asks for; empty: nobody
  /// Once decided: whether it is part of the release; the others stay ticked.
  bool chosen = false;
  /// Whether it keeps others from releasing the same entry.
  bool claims = true;
  ItemProgress progress;
  FollowUp after;
  std::optional<Instant> followDue;  ///< when to look for later mail again; empty: not, or not any more
  friend bool operator==(const ReleaseItem&, const ReleaseItem&) = default;
};

}  // namespace arrivald::suppression
