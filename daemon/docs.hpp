// docs: manual pages and completions for shells, made of what the command line and the example say anyway.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}  // namespace CLI

namespace arrivald {

/// arrivald(1), as roff: every command that is shown, with its options.
std::string manual(const CLI::App& app, std::string_view version);

/// arrivald.yaml(5), as roff, of the commented example.
std::string configManual(std::string_view example, std::string_view version);

/// For "bash", "zsh" or "fish".
std::string completion(const CLI::App& app, std::string_view shell);

/// deploy/arrivald.example.yaml.
std::string_view exampleConfig();

}  // namespace arrivald
