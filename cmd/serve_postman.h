// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "base/file.h"
#include "serve_worker.h"

namespace camp::cmd {

/// Tells other servers what is new, as soon as it is; looks after the store once an hour. Another
/// thread fetches what waits to be fetched. Ends with the object.
class Postman {
 public:
  explicit Postman(Serving& serving);
  ~Postman();
  Postman(const Postman&) = delete;
  Postman& operator=(const Postman&) = delete;

 private:
  bool wait(std::chrono::milliseconds how_long);
  bool stopping();
  std::unique_ptr<Worker> open_worker();
  void run_errands();
  Result<void> look_for_errands(Worker& worker);
  void carry_mail();
  std::optional<FileLock> begin(const store::Community& community);
  Result<void> look(Worker& worker);

  Serving& serving_;
  std::thread mail_, errands_;
};

}  // namespace camp::cmd
