// load: parses YAML into a Config, or reports all mistakes at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/phrase.hpp"
#include "base/result.hpp"
#include "config/config.hpp"

namespace arrivald::config {

/// A mistake, or a warning about something that is probably not intended. Lines and columns count from 1; 0
/// refers to the file as a whole.
struct Problem {
  int line = 0;
  int column = 0;
  Phrase what;  ///< what is wrong and what is expected, with "did you mean"; never contains a secret
  bool warning = false;
  friend bool operator==(const Problem&, const Problem&) = default;
};
/// For the log: "arrivald.yaml:12:5: unknown key \"webhok\" (did you mean \"webhook\"?)"
std::string toText(const Problem& problem, std::string_view file);
/// The same for people.
Phrase said(const Problem& problem, std::string_view file);

/// The loader's access to the process environment and the file system; injected for tests.
struct Environment {
  /// Empty if the variable is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// The file's content. The error says why it cannot be read, without the path: "there is no such file".
  std::function<Result<std::string>(const std::string& path)> readFile;
  /// Whether all users of the machine may read the file: a warning if it contains a secret. May be unset.
  std::function<bool(const std::string& path)> worldReadable;
  /// When the file was last modified. Empty if it does not exist or may not be accessed. May be unset.
  std::function<std::optional<Instant>(const std::string& path)> modifiedAt;
  /// Why no file can be kept at the path, such as "there is no folder /srv"; empty if one can. May be unset.
  std::function<Phrase(const std::string& path)> unusable;
  /// The folder of the configuration file, with a trailing slash, or empty. By convention credentials are
  /// copied from there. Set by loadFile().
  std::string folder;
  /// For `arrivald check` outside the systemd unit: if $CREDENTIALS_DIRECTORY is not set, credentials cause a
  /// warning and stay empty.
  bool credentialsComeLater = false;
  /// For `arrivald webhook`, which brings them: that events.public_keys is missing is a warning.
  bool publicKeysComeLater = false;
  /// Where systemd reads a credential from, for the same case: it is read there if this user may. May be
  /// unset.
  std::function<std::optional<std::string>(const std::string& credential)> credentialSource = nullptr;
  /// That of this process.
  static Environment ofProcess();
};

/// A secret, or a file of TLS, that the file names by its source.
struct NamedSource {
  std::string key;    ///< "accounts[main].key"
  std::string place;  ///< as SecretValue::place
  int line = 0;       ///< of the source's name, as in Problem
  int column = 0;
  friend bool operator==(const NamedSource&, const NamedSource&) = default;
};

struct Loaded {
  std::optional<Config> config;   ///< present if and only if all problems are warnings
  std::vector<Problem> problems;  ///< in the order of the file
  /// Every one of the file, whether it could be read or not, so that none is forgotten that `config` lacks.
  std::vector<NamedSource> sources = {};
};

/// For commands that ask the daemon: reads language, time_zone and `listen` of the file, without TLS key, and
/// ignores everything else. Only these are set in `config`. Of a file that is no YAML as it stands they are
/// read all the same if their own lines are: `config` is set then, although `problems` say what is wrong.
Loaded loadListener(const std::string& path, const Environment& environment);

inline constexpr std::size_t kMaxConfigBytes = 1 << 20;

/// `text` is the YAML itself.
Loaded load(std::string_view text, const Environment& environment);
/// Reads `path`. "-" is not standard input, on purpose: a daemon must be able to reload its file.
Loaded loadFile(const std::string& path, const Environment& environment);

/// For the log after a reload: one line for each difference; empty if there is none.
std::vector<std::string> differences(const Config& before, const Config& after);

}  // namespace arrivald::config
