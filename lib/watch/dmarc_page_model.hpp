// dmarc_page_model: fills the pages about DMARC reports.
#pragma once

#include <vector>

#include "pages/dmarc_page.hpp"
#include "watch/dmarc_view.hpp"

namespace arrivald::watch {

pages::DmarcPage dmarcPageOf(const DmarcView& view, pages::DmarcFrame frame);
pages::DmarcIndex dmarcIndexOf(const std::vector<DmarcView>& views,
                               const std::vector<store::DmarcAsideTable::Row>& refused,
                               pages::DmarcFrame frame);

}  // namespace arrivald::watch
