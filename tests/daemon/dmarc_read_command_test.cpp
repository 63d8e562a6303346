// `arrivald dmarc read` as an operator sees it: what it prints, and its exit codes.
#include "daemon/dmarc_read_command.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "aggregate/reason.hpp"
#include "notify/catalogue.hpp"

using namespace arrivald;
using Catch::Contains;

namespace {

const Instant kNow = parseIso("2026-09-30T00:00:00Z").value();

std::string reportOf(const std::string& id, int passed, const std::string& name = "reporter.example.net") {
  return "<feedback><report_metadata><org_name>" + name + "</org_name><report_id>" + id +
         "</report_id><date_range><begin>1789862400</begin><end>1789948799</end></date_range></"
         "report_metadata>"
         "<policy_published><domain>example.jp</domain><p>none</p></policy_published>"
         "<record><row><source_ip>192.0.2.10</source_ip><count>" +
         std::to_string(passed) +
         "</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf>"
         "</policy_evaluated></row><identifiers><header_from>example.jp</header_from></identifiers></record>"
         "<record><row><source_ip>203.0.113.5</source_ip><count>4</"
         "count><policy_evaluated><disposition>reject"
         "</disposition><dkim>fail</dkim><spf>fail</spf><reason><type>mailing_list</type></reason>"
         "</policy_evaluated></row><identifiers><header_from>news.example.jp</header_from></identifiers>"
         "<auth_results><spf><domain>list.example.org</domain><result>pass</result></spf></auth_results></"
         "record>"
         "</feedback>";
}

struct Files {
  std::filesystem::path folder;
  Files() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dmarc-read-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }
  ~Files() { std::filesystem::remove_all(folder); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  std::string write(const std::string& name, const std::string& content) const {
    const auto path = (folder / name).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
};

Output read(std::vector<std::string> files, Language language, bool json = false,
            const std::string& input = "") {
  DmarcReadOptions options;
  options.files = std::move(files);
  options.config = "/no/such/file.yaml";
  options.language = language;
  options.json = json;
  std::istringstream standardInput(input);
  return dmarcReadOutput(options, config::Environment::ofProcess(), kNow, standardInput);
}

}  // namespace

TEST_CASE("a report is told in plain words, and why mail failed") {
  const Files files;
  const auto path = files.write("a.xml", reportOf("1", 1234));
  const auto english = read({path}, Language::english);
  CHECK(english.exit == kExitOk);
  CHECK(english.err == "");
  CHECK_THAT(english.out, Contains("reporter.example.net reports about example.jp on 2026-09-20") &&
                              Contains("p=none") && Contains("messages 1,238; passed 1,234") &&
                              Contains("203.0.113.5") && Contains("SPF passed for another domain") &&
                              Contains("refused") && Contains("mailing list") &&
                              Contains("sent as news.example.jp"));
  const auto japanese = read({path}, Language::japanese);
  CHECK_THAT(japanese.out, Contains("1,238 通") && Contains("不合格") && Contains("メーリングリスト"));
  CHECK_THAT(japanese.out, !Contains("["));  // a missing text is its key in brackets
}

TEST_CASE("standard input is read as a file is, and JSON holds every row") {
  const auto output = read({"-"}, Language::english, true, reportOf("1", 7));
  CHECK(output.exit == kExitOk);
  const auto json = nlohmann::json::parse(output.out);
  REQUIRE(json.size() == 1);
  CHECK(json[0]["outcome"] == "accepted");
  const auto& report = json[0]["reports"][0];
  CHECK(report["tally"]["messages"] == 11);
  CHECK(report["days"] == nlohmann::json({"2026-09-20"}));
  REQUIRE(report["rows"].size() == 2);
  CHECK(report["rows"][1]["failure_cause"] == "spf_for_another");
  CHECK(report["rows"][1]["disposition"] == "reject");
}

TEST_CASE("the same report in two files counts once, and a fuller one takes its place") {
  const Files files;
  const auto first = files.write("1.xml", reportOf("1", 7)), again = files.write("2.xml", reportOf("1", 7)),
             fuller = files.write("3.xml", reportOf("1", 9));
  const auto output = read({first, again, fuller}, Language::english);
  CHECK(output.exit == kExitOk);
  CHECK_THAT(output.out, Contains("does not count again") && Contains("takes the place"));
}

TEST_CASE("a file that is refused or unreadable fails the command, and the others are read nevertheless") {
  const Files files;
  const auto bad = files.write("bad.xml", reportOf("1", 7).substr(0, 400));
  const auto good = files.write("good.xml", reportOf("1", 7));
  const auto output = read({bad, "/no/such/report.xml", files.folder.string(), good}, Language::english);
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.err,
             Contains("/no/such/report.xml: cannot be read") && Contains(files.folder.string() + ": "));
  CHECK_THAT(output.out, Contains("bad.xml: does not count. The report ends in the middle") &&
                             Contains("Fetch it again") && Contains("(xml_truncated)") &&
                             Contains("passed 7"));
}

