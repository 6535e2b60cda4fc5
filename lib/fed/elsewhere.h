// SPDX-License-Identifier: MIT
#pragma once

#include "fed/names.h"
#include "fed/remote.h"
#include "index/server_db.h"

namespace camp::fed {

/// What is known of other servers, for rendering. People whom nobody has met yet are asked for
/// through WebFinger; `patient` makes a server that does not answer an error (Kind::network), else
/// its people are unknown. All must outlive the result.
Elsewhere elsewhere_of(const store::Community& community, index::ServerDb& db, Remote& remote,
                       bool patient);
/// The same without asking anybody: for answering requests.
Elsewhere elsewhere_known(const store::Community& community, index::ServerDb& db);

}  // namespace camp::fed
