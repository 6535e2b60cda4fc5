// SPDX-License-Identifier: MIT
#include "serve_worker.h"

#include <fmt/format.h>

#include <variant>

#include "cli/print.h"
#include "fed/describe.h"
#include "fed/elsewhere.h"
#include "fed/git_http.h"

namespace camp::cmd {
namespace {

/// Logs what became of a message.
http::Response told(Serving& serving, fed::Received received, const std::string& peer) {
  if (!received.reason.empty()) {
    serving.log(fmt::format("inbox: {} of {}: {}", received.type.empty() ? "?" : received.type,
                            received.actor.empty() ? peer : received.actor, received.reason));
  }
  if (received.answer.status == 202) serving.wake_postman();
  return std::move(received.answer);
}

http::Response busy() {
  http::Response sorry{.status = 503};
  sorry.headers.set("Retry-After", "10");
  return sorry;
}

}  // namespace

void Serving::log(std::string line) {
  if (server == nullptr) return;
  server->post([this, line = std::move(line)] { context.out.note("{}", cli::Foreign{line}); });
}

void Serving::wake_postman() {
  const std::lock_guard lock(mutex);
  something_came = true;
  wake.notify_all();
}

Result<std::unique_ptr<Worker>> Worker::open(Serving& serving) {
  auto community = std::make_unique<store::Community>(
      CAMP_TRY(store::Community::open(serving.directory, serving.context.env)));
  auto federation = CAMP_TRY(fed::Federation::open(*community, serving.site, serving.client));
  return std::unique_ptr<Worker>(new Worker(serving, std::move(community), std::move(federation)));
}

http::Response Worker::answer(const http::Request& request) {
  if (auto served = fed::serve_git(*community_, serving_.site.host(), request)) {
    return *std::move(served);
  }
  if (request.method == "POST" && fed::is_inbox(request.path)) return receive(request);
  if (auto follow = told_follow(request)) return *std::move(follow);
  if (auto found = fed::serve_discovery(discovery(), request)) return *std::move(found);
  const web::PageContext context = pages();
  if (auto page = web::serve_page(context, request)) return *std::move(page);
  return web::page_not_found(context);
}

http::Response Worker::receive(const http::Request& request) {
  fed::InboxContext inbox = federation_->inbox();
  auto reading = fed::read_message(inbox, request);
  if (auto* received = std::get_if<fed::Received>(&reading)) {
    return told(serving_, std::move(*received), request.peer);
  }
  http::Response response;
  response.later =
      [this, peer = request.peer,
       message = std::get<fed::Message>(std::move(reading))](const http::Respond& respond) mutable {
        fed::InboxContext context = federation_->inbox();
        // Another worker may take it: nothing of this one is used then.
        const auto answer = [&serving = serving_, peer, respond](fed::Received received) {
          respond(told(serving, std::move(received), peer));
        };
        serving_.inbox.bring(context, std::move(message), answer);
      };
  return response;
}

/// A Follow is nobody's to read, but whoever was sent it may look it up by its id.
std::optional<http::Response> Worker::told_follow(const http::Request& request) {
  const auto id = serving_.site.object_in(serving_.site.origin() + request.path);
  if (!id || (request.method != "GET" && request.method != "HEAD")) return std::nullopt;
  const auto told = fed::told_follow(federation_->db(), *id);
  if (!told || told->empty()) return std::nullopt;
  http::Response found;
  found.headers.set("Content-Type", "application/activity+json");
  found.headers.set("Cache-Control", "private, no-store");
  found.body = *told;
  return found;
}

fed::DiscoveryContext Worker::discovery() {
  fed::DiscoveryContext context{.community = *community_,
                                .site = serving_.site,
                                .version = CAMP_VERSION,
                                .elsewhere = fed::elsewhere_known(*community_, federation_->db()),
                                .authorized_fetch = serving_.authorized_fetch};
  context.describe = [this](const OwnerId& member, fed::ActorProfile& profile) {
    return fed::describe_member(*community_, serving_.site, member, profile);
  };
  context.signer = [this](const http::Request& request) {
    fed::InboxContext inbox = federation_->inbox();
    return fed::signer_of(inbox, request);
  };
  context.is_blocked = [this](const OwnerId& member, const std::string& actor) {
    return fed::is_blocked_by(*community_, federation_->db(), member, actor);
  };
  return context;
}

web::PageContext Worker::pages() {
  return {.community = *community_,
          .site = serving_.site,
          .server = &federation_->db(),
          .memory = &page_memory_,
          .report = [this](const Error& error) { serving_.log("a page: " + error.message); }};
}

http::Handler make_handler(Serving& serving) {
  auto owned = std::make_shared<std::unique_ptr<Worker>>();
  const auto begin = [&serving, owned] {
    auto worker = Worker::open(serving);
    if (!worker) {
      serving.log("a worker could not begin: " + worker.error().message);
      return false;
    }
    *owned = *std::move(worker);
    return true;
  };
  begin();
  return [owned, begin](const http::Request& request) {
    return *owned || begin() ? (*owned)->answer(request) : busy();
  };
}

}  // namespace camp::cmd
