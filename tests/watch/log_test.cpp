// The lines of the log, as text and as JSON.
#include "watch/log.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "watch/logged_lines.hpp"

using namespace arrivald::testing;

namespace {

namespace log = arrivald::watch::log;
using log::Format;
using log::Level;

std::string text(std::string_view message, std::initializer_list<log::Field> fields = {}) {
  return log::format(Format::text, Level::info, message, fields);
}

}  // namespace

TEST_CASE("a line of text is the message and its fields, quoted where a reader would stumble") {
  CHECK(text("polled") == "polled");
  CHECK(text("polled", {{"account", "main"}, {"took", "0.2 s"}}) == "polled account=main took=\"0.2 s\"");
  CHECK(text("polled", {{"account", ""}}) == "polled account=\"\"");
  CHECK(text("polled", {{"query", "a=b"}}) == "polled query=\"a=b\"");
}

TEST_CASE("what comes from outside forges neither a line nor a field, and controls no terminal") {
  CHECK(text("a\nb", {{"x", "1\n2"}}) == "a\\nb x=1\\n2");
  CHECK(text("\x1b[2J\r\x7f") == "\\x1b[2J\\x0d\\x7f");
  CHECK(text("m", {{"x", "\" level=\"error"}}) == R"(m x="\" level=\"error")");
  CHECK(text("m", {{"x", R"(a \" b)"}}) == R"(m x="a \\\" b")");
  CHECK(text("東京") == "東京");
}

TEST_CASE("a line of JSON is one object, whatever bytes it is given") {
  const auto line = log::format(Format::json, Level::warning, "a \"b\"\n\xff", {{"account", "main\xc3"}});
  CHECK(line.find('\n') == std::string::npos);
  const auto read = nlohmann::json::parse(line);
  CHECK(read["level"] == "warning");
  CHECK(read["account"] == "main\xEF\xBF\xBD");
  CHECK(read["message"] == "a \"b\"\n\xEF\xBF\xBD");
}

TEST_CASE("each level has its function, and a level that is not wanted writes nothing") {
  const LoggedLines lines;
  log::debug("one");
  log::info("two");
  log::warning("three");
  log::error("four", {{"account", "main"}});
  CHECK(lines.text() == "debug one\ninfo two\nwarning three\nerror four account=main\n");
  log::start(Level::error, Format::text);
  CHECK_FALSE(spdlog::default_logger()->should_log(spdlog::level::warn));
  CHECK(spdlog::default_logger()->should_log(spdlog::level::err));
}
