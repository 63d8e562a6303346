#include "simulator/people.hpp"

#include <fmt/format.h>

#include <array>

namespace arrivald::simulator {
namespace {

constexpr std::array<std::string_view, 128> kFamilies = {
    "sato",      "suzuki",    "takahashi", "tanaka",    "ito",       "watanabe",  "yamamoto",  "nakamura",
    "kobayashi", "kato",      "yoshida",   "yamada",    "sasaki",    "yamaguchi", "matsumoto", "inoue",
    "kimura",    "hayashi",   "shimizu",   "yamazaki",  "mori",      "abe",       "ikeda",     "hashimoto",
    "ishikawa",  "yamashita", "ogawa",     "ishii",     "hasegawa",  "goto",      "okada",     "kondo",
    "maeda",     "fujita",    "endo",      "aoki",      "sakamoto",  "murakami",  "ota",       "kaneko",
    "fujii",     "fukuda",    "nishimura", "miura",     "takeuchi",  "nakagawa",  "okamoto",   "matsuda",
    "harada",    "nakano",    "ono",       "tamura",    "fujiwara",  "nakayama",  "ishida",    "kojima",
    "wada",      "morita",    "uchida",    "shibata",   "sakai",     "hara",      "takagi",    "yokoyama",
    "ando",      "miyazaki",  "ueda",      "shimada",   "kudo",      "miyamoto",  "sugiyama",  "imai",
    "maruyama",  "masuda",    "takada",    "murata",    "hirano",    "otsuka",    "sugawara",  "takeda",
    "arai",      "koyama",    "noguchi",   "sakurai",   "chiba",     "iwasaki",   "sano",      "taniguchi",
    "ueno",      "matsui",    "kono",      "kubo",      "nomura",    "kikuchi",   "matsuo",    "sugimoto",
    "furukawa",  "oyama",     "hamada",    "ichikawa",  "kinoshita", "mizuno",    "nakajima",  "nagai",
    "komatsu",   "shimomura", "hirata",    "kawaguchi", "iwata",     "kawamura",  "nakanishi", "kitamura",
    "adachi",    "yasuda",    "igarashi",  "asano",     "onishi",    "tsuchiya",  "higuchi",   "naito",
    "fukushima", "ohashi",    "honda",     "yano",      "nagata",    "tsuji",     "kawasaki",  "minami"};

constexpr std::array<std::string_view, 128> kGiven = {
    "taro",     "hanako",  "yuki",    "kenji",   "keiko",   "hiroshi", "yoko",     "takashi",  "akiko",
    "satoshi",  "tomoko",  "makoto",  "yumi",    "kazuya",  "naomi",   "daisuke",  "mayumi",   "kenta",
    "emi",      "shota",   "aya",     "ryota",   "miho",    "naoki",   "kaori",    "tsubasa",  "asuka",
    "yusuke",   "ai",      "kouji",   "eri",     "masashi", "haruka",  "shinji",   "misaki",   "tetsuya",
    "nanami",   "manabu",  "chie",    "hideki",  "rie",     "atsushi", "junko",    "osamu",    "kumiko",
    "minoru",   "noriko",  "susumu",  "sachiko", "isamu",   "michiko", "tsutomu",  "kazuko",   "noboru",
    "fumiko",   "kiyoshi", "mitsuko", "shigeru", "setsuko", "isao",    "chiyoko",  "tadashi",  "hisako",
    "masaru",   "ren",     "sakura",  "haruto",  "himari",  "sota",    "hina",     "minato",   "rin",
    "yuto",     "mei",     "riku",    "koharu",  "asahi",   "yui",     "aoi",      "tsumugi",  "itsuki",
    "akari",    "hinata",  "sana",    "kaito",   "ichika",  "ryusei",  "honoka",   "takumi",   "mio",
    "hayato",   "rio",     "shun",    "yuna",    "kota",    "moe",     "tatsuya",  "mai",      "ryo",
    "saori",    "kohei",   "ayumi",   "yuya",    "megumi",  "takuya",  "yuko",     "hiroki",   "kana",
    "masaki",   "chihiro", "jun",     "natsuki", "akira",   "mika",    "hiroyuki", "maki",     "kazuhiro",
    "yukari",   "toshio",  "reiko",   "yoshiko", "kazuo",   "michio",  "etsuko",   "tomohiro", "shizuka",
    "yasuhiro", "miyuki"};

// An odd factor is a permutation of the remainders by a power of two.
constexpr std::uint64_t kStride = 0x5A7D3;

std::string suffixOf(std::uint64_t name, std::uint64_t lot) {
  if (lot == 0) return "";
  const auto number = (scatter(name) + lot) % 64;
  return number < 40 ? fmt::format("{:02}", 60 + number)
                     : fmt::format("{:02}{:02}", 1 + number % 12, number - 36);
}

}  // namespace

std::uint64_t scatter(std::uint64_t number) {
  number = (number + 1) * 0x9E3779B97F4A7C15ULL;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9ULL;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBULL;
  return number ^ (number >> 31);
}

std::string personAt(std::uint64_t number, std::string_view domain) {
  const auto name = number % kPeople * kStride % kPeople;
  const auto suffix = suffixOf(name, number / kPeople);
  const auto family = kFamilies.at(name % 128);
  const auto givenAt = name / 128 % 128;
  const auto given = kGiven.at(givenAt);
  const bool isOffice = domain.ends_with(".lg.jp");
  // Of people with the same initial, the number tells which.
  const auto which = givenAt + 1;
  switch (name / (128 * 128)) {
    case 0:
      return fmt::format("{}.{}{}@{}", family, given, suffix, domain);
    case 1:
      return fmt::format("{}{}{}{}@{}", given, isOffice ? "-" : ".", family, suffix, domain);
    case 2:
      return fmt::format("{}-{}{}@{}", family, given, suffix, domain);
    case 3:
      return fmt::format("{}_{}{}@{}", given, family, suffix, domain);
    case 4:
      return fmt::format("{}{}{}{}@{}", family, isOffice ? "_" : "", given, suffix, domain);
    case 5:
      return isOffice ? fmt::format("{}-{}{}{}@{}", given.front(), family, which, suffix, domain)
                      : fmt::format("{}{}{}@{}", given, family, suffix, domain);
    case 6:
      return fmt::format("{}.{}{}{}@{}", given.front(), family, which, suffix, domain);
    default:
      return fmt::format("{}{}{}{}@{}", family, isOffice ? "-" : ".", given.front(),
                         std::to_string(which) + suffix, domain);
  }
}

}  // namespace arrivald::simulator
