// load: YAML → Config, or every mistake at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"

namespace arrivald::config {

/// A mistake, or a warning about something that is probably not meant. Lines and columns count from 1; 0
/// where the file as a whole is meant.
struct Problem {
  int line = 0;
  int column = 0;
  std::string text;  ///< what is wrong and what was expected; "did you mean" for near misses; never a secret
  bool warning = false;
  friend bool operator==(const Problem&, const Problem&) = default;
};
/// "arrivald.yaml:12:5: unknown key \"webhok\" (did you mean \"webhook\"?)"
std::string toText(const Problem& problem, std::string_view file);

/// What the loader may see of the outside.
struct Environment {
  /// Nothing if the variable is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// The file's content; the text of the error says why it cannot be read, without the path: "there is no
  /// such file".
  std::function<Result<std::string>(const std::string& path)> readFile;
  /// Whether anybody on the machine may read the file: a warning where it holds a secret. May be empty.
  std::function<bool(const std::string& path)> worldReadable;
  /// When the file was last written, without following what it holds; nothing if there is none, or it may
  /// not be looked at. May be empty.
  std::function<std::optional<Instant>(const std::string& path)> modifiedAt;
  /// In which the configuration lies, with a slash at the end, or empty: where credentials come from by
  /// custom. Set by loadFile().
  std::string folder;
  /// For a check outside the unit: without $CREDENTIALS_DIRECTORY credentials are a warning and stay empty.
  bool credentialsComeLater = false;
  /// The process's own.
  static Environment ofProcess();
};

struct Loaded {
  std::optional<Config> config;   ///< there is one exactly if no problem is more than a warning
  std::vector<Problem> problems;  ///< in the order of the file
};

inline constexpr std::size_t kMaxConfigBytes = 1 << 20;

/// `text` is the YAML itself.
Loaded load(std::string_view text, const Environment& environment);
/// Reads `path`, which "-" does not name standard input on purpose: a daemon reloads its file.
Loaded loadFile(const std::string& path, const Environment& environment);

/// For `arrivald check`: what will run when, which rules judge what, who is told. Holds no secret.
std::string describe(const Config& config, Instant now);

/// For the log after a reload: one line a difference, nothing if there is none.
std::vector<std::string> differences(const Config& before, const Config& after);

}  // namespace arrivald::config
