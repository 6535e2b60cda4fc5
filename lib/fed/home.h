// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fed/home_lines.h"
#include "fed/people_list.h"
#include "fed/submission.h"
#include "store/community.h"

namespace camp::fed {

/// The remote home of a member, as records, what is newest of each kind first: whom they follow and
/// who asks to follow them, what they were told, the posts that their timeline shows, with whoever
/// boosted them there, and what these answer, as far as the member may read it. Never more than
/// home_lines.h allows. Nothing of whom the community blocks (`blocked`).
Result<std::vector<std::string>> home_of(index::ServerDb& db, const Site& site,
                                         const PeopleList& blocked, const OwnerId& member,
                                         const std::string& handle);

/// A post of somebody elsewhere, if it is here and the member may read it.
Result<std::optional<model::RemotePost>> post_elsewhere(const store::Community& community,
                                                        const OwnerId& member,
                                                        const std::string& uri);

/// What of a home a clone lacks that holds these digests, up to the size of one page.
HomePage page_for(const std::vector<std::string>& home, const std::vector<std::string>& held);

/// Answers a line about people elsewhere (is_home_line) of a member who proved who they are. Nobody
/// may hold the writers' lock. An answer to somebody who asks to follow may have to ask their
/// server.
Result<Answer> serve_home_line(store::Community& community, const OwnerId& member,
                               std::string_view line);

/// Says yes or no to somebody who asks to follow a member.
Result<void> answer_follow_request(store::Community& community, const OwnerId& member,
                                   const std::string& handle, const index::FollowRequest& request,
                                   bool accept);

}  // namespace camp::fed
