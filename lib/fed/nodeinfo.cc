// SPDX-License-Identifier: MIT
#include "fed/nodeinfo.h"

#include <nlohmann/json.hpp>

namespace camp::fed {
namespace {

constexpr std::string_view kSchema = "http://nodeinfo.diaspora.software/ns/schema/";

std::string number_of(NodeInfoVersion version) {
  return version == NodeInfoVersion::v2_0 ? "2.0" : "2.1";
}

Json usage_of(const NodeFacts& facts) {
  if (!facts.usage) return {{"users", Json::object()}};
  return {{"users", {{"total", facts.usage->members}}}, {"localPosts", facts.usage->public_posts}};
}

}  // namespace

Json nodeinfo_index(const Site& site) {
  Json links = Json::array();
  for (const NodeInfoVersion version : {NodeInfoVersion::v2_0, NodeInfoVersion::v2_1}) {
    links.push_back({{"rel", std::string(kSchema) + number_of(version)},
                     {"href", site.origin() + "/nodeinfo/" + number_of(version)}});
  }
  return {{"links", links}};
}

Json nodeinfo_document(const NodeFacts& facts, NodeInfoVersion version) {
  return {{"version", number_of(version)},
          {"software", {{"name", "camp"}, {"version", facts.version}}},
          {"protocols", Json::array({"activitypub"})},
          {"services", {{"inbound", Json::array()}, {"outbound", Json::array()}}},
          {"openRegistrations", false},
          {"usage", usage_of(facts)},
          {"metadata", {{"nodeName", facts.name}}}};
}

std::string nodeinfo_type(NodeInfoVersion version) {
  return "application/json; profile=\"" + std::string(kSchema) + number_of(version) + "#\"";
}

}  // namespace camp::fed
