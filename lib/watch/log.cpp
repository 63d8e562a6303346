#include "watch/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace arrivald::watch::log {
namespace {

Format chosenFormat = Format::text;

spdlog::level::level_enum levelOf(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view nameOf(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

// The priority prefix that journald recognises, see sd-daemon(3).
char priorityOf(Level level) {
  switch (level) {
    case Level::debug:
      return '7';
    case Level::info:
      return '6';
    case Level::warning:
      return '4';
    case Level::error:
      return '3';
  }
  return '3';
}

enum class Quoted { no, yes };

// Line breaks, quotes and escape sequences from outside must not forge log lines or fields or control a
// terminal.
void appendPrintable(std::string& out, std::string_view text, Quoted quoted = Quoted::no) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (quoted == Quoted::yes && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string format(Format format, Level level, std::string_view message,
                   std::initializer_list<Field> fields) {
  if (format == Format::json) {
    nlohmann::ordered_json line;
    line["level"] = nameOf(level);
    line["message"] = message;
    for (const auto& field : fields) line[std::string(field.name)] = field.value;
    // Invalid UTF-8 from outside is replaced; the default would throw.
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::string line;
  appendPrintable(line, message);
  for (const auto& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    const bool quoted = field.value.empty() || field.value.find_first_of(" \"=") != std::string_view::npos;
    if (quoted) line += '"';
    appendPrintable(line, field.value, quoted ? Quoted::yes : Quoted::no);
    if (quoted) line += '"';
  }
  return line;
}

void start(Level min, Format format) {
  chosenFormat = format;
  auto logger =
      std::make_shared<spdlog::logger>("arrivald", std::make_shared<spdlog::sinks::stdout_sink_mt>());
  logger->set_level(levelOf(min));
  logger->flush_on(spdlog::level::debug);
  switch (format) {
    case Format::text:
      logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
      break;
    case Format::journald:
    case Format::json:
      logger->set_pattern("%v");
      break;
  }
  spdlog::set_default_logger(std::move(logger));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  auto* logger = spdlog::default_logger_raw();
  if (!logger->should_log(levelOf(level))) return;
  auto line = format(chosenFormat, level, message, fields);
  if (chosenFormat == Format::journald) {
    line.insert(0, {'<', priorityOf(level), '>'});
  } else if (chosenFormat == Format::json) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    line.insert(
        1, fmt::format("\"time\":{:.3f},", static_cast<double>(now.time_since_epoch().count()) / 1000.0));
  }
  logger->log(levelOf(level), spdlog::string_view_t(line));
}

}  // namespace arrivald::watch::log
