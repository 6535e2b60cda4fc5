// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/run.h"

/// A small camp to try the engine on.
namespace sample {

struct Options {
  std::string to = "local";
  std::vector<std::string> only = {};
  std::optional<std::string> summary = {};
  std::vector<std::string> text = {};
  std::string id = {};
  std::optional<std::int64_t> number = {};
  bool all = false;
  std::string handle = {};
};

struct Camp {
  std::shared_ptr<Options> options = std::make_shared<Options>();
  camp::cli::Command root = {};
  std::vector<std::string> ran = {};  ///< the commands that ran
};

/// post, timeline, reply, `member add|list`, fail, throw and version.
std::unique_ptr<Camp> make_camp();

/// A clock that stands still, no chance, and these variables.
camp::Env env(std::vector<std::pair<std::string, std::string>> variables = {});

struct Outcome {
  int code = 0;
  std::string out = {};
  std::string err = {};
};

/// Runs one command line as `main` would, without a terminal unless `terminal` says so.
Outcome run(const camp::cli::Command& root, std::vector<std::string> words,
            const camp::Env& env = sample::env(), camp::cli::Terminal terminal = {});

}  // namespace sample
