// SPDX-License-Identifier: MIT
#include "cli/run.h"

#include <algorithm>
#include <exception>

#include "cli/help.h"
#include "cli/parse.h"

namespace camp::cli {
namespace {

Format format_of(const Globals& globals, const Session& session) {
  if (globals.json) return Format::json;
  if (globals.jsonl) return Format::jsonl;
  return session.terminal.out && !globals.plain ? Format::human : Format::plain;
}

bool wants_color(const Globals& globals, const Env& env, const Session& session) {
  if (globals.color != "auto") return globals.color == "always";
  if (env.variable("NO_COLOR")) return false;
  if (globals.plain) return false;
  const auto forced = env.variable("CLICOLOR_FORCE");
  if (forced && *forced != "0") return true;
  return session.terminal.out && env.variable("TERM").value_or("") != "dumb";
}

/// An error in the command line may come before its --json was read.
void guess_format(std::span<const std::string> words, Globals& globals) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  globals.json = globals.json || std::find(words.begin(), mark, "--json") != mark;
  globals.jsonl = globals.jsonl || std::find(words.begin(), mark, "--jsonl") != mark;
}

/// Texts for people that are no data: help goes out as it is, whatever the format.
int show(const Session& session, const std::string& text) {
  session.out << text;
  session.out.flush();
  return 0;
}

Result<int> call(const Parsed& parsed, Context& context) {
  try {
    return parsed.command().run(context);
  } catch (const std::exception& error) {
    return fail(Kind::bug, std::string("this is a bug in camp: ") + error.what(),
                "please report it, with the command that you ran");
  }
}

int report(Printer& out, const Error& error) {
  out.finish(false);
  out.error(error);
  out.finish(false);
  return exit_code(error.kind);
}

}  // namespace

PrintSettings print_settings(const Globals& globals, const Env& env, const Session& session) {
  PrintSettings settings;
  settings.format = format_of(globals, session);
  settings.color = wants_color(globals, env, session);
  settings.flush_lines = session.terminal.out;
  settings.width = session.terminal.width;
  settings.quiet = globals.quiet;
  settings.verbose = globals.verbose;
  settings.now_ms = env.now_ms;
  if (session.terminal.out && session.start_pager) {
    const auto own = env.variable("CAMP_PAGER");
    const std::string pager = own ? *own : env.variable("PAGER").value_or("less -FRX");
    if (pager != "cat") {
      settings.start_pager = [start = session.start_pager, pager] { start(pager); };
    }
  }
  return settings;
}

int run(const Command& root, std::span<const std::string> words, const Env& env,
        const Session& session) {
  Globals globals;
  Parsed parsed;
  const Result<void> read = parse(root, words, globals, parsed);
  if (!read) guess_format(words, globals);
  Printer out(session.out, session.err, print_settings(globals, env, session));
  if (!read) return report(out, read.error());
  if (globals.help) return show(session, help_text(parsed.path, session.terminal.width));
  const Command* command = globals.version ? find(root.subcommands, "version") : parsed.path.back();
  if (command == &root || command == nullptr) {
    return show(session, short_help(root, session.terminal.width));
  }
  parsed.path.back() = command;
  if (session.before_run) session.before_run(command->needs);
  Context context{env,
                  globals,
                  session.terminal,
                  out,
                  root,
                  session.read_input,
                  session.read_some,
                  session.interrupted};
  const Result<int> result = call(parsed, context);
  if (!result) return report(out, result.error());
  out.finish();
  return *result;
}

}  // namespace camp::cli
