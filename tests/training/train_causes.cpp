// Trains the linear model of lib/causes on labelled replies and measures it on replies that it did not see.
//   train_causes MODEL.txt REPLIES.tsv… [--measure-only] [--errors] [--try OTHER.tsv]
// With --try the model learns from the replies and is also measured on those of another file.
// Full-batch gradient descent in a fixed order without randomness: the same data gives the same file.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "causes/decide.hpp"
#include "causes/evidence.hpp"
#include "causes/explain.hpp"
#include "causes/features.hpp"

using namespace arrivald::causes;

namespace {

constexpr std::size_t kN = kClasses.size();
constexpr int kRounds = 500;
constexpr double kRidge = 0.35;     // strength of the L2 penalty, chosen by cross-validation
constexpr double kAlternate = 0.3;  // share of the label that accepted alternates get
// Each reply is learnt twice, the second time as if no rule knew it: of replies from elsewhere the rules know
// less than of these, and the words have to stand in.
constexpr double kWithoutRules = 0.6;

struct Row {
  std::string id, text, status, domain, host, stage, group, source, provider;
  Class gold = Class::unspecified;
  std::set<Class> accepted;
  Normalised normalised;
  std::vector<Matched> matched;
  std::vector<std::pair<std::string, float>> features;
};

// One line of the file: fields between tabs, a backslash takes the next character as it is.
std::vector<std::string> readFields(std::istream& in, bool& any) {
  std::vector<std::string> fields(1);
  any = false;
  for (int c; (c = in.get()) != EOF;) {
    any = true;
    if (c == '\\') {
      if ((c = in.get()) != EOF) fields.back() += static_cast<char>(c);
    } else if (c == '\t') {
      fields.emplace_back();
    } else if (c == '\n') {
      return fields;
    } else if (c != '\r') {
      fields.back() += static_cast<char>(c);
    }
  }
  return fields;
}

std::vector<Row> readRows(const char* path) {
  std::ifstream in(path);
  bool any = false;
  const auto header = readFields(in, any);
  std::vector<Row> rows;
  while (true) {
    const auto fields = readFields(in, any);
    if (!any) return rows;
    std::map<std::string, std::string> by;
    for (std::size_t i = 0; i < header.size() && i < fields.size(); ++i) by[header[i]] = fields[i];
    Row row{by["id"],
            by["reply_text"],
            by["status"],
            by["recipient_domain"],
            by["remote_host"],
            by["smtp_stage"],
            by["near_dup_group"],
            by["source"],
            by["provider"],
            {},
            {},
            {},
            {},
            {}};
    const auto gold = classNamed(by["gold"]);
    if (!gold) continue;
    row.gold = *gold;
    row.accepted.insert(*gold);
    for (const char letter : by["gold_alts"])
      if (const auto c = classOf(letter)) row.accepted.insert(*c);
    rows.push_back(std::move(row));
  }
}

using Weights = std::map<std::string, std::array<double, kN>>;

struct Trained {
  std::array<double, kN> bias{};
  Weights weights;
};

std::array<double, kN> probabilities(const Trained& model, const Row& row) {
  std::array<double, kN> score = model.bias;
  for (const auto& [name, value] : row.features) {
    const auto found = model.weights.find(name);
    if (found == model.weights.end()) continue;
    for (std::size_t c = 0; c < kN; ++c) score[c] += value * found->second[c];
  }
  const double highest = *std::max_element(score.begin(), score.end());
  double sum = 0;
  for (auto& s : score) sum += s = std::exp(s - highest);
  for (auto& s : score) s /= sum;
  return score;
}

bool fromRules(const std::string& feature) { return feature[0] == 'R' || feature[0] == '1'; }

Trained train(const std::vector<const Row*>& rows) {
  // A feature of one group of near duplicates says nothing about others.
  std::map<std::string, std::set<std::string>> groups;
  for (const auto* row : rows)
    for (const auto& [name, value] : row->features) groups[name].insert(row->group);
  std::map<std::string, int> index;
  for (const auto& [name, in] : groups)
    if (in.size() >= 2) index.emplace(name, static_cast<int>(index.size()));
  const std::size_t size = index.size() + 1;  // the last is the bias
  const std::size_t examples = 2 * rows.size();
  std::vector<std::vector<std::pair<int, float>>> sparse(examples);
  std::vector<std::array<double, kN>> target(rows.size());
  std::array<double, kN> count{};
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const auto& [name, value] : rows[r]->features)
      if (const auto found = index.find(name); found != index.end()) {
        sparse[2 * r].push_back({found->second, value});
        if (!fromRules(name)) sparse[2 * r + 1].push_back({found->second, value});
      }
    for (std::size_t copy = 0; copy < 2; ++copy)
      sparse[2 * r + copy].push_back({static_cast<int>(size - 1), 1.0F});
    if (const auto none = index.find("R none"); none != index.end())
      sparse[2 * r + 1].push_back({none->second, 1.0F});
    const double others = rows[r]->accepted.size() > 1 ? kAlternate : 0;
    for (const auto c : rows[r]->accepted)
      target[r][static_cast<std::size_t>(c)] =
          c == rows[r]->gold ? 1 - others : others / static_cast<double>(rows[r]->accepted.size() - 1);
    count[static_cast<std::size_t>(rows[r]->gold)] += 1;
  }
  // Rare classes count somewhat more, so that none is forgotten.
  std::vector<double> importance(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r)
    importance[r] = std::pow(static_cast<double>(rows.size()) /
                                 (kN * std::max(1.0, count[static_cast<std::size_t>(rows[r]->gold)])),
                             0.3);

  std::vector<std::array<double, kN>> weight(size), gradient(size), squares(size);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t f = 0; f < size; ++f)
      for (std::size_t c = 0; c < kN; ++c) gradient[f][c] = f + 1 == size ? 0 : kRidge * weight[f][c];
    for (std::size_t e = 0; e < examples; ++e) {
      const auto r = e / 2;
      const double counts = importance[r] * (e % 2 == 0 ? 1.0 : kWithoutRules);
      std::array<double, kN> score{};
      for (const auto& [f, value] : sparse[e])
        for (std::size_t c = 0; c < kN; ++c) score[c] += value * weight[static_cast<std::size_t>(f)][c];
      const double highest = *std::max_element(score.begin(), score.end());
      double sum = 0;
      for (auto& s : score) sum += s = std::exp(s - highest);
      for (std::size_t c = 0; c < kN; ++c) score[c] = counts * (score[c] / sum - target[r][c]);
      for (const auto& [f, value] : sparse[e])
        for (std::size_t c = 0; c < kN; ++c) gradient[static_cast<std::size_t>(f)][c] += value * score[c];
    }
    const double rate = 0.5 * (1.0 - 0.9 * round / kRounds);
    for (std::size_t f = 0; f < size; ++f)
      for (std::size_t c = 0; c < kN; ++c) {
        squares[f][c] = 0.98 * squares[f][c] + gradient[f][c] * gradient[f][c];
        weight[f][c] -= rate * gradient[f][c] / (std::sqrt(squares[f][c]) + 1e-3);
      }
  }
  Trained trained;
  trained.bias = weight[size - 1];
  for (const auto& [name, f] : index) trained.weights[name] = weight[static_cast<std::size_t>(f)];
  return trained;
}

