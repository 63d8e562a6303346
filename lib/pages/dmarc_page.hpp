// DmarcPage: who sends mail as a domain, and whether it may be enforced; DmarcIndex: all domains. Pure: plain
// data in, HTML out. All texts are of the page's language already.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "base/time_zone.hpp"

namespace arrivald::pages {

/// What both pages have.
struct DmarcFrame {
  Language language = Language::japanese;
  TimeZone zone;
  Instant now{};
  std::string version;
  std::string deskUrl;  ///< empty: none is configured
};

enum class DmarcMood : std::uint8_t { good, warning, bad, unknown };

/// An input that is not counted.
struct DmarcRefusedRow {
  Instant at{};
  std::string via, name, why;
};

struct DmarcIndex {
  DmarcFrame frame;
  bool configured = true;
  struct Row {
    std::string domain, outlook;
    DmarcMood mood = DmarcMood::unknown;
    std::string messages, own, pass, policy;  ///< as text
  };
  std::vector<Row> rows;
  std::vector<DmarcRefusedRow> refused;
  std::vector<std::string> intake;  ///< how reports come in
  bool intakeFails = false;
};

struct DmarcPage {
  DmarcFrame frame;
  std::string domain;
  DmarcMood mood = DmarcMood::unknown;
  std::string outlook, first, stake;  ///< `first`: what to do first; empty: nothing
  struct Fact {
    std::string label, value;
  };
  std::vector<Fact> facts;
  enum class Mark : std::uint8_t { met, unmet, unknown, byHand };
  struct Item {
    Mark mark = Mark::unknown;
    std::string text, advice;
  };
  struct Checklist {
    std::string title;
    std::vector<Item> items;
  };
  std::vector<Checklist> checklists;
  Checklist dns;  ///< what the domain name system says; without items: it is not asked
  int days = 28;
  struct Day {
    std::string label;
    bool open = false;                       ///< reports about it are still coming
    std::array<std::uint64_t, 4> passed{};   ///< by DKIM and SPF, DKIM only, SPF only, failed
    std::array<std::uint64_t, 6> origins{};  ///< in the order of dmarc::Origin
  };
  std::vector<Day> bars;
  std::array<std::string, 6> originNames;
  struct Source {
    std::string name, origin, evidence, causes, networks;
    DmarcMood mood = DmarcMood::unknown;
    std::string messages, pass, dkim, spf, treated, seen;
  };
  std::vector<Source> sources;
  struct Reporter {
    std::string name, lastDay, messages, failed;
  };
  std::vector<Reporter> reporters;
};

std::string render(const DmarcIndex& page);
std::string render(const DmarcPage& page);

}  // namespace arrivald::pages
