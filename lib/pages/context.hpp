// context: what the templates of several pages name, as JSON. For the renderers in this folder only.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "pages/shell.hpp"
#include "pages/texts.hpp"

namespace arrivald::pages {

enum class Script { none, desk };

/// The values of the shell. `title` stands in the window; it names no address. A message with errors begins
/// it with "Error:".
nlohmann::json shellContext(const Shell& shell, const std::string& title, Script script);

nlohmann::json chipContext(const Texts& texts, const Chip& chip);
/// `tone` and `icon` of a kind of chip, and `look`, the classes of a chip with both.
void addLook(nlohmann::json& values, std::string_view kind);
/// `local` and `domain`, the latter with its "@", so that a line may break between them.
void addAddress(nlohmann::json& values, std::string_view address);

/// Times in the zone of a shell, in its language.
class Dates {
 public:
  explicit Dates(const Shell& shell) : shell_(shell), texts_(Texts::of(shell.language)) {}
  /// "11/25", "Nov 25"; with the year if it is another one.
  std::string day(Date date) const;
  std::string day(Instant at) const { return day(shell_.zone.dateOf(at)); }
  /// "11月25日(水)".
  std::string longDay(Date date) const;
  /// "11/25 14:02"; "今日 14:02".
  std::string time(Instant at) const;
  std::string exactTime(Instant at) const;  ///< with seconds
  /// "38分前"
  std::string ago(Instant at) const;
  /// "38分"
  std::string span(Duration span) const;
  std::string zone() const;

 private:
  std::string clock(Instant at, std::size_t digits) const;
  const Shell& shell_;
  const Texts& texts_;
};

/// `iso` and `time`.
void addTime(nlohmann::json& values, const Dates& dates, Instant at);

/// A reply for the page: at most 4 KiB, cut between characters, with "…" where it was cut.
std::string shownReply(std::string_view reply);

}  // namespace arrivald::pages
