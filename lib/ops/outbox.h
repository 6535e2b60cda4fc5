// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ops/open.h"
#include "store/outbox.h"

namespace camp::ops {

/// An object of the outbox, decoded.
struct WaitingObject {
  store::Waiting waiting;
  model::Object object;
};

/// Everything in the outbox that is an object, oldest first, but each after what it refers to: so
/// the origin can judge one after the other. What is none is moved aside.
Result<std::vector<WaitingObject>> waiting_objects(const store::Community& community);

/// Signs objects of the outbox again, with the present time and the key that speaks now: for what
/// was written with a wrong clock, or with a key that was laid down since. They get new ids, and so
/// does whatever in the outbox refers to them, but for what was accepted (full ids) as it is.
/// Returns how many are new. Kind::refused while the clock is wrong.
Result<std::size_t> sign_again(store::Community& community, const std::vector<ObjectId>& ids,
                               const std::set<std::string>& accepted);

}  // namespace camp::ops
