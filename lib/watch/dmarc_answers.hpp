// dmarc_answers: what commands and programs get when they ask about DMARC reports, as text or JSON.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "watch/dmarc_view.hpp"

namespace arrivald::watch {

// JSON. Domains in their order; ids and states are words that never change.
std::string dmarcSummaryJson(const std::vector<std::shared_ptr<const DmarcView>>& views);
std::string dmarcSourcesJson(const DmarcView& view);
std::string dmarcReadyJson(const DmarcView& view, Language language);
std::string dmarcRefusedJson(const std::vector<store::DmarcAsideTable::Row>& rows);

/// A domain in few words: what the command says, and the weekly message.
struct DmarcSummary {
  bool isKnown = false;  ///< false: there are only `head` and `first`
  std::string head, body, coverage;
  std::string first;  ///< what to do first; empty: nothing
};
DmarcSummary dmarcSummaryOf(const DmarcView& view, Language language);

// What people read at the command line.
std::string dmarcSummaryText(const std::vector<std::shared_ptr<const DmarcView>>& views, Language language);
std::string dmarcSourcesText(const DmarcView& view, Language language);
std::string dmarcReadyText(const DmarcView& view, Language language);
std::string dmarcRefusedText(const std::vector<store::DmarcAsideTable::Row>& rows, const TimeZone& zone,
                             Language language);

}  // namespace arrivald::watch
