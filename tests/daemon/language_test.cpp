// One rule for the language of all commands: --lang, else the configuration, else the environment.
#include "daemon/language.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "config/fixture.hpp"
#include "daemon/ask.hpp"
#include "daemon/check.hpp"
#include "notify/catalogue.hpp"
#include "support/paths.hpp"
#include "support/temp_store.hpp"

using namespace arrivald;
using namespace arrivald::testing;
using Catch::Contains;

namespace {

struct Fixture {
  config::Environment environment() const {
    auto environment = config::Environment::ofProcess();
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return environment;
  }
  std::string write(const std::string& yaml) const {
    const auto path = folder.folder() + "/arrivald.yaml";
    std::ofstream(path) << yaml;
    return path;
  }

  TempStore folder;
  std::map<std::string, std::string> variables;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the language is that of --lang, else of the configuration, else of the locale") {
  const auto of = [&](std::optional<Language> chosen, const std::string& path) {
    return commandLanguage(chosen, path, environment()) == Language::japanese ? "ja" : "en";
  };
  const auto english = write("language: en\nlisten: {port: 9465}\n");
  variables["LANG"] = "ja_JP.UTF-8";
  CHECK(of(Language::japanese, english) == std::string("ja"));
  CHECK(of({}, english) == std::string("en"));
  CHECK(of({}, folder.folder() + "/nothing.yaml") == std::string("ja"));
  variables["LC_ALL"] = "C.UTF-8";
  CHECK(of({}, folder.folder() + "/nothing.yaml") == std::string("en"));
  variables.clear();
  CHECK(of({}, folder.folder() + "/nothing.yaml") == std::string("en"));
  CHECK(of({}, write("listen: {port: 9465}\n")) == std::string("ja"));  // the configuration's default
}

TEST_CASE_METHOD(Fixture, "check answers in the configuration's language, warnings and remedies included") {
  variables["KEY"] = "SG.key";
  variables["HOOK"] = "https://hooks.slack.com/services/T/B/secret-hook";
  CheckOptions options;
  options.config = write(
      "time_zone: Asia/Tokyo\naccounts: [{key: {environment: KEY}}]\n"
      "channels: [{name: ops, webhook: {environment: HOOK}}]\n"
      "routes: [{severity: critical, channels: [ops]}]\nlisten: {port: 0}\nstore: {path: " +
      folder.folder() + "/a.db}\n");
  CheckEnvironment surroundings;
  surroundings.environment = environment();
  surroundings.unitFolders = {folder.folder()};
  const auto output = checkOutput(options, surroundings);
  CAPTURE(output.err);
  CHECK(output.exit == kExitOk);
  CHECK_THAT(output.out, Contains("時刻は Asia/Tokyo") && Contains("統計 (statistics)") &&
                             Contains("1分ごと") && Contains("通知先 ops") && Contains("届く先: ") &&
                             Contains("集計する期間: 5分"));
  CHECK_THAT(output.err, Contains("種類のアラートは誰にも届きません"));
}

TEST_CASE_METHOD(Fixture, "where nobody answers, the remedy is in the configuration's language") {
  const auto env = environment();
  StatusOptions options;
  options.config = write("listen: {port: 1}\n");
  const auto output = statusOutput(options, env);
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err, Contains("arrivald が応答しません") && Contains("を見てください"));
  options.config = write("language: en\nlisten: {port: 1}\n");
  CHECK_THAT(statusOutput(options, env).err, Contains("arrivald does not answer"));
  options.config = folder.folder() + "/nothing.yaml";
  variables["LANG"] = "ja_JP.UTF-8";
  CHECK_THAT(statusOutput(options, environment()).err, Contains("問い合わせていません"));
}

TEST_CASE_METHOD(Fixture, "--lang goes before the configuration, whoever answers") {
  StatusOptions status;
  status.config = write("listen: {port: 1}\n");
  status.language = Language::english;
  CHECK_THAT(statusOutput(status, environment()).err,
             Contains("arrivald does not answer: 127.0.0.1:1: no connection (Connection refused)"));
  TestAlertOptions test;
  test.config = write("language: en\nlisten: {port: 1}\n");
  test.language = Language::japanese;
  CHECK_THAT(testAlertOutput(test, environment()).err, Contains("接続できません(接続を拒否された)"));
}

TEST_CASE_METHOD(Fixture, "mistakes in the YAML are told in the language of the command") {
  CheckOptions options;
  options.config = write("accounts: [{nme: a}]\nlisten: {port: http}\n");
  options.language = Language::japanese;
  CheckEnvironment surroundings;
  surroundings.environment = environment();
  surroundings.unitFolders = {folder.folder()};
  CHECK_THAT(checkOutput(options, surroundings).err,
             Contains(":1:13: accounts[main]: 「nme」というキーはありません。「name」ではありませんか") &&
                 Contains("listen.port: 0 から 65535 までの整数を指定してください(今の値: 「http」)"));
  options.language = Language::english;
  CHECK_THAT(checkOutput(options, surroundings).err, Contains("did you mean \"name\"?"));
  options.config = folder.folder() + "/nothing.yaml";
  options.language = Language::japanese;
  CHECK_THAT(checkOutput(options, surroundings).err, Contains("読み取れません: ファイルがありません"));
}

TEST_CASE("no mistake of any bad file is told half in English where the language is Japanese") {
  // Three English words in a row make a sentence; keys, values, commands and what the parser says are quoted.
  const std::regex sentence("\\b[a-z]+ [a-z]+ [a-z]+\\b"),
      quoted("「[^」]*」|`[^`]*`|YAMLとして読み取れません\\([^)]*\\)");
  const auto& words = notify::Catalogue::of(Language::japanese);
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::inTree("/tests/config/bad"))) {
    if (entry.path().extension() != ".yaml") continue;
    const auto loaded = config::load(readText(entry.path()), fakeEnvironment());
    for (const auto& problem : loaded.problems) {
      ++seen;
      const auto text = words.say(config::said(problem, "a.yaml"));
      CAPTURE(entry.path().filename().string(), text);
      CHECK_FALSE(std::regex_search(std::regex_replace(text, quoted, ""), sentence));
      CHECK(std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
    }
  }
  CHECK(seen > 150);
}

TEST_CASE("no command has sentences of its own beside the catalogue") {
  // Three English words in a row make a sentence. The log and --help are English.
  const std::regex sentence("\"[^\"]*\\b[a-z]+ [a-z]+ [a-z]+\\b[^\"]*\"");
  for (const auto* file : {"ask", "check", "check_online", "webhook", "explain", "listener", "unit",
                           "status_text", "description", "rule_condition"}) {
    std::ifstream in(testing::inTree("/daemon/") + file + ".cpp");
    REQUIRE(in);
    for (std::string line; std::getline(in, line);) {
      CAPTURE(file, line);
      if (line.find("//") != std::string::npos) line.resize(line.find("//"));
      CHECK_FALSE(std::regex_search(line, sentence));
    }
  }
}
