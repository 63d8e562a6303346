// desk_routes: what the desk answers to each path: a request becomes a use case, and its result a page.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/desk_visit.hpp"
#include "desk/address_answer.hpp"
#include "desk/entries.hpp"
#include "desk/group_answer.hpp"
#include "desk/kept_forms.hpp"
#include "desk/look_ups.hpp"
#include "desk/record.hpp"
#include "desk/release_entries.hpp"
#include "desk/releases.hpp"
#include "desk/selections.hpp"
#include "desk/unread_lists.hpp"
#include "runtime/file_thread.hpp"
#include "watch/owners.hpp"

namespace arrivald {

/// What the routes work on; outlives them.
struct RouteParts {
  watch::Owners& owners;
  desk::Entries& entries;
  const desk::Addresses& addresses;
  const desk::Groups& groups;
  desk::Selections& selections;
  desk::Releases& releases;
  desk::Record& record;
  desk::LookUps& lookUps;
  const desk::ReleaseClients& clients;
  runtime::FileThread& files;
  desk::KeptForms& forms;
};

// The list.
http::Response listPage(const RouteParts& parts, const DeskVisit& visit);
http::Response changeSelection(const RouteParts& parts, const DeskVisit& visit);

// Files of what the list and the record show.
http::Response exportCsv(const RouteParts& parts, const DeskVisit& visit);
runtime::Task<http::Response> exportWorkbook(const RouteParts& parts, const DeskVisit& visit);
http::Response exportRecord(const RouteParts& parts, const DeskVisit& visit);

// One address.
http::Response askAboutAddress(const RouteParts& parts, const DeskVisit& visit);
http::Response addressPage(const RouteParts& parts, const DeskVisit& visit);
http::Response wholeReply(const RouteParts& parts, const DeskVisit& visit);

// Groups of receivers.
http::Response groupsPage(const RouteParts& parts, const DeskVisit& visit);
http::Response groupPage(const RouteParts& parts, const DeskVisit& visit);

// Releases.
http::Response draftRelease(const RouteParts& parts, const DeskVisit& visit);
http::Response releasePage(const RouteParts& parts, const DeskVisit& visit);
http::Response decideRelease(const RouteParts& parts, const DeskVisit& visit);
http::Response followupPage(const RouteParts& parts, const DeskVisit& visit);
runtime::Task<http::Response> undoRelease(const RouteParts& parts, const DeskVisit& visit);
/// The same for some entries, from the list.
http::Response draftOf(const RouteParts& parts, const DeskVisit& visit,
                       const std::vector<suppression::EntryId>& entries, const std::string& back);

// The record.
http::Response recordPage(const RouteParts& parts, const DeskVisit& visit);
http::Response filterRecord(const RouteParts& parts, const DeskVisit& visit);

/// 403 to who may not do it, which stands in the record, too. `what`: in a word, for the record.
http::Response deniedResponse(const RouteParts& parts, const DeskVisit& visit, std::string_view what);
/// The form of a visit that is not to be trusted yet, filled in as it came, with a new token: nothing that it
/// asks for was done.
http::Response formAgain(const RouteParts& parts, const DeskVisit& visit);
/// The same for that of a draft; nothing if it is not one of this person.
std::optional<http::Response> draftAgain(const RouteParts& parts, const DeskVisit& visit);

/// What pages say of lists that were not read; nothing if all were.
std::optional<pages::Message> unreadMessage(const RouteParts& parts, const DeskVisit& visit,
                                            const std::vector<desk::UnreadList>& unread, const char* title);

/// Says first of each incident that goes on and explains one of the entries that a release has to wait.
void addOngoing(const DeskVisit& visit, const std::vector<desk::ListedEntry>& entries, pages::Shell& shell);

/// Why a row cannot be ticked or released, for its lock.
std::string lockText(const DeskVisit& visit, const desk::Lock& lock);

}  // namespace arrivald
