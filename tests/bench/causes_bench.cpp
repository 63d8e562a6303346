// How fast replies are explained, uncached, normalisation included: bench_causes [REPLIES.tsv]
// Without a file, the replies of tests/causes/replies.txt. The floor is a walk over the same bytes.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "causes/explain.hpp"

using namespace arrivald::causes;

namespace {

using Ticks = std::chrono::steady_clock;

std::vector<std::string> readReplies(const char* path) {
  std::ifstream in(path ? path : ARRIVALD_SOURCE_DIR "/tests/causes/replies.txt");
  std::vector<std::string> replies;
  std::size_t column = 2;
  const char separator = path ? '\t' : '|';
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, separator);) fields.push_back(field);
    if (path && replies.empty() && fields.size() > 1 && fields[0] == "id") {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields[i] == "reply_text") column = i;
      continue;
    }
    if (fields.size() > column) replies.push_back(fields[column]);
  }
  return replies;
}

}  // namespace

int main(int count, char** words) {
  const auto replies = readReplies(count > 1 ? words[1] : nullptr);
  if (replies.empty()) {
    fmt::print(stderr, "no replies found\n");
    return 1;
  }
  const auto begin = Ticks::now();
  const auto explainer = Explainer::make().value();
  const auto made = Ticks::now();
  fmt::print("made ready in {:.1f} ms ({} rules)\n",
             std::chrono::duration<double, std::milli>(made - begin).count(), explainer.rules().size());

  constexpr std::size_t kRounds = 60;
  std::vector<double> each;
  each.reserve(kRounds * replies.size());
  std::size_t bytes = 0;
  double confidence = 0;
  for (std::size_t round = 0; round < kRounds; ++round)
    for (const auto& text : replies) {
      Reply reply;
      reply.text = text;
      const auto start = Ticks::now();
      confidence += explainer.explain(reply).confidence;
      each.push_back(std::chrono::duration<double, std::micro>(Ticks::now() - start).count());
      bytes += text.size();
    }
  double total = 0;
  for (const double micros : each) total += micros;
  std::sort(each.begin(), each.end());
  const auto at = [&](double share) {
    return each[static_cast<std::size_t>(share * static_cast<double>(each.size() - 1))];
  };
  fmt::print(
      "{} replies, {:.0f} bytes each: {:.0f} replies/s on one core; median {:.2f} us, p99 {:.2f} us, worst "
      "{:.0f} us\n",
      each.size(), static_cast<double>(bytes) / static_cast<double>(each.size()),
      static_cast<double>(each.size()) / total * 1e6, at(0.5), at(0.99), each.back());

  const auto floorBegin = Ticks::now();
  unsigned long sum = 0;
  for (std::size_t round = 0; round < kRounds; ++round)
    for (const auto& text : replies)
      for (const char c : text) sum += static_cast<unsigned char>(c);
  const double floor = std::chrono::duration<double, std::micro>(Ticks::now() - floorBegin).count();
  fmt::print("times the floor (a walk over the bytes): {:.0f}\n", total / floor);

  std::string huge;
  while (huge.size() < 64 * 1024) huge += "550 mailbox full user unknown spam blocked quota ";
  Reply reply;
  reply.text = huge;
  const auto start = Ticks::now();
  for (int i = 0; i < 100; ++i) confidence += explainer.explain(reply).confidence;
  fmt::print("64 KiB of the rules' own words: {:.0f} us each\n",
             std::chrono::duration<double, std::micro>(Ticks::now() - start).count() / 100);
  return sum == 42 && confidence < 0 ? 1 : 0;
}
