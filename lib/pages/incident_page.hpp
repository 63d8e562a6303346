// IncidentPage: one incident, as the page at "/incident/N". Pure: plain data in, HTML out. Its words are
// those of its notifications.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "base/time_zone.hpp"
#include "pages/status_page.hpp"

namespace arrivald::pages {

struct IncidentPage {
  Language language = Language::japanese;
  TimeZone zone;
  Instant now{};
  std::string version;
  std::string deskUrl;  ///< of the desk; empty: none is configured

  std::int64_t number = 0;
  std::string account;
  Weight weight = Weight::info;
  std::string state;     ///< as text: "critical", "resolved"
  std::string headline;  ///< what, where, how bad
  std::string sentence;  ///< since when, how many of how many, other mail
  Instant since{};
  std::optional<Instant> until;
  std::string next, side;                 ///< empty: nothing is to be done, or not known
  std::string acknowledged;               ///< by whom, until when and why, as text; empty: by nobody
  std::string silenced = {};              ///< until when, by whom and why, as text; empty: it is not
  std::vector<std::string> replies = {};  ///< as received, addresses masked

  /// Of the course: mail of one span.
  struct Span {
    Instant begin{};
    std::int64_t mails = 0, bad = 0;
  };
  std::vector<Span> course;  ///< oldest first, adjoining
  Duration each{0};          ///< how long a span is
  enum class Bad { failed, late } bad = Bad::failed;
  struct Part {
    std::string name;
    std::int64_t mails = 0, bad = 0;
  };
  std::vector<Part> categories, receivers;  ///< since it began, worst first
  /// An alert that the incident explains.
  struct Member {
    std::string rule;
    std::string subject, value;  ///< as text
    std::optional<Instant> since;
  };
  std::vector<Member> members;
  /// A notification of it.
  struct Message {
    Instant at{};
    std::string channel;
    std::string text;   ///< badge and title
    std::string state;  ///< as text: "delivered", "waits"
  };
  std::vector<Message> messages;  ///< newest first
  struct Link {
    std::string label, href;
  };
  std::vector<Link> links;  ///< to the desk and the like
  /// What to enter in a shell for more: `arrivald trace` and the like.
  struct Command {
    std::string label, line;
  };
  std::vector<Command> commands;
};

/// A complete HTML document without scripts; all text is escaped. Browsers reload it every 30 seconds while
/// the incident is open.
std::string render(const IncidentPage& page);

/// What is shown for a number that is no incident's: of trouble of arrivald's own, or of nothing.
struct OtherNumberPage {
  Language language = Language::japanese;
  TimeZone zone;
  Instant now{};
  std::string version, deskUrl;
  std::int64_t number = 0;
  /// Trouble of arrivald's own, in the words in which it was notified.
  struct OwnTrouble {
    bool isOver = false;
    std::string title, sentence;
    std::string next;  ///< empty once it is over
    struct Note {
      std::string label, text;
    };
    std::vector<Note> notes;
  };
  std::optional<OwnTrouble> trouble = {};
};
std::string render(const OtherNumberPage& page);

}  // namespace arrivald::pages
