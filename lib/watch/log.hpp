// log: the only place in lib/ that writes log lines. Modules below watch do not log; they return errors.
// Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace arrivald::watch::log {

enum class Level { debug, info, warning, error };

/// The format of a line: text ("message account=main"), for journald (text with a <priority> prefix and
/// without the time), or one JSON object.
enum class Format { text, journald, json };

/// A name and a value to filter by. The caller must mask addresses in values.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Call it once, before the first line. Lines go to standard output; the default is text at level info.
void start(Level min, Format format);

/// Each call writes one line; control characters in message and values are escaped, and quotes in quoted
/// values.
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

/// The line without time and priority, for tests.
std::string format(Format format, Level level, std::string_view message, std::initializer_list<Field> fields);

}  // namespace arrivald::watch::log
