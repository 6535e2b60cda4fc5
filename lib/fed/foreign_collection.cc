// SPDX-License-Identifier: MIT
#include "fed/foreign_collection.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fed/foreign.h"

namespace camp::fed {
namespace {

class Reader {
 public:
  Reader(std::string_view host, http::Policy policy, std::size_t most)
      : host_(host), policy_(policy), most_(most) {}

  CollectionPage read(const Json& value) {
    if (!value.is_object()) {
      lead_to(uri_of(value));
      return std::move(page_);
    }
    take_items(value);
    const auto first = value.find("first");
    if (first != value.end() && first->is_object()) {
      take_items(*first);
      lead_to(uri_of(*first, "next"));
      // A first page that is named and not shown.
      if (bare(*first)) lead_to(uri_of(*first));
    } else if (first != value.end()) {
      lead_to(uri_of(*first));
    } else {
      lead_to(uri_of(value, "next"));
      if (bare(value)) lead_to(uri_of(value));
    }
    return std::move(page_);
  }

 private:
  static bool bare(const Json& value) {
    return !value.contains("items") && !value.contains("orderedItems") && !value.contains("next");
  }

  void lead_to(const std::string& uri) {
    if (page_.next.empty() && host_of(uri, policy_) == host_) page_.next = uri;
  }

  void take_items(const Json& value) {
    for (const char* member : {"items", "orderedItems"}) {
      const auto items = value.find(member);
      if (items == value.end()) continue;
      if (items->is_array()) {
        for (const Json& item : *items) take(item);
      } else {
        take(*items);
      }
    }
  }

  void take(const Json& item) {
    CollectionItem taken{uri_of(item)};
    const std::string host = host_of(taken.uri, policy_);
    const bool known =
        std::any_of(page_.items.begin(), page_.items.end(),
                    [&](const CollectionItem& each) { return each.uri == taken.uri; });
    if (host.empty() || known || page_.items.size() == most_) return;
    if (item.is_object() && host == host_) taken.document = &item;
    page_.items.push_back(std::move(taken));
  }

  const std::string_view host_;
  const http::Policy policy_;
  const std::size_t most_;
  CollectionPage page_;
};

}  // namespace

CollectionPage read_collection(const Json& value, std::string_view host, http::Policy policy,
                               std::size_t most) {
  return Reader(host, policy, most).read(value);
}

}  // namespace camp::fed