struct Measured {
  int rows = 0, right = 0, verdict = 0, falseDead = 0, dead = 0, missedDead = 0, unspecified = 0;
  std::map<char, std::pair<int, int>> recall;
  void add(const Row& row, Class said) {
    ++rows;
    const bool hit = row.accepted.count(said) != 0;
    right += hit;
    std::set<Verdict> verdicts;
    for (const auto c : row.accepted) verdicts.insert(verdictOf(c));
    verdict += verdicts.count(verdictOf(said)) != 0;
    falseDead += verdictOf(said) == Verdict::dead && verdicts.count(Verdict::dead) == 0;
    if (verdictOf(row.gold) == Verdict::dead && row.accepted.size() == 1) {
      ++dead;
      missedDead += verdictOf(said) != Verdict::dead;
    }
    unspecified += said == Class::unspecified;
    auto& [good, all] = recall[letter(row.gold)];
    good += hit;
    ++all;
  }
  void print(const char* name) const {
    const auto share = [&](int n, int of) { return of == 0 ? 0.0 : static_cast<double>(n) / of; };
    fmt::print(
        "{:<28} n={} accuracy={:.3f} verdict={:.3f} false_dead={:.4f} missed_dead={:.3f} "
        "unspecified={:.3f}\n   recall",
        name, rows, share(right, rows), share(verdict, rows), share(falseDead, rows), share(missedDead, dead),
        share(unspecified, rows));
    for (const auto& [letter, counts] : recall)
      fmt::print(" {}={:.2f}({})", letter, share(counts.first, counts.second), counts.second);
    fmt::print("\n");
  }
};

