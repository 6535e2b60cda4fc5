// SPDX-License-Identifier: MIT
#include "store/settings.h"

#include <fmt/format.h>

#include <sstream>

#include <toml++/toml.h>

namespace camp::store {
namespace {

constexpr std::string_view kPeopleFile = "camp.toml";
constexpr std::string_view kMachineFile = "state/config.toml";
constexpr std::size_t kMaxBytes = 64 << 10;

Result<toml::table> read_table(const Directory& root, std::string_view name) {
  const std::string text = CAMP_TRY(root.read_file(name, kMaxBytes));
  try {
    return toml::parse(text, std::string(name));
  } catch (const toml::parse_error& error) {
    return fail(Kind::failed,
                fmt::format("{} line {}: {}", name, error.source().begin.line, error.description()),
                fmt::format("correct {}/{}", root.path(), name));
  }
}

tl::unexpected<Error> wrong(const toml::node& node, std::string_view file, std::string_view what) {
  return fail(Kind::failed, fmt::format("{} line {}: {}", file, node.source().begin.line, what),
              fmt::format("correct {}; camp.toml in camp-store(5) lists the settings", file));
}

Result<std::string> text_of(const toml::node& node, std::string_view file) {
  if (const auto value = node.value_exact<std::string>()) return *value;
  return wrong(node, file, "a text in quotes is wanted");
}

Result<bool> flag_of(const toml::node& node, std::string_view file) {
  if (const auto value = node.value_exact<bool>()) return *value;
  return wrong(node, file, "true or false is wanted");
}

Result<void> read_people_file(const Directory& root, Settings& settings) {
  const toml::table table = CAMP_TRY(read_table(root, kPeopleFile));
  for (const auto& [key, node] : table) {
    if (key == "host") {
      const std::string host = CAMP_TRY(text_of(node, kPeopleFile));
      if (settings.host.empty()) settings.host = host;
    } else if (key == "clone_local") {
      settings.clone_local = CAMP_TRY(flag_of(node, kPeopleFile));
    } else {
      return wrong(node, kPeopleFile, fmt::format("'{}' is no setting", key.str()));
    }
  }
  return {};
}

Result<void> read_machine_file(const Directory& root, Settings& settings) {
  const toml::table table = CAMP_TRY(read_table(root, kMachineFile));
  settings.format = static_cast<int>(table["format"].value_or(std::int64_t{0}));
  if (settings.format != kFormat) {
    return fail(Kind::failed,
                fmt::format("this community is of format {}, and this camp knows format {}",
                            settings.format, kFormat),
                "use the version of camp that wrote it, or a newer one");
  }
  settings.community = CAMP_TRY(OwnerId::parse(table["community"].value_or(std::string())));
  const std::string member = table["member"].value_or(std::string());
  if (!member.empty()) settings.own_member = CAMP_TRY(OwnerId::parse(member));
  settings.origin = table["origin"].value_or(std::string());
  settings.mirror = table["mirror"].value_or(false);
  // What a clone's origin said counts more than its own camp.toml, where nothing is to be set.
  if (const auto host = table["host"].value<std::string>(); host && settings.is_clone()) {
    settings.host = *host;
  }
  return {};
}

}  // namespace

Result<Settings> read_settings(const Directory& root) {
  Settings settings;
  CAMP_TRY(read_machine_file(root, settings));
  CAMP_TRY(read_people_file(root, settings));
  return settings;
}

Result<void> write_settings(const Directory& root, const Settings& settings) {
  toml::table table{{"format", settings.format}, {"community", settings.community.text()}};
  if (!settings.own_member.empty()) table.insert("member", settings.own_member.text());
  if (settings.is_clone()) table.insert("origin", settings.origin);
  if (settings.mirror) table.insert("mirror", true);
  if (settings.is_clone() && !settings.host.empty()) table.insert("host", settings.host);
  std::ostringstream text;
  text << "# Written by camp; settings for people are in ../camp.toml.\n" << table << "\n";
  return root.write_file_atomically(kMachineFile, text.str());
}

std::string initial_camp_toml(std::string_view name, std::string_view host) {
  const std::string host_line =
      host.empty() ? "# host = \"friend.camp\"\n" : fmt::format("host = \"{}\"\n", host);
  return fmt::format(
      "# Settings of the community \"{}\". camp reads this file and never changes it.\n"
      "# A line that starts with # is a comment that shows the default.\n"
      "\n"
      "# The domain under which people reach this community. Needed before it federates.\n"
      "{}"
      "\n"
      "# Whether members' own clones may hold local posts.\n"
      "# clone_local = true\n",
      name, host_line);
}

}  // namespace camp::store
