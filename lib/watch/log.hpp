// log: the one place in lib/ that writes log lines. Below watch nothing logs; errors travel up as values.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace arrivald::watch::log {

enum class Level { debug, info, warning, error };

/// How a line looks: for people ("message account=main"), for journald (the same with a <priority> prefix and
/// no time), or as one JSON object.
enum class Format { text, journald, json };

/// A name and a value that a machine may want to filter by. Values must be masked by the caller.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Call once, before the first line; standard output is the sink. Not calling it means text at level info.
void start(Level min, Format format);

/// One event, one line: control characters in message and values are escaped.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

/// The line as it would be written, without time and priority: for tests.
std::string format(Format format, Level level, std::string_view message, std::initializer_list<Field> fields);

}  // namespace arrivald::watch::log
