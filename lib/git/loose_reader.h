// SPDX-License-Identifier: MIT
#pragma once

#include "git/libgit2.h"

namespace camp::git {

/// The object database of a directory `objects` and of every absolute path that its alternates
/// name. Loose objects are read with our code instead of libgit2's, which (1.5.1) loops for ever on
/// a file that was cut short and writes past its buffer on one whose header claims too little
/// (libgit2 issues 7342 and 7177). A cut file is what a bad disk or a power cut leaves. Packs and
/// all writing stay libgit2's; writing syncs.
Result<OdbPtr> open_objects(const std::string& objects);

}  // namespace camp::git