TEST_CASE("what is no DMARC report is no failure") {
  const auto output = read({"-"}, Language::english, false,
                           "From: a@example.jp\r\nSubject: x\r\n\r\nI am out of office.\r\n");
  CHECK(output.exit == kExitOk);
  CHECK_THAT(output.out, Contains("no DMARC report"));
}

TEST_CASE("a report's texts cannot control the terminal") {
  const auto hostile = "evil\xE2\x80\xAE\xC2\x9B[31m";
  for (const bool json : {false, true}) {
    const auto output = read({"-"}, Language::english, json, reportOf("1", 7, hostile));
    CHECK(output.exit == kExitOk);
    CHECK_THAT(output.out, Contains("evil") && !Contains("\xE2\x80\xAE") && !Contains("\xC2\x9B"));
  }
}

TEST_CASE("a file's name cannot look like a line of the answer") {
  const Files files;
  const auto path = files.write("x\nreal.xml: counts.", reportOf("1", 7));
  const auto output = read({path, path + "\nmissing"}, Language::english);
  CHECK_THAT(output.out, Contains("x real.xml: counts.: counts") && !Contains("\nreal.xml"));
  CHECK_THAT(output.err, !Contains("\nreal.xml") && !Contains("\nmissing"));
}

TEST_CASE("JSON names the files that cannot be read, too") {
  const Files files;
  const auto good = files.write("good.xml", reportOf("1", 7));
  const auto output = read({(files.folder / "missing.xml").string(), good}, Language::english, true);
  CHECK(output.exit == kExitFailed);
  const auto json = nlohmann::json::parse(output.out);
  REQUIRE(json.size() == 2);
  CHECK(json[0]["outcome"] == "unreadable");
  CHECK(json[1]["outcome"] == "accepted");
}

TEST_CASE("what is read in part only is no success") {
  std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 101; ++i) mail += "--b\n\n" + reportOf(std::to_string(i), 1) + "\n";
  const auto output = read({"-"}, Language::english, false, mail);
  CHECK(output.exit == kExitFailed);
  CHECK_THAT(output.out, Contains("Reports: 100.") && Contains("only the first ones were read"));
}

TEST_CASE("every reason and every warning has its sentence in both languages") {
  for (const auto language : {Language::japanese, Language::english}) {
    const auto& words = notify::Catalogue::of(language);
    for (std::size_t i = 0; i < aggregate::kRefusalCount; ++i)
      CHECK(words.has("cli.dmarc.refused." + std::string(name(static_cast<aggregate::Refusal>(i)))));
    for (std::size_t i = 0; i < aggregate::kWarningCount; ++i)
      CHECK(words.has("cli.dmarc.warning." + std::string(name(static_cast<aggregate::Warning>(i)))));
  }
}
