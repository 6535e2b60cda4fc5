// SPDX-License-Identifier: MIT
#include "ops/sync.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"

namespace camp::cmd {
namespace {

Json report_json(const ops::SyncReport& report) {
  Json refused = Json::array(), peers = Json::array();
  for (const ops::SyncRefusal& each : report.refused) {
    refused.push_back({{"from", each.from},
                       {"object", each.object},
                       {"reason", each.reason},
                       {"waits", each.waits}});
  }
  for (const ops::SyncPeer& peer : report.peers) {
    Json row{{"host", peer.host}, {"state", peer.state}};
    if (peer.state != "ok") row["error"] = peer.error.message;
    peers.push_back(std::move(row));
  }
  return {{"fetched", report.fetched},
          {"submitted", report.submitted},
          {"delivered", report.delivered},
          {"deferred", report.deferred},
          {"late", report.late},
          {"media", report.media},
          {"wishes", report.wishes},
          {"posts", report.posts},
          {"notices", report.notices},
          {"gone", report.gone},
          {"refused", refused},
          {"peers", peers}};
}

void summarize(cli::Context& context, const ops::SyncReport& report) {
  cli::Printer& out = context.out;
  print_refusals(out, report.refused);
  if (report.renewed > 0) {
    out.note("signed {} again: this machine's clock or key was not right when they were written",
             cli::Own{counted(report.renewed, "object")});
  }
  if (report.origin_is_behind || report.withheld > 0) {
    out.note(
        "the origin lacks what it had before: if it was put back from an old copy, its admin "
        "runs 'camp restore --from-clone' with this directory");
  }
  out.detail("fetched {}, sent {}", cli::Own{counted(report.fetched, "object")}, report.submitted);
  if (report.posts + report.notices + report.gone > 0) {
    out.detail("from elsewhere {} and {} came, {} went", cli::Own{counted(report.posts, "post")},
               cli::Own{counted(report.notices, "notice")},
               cli::Own{counted(report.gone, "record")});
  }
  if (report.wishes > 0) {
    out.detail("the origin did {}", cli::Own{counted(report.wishes, "thing") + " that waited"});
  }
  if (!report.knows_elsewhere) out.detail("the origin brings nothing of people elsewhere");
  if (report.late > 0) {
    out.detail("{} written more than a day ago: nobody is notified of them",
               cli::Own{counted(report.late, "object")});
  }
  if (report.delivered + report.deferred + report.dropped > 0) {
    out.detail("told other servers {}, {} to be tried again, {} not wanted",
               cli::Own{counted(report.delivered, "message")}, report.deferred, report.dropped);
  }
  if (report.media > 0) out.detail("{} came", cli::Own{counted(report.media, "picture")});
}

Result<int> run(cli::Context& context, bool media) {
  auto community = CAMP_TRY(ops::open_community(context.env, context.globals.directory));
  const ops::SyncReport report = CAMP_TRY(ops::sync(
      community,
      {.media = media, .dry_run = context.globals.dry_run, .progress = progress_on(context)}));
  context.out.document(report_json(report));
  if (!report.ran) {
    context.out.detail("another sync is at work");
    return 0;
  }
  if (context.globals.dry_run) {
    context.out.say("would send {}", cli::Own{counted(report.submitted, "object")});
    return 0;
  }
  summarize(context, report);
  const bool lost = std::any_of(report.refused.begin(), report.refused.end(),
                                [](const ops::SyncRefusal& refusal) { return refusal.for_good(); });
  for (const ops::SyncPeer& peer : report.peers) {
    if (peer.state == "ok") continue;
    // Told once and never again, so it counts for more than a peer that may answer next time.
    if (lost) {
      context.out.note("{}: {}", cli::Foreign{peer.host}, cli::Foreign{peer.error.message});
      continue;
    }
    if (context.out.machine()) return exit_code(peer.error.kind);
    return tl::unexpected<Error>(peer.error);
  }
  return lost ? exit_code(Kind::refused) : 0;
}

}  // namespace

cli::Command sync_command() {
  auto media = std::make_shared<bool>(false);
  return {
      .name = "sync",
      .summary = "Send what waits, fetch what is new, and tidy up",
      .details =
          "In a clone: sends what was written here to the origin, which answers for each object, "
          "and fetches what others wrote, also what people elsewhere did. Everywhere: removes what "
          "was deleted more than a day "
          "ago and packs what is old. Safe from cron, every few minutes: it says nothing when all "
          "is well, and a second one that starts meanwhile ends at once. What the origin refuses "
          "for good is named with its reason, its words are kept in outbox/refused, and sync ends "
          "with 4.",
      .group = cli::Group::everyday,
      .options = {{.name = "media",
                   .help = "fetch all pictures, not only those that are looked at",
                   .to = media.get()}},
      .examples = {{"camp sync", ""},
                   {"camp sync -v", "with a summary"},
                   {"*/5 * * * * camp -C /home/bo/friend-camp sync", "a line for crontab -e"}},
      .exits = {Kind::not_found, Kind::refused, Kind::network, Kind::damaged, Kind::busy},
      .environment = {"CAMP_SSH", "CAMP_INSECURE_LOOPBACK"},
      .needs = cli::Needs::write,
      .run = [media](cli::Context& context) { return run(context, *media); },
  };
}

}  // namespace camp::cmd
