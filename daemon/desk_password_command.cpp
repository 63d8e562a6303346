// `arrivald desk password`: the hash of a password, for desk.users of the configuration.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "daemon/commands.hpp"
#include "daemon/language.hpp"
#include "daemon/system_random.hpp"
#include "daemon/unit.hpp"
#include "desk/password.hpp"
#include "notify/catalogue.hpp"

namespace arrivald {
namespace {

/// Keeps a terminal from showing what is typed, as long as it lives.
class HiddenInput {
 public:
  HiddenInput() {
    if (isatty(STDIN_FILENO) == 0 || tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    isChanged_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  ~HiddenInput() {
    if (isChanged_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  bool isTerminal() const { return isChanged_; }

 private:
  termios before_{};
  bool isChanged_ = false;
};

// A line without its end; at most one byte more than a password may have.
Secret readLine() {
  std::string line;
  for (int c = std::getchar(); c != EOF && c != '\n' && line.size() <= desk::kMaxPasswordBytes;
       c = std::getchar())
    line += static_cast<char>(c);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return Secret(std::move(line));
}

}  // namespace

int deskPassword(const DeskPasswordOptions& options) {
  const auto& words =
      notify::Catalogue::of(commandLanguage(options.language, kDefaultConfig, operatorsEnvironment()));
  const auto say = [&](const std::string& text) { std::fputs(text.c_str(), stderr); };
  Secret password;
  {
    const HiddenInput input;
    if (input.isTerminal()) say(words.text("cli.password.ask"));
    password = readLine();
    if (input.isTerminal()) {
      say('\n' + words.text("cli.password.again"));
      const auto again = readLine();
      std::fputc('\n', stderr);
      if (!(password == again)) {
        say(words.text("cli.password.differ") + '\n');
        return kExitFailed;
      }
    }
  }
  const auto size = password.reveal().size();
  if (size < desk::kMinPasswordBytes || size > desk::kMaxPasswordBytes) {
    say(words.text("cli.password.size", {{"min", std::to_string(desk::kMinPasswordBytes)},
                                         {"max", std::to_string(desk::kMaxPasswordBytes)}}) +
        '\n');
    return kExitFailed;
  }
  const auto hash = desk::hashPassword(password, systemRandom(desk::kSaltBytes));
  std::printf("%s\n", hash.c_str());
  say(words.text("cli.password.write") +
      "\ndesk: {users: [{name: ops-1, role: operator, password: \"…\"}]}\n");
  return kExitOk;
}

}  // namespace arrivald
