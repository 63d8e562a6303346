#include "daemon/backup_command.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "daemon/language.hpp"
#include "daemon/unit.hpp"
#include "notify/catalogue.hpp"
#include "store/backup.hpp"

namespace arrivald {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const notify::Catalogue& wordsFor(const std::optional<Language>& chosen, const std::string& config,
                                  const config::Environment& environment) {
  return notify::Catalogue::of(commandLanguage(chosen, config, environment));
}

}  // namespace

Output backupOutput(const BackupOptions& options, const config::Environment& environment) {
  const auto answer = askDaemon(options.config, "POST", fmt::format("/api/backup?keep={}", options.keep),
                                environment, options.language);
  if (answer.exit != kExitOk) return {answer.exit, "", answer.warning + answer.error};
  const auto& words = wordsFor(options.language, options.config, environment);
  const auto made = json::parse(answer.body, nullptr, false);
  if (!made.is_object() || !made.contains("path") || !made["path"].is_string())
    return {kExitFailed, "", words.text("ask.malformed") + '\n'};
  // Rounded up: nothing has no size.
  const auto megabytes = static_cast<double>((made.value("bytes", std::uint64_t{0}) >> 20) + 1);
  Output output;
  output.out = words.text("cli.backup.made", {{"path", printable(made["path"].get<std::string>())},
                                              {"mb", words.number(megabytes)}}) +
               '\n';
  for (const auto& removed : made.value("removed", json::array()))
    if (removed.is_string())
      output.out +=
          words.text("cli.backup.removed", {{"path", printable(removed.get<std::string>())}}) + '\n';
  output.out += words.text("cli.backup.elsewhere") + '\n';
  if (const auto folder = made.value("dmarc_directory", std::string()); !folder.empty())
    output.out += words.text("cli.backup.dmarc", {{"path", printable(folder)}}) + '\n';
  return warned(std::move(output), answer);
}

Output restoreOutput(const RestoreOptions& options, const config::Environment& environment,
                     const std::vector<std::string>& unitFolders) {
  const auto& words = wordsFor(options.language, options.config, environment);
  const auto path = storePathOf(options.config, environment, readUnit(unitFolders));
  if (path.empty())
    return {kExitConfig, "", words.text("cli.restore.no_store", {{"file", options.config}}) + '\n'};
  std::error_code ignored;
  if (const auto folder = fs::path(path).parent_path(); !fs::exists(folder, ignored) && !ignored)
    return {kExitFailed, "", words.text("cli.restore.no_folder", {{"folder", folder.string()}}) + '\n'};
  const auto restored = store::restore(options.copy, path);
  if (!restored) return {kExitFailed, "", words.say(restored.error().said()) + '\n'};
  Output output;
  output.out = words.text("cli.restore.done", {{"copy", options.copy}, {"path", path}}) + '\n';
  if (!restored->empty()) output.out += words.text("cli.restore.kept", {{"path", *restored}}) + '\n';
  output.out += words.text("cli.restore.next") + '\n';
  return output;
}

}  // namespace arrivald