Decision predict(const Trained& model, const Row& row) {
  Model::Scores chance;
  const auto p = probabilities(model, row);
  for (std::size_t c = 0; c < kN; ++c) chance[c] = static_cast<float>(p[c]);
  return decide(row.normalised, row.matched, chance);
}

void write(const Trained& trained, const char* path) {
  double highest = 0;
  for (const auto& [name, weights] : trained.weights)
    for (const double w : weights) highest = std::max(highest, std::abs(w));
  const int scale = static_cast<int>(std::ceil(highest / 127 * 1e6));
  std::ofstream out(path);
  const auto quantised = [&](double w) { return std::lround(w * 1e6 / scale); };
  out << "# Weights of the linear model; made by tests/training/train, not by hand.\n";
  out << "scale " << scale << "\nbias";
  for (const double w : trained.bias) out << ' ' << quantised(w);
  out << '\n';
  for (const auto& [name, weights] : trained.weights) {
    bool any = false;
    std::string line;
    for (const double w : weights) {
      any = any || std::abs(quantised(w)) >= 3;
      line += ' ' + std::to_string(quantised(w));
    }
    if (any) out << name << '\t' << line.substr(1) << '\n';
  }
}

std::uint32_t spread(const std::string& text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash ^ (hash >> 15);
}

// Reads a file, and examines each reply as the program does.
bool load(const char* path, const Rulebook& book, std::vector<Row>& rows) {
  auto read = readRows(path);
  if (read.empty())
    std::fprintf(stderr,
                 "%s: no labelled replies found; expected a TSV file with the columns reply_text and gold\n",
                 path);
  const bool any = !read.empty();
  for (auto& row : read) {
    Reply reply;
    reply.text = row.text;
    reply.status = row.status;
    reply.recipientDomain = row.domain;
    reply.remoteHost = row.host;
    reply.stage = stageNamed(row.stage);
    Evidence evidence;
    examine(reply, book, evidence);
    forEachFeature(evidence.normalised, evidence.environment(), evidence.matched,
                   [&](char kind, std::string_view value, float weight) {
                     row.features.emplace_back(std::string(1, kind) + " " + std::string(value), weight);
                   });
    row.normalised = std::move(evidence.normalised);
    row.matched = std::move(evidence.matched);
    rows.push_back(std::move(row));
  }
  return any;
}

// How often answers of each confidence are right: what the floor and the rules' confidences are set by.
struct Calibration {
  std::map<int, std::pair<int, int>> bins;
  void add(const Row& row, const Decision& said) {
    auto& [good, all] = bins[std::min(9, static_cast<int>(said.confidence * 10))];
    good += row.accepted.count(said.perhaps.value_or(said.causeClass)) != 0;
    ++all;
  }
  void print() const {
    fmt::print("   right by confidence, the answer below the floor being the guess:");
    for (const auto& [bin, counts] : bins)
      fmt::print(" .{}={:.2f}({})", bin, static_cast<double>(counts.first) / counts.second, counts.second);
    fmt::print("\n");
  }
};

