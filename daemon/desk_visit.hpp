// DeskVisit: one request of somebody who is let in to the desk, and what its pages have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "desk/form.hpp"
#include "desk/users.hpp"
#include "http/server.hpp"
#include "pages/shell.hpp"
#include "pages/texts.hpp"

namespace arrivald {

struct DeskVisit {
  const http::ServerRequest& request;
  const config::Config& config;
  Instant now{};
  desk::Actor actor;
  std::string csrf;  ///< the token of this session's forms
  Language language = Language::japanese;
  desk::Form query, form;
  /// `showAgain`: the form lacks the token of the session. Nothing that it asks for may be done.
  enum class Trust : std::uint8_t { full, showAgain } trust = Trust::full;

  const pages::Texts& texts() const { return pages::Texts::of(language); }
  /// What stands behind `prefix` in the path, percent-decoded.
  std::string behind(std::string_view prefix) const;
  /// Path and query of this page.
  std::string here() const;
};

/// The frame of a page for this visit, with the notes that every page carries.
pages::Shell shellOf(const DeskVisit& visit, pages::Tab tab);
/// The same without anybody logged in.
pages::Shell emptyShell(const config::Config& config, Instant now, Language language, std::string here);

http::Response htmlResponse(unsigned status, std::string html);
/// 303: the answer to every form that did what it was sent for.
http::Response seeOther(const std::string& path);
/// `key`: "problem.denied"; its sentence is under "….text", with `time` filled in.
http::Response problemResponse(pages::Shell shell, unsigned status, const std::string& key,
                               const std::string& time = "");
http::Response problemResponse(const DeskVisit& visit, unsigned status, const std::string& key);

/// That of the cookie, else what the browser asks for, else that of the configuration.
Language languageOf(const http::Headers& headers, const config::Config& config);

}  // namespace arrivald
