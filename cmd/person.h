// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/json.h"
#include "cli/print.h"
#include "cli/spec.h"
#include "ops/whom.h"

namespace camp::cmd {

/// A person, or a host, in the stable form of `--json`: `kind`, `handle` without its @, `name` and
/// `id`.
Json person_json(const ops::Whom& whom);

/// "@bo", "@a@host", "host": what another server says of its people is not ours.
cli::Foreign handle_of(const ops::Whom& whom);

/// Completion of whom the actor follows, blocks or mutes: of one of their own lists.
cli::Completer complete_list(const char* type);

}  // namespace camp::cmd
