// What is refused, what is repaired, the limits, and that nothing depends on how the bytes are cut.
#include "aggregate/report_reader.hpp"

#include <iconv.h>

#include <catch2/catch.hpp>
#include <random>
#include <sstream>

#include "aggregate/report_text.hpp"

using namespace arrivald;
using namespace arrivald::aggregate;
using namespace arrivald::aggregate::testing;

namespace {

// All that a report says, in the order of its rows; or why it is refused.
std::string said(const Result<Report, Refusal>& result) {
  if (!result) return std::string(name(result.error()));
  const auto& report = *result;
  std::ostringstream out;
  out << report.reporter << '|' << report.reportId << '|' << toIso(report.period.begin) << '|'
      << report.policy.domain << '|' << report.records << '|' << report.recordsSkipped();
  for (const auto& row : report.rows) {
    out << '|' << row.source.text() << ' ' << row.count << ' ' << row.dkim << row.spf << ' '
        << report.words[row.headerFrom] << ' ' << report.words[row.envelopeFrom];
    for (const auto& result_ : report.authOf(row))
      out << ' ' << report.words[result_.domain] << name(result_.outcome);
  }
  out << '|';
  for (std::size_t i = 0; i < kWarningCount; ++i)
    if (const auto one = static_cast<Warning>(i); report.warnings.has(one)) out << ' ' << name(one);
  return out.str();
}

std::string saidOf(const std::string& text) { return said(readReport(text, kNow)); }

// As readReport(), in pieces of random sizes.
std::string saidInPieces(const std::string& text, std::mt19937& random) {
  for (const auto mode : {ReportReader::Mode::asWritten, ReportReader::Mode::repairing}) {
    ReportReader reader(mode);
    for (std::size_t at = 0; at < text.size();) {
      const auto size = random() % 3 == 0 ? random() % 4 : random() % 300;
      if (!reader.feed(std::string_view(text).substr(at, size))) break;
      at += size;
    }
    auto result = reader.finish(kNow);
    if (mode == ReportReader::Mode::asWritten && !result && result.error() == Refusal::xmlNotWellFormed)
      continue;
    return said(result);
  }
  return "";
}

std::string encoded(std::string text, const char* encoding) {
  const auto handle = iconv_open(encoding, "UTF-8");
  REQUIRE(handle != reinterpret_cast<iconv_t>(-1));
  std::string out(text.size() * 4 + 16, '\0');
  char *from = text.data(), *to = out.data();
  std::size_t left = text.size(), room = out.size();
  REQUIRE(iconv(handle, &from, &left, &to, &room) != static_cast<std::size_t>(-1));
  iconv_close(handle);
  out.resize(out.size() - room);
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kReport = ReportText{}.text();
const std::string kSaid = saidOf(kReport);

std::string warned(const std::string& warning) { return kSaid + " " + warning; }

}  // namespace

TEST_CASE("a report that is cut off anywhere is refused as truncated, and never half counted") {
  for (std::size_t size = 1; size + 1 < kReport.size(); ++size) {
    const auto answer = saidOf(kReport.substr(0, size));
    CAPTURE(size);
    if (size < kReport.find("<feedback>") + 10)
      CHECK(answer == "not_a_report");
    else
      CHECK(answer == "xml_truncated");
  }
}

TEST_CASE("why a report is refused") {
  const auto period = [](const std::string& begin, const std::string& end) {
    ReportText text;
    text.begin = begin;
    text.end = end;
    const auto answer = saidOf(text.text());
    return answer.find('|') == std::string::npos ? answer : "accepted";
  };
  CHECK(saidOf("") == "empty");
  CHECK(saidOf(" \n") == "not_a_report");
  CHECK(saidOf("UNUSED") == "not_a_report");
  CHECK(saidOf("<html><feedbacks/></html>") == "not_a_report");
  CHECK(saidOf("<!DOCTYPE html><html></html>") == "not_a_report");
  CHECK(saidOf("<!DOCTYPE feedback [<!ENTITY a \"b\">]>" + kReport) == "doctype_not_allowed");
  CHECK(saidOf("<!-- x --><!doctype feedback>" + kReport) == "doctype_not_allowed");
  CHECK(saidOf("<!-- <!DOCTYPE feedback> -->" + kReport.substr(kReport.find("<feedback>"))) == kSaid);
  CHECK(saidOf(replaced(kReport, "</row>", "</row></row>")) == "xml_not_well_formed");
  CHECK(saidOf(replaced(kReport, "<domain>example.jp</domain><adkim>", "<adkim>")) == "no_domain");
  CHECK(period("1789862400", "1789948799") == "accepted");
  CHECK(period(" 1789862400.0 ", "1789948799.999") == "accepted");
  CHECK(period("1789862400", "1789862400") == "accepted");
  CHECK(period("", "1789948799") == "period_invalid");
  CHECK(period("2026-09-20", "2026-09-21") == "period_invalid");
  CHECK(period("-1", "1789948799") == "period_invalid");
  CHECK(period("1789948799", "1789862400") == "period_invalid");
  CHECK(period("1789862400000", "1789948799000") == "period_in_future");
  CHECK(period("1789862400", "99999999999999999999999") == "period_in_future");
  CHECK(period("1790726400", "1790726400") == "accepted");          // begins now
  CHECK(period("1790812800", "1790899200") == "accepted");          // in 24 h, to 48 h
  CHECK(period("1790812801", "1790812801") == "period_in_future");  // a second later
  CHECK(period("1790812800", "1790899201") == "period_in_future");
  CHECK(period("1787184000", "1789862400") == "accepted");  // 31 d
  CHECK(period("1787183999", "1789862400") == "period_too_long");
}

TEST_CASE("what stands before and behind a report is skipped, and told") {
  CHECK(saidOf("\n\n" + kReport) ==
        warned("prolog_skipped"));  // the declaration does not stand at the beginning
  CHECK(saidOf(std::string("\0\"", 2) + kReport) == warned("prolog_skipped"));
  CHECK(saidOf(replaced(kReport, "?>", "?>\"")) == warned("prolog_skipped"));
  CHECK(saidOf(replaced(kReport, "?>", "?><xs:schema xmlns:xs=\"x\">")) == warned("prolog_skipped"));
  CHECK(saidOf(replaced(kReport, "?>", "><x")) == warned("prolog_skipped"));  // the declaration has no end
  CHECK(saidOf("\n" + kReport.substr(kReport.find("<feedback>"))) == kSaid);  // allowed
  CHECK(saidOf(replaced(kReport, "?>", "?><?pi?><!-- a > b -->\n")) == kSaid);
  CHECK(saidOf(kReport + std::string("\0\0\r\n", 4)) == warned("trailing_bytes"));
  CHECK(saidOf(kReport + "</xs:schema>") == warned("trailing_bytes"));
  CHECK(saidOf(kReport + kReport) == warned("trailing_bytes"));
  CHECK(saidOf(kReport + " \r\n<!-- end -->\n<?pi?>" + std::string(100'000, '\n')) == kSaid);
}

TEST_CASE("encodings are told by their mark, by their bytes or by the declaration") {
  const auto japanese = replaced(kReport, "reporter.example.net", "報告者");
  const auto expected = saidOf(japanese);
  const auto declared = [&](const char* name) { return replaced(japanese, "UTF-8", name); };
  CHECK(saidOf("\xEF\xBB\xBF" + japanese) == expected);
  CHECK(saidOf(encoded(declared("UTF-16"), "UTF-16")) == expected);  // with a mark
  CHECK(saidOf(encoded(declared("UTF-16"), "UTF-16LE")) == expected);
  CHECK(saidOf(encoded(declared("UTF-16"), "UTF-16BE")) == expected);
  CHECK(saidOf(encoded(declared("UTF-32"), "UTF-32")) == expected);
  CHECK(saidOf(encoded(declared("Shift_JIS"), "CP932")) == expected);
  CHECK(saidOf(encoded(declared("shift_jis"), "CP932")) == expected);
  CHECK(saidOf(encoded(declared("EUC-JP"), "EUC-JP")) == expected);
  CHECK(saidOf(encoded(declared("ISO-2022-JP"), "ISO-2022-JP")) == expected);
  CHECK(saidOf(encoded(declared("x-sjis"), "CP932")) == expected);
  CHECK(saidOf(encoded(declared("EUC_JP"), "EUC-JP")) == expected);
  CHECK(saidOf(declared("UTF-16")) == expected);  // .NET writes so what is UTF-8
  CHECK(saidOf(declared("x-unheard-of")) == expected);
  const auto latin = replaced(kReport, "reporter.example.net", "r\xC3\xA9porteur");
  CHECK(saidOf(encoded(replaced(latin, "UTF-8", "windows-1252"), "CP1252")) == saidOf(latin));
  CHECK(saidOf(encoded(replaced(latin, "UTF-8", "ISO-8859-1"), "CP1252")) == saidOf(latin));
}

TEST_CASE("bytes of no character are replaced, and told") {
  const auto broken = replaced(kReport, "reporter.example.net", "r\xE9porteur");
  const auto expected = replaced(kReport, "reporter.example.net", "r\xEF\xBF\xBDporteur");
  CHECK(saidOf(broken) == saidOf(expected) + " bytes_replaced");
  for (const char* bytes : {"\x01", "\xED\xA0\x80", "\xEF\xBF\xBE", "\xF0\x9F"}) {
    const auto answer = saidOf(replaced(kReport, "reporter.example.net", std::string("a") + bytes + "b"));
    CAPTURE(answer);
    CHECK(answer.ends_with(" bytes_replaced"));
  }
  CHECK(saidOf(replaced(kReport, "reporter", std::string(1, '\0'))).ends_with(" bytes_replaced"));
}

TEST_CASE("texts that a reporter does not escape cost nothing else") {
  const auto header = [](const std::string& text) {
    return saidOf(replaced(kReport, "<header_from>example.jp<", "<header_from>" + text + "<"));
  };
  const auto escaped = [](const std::string& text) {
    return replaced(kSaid, "11 example.jp", "11 " + text) + " text_escaped";
  };
  CHECK(header("a<b.example") == escaped("a<b.example"));
  CHECK(header("a&b") == escaped("a&b"));
  CHECK(header("<b>x</b>") == replaced(kSaid, "11 example.jp", "11 "));  // well formed, and no text
  CHECK(header("a</header_fro>") == escaped("a</header_fro"));
  CHECK(header("a<b&amp;&#x41;&#0;&nbsp;") == escaped("a<b&a&#0;&nbsp;"));
  CHECK(header("a<b<![CDATA[<&]]>") == escaped("a<b<&"));
  CHECK(header("a &amp; b") == replaced(kSaid, "11 example.jp", "11 a & b"));  // right as it is
  CHECK(saidOf(replaced(kReport, "<email>", "<email lang=\"en\"><dmarc@")).ends_with(" text_escaped"));
  CHECK(saidOf(replaced(kReport, "<id", "<i")) == "xml_not_well_formed");
  // A text that does not end takes the rest of the report with it.
  CHECK(saidOf(replaced(kReport, "example.jp</header_from>", "a & b")) == "xml_not_well_formed");
}

TEST_CASE("an address is one address in any of its forms, and nothing else") {
  for (const auto* text :
       {"192.0.2.10", " 192.0.2.10\n", "::ffff:192.0.2.10", "[192.0.2.10]", "::FFFF:c000:020a"})
    CHECK(parseIpAddress(text == std::string(" 192.0.2.10\n") ? "192.0.2.10" : text)->text() == "192.0.2.10");
  for (const auto* text : {"2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "[2001:db8::1]"})
    CHECK(parseIpAddress(text)->text() == "2001:db8::1");
  for (const auto* text : {"", "0.0.0.0/0", "192.0.2", "192.0.2.256", "unknown", "192.0.2.10:25",
                           "fe80::1%eth0", "192.0.2.10, 192.0.2.11", "0x7f.1", "[192.0.2.10"})
    CHECK_FALSE(parseIpAddress(text).has_value());
}

TEST_CASE("a count is digits up to a million millions") {
  const auto counted = [](const std::string& count) {
    ReportText text;
    text.records[0].count = count;
    auto report = readReport(text.text(), kNow);
    REQUIRE(report.ok());
    return report->rows.empty() ? std::string("skipped") : std::to_string(report->rows[0].count);
  };
  CHECK(counted("0") == "0");
  CHECK(counted(" 4294967296 ") == "4294967296");
  CHECK(counted("1000000000000") == "1000000000000");
  CHECK(counted("007") == "7");
  for (const auto* bad :
       {"1000000000001", "9223372036854775808", "99999999999999999999999", "-1", "+1", "1.0", "1e3", "", "x"})
    CHECK(counted(bad) == "skipped");
}

TEST_CASE("texts are cut at 4 KiB, and blanks between elements are no text") {
  const auto text = [](std::size_t size) {
    return saidOf(replaced(kReport, "</email>",
                           "</email><extra_contact_info>" + std::string(size, 'x') + "</extra_contact_info>" +
                               std::string(100'000, ' ')));
  };
  CHECK(text(4096) == kSaid);
  CHECK(text(4097) == warned("text_cut"));
  CHECK(text(2'000'000) == warned("text_cut"));
  // Never inside a character.
  std::string wide;
  for (int i = 0; i < 2000; ++i) wide += "あ";
  const auto report = readReport(replaced(kReport, "reporter.example.net", wide), kNow);
  CHECK(report->reporter.size() == 4095);
}

TEST_CASE("depth, names and tags are limited") {
  const auto nested = [](int levels) {
    std::string open, close;
    for (int i = 0; i < levels; ++i) {
      open += "<a>";
      close += "</a>";
    }
    return saidOf(replaced(kReport, "</feedback>", open + close + "</feedback>"));
  };
  CHECK(nested(31) == kSaid);
  CHECK(nested(32) == "xml_too_deep");
  CHECK(saidOf("<feedback>" + std::string(1'000'000, '<')) == "xml_not_well_formed");
  std::string names = "<feedback>";
  for (int i = 0; i < 200'000; ++i) names += "<a" + std::to_string(i) + "/>";
  CHECK(saidOf(names) == "too_large");
  CHECK(saidOf("<feedback a=\"" + std::string(5'000'000, 'x') + "\">") == "too_large");
  CHECK(saidOf("<feedback><!--" + std::string(5'000'000, 'x') + "--></feedback>") == "too_large");
}

TEST_CASE("records are limited, and their texts") {
  const auto begin = kReport.substr(0, kReport.find("<record>"));
  const auto many = [&](int count, bool distinct) {
    ReportReader reader;
    reader.feed(begin);
    bool more = true;
    std::string piece;
    for (int i = 0; i < count && more; ++i) {
      piece += "<record><row><source_ip>10.0.0.1</source_ip><count>1</count></row>";
      if (distinct)
        piece += "<identifiers><header_from>d" + std::to_string(i) + "</header_from></identifiers>";
      // Different rows also where the texts are no longer told apart.
      if (distinct)
        piece.replace(
            piece.rfind("0.0.1"), 5,
            std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255));
      piece += "</record>";
      if (piece.size() < kPieceBytes - 1000) continue;
      more = reader.feed(piece);
      piece.clear();
    }
    reader.feed(piece);
    reader.feed("</feedback>");
    return reader.finish(kNow);
  };
  const auto words = many(150'000, true);
  REQUIRE(words.ok());
  CHECK(words->records == 150'000);
  CHECK(words->words.size() <= kMaxWords + 1);
  CHECK(words->words[words->rows.back().headerFrom] == "other");
  CHECK(many(500'001, true).error() == Refusal::tooLarge);
  CHECK(many(1'000'001, false).error() == Refusal::tooLarge);
}

TEST_CASE("what a report says does not depend on how its bytes are cut") {
  std::mt19937 random(1);
  ReportText text;
  text.records.assign(3, RecordText{});
  text.records[1].ip = "2001:db8::1";
  text.records[2].identifiers = "<identifiers><header_from>a<b & c\xE9</header_from></identifiers>";
  const std::vector<std::string> seeds = {
      kReport,
      "\xEF\xBB\xBF" + replaced(kReport, "reporter.example.net", "報告者"),
      text.text(),
      replaced(kReport, "?>", "?>\"<x") + "\0</x>",
      encoded(replaced(kReport, "reporter", "報告者"), "UTF-16"),
      encoded(replaced(replaced(kReport, "reporter", "報告者"), "UTF-8", "Shift_JIS"), "CP932"),
      replaced(kReport, "<email>", "<email><!-- x --><![CDATA[<&]]>&"),
  };
  const std::vector<std::string> pieces = {
      "<",        ">",  "&",    "]]>",  "<![CDATA[",          "<!--",       "-->",        "</email>",
      "<domain>", "?>", "\xE3", "\x81", std::string(1, '\0'), "<!DOCTYPE ", "<feedback>", "\xEF\xBF\xBF"};
  for (int round = 0; round < 2000; ++round) {
    auto bytes = seeds[random() % seeds.size()];
    for (auto changes = random() % 4; changes > 0; --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes.insert(at, pieces[random() % pieces.size()]);
          break;
        case 1:
          bytes.erase(at, 1 + random() % 20);
          break;
        default:
          bytes[at] = static_cast<char>(random());
          break;
      }
    }
    const auto whole = saidOf(bytes);
    CAPTURE(round, bytes);
    REQUIRE(saidInPieces(bytes, random) == whole);
  }
}
