// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/result.h"
#include "web/html.h"
#include "web/public_view.h"

namespace camp::web {

/// How a post's author is marked: a heading of the page, of a section, or of a post in a list.
enum class Heading { page, section, item };

/// A post of a member as an <article>.
Result<Html> post_html(View& view, const PublicPost& post, Heading heading);
/// A post of somebody elsewhere. Pictures of theirs are links: a page loads nothing from others.
Html remote_html(const RemoteReply& reply, Heading heading);
/// Posts one below the other, with a link to older ones at `path`; a sentence if there are none.
Result<Html> posts_html(View& view, const Posts& posts, const std::string& path,
                        std::string_view nothing);

/// What a post says, without its frame: words, then pictures.
Result<Html> words_of(View& view, const store::Released<store::Anyone>& post);
/// Pages name pictures by their paths, feeds by whole addresses.
enum class Addresses { paths, whole };
Html pictures_of(const View& view, const store::Released<store::Anyone>& post, Addresses addresses);

/// Where the names and tags in what somebody says of themselves lead.
Result<fed::NameLinks> links_in(View& view, const model::Profile& profile);

/// The content warning if there is one, else the first words: for titles and previews.
std::string preview_of(const store::Released<store::Anyone>& post, std::size_t columns);

/// The picture that a member chose, or their initial. Nothing that a reader must hear.
Html face_of(const View& view, const Member& member);
/// The whole address of a picture; empty for a type that nobody may have.
std::string media_url(const View& view, const model::Attachment& picture);

}  // namespace camp::web
