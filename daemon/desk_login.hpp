// DeskLogin: the pages that are there without a session: logging in and out, choosing a language.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/desk_gate.hpp"
#include "desk/login_throttle.hpp"
#include "desk/password_checker.hpp"
#include "desk/selections.hpp"

namespace arrivald {

/// What logging in works on; outlives it.
struct DeskLoginParts {
  Clock& clock;
  DeskGate& gate;
  desk::Sessions& sessions;
  desk::LoginThrottle& throttle;
  desk::PasswordChecker& passwords;
  desk::KeptForms& forms;
  desk::Selections& selections;
  desk::Record& record;
};

/// Resource; loop thread only.
class DeskLogin {
 public:
  explicit DeskLogin(DeskLoginParts parts) : parts_(parts) {}
  DeskLogin(const DeskLogin&) = delete;
  DeskLogin& operator=(const DeskLogin&) = delete;

  void use(std::shared_ptr<const config::Config> configuration) { config_ = std::move(configuration); }

  http::Response page(const http::ServerRequest& request);
  runtime::Task<http::Response> logIn(const http::ServerRequest& request);
  http::Response logOut(const http::ServerRequest& request);
  http::Response chooseLanguage(const http::ServerRequest& request);
  /// A link that ends with ?lang=en chooses the language as the form does; nothing if it names none.
  static std::optional<http::Response> languageOfLink(const http::ServerRequest& request);

 private:
  struct Attempt {
    std::string user, from, returnTo, kept;
  };
  http::Response show(const http::ServerRequest& request, unsigned status, pages::Message note,
                      const Attempt& attempt);
  http::Response refuse(const http::ServerRequest& request, const Attempt& attempt);
  http::Response welcome(const http::ServerRequest& request, const Attempt& attempt,
                         const config::DeskUser& user);
  void append(const Attempt& attempt, desk::Act act, const std::string& outcome);

  DeskLoginParts parts_;
  std::shared_ptr<const config::Config> config_;
};

}  // namespace arrivald
