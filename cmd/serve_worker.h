// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cli/context.h"
#include "fed/discovery.h"
#include "fed/federation.h"
#include "fed/inbox_queue.h"
#include "fed/receive.h"
#include "http/server.h"
#include "store/community.h"
#include "web/serve.h"

namespace camp::cmd {

/// What all threads of one server share.
struct Serving {
  cli::Context& context;
  std::string directory;
  const fed::Site& site;
  http::Client& client;
  bool authorized_fetch = false;
  http::Server* server = nullptr;
  fed::InboxQueue inbox = {};

  std::mutex mutex = {};
  std::condition_variable wake = {};
  bool stopping = false;
  bool something_came = false;

  /// A line of the log, from any thread.
  void log(std::string line);
  void wake_postman();
};

/// One thread's own store, and what it answers.
class Worker {
 public:
  static Result<std::unique_ptr<Worker>> open(Serving& serving);

  /// Whatever the path is: git, an inbox, what other servers look up, a page, or the page that says
  /// that nothing is there.
  http::Response answer(const http::Request& request);

  fed::Federation& federation() { return *federation_; }
  store::Community& community() { return *community_; }

 private:
  Worker(Serving& serving, std::unique_ptr<store::Community> community,
         std::unique_ptr<fed::Federation> federation)
      : serving_(serving), community_(std::move(community)), federation_(std::move(federation)) {}
  http::Response receive(const http::Request& request);
  std::optional<http::Response> told_follow(const http::Request& request);
  fed::DiscoveryContext discovery();
  web::PageContext pages();

  Serving& serving_;
  std::unique_ptr<store::Community> community_;
  std::unique_ptr<fed::Federation> federation_;
  web::PageMemory page_memory_;
};

/// What a thread of the server answers with. One that could not begin, because somebody else was at
/// the files, tries with every request.
http::Handler make_handler(Serving& serving);

}  // namespace camp::cmd
