// What locating costs for a town and at the bound, and how much memory a table takes.
#include <fmt/format.h>

#include <random>

#include "bench/measure.hpp"
#include "incidents/cross_table.hpp"
#include "incidents/follow.hpp"
#include "incidents/locate.hpp"

using namespace arrivald;
using namespace std::chrono_literals;

namespace {

constexpr Instant kNow{std::chrono::sys_days(std::chrono::year(2026) / 5 / 26)};

// Ten hours of mail, the last half hour with an incident at the first receiver.
incidents::CrossTable tableOf(int categories, int receivers, int perMinute) {
  std::mt19937 random(3);
  const auto draw = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); };
  std::vector<std::string> category, receiver;
  for (int i = 0; i < categories; ++i) category.push_back("category-" + std::to_string(i));
  for (int i = 0; i < receivers; ++i) receiver.push_back("receiver-" + std::to_string(i));
  incidents::CrossTable table(kNow - 10h);
  for (Instant at = kNow - 10h; at < kNow; at += 1min) {
    table.advance(at);
    for (int i = 0; i < perMinute; ++i) {
      const int c = draw(categories);
      const int g = draw(receivers);
      std::optional<incidents::Kind> kind;
      if (draw(100) == 0) kind = static_cast<incidents::Kind>(draw(12));
      if (at >= kNow - 30min && g == 0 && draw(3) == 0) kind = incidents::Kind::authentication;
      table.add(category[static_cast<std::size_t>(c)], receiver[static_cast<std::size_t>(g)], kind, at);
    }
  }
  return table;
}

void measure(const char* name, int categories, int receivers, int perMinute) {
  const auto before = bench::heapBytes();
  const incidents::CrossTable table = tableOf(categories, receivers, perMinute);
  const auto heap = static_cast<double>(bench::heapBytes() - before) / 1024;
  const incidents::Grids grids = table.shares(30min);
  const double locate = bench::milliseconds([&] {
    if (!incidents::locate(grids, incidents::Family::shares)) fmt::print("nothing was located\n");
  });
  const double grid = bench::milliseconds([&] { static_cast<void>(table.shares(30min)); });
  rules::Alert alert;
  alert.key = {"delivery-rate", {"town", delivery::Dimension::account, ""}};
  alert.state = rules::AlertState::firing;
  alert.lastBad = alert.beganAt = kNow;
  alert.evidence =
      rules::RateEvidence{.mails = {30, 300}, .threshold = rules::BadShare(.02), .window = 10min};
  const std::vector alerts{alert};
  const incidents::AccountMail mail[]{{"town", &table}};
  const incidents::Followed opened = incidents::follow({}, alerts, mail, kNow).state;
  const double look =
      bench::milliseconds([&] { static_cast<void>(incidents::follow(opened, alerts, mail, kNow)); });
  fmt::print("{:<28} {:>6} cells {:>9.3f} ms {:>9.3f} ms {:>9.3f} ms {:>8.0f} KB\n", name, table.cells(),
             grid, locate, look, heap);
}

}  // namespace

int main() {
  fmt::print("{:<28} {:>12} {:>12} {:>12} {:>12} {:>11}\n", "", "", "grid", "locate", "whole look", "memory");
  measure("town: 7 x 9, 20 a minute", 7, 9, 20);
  measure("100 x 60, 500 a minute", 100, 60, 500);
  measure("100 x 60, 5,000 a minute", 100, 60, 5000);
  return 0;
}
