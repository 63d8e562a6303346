// dmarc_csv: the tables of DMARC reports as CSV files, whole, however long they are.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "runtime/file_thread.hpp"
#include "watch/dmarc_view.hpp"

namespace arrivald {

/// Whether there is a table of this name: "sources", "days" or "reporters".
bool isDmarcTable(std::string_view table);

/// Its columns are named in English, for programs. 503 while other files are being made.
http::Response dmarcCsv(std::shared_ptr<const watch::DmarcWhole> whole, std::string_view table,
                        runtime::FileThread& thread);

}  // namespace arrivald
