// CommandFixture: a daemon whose configuration lies in a file, and commands that ask it as another process
// would.
#pragma once

#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "daemon/ask.hpp"
#include "daemon/fixture.hpp"

namespace arrivald::testing {

struct CommandFixture : DaemonFixture {
  std::string file() const { return folder.folder() + "/arrivald.yaml"; }
  /// The configuration as the daemon runs it, with the port that it got.
  void writeFile() {
    auto text = yaml;
    const std::string any = "listen: {port: 0";
    if (daemon) text.replace(text.find(any), any.size(), "listen: {port: " + std::to_string(daemon->port()));
    std::ofstream(file()) << text;
  }
  config::Environment environment() const {
    auto environment = config::Environment::ofProcess();
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = secrets.find(name);
      if (found == secrets.end()) return std::nullopt;
      return found->second;
    };
    return environment;
  }
  /// Runs a command in another thread, as another process would, while the daemon works in this one.
  /// `meanwhile` is called again and again.
  template <class Options>
  Output asAnotherProcess(
      Output (*command)(const Options&, const config::Environment&), Options options,
      const std::function<void()>& meanwhile = [] {}) {
    writeFile();
    options.config = file();
    const auto with = environment();
    std::atomic<bool> ended = false;
    Output output;
    std::thread process([&] {
      output = command(options, with);
      ended = true;
    });
    const bool reached = pumpUntil(io, [&] {
      meanwhile();
      return ended.load();
    });
    process.join();
    REQUIRE(reached);
    return output;
  }
};

}  // namespace arrivald::testing
