#include "config/load.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/sections.hpp"
#include "config/vocabulary.hpp"

namespace arrivald::config {
namespace {

using arrivald::toText;
using delivery::Dimension;

constexpr std::string_view kDefaultZone = "Asia/Tokyo";

struct Followed {
  Dimension dimension;
  const char* key;  // of accounts[].poll
  Duration every;
};

std::vector<Followed> followedBy(const Account& account) {
  const auto now = fromUnixSeconds(1'767'225'600);  // arbitrary: only distances between runs matter
  std::vector<Followed> all{{Dimension::account, "statistics", account.poll.statistics.period(now)}};
  if (account.subusers.any())
    all.push_back({Dimension::subuser, "subusers", account.poll.subusers.period(now)});
  if (account.categories.any())
    all.push_back({Dimension::category, "categories", account.poll.categories.period(now)});
  if (account.mailboxProviders.any())
    all.push_back(
        {Dimension::mailboxProvider, "mailbox_providers", account.poll.mailboxProviders.period(now)});
  return all;
}

std::vector<Duration> windowsOf(const rules::Kind& kind) {
  return std::visit(
      [](const auto& k) -> std::vector<Duration> {
        if constexpr (requires { k.windows; }) return k.windows;
        if constexpr (requires { k.window; }) return {k.window};
        return {};
      },
      kind);
}

// Warns of rules whose windows are too short for the poll interval: they would never be known.
void compareWindowsWithPolls(const Config& config, Context& context, const Node& root) {
  const auto accounts = std::ranges::find(root.children, "accounts", &Node::key);
  for (std::size_t i = 0; i < config.accounts.size(); ++i) {
    const auto& account = config.accounts[i];
    for (const auto& [dimension, key, every] : followedBy(account)) {
      for (const auto& rule : config.rules) {
        const auto& scope = rule.scope;
        if (std::ranges::find(scope.dimensions, dimension) == scope.dimensions.end()) continue;
        const auto windows = windowsOf(rule.kind);
        if (windows.empty() || *std::ranges::min_element(windows) >= 2 * every) continue;
        context.problems.warn(
            accounts->children[i].place,
            phrase("accounts[{}].poll.{}: read every {}, but the rule \"{}\" judges "
                   "windows of {}: poll more often, or "
                   "give the rule longer windows",
                   account.name, key, toText(every), rule.name, toText(*std::ranges::min_element(windows))));
        break;
      }
    }
  }
}

Config read(const Node& node, Context& context) {
  Config config;
  if (auto zone = TimeZone::find(kDefaultZone)) config.zone = std::move(*zone);
  Reader root(node, "", context);
  readLanguage(root, config);
  readHolidays(root, config);
  readHours(root, config);
  readLinks(root, config);
  readAlerting(root, config);
  readAccounts(root, config);
  readEventStream(root, config);  // the rules name its groups
  readDmarc(root, config);        // they name its domains
  readRules(root, config);
  readChannels(root, config);
  readRoutes(root, config);
  readMaintenance(root, config);
  readCauses(root, config);
  readStatusPage(root, config);
  readHeartbeat(root, config);
  readAlertmanager(root, config);
  readHttp(root, config);
  readWindows(root, config);
  readCardinality(root, config);
  readMetrics(root, config);
  readListen(root, config.listen, true);
  checkEventPort(root, config);
  readStore(root, config);
  readLog(root, config);
  readDesk(root, config);
  root.finish();
  refuseInlineSecrets(node, context);
  if (!context.problems.fatal()) compareWindowsWithPolls(config, context, node);
  return config;
}

Phrase reasonOf(int error) {
  switch (error) {
    case ENOENT:
      return phrase("there is no such file");
    case EACCES:
      return phrase("permission denied");
    default:
      return verbatim(std::strerror(error));
  }
}

Result<std::string> readWhole(const std::string& path) {
  const auto refuse = [](Error::Kind kind, Phrase why) { return Error::of(kind, std::move(why)); };
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return refuse(Error::Kind::notFound, reasonOf(errno));
  if (S_ISDIR(status.st_mode)) return refuse(Error::Kind::invalid, phrase("it is a directory"));
  if (!S_ISREG(status.st_mode)) return refuse(Error::Kind::invalid, phrase("it is not a regular file"));
  if (static_cast<std::size_t>(status.st_size) > kMaxConfigBytes)
    return refuse(Error::Kind::invalid, phrase("it is larger than {} MiB", kMaxConfigBytes >> 20));
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse(errno == EACCES ? Error::Kind::denied : Error::Kind::notFound, reasonOf(errno));
  // The file may grow while it is read.
  std::string content(kMaxConfigBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) return refuse(Error::Kind::storage, reasonOf(errno));
  content.resize(static_cast<std::size_t>(file.gcount()));
  return content;
}

}  // namespace

Phrase said(const Problem& problem, std::string_view file) {
  const auto what = problem.warning ? phrase("warning: {}", problem.what) : problem.what;
  if (problem.line == 0) return phrase("{}: {}", file, what);
  return phrase("{}:{}:{}: {}", file, problem.line, problem.column, what);
}

std::string toText(const Problem& problem, std::string_view file) { return said(problem, file).english(); }

Environment Environment::ofProcess() {
  Environment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return std::string(value);
  };
  environment.readFile = readWhole;
  environment.modifiedAt = [](const std::string& path) -> std::optional<Instant> {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return std::nullopt;
    return fromUnixSeconds(status.st_mtim.tv_sec);
  };
  environment.worldReadable = [](const std::string& path) {
    struct stat status{};
    return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
  };
  environment.unusable = [](const std::string& path) -> Phrase {
    struct stat status{};
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return phrase("it is a folder");
    const auto slash = path.rfind('/');
    const auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    if (stat(folder.c_str(), &status) != 0) return phrase("there is no folder {}", folder);
    if (!S_ISDIR(status.st_mode)) return phrase("{} is no folder", folder);
    return access(folder.c_str(), W_OK) == 0 ? Phrase()
                                             : phrase("the folder {} is not writable by this user", folder);
  };
  return environment;
}

Loaded load(std::string_view text, const Environment& environment) {
  return load(text, environment, nullptr);
}

Loaded load(std::string_view text, const Environment& environment, Vocabulary* vocabulary) {
  Problems problems;
  Loaded loaded;
  if (const auto root = parseDocument(text, problems)) {
    Context context{environment, problems, vocabulary};
    auto config = read(*root, context);
    if (!problems.fatal()) loaded.config = std::move(config);
    loaded.sources = std::move(context.sources);
  }
  loaded.problems = problems.take();
  return loaded;
}

namespace {

// A key that is listed twice counts as it stands first: what else the file says can be read.
Loaded readListener(std::string_view text, const Environment& environment) {
  Problems problems, ofDocument;
  Loaded loaded;
  if (const auto node = parseDocument(text, ofDocument)) {
    Context context{environment, problems, nullptr};
    Config config;
    if (auto zone = TimeZone::find(kDefaultZone)) config.zone = std::move(*zone);
    Reader root(*node, "", context);
    readLanguage(root, config);
    readListenToAsk(root, config.listen);
    if (!problems.fatal()) loaded.config = std::move(config);
  }
  loaded.problems = ofDocument.take();
  for (auto& problem : problems.take()) loaded.problems.push_back(std::move(problem));
  return loaded;
}

// The top-level sections that readListener() reads, each with the lines below it up to the next section, in
// their place; all other lines are empty.
std::string listenerLines(std::string_view text) {
  constexpr std::array<std::string_view, 3> kSections = {"language:", "time_zone:", "listen:"};
  std::string out;
  bool isWanted = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool begins = !line.empty() && line.front() != ' ' && line.front() != '\t' && line.front() != '#' &&
                        line.front() != '\r';
    if (begins)
      isWanted = std::ranges::any_of(kSections, [&](auto section) { return line.starts_with(section); });
    if (isWanted) out += line;
    out += '\n';
  }
  return out;
}

}  // namespace

Loaded loadListener(const std::string& path, const Environment& environment) {
  const auto text = environment.readFile(path);
  if (!text) return {std::nullopt, {{0, 0, phrase("cannot be read: {}", text.error().said()), false}}};
  auto beside = environment;
  beside.folder = path.substr(0, path.rfind('/') + 1);
  auto loaded = readListener(*text, beside);
  Problems problems;
  if (loaded.config || parseDocument(*text, problems)) return loaded;
  // A file that is being edited: the daemon goes on with what it took before, and is to be asked
  // nevertheless.
  auto rest = readListener(listenerLines(*text), beside);
  loaded.config = std::move(rest.config);
  return loaded;
}

Loaded loadFile(const std::string& path, const Environment& environment) {
  auto text = environment.readFile(path);
  auto beside = environment;
  beside.folder = path.substr(0, path.rfind('/') + 1);
  if (text) return load(*text, beside);
  return {std::nullopt, {{0, 0, phrase("cannot be read: {}", text.error().said()), false}}};
}

}  // namespace arrivald::config
