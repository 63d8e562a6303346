// release_json: releases, their follow-up and the record as JSON, for commands and programs. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "desk/refusal.hpp"
#include "desk/releases.hpp"

namespace arrivald::desk {

/// {"id","user","created","state","version","rehearsal","decision":{…},"left_today","items":[…],"left_out":[…]}.
/// Holds personal data, as do the others.
std::string releaseJson(const ReleaseView& view, const std::vector<LeftOut>& leftOut = {});
/// {"counts":{"delivered":38,…},"items":[{"release","user","released",…}]}: newest first.
std::string followupJson(const std::vector<store::ReleasedItem>& items,
                         const std::map<suppression::Aftermath, std::size_t>& counts);
/// {"rows":[…],"check":{"rows","first_broken","head"}}: newest first.
std::string auditJson(const std::vector<store::RecordRow>& rows, const store::RecordCheck& check);
/// {"refused":[{"why","limit":{…},"typed","wanted","error"}]}
std::string refusalsJson(const Refusals& refusals);

}  // namespace arrivald::desk