void printError(const Row& row, const Decision& said) {
  std::string hits;
  for (const auto& m : row.matched)
    hits += fmt::format(" {}{}:{}", letter(m.rule->causeClass),
                        m.rule->weight >= Weight::certain ? "!"
                        : m.rule->weight == Weight::weak  ? "?"
                                                          : "",
                        m.rule->id);
  fmt::print("ERR {} gold {} said {}{} {:.2f} [{}] {} |{}|{}\n", row.id, letter(row.gold),
             letter(said.causeClass), said.perhaps ? fmt::format("({})", letter(*said.perhaps)) : "",
             said.confidence, hits, row.status, row.provider, row.normalised.words.substr(0, 300));
}

enum class Show { numbers, errors };

void measure(const Trained& model, const std::vector<const Row*>& held, Show show, Measured& all,
             Measured& words, Calibration& calibration) {
  for (const auto* row : held) {
    const auto said = predict(model, *row);
    all.add(*row, said.causeClass);
    calibration.add(*row, said);
    Row bare = *row;
    bare.matched.clear();
    std::erase_if(bare.features, [](const auto& feature) { return fromRules(feature.first); });
    bare.features.emplace_back("R none", 1.0F);
    const auto chance = probabilities(model, bare);
    words.add(
        *row,
        kClasses[static_cast<std::size_t>(std::max_element(chance.begin(), chance.end()) - chance.begin())]);
    if (show == Show::errors && row->accepted.count(said.causeClass) == 0) printError(*row, said);
  }
}

template <class FoldOf>
void crossValidate(const char* name, const std::vector<Row>& rows, const FoldOf& foldOf, Show show) {
  std::map<std::string, std::vector<const Row*>> folds;
  for (const auto& row : rows) folds[foldOf(row)].push_back(&row);
  Measured all, words;
  Calibration calibration;
  for (const auto& [fold, held] : folds) {
    std::vector<const Row*> rest;
    for (const auto& row : rows)
      if (foldOf(row) != fold) rest.push_back(&row);
    measure(train(rest), held, show, all, words, calibration);
  }
  all.print(name);
  calibration.print();
  words.print("   words alone, no rules");
}

struct Arguments {
  const char* model = nullptr;
  std::vector<const char*> replies;
  const char* other = nullptr;
  bool measureOnly = false;
  Show show = Show::numbers;
};

Arguments parse(int count, char** given) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = given[i];
    if (word == "--measure-only")
      arguments.measureOnly = true;
    else if (word == "--errors")
      arguments.show = Show::errors;
    else if (word == "--try" && i + 1 < count)
      arguments.other = given[++i];
    else if (!arguments.model)
      arguments.model = given[i];
    else
      arguments.replies.push_back(given[i]);
  }
  return arguments;
}

}  // namespace

int main(int count, char** given) {
  const auto arguments = parse(count, given);
  if (arguments.replies.empty()) {
    std::fprintf(
        stderr,
        "usage: train_causes MODEL.txt REPLIES.tsv... [--measure-only] [--errors] [--try OTHER.tsv]\n");
    return 2;
  }
  auto compiled = Rulebook::compile(builtInRules());
  if (!compiled) {
    std::fprintf(stderr, "%s\n", compiled.error().text.c_str());
    return 1;
  }
  std::vector<Row> rows, others;
  for (const auto* path : arguments.replies)
    if (!load(path, *compiled, rows)) return 1;
  std::vector<const Row*> all;
  for (const auto& row : rows) all.push_back(&row);

  if (arguments.other) {
    if (!load(arguments.other, *compiled, others)) return 1;
    std::vector<const Row*> held;
    for (const auto& row : others) held.push_back(&row);
    Measured measured, words;
    Calibration calibration;
    measure(train(all), held, arguments.show, measured, words, calibration);
    measured.print(arguments.other);
    calibration.print();
    return 0;
  }
  Measured rulesOnly;
  for (const auto& row : rows)
    rulesOnly.add(row, row.matched.empty() ? Class::unspecified : row.matched.front().rule->causeClass);
  rulesOnly.print("first rule only");
  crossValidate(
      "10 folds by near duplicates", rows,
      [](const Row& row) { return std::to_string(spread(row.group) % 10); }, Show::numbers);
  crossValidate("each source left out", rows, [](const Row& row) { return row.source; }, arguments.show);
  if (!arguments.measureOnly) write(train(all), arguments.model);
  return 0;
}
