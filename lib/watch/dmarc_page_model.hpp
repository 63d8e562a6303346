// dmarc_page_model: fills the pages about DMARC reports.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pages/dmarc_page.hpp"
#include "watch/dmarc_view.hpp"

namespace arrivald::watch {

/// How reports come in.
struct DmarcIntake {
  std::optional<Instant> last;  ///< when the last input came since the start
  std::string path;             ///< of the folder; empty: none
  std::optional<DmarcFolder> folder;
};

pages::DmarcPage dmarcPageOf(const DmarcView& view, pages::DmarcFrame frame);
pages::DmarcIndex dmarcIndexOf(const std::vector<std::shared_ptr<const DmarcView>>& views,
                               const std::vector<store::DmarcAsideTable::Row>& refused,
                               const DmarcIntake& intake, pages::DmarcFrame frame);

}  // namespace arrivald::watch
