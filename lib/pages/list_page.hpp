// ListPage: the addresses that get no mail in a period, to be ticked. Pure: plain data in, HTML out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pages/shell.hpp"

namespace arrivald::pages {

struct ListRow {
  std::string id;  ///< opaque; of the tick
  std::string address;
  std::string href;  ///< of its answer page
  std::string list;  ///< "bounces"
  std::string account;
  std::string side;                                           ///< "ours"
  std::string headline;                                       ///< the cause; empty: unknown
  std::string row;                                            ///< one sentence about it
  std::string todo;                                           ///< the next step
  std::string reply;                                          ///< verbatim
  enum class Source { rules, model } source = Source::rules;  ///< of the cause
  std::string advice;                                         ///< "safe"
  std::string lock;                                           ///< why this user cannot tick it; empty: a tick
  std::string claimed;                                        ///< who is checking it; empty: nobody
  enum class Tick { off, on } tick = Tick::off;
  Instant created{};  ///< 1970: not known
  std::optional<Instant> removed;
  enum class Effect { stopped, notStopped } effect = Effect::stopped;
  std::int64_t stoppedSends = 0;
};

/// A choice with the place that it leads to.
struct Choice {
  std::string label;
  std::string href;
  enum class State { other, current } state = State::other;
};

/// A drop-down list of the filters.
struct Filter {
  std::string name;  ///< of the parameter: "cause"
  struct Option {
    std::string value, label;
  };
  std::vector<Option> options;
  std::string chosen;
};

/// Whether all lists have been read. If not, a number is the least that there are, and 0 is unknown.
enum class Known { all, partly };

struct ListPage {
  Shell shell;
  Known known = Known::all;
  std::vector<std::string> notes;                   ///< of lists that are not to be read
  Date first{}, last{};                             ///< the resolved days, both included
  enum class Dated { yes, no } dated = Dated::yes;  ///< no: shown are those whose date cannot be read
  std::optional<Choice> undated;                    ///< leads to these, with their number
  std::vector<Choice> presets;
  std::optional<Message> whatFirst;
  struct Side {
    std::string side;
    std::int64_t count = 0;
    std::string href;
    Choice::State state = Choice::State::other;
  };
  std::vector<Side> sides;
  std::int64_t total = 0;
  std::int64_t firstRow = 0;             ///< the number of the first row, from 1
  std::optional<std::int64_t> previous;  ///< the total of the period before; nothing: unknown
  std::optional<Instant> crawled;        ///< when the lists were read last
  std::string csvHref, xlsxHref;
  std::string filtersHref;  ///< shows them; empty: they are shown
  std::vector<Filter> filters;
  std::string domain;  ///< the filter by domain; empty: none
  enum class Gone { hidden, shown } gone = Gone::hidden;
  std::vector<Choice> active;  ///< the filters in effect; a link removes one
  /// The query's other parameters, for the form of the dates and for that of the filters.
  std::vector<std::pair<std::string, std::string>> keptForPeriod, keptForFilter;
  std::vector<ListRow> rows;
  std::int64_t pageSize = 50;
  std::string firstPageHref;  ///< empty: this is the first page
  std::string nextPageHref;   ///< empty: this is the last page
  std::string sortHref;
  enum class Sort { created, stoppedSends } sort = Sort::created;
  enum class Ticks { none, allowed } ticks = Ticks::none;  ///< whether this user may release anything
  std::int64_t selected = 0;
  std::vector<std::pair<std::string, std::int64_t>> selectedByAdvice;
  std::string widerHref;  ///< of an empty page: a longer period
};

std::string render(const ListPage& page);

}  // namespace arrivald::pages
