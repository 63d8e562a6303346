// fixture: a configuration's surroundings by script, and files to read.
#pragma once

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace arrivald::testing {

inline const char* const kMinimal =
    "accounts:\n"
    "  - key: {environment: KEY}\n"
    "slack:\n"
    "  webhook: {environment: HOOK}\n";

/// A few variables, credentials and files that are as they should be, and some that are not.
inline config::Environment fakeEnvironment() {
  config::Environment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "KEY" || name == "SENDGRID_API_KEY") return "SG.key-of-the-environment";
    if (name == "OTHER_KEY") return "SG.another-key";
    if (name == "HOOK") return "https://hooks.slack.com/services/T0/B0/key-of-a-hook\n";
    if (name == "NO_HOST") return "https://:443/T0/B0/x";
    if (name == "NO_PORT") return "https://hooks.slack.com:https/services/T0/B0/x";
    if (name == "NO_END") return "https://[::1/T0/B0/x";
    if (name == "ARCHIVE") return "https://town.slack.com/archives/C0";
    if (name == "WORKFLOW") return "https://hooks.slack.com/workflows/T0/A0/1/x";
    if (name == "TRIGGER") return "https://hooks.slack.com/triggers/T0/1/x";
    if (name == "GOVERNMENT") return "https://hooks.slack-gov.com/services/T0/B0/x";
    if (name == "CONNECTOR") return "https://town.webhook.office.com/webhookb2/1";
    if (name == "TEXT") return "several words";
    if (name == "EMPTY") return " \n";
    if (name == "CREDENTIALS_DIRECTORY") return "/run/credentials/arrivald.service";
    if (name == "STATE_DIRECTORY") return "/var/lib/arrivald:/var/lib/more";
    return std::nullopt;
  };
  environment.readFile = [](const std::string& path) -> Result<std::string> {
    const std::string credentials = "/run/credentials/arrivald.service/";
    if (path == credentials + "sendgrid-key") return std::string("SG.key-of-a-credential\n");
    if (path == credentials + "slack-webhook")
      return std::string("https://hooks.slack.com/services/T0/B0/key-of-a-hook");
    if (path == credentials + "llm-key") return std::string("key-of-a-model\n");
    if (path == credentials + "heartbeat-url")
      return std::string("https://ping.example.jp/key-of-a-heartbeat");
    if (path == credentials + "sendgrid-delete-key") return std::string("SG.key-for-deleting\n");
    if (path == credentials + "desk-token") return std::string("0123456789abcdef0123456789abcdef\n");
    if (path == credentials + "dmarc-password") return std::string("key-of-reports\n");
    if (path == credentials + "metrics-password") return std::string("key-of-metrics\r\n");
    if (path == "/etc/arrivald/sendgrid-key" || path == "/shared/key")
      return std::string("SG.key-of-a-file\n");
    if (path == "/etc/arrivald/own-webhook") return std::string("https://ops.example.jp/hook/token\n");
    if (path == "/etc/arrivald/teams-workflow")
      return std::string("https://prod-1.japaneast.logic.azure.com/workflows/1?sig=x\n");
    if (path == credentials + "chatwork-token" || path == credentials + "own-webhook-key" ||
        path == credentials + "pagerduty-key")
      return std::string("0123456789abcdef0123456789abcdef\n");
    if (path == credentials + "slack-bot-token") return std::string("xoxb-0123456789-abcdef\n");
    if (path == "/etc/arrivald/on-call-webhook")
      return std::string("https://hooks.slack.com/services/T0/B0/key-of-another-hook\n");
    if (path == "/etc/arrivald/ca.pem" || path == "/etc/arrivald/tls.crt")
      return std::string("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    if (path == "/etc/arrivald/tls.key" || path == "/shared/tls.key")
      return std::string("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
    if (path == "/denied") return Error::of(Error::Kind::denied, phrase("permission denied"));
    return Error::of(Error::Kind::notFound, phrase("there is no such file"));
  };
  environment.worldReadable = [](const std::string& path) { return path.starts_with("/shared/"); };
  return environment;
}

inline std::vector<std::string> texts(const config::Loaded& loaded) {
  std::vector<std::string> all;
  for (const auto& problem : loaded.problems) all.push_back(toText(problem, "bad.yaml"));
  return all;
}

/// What the YAML says, which has to be right.
inline config::Config loaded(const std::string& yaml,
                             const config::Environment& environment = fakeEnvironment()) {
  auto result = load(yaml, environment);
  for (const auto& text : texts(result)) UNSCOPED_INFO(text);
  REQUIRE(result.config.has_value());
  return std::move(*result.config);
}

inline std::string readText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A file on the disk, gone with the test.
class TempFile {
 public:
  explicit TempFile(const std::string& content) {
    std::string pattern = (std::filesystem::temp_directory_path() / "arrivald-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::ofstream(path(), std::ios::binary) << content;
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  const std::string& folder() const { return folder_; }
  std::string path() const { return folder_ + "/arrivald.yaml"; }
  void permit(mode_t mode) const { chmod(path().c_str(), mode); }

 private:
  std::string folder_;
};

}  // namespace arrivald::testing
