#include "daemon/runbooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/responses.hpp"
#include "pages/assets.hpp"
#include "pages/template.hpp"
#include "rules/defaults.hpp"

namespace arrivald {
namespace {

constexpr std::string_view kPath = "/runbooks/";

const Runbook* named(std::string_view alert) {
  const auto all = runbooks();
  const auto found = std::ranges::find(all, alert, &Runbook::alert);
  return found == all.end() ? nullptr : &*found;
}

// Whether both are about the same: of one kind, and where the kind has many uses, the same one.
bool isLike(const rules::Rule& one, const rules::Rule& other) {
  if (one.kind.index() != other.kind.index()) return false;
  if (const auto* rate = std::get_if<rules::RateThreshold>(&one.kind))
    return rate->input == std::get<rules::RateThreshold>(other.kind).input;
  if (const auto* threshold = std::get_if<rules::Threshold>(&one.kind))
    return threshold->input == std::get<rules::Threshold>(other.kind).input;
  if (const auto* dmarc = std::get_if<rules::Dmarc>(&one.kind))
    return dmarc->sign == std::get<rules::Dmarc>(other.kind).sign;
  if (const auto* read = std::get_if<rules::NothingRead>(&one.kind))
    return read->sources == std::get<rules::NothingRead>(other.kind).sources;
  return true;
}

// Kinds and inputs that no default rule has.
std::string_view nearest(const rules::Rule& rule) {
  if (std::holds_alternative<rules::Threshold>(rule.kind)) return "overdue";
  if (std::holds_alternative<rules::NothingRead>(rule.kind)) return "not-readable";
  return "delivery-rate";
}

// What stands between backticks is a command.
void addLine(std::string& html, std::string_view line) {
  for (bool isCode = false; !line.empty(); isCode = !isCode) {
    const auto end = std::min(line.find('`'), line.size());
    if (isCode) html += "<code>";
    html += pages::escapeHtml(line.substr(0, end));
    if (isCode) html += "</code>";
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

// Headings, lists and paragraphs of one line each: runbooks have nothing else.
std::string rendered(std::string_view text) {
  std::string html;
  bool inList = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool isItem = line.starts_with("- ");
    if (isItem != inList) html += isItem ? "<ul>" : "</ul>\n";
    inList = isItem;
    if (line.empty()) continue;
    const std::string_view tag = isItem                    ? "li"
                                 : line.starts_with("## ") ? "h2"
                                 : line.starts_with("# ")  ? "h1"
                                                           : "p";
    if (tag != "p") line.remove_prefix(line.find(' ') + 1);
    html += fmt::format("<{}>", tag);
    addLine(html, line);
    html += fmt::format("</{}>\n", tag);
  }
  return inList ? html + "</ul>\n" : html;
}

}  // namespace

const Runbook* runbookOf(std::string_view alert, const std::vector<rules::Rule>& configured) {
  if (const auto* own = named(alert)) return own;
  const auto rule = std::ranges::find(configured, alert, &rules::Rule::name);
  if (rule == configured.end()) return nullptr;
  for (const auto& defaults : {rules::defaults(), rules::deskDefaults(), rules::dmarcDefaults()})
    for (const auto& one : defaults)
      if (isLike(*rule, one))
        if (const auto* like = named(one.name)) return like;
  return named(nearest(*rule));
}

http::Response runbookResponse(const http::ServerRequest& request, const config::Config& config) {
  const auto* runbook = runbookOf(std::string_view(request.path).substr(kPath.size()), config.rules);
  if (!runbook) return notFound(request, config.language, "runbook");
  const bool isJapanese = languageOf(request, config.language) == Language::japanese;
  return pageResponse(200,
                      fmt::format("<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">"
                                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                                  "<title>{} | arrivald</title><link rel=\"stylesheet\" href=\"{}\"></head>\n"
                                  "<body><main id=\"main\" class=\"wrap\">\n{}</main></body></html>\n",
                                  isJapanese ? "ja" : "en", runbook->alert, pages::stylePath(),
                                  rendered(isJapanese ? runbook->japanese : runbook->english)));
}

}  // namespace arrivald
