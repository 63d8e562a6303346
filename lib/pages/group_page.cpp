#include "pages/group_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "pages/context.hpp"
#include "pages/template.hpp"

namespace arrivald::pages {
namespace {

using nlohmann::json;

std::int64_t sumOf(const SideCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::string sideKey(std::size_t side) { return fmt::format("side.{}", kSides.at(side)); }

// The chart's plane: bars stand on kBase and reach up to kTop.
constexpr double kLeft = 38, kRight = 556, kTop = 18, kBase = 147;

// The largest of 1, 2, 5, 10, 20, … that gives at least two marks.
std::int64_t stepBelow(std::int64_t highest) {
  std::int64_t step = 1;
  for (std::int64_t unit = 1; unit <= highest; unit *= 10)
    for (const std::int64_t factor : {1, 2, 5})
      if (2 * unit * factor <= highest) step = unit * factor;
  return step;
}

class DayChart {
 public:
  DayChart(const GroupPage& page, const Texts& texts, const Dates& dates)
      : page_(page), texts_(texts), dates_(dates) {
    for (const auto& day : page.days)
      if (sumOf(day.counts) > highest_) {
        highest_ = sumOf(day.counts);
        peak_ = day.date;
      }
    if (!page.days.empty()) pitch_ = (kRight - kLeft) / static_cast<double>(page.days.size());
  }

  void addTo(json& values) const {
    addMarks(values);
    addBars(values);
    values["chartLabel"] =
        texts_.text("group.chart.label", {{"date", dates_.day(peak_)}, {"n", numberText(highest_)}});
  }

 private:
  static std::string number(double value) { return fmt::format("{:.1f}", value); }
  double heightOf(std::int64_t count) const {
    return (kBase - kTop) * static_cast<double>(count) /
           static_cast<double>(std::max<std::int64_t>(highest_, 1));
  }
  void addMarks(json& values) const {
    values["marks"] = json::array();
    const auto step = stepBelow(highest_);
    for (auto mark = step; mark < highest_; mark += step) {
      const auto y = kBase - heightOf(mark);
      values["marks"].push_back({{"y", number(y)}, {"textY", number(y + 4)}, {"label", numberText(mark)}});
    }
  }
  void addBars(json& values) const {
    values["bars"] = json::array();
    values["dayMarks"] = json::array();
    // As many as a telephone has room for.
    const auto every = page_.days.size() > 16 ? 7U : page_.days.size() > 8 ? 4U : 2U;
    for (std::size_t i = 0; i < page_.days.size(); ++i) {
      const auto x = kLeft + pitch_ * static_cast<double>(i);
      const auto middle = number(x + pitch_ / 2);
      addBar(values, page_.days[i], x);
      // The last day has its date.
      if ((page_.days.size() - 1 - i) % every == 0)
        values["dayMarks"].push_back(
            {{"look", "day"}, {"x", middle}, {"y", "165"}, {"label", dates_.day(page_.days[i].date)}});
      if (highest_ > 0 && page_.days[i].date == peak_)
        values["dayMarks"].push_back(
            {{"look", "top"}, {"x", middle}, {"y", "12"}, {"label", numberText(highest_)}});
    }
  }
  void addBar(json& values, const GroupPage::Day& day, double x) const {
    auto y = kBase;
    // Ours on top, so that it is seen first.
    for (auto side = kSides.size(); side-- > 0;) {
      if (day.counts.at(side) == 0) continue;
      const auto height = heightOf(day.counts.at(side));
      y -= height;
      json bar = {{"x", number(x + pitch_ * 0.17)},
                  {"y", number(y)},
                  {"width", number(pitch_ * 0.66)},
                  {"height", number(std::max(1.0, height - 1))}};
      addLook(bar, sideKey(side));
      values["bars"].push_back(std::move(bar));
    }
  }

  const GroupPage& page_;
  const Texts& texts_;
  const Dates& dates_;
  std::int64_t highest_ = 0;
  Date peak_{};
  double pitch_ = 1;
};

void addDays(json& values, const GroupPage& page, const Texts& texts, const Dates& dates) {
  SideCounts sums{};
  for (const auto& day : page.days)
    for (std::size_t side = 0; side < sums.size(); ++side) sums.at(side) += day.counts.at(side);
  values["legend"] = json::array();
  for (std::size_t side = 0; side < sums.size(); ++side)
    if (sums.at(side) > 0) values["legend"].push_back(chipContext(texts, {sideKey(side), ""}));
  values["days"] = json::array();
  for (const auto& day : page.days) {
    json row = {{"day", dates.day(day.date)}, {"cells", json::array()}};
    for (std::size_t side = 0; side < sums.size(); ++side)
      if (sums.at(side) > 0) row["cells"].push_back({{"n", numberText(day.counts.at(side))}});
    values["days"].push_back(std::move(row));
  }
}

void addCauses(json& values, const GroupPage& page, const Texts& texts) {
  values["causes"] = json::array();
  const auto highest = page.causes.empty() ? 1 : std::max<std::int64_t>(1, page.causes.front().count);
  for (const auto& cause : page.causes) {
    json one = {{"label", cause.label},
                {"href", cause.href},
                {"count", texts.count("count", cause.count)},
                {"width", std::to_string(std::max<std::int64_t>(1, cause.count * 100 / highest))}};
    addLook(one, "side." + cause.side);
    values["causes"].push_back(std::move(one));
  }
}

}  // namespace

std::string render(const GroupsPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  const Dates dates(page.shell);
  auto values = shellContext(page.shell, texts.text("groups.title"), Script::desk);
  values["dates"] = texts.text(
      "groups.sub",
      {{"first", dates.longDay(page.first)}, {"last", dates.longDay(page.last)}, {"zone", dates.zone()}});
  values["heads"] = json::array();
  for (std::size_t side = 0; side < kSides.size(); ++side)
    values["heads"].push_back({{"label", texts.text(sideKey(side))}});
  values["rows"] = json::array();
  for (const auto& row : page.rows) {
    json one = {{"name", row.name}, {"href", row.href}, {"cells", json::array()}};
    for (std::size_t side = 0; side < kSides.size(); ++side)
      one["cells"].push_back(
          {{"label", texts.text(sideKey(side))}, {"value", numberText(row.counts.at(side))}});
    values["rows"].push_back(std::move(one));
  }
  values["empty"] = texts.text(page.known == Known::all ? "groups.empty" : "unread.groups");
  values["hasRows"] = !page.rows.empty();
  return renderTemplate("groups", page.shell.language, values);
}

std::string render(const GroupPage& page) {
  const auto& texts = Texts::of(page.shell.language);
  const Dates dates(page.shell);
  auto values = shellContext(page.shell, page.name, Script::desk);
  addLook(values, page.kind);
  values["name"] = page.name;
  values["dates"] = texts.text("group.count", {{"n", texts.count("count", page.total)},
                                               {"first", dates.longDay(page.first)},
                                               {"last", dates.longDay(page.last)},
                                               {"zone", dates.zone()}});
  values["options"] = json::array();
  for (const auto& option : page.groups)
    values["options"].push_back(
        {{"value", option.value}, {"label", option.label}, {"selected", option.value == page.chosen}});
  values["say"] = json::array();
  for (const auto& line : page.say) values["say"].push_back({{"line", line}});
  values["sub"] = page.sub;
  values["chips"] = json::array();
  for (const auto& chip : page.chips) values["chips"].push_back(chipContext(texts, chip));
  DayChart(page, texts, dates).addTo(values);
  addDays(values, page, texts, dates);
  addCauses(values, page, texts);
  values["it"] = page.itText;
  values["rowsHref"] = page.rowsHref;
  values["rowsLabel"] = texts.count("group.rows", page.total);
  return renderTemplate("group", page.shell.language, values);
}

}  // namespace arrivald::pages
