// SPDX-License-Identifier: MIT
#include "index/read.h"

#include <algorithm>

#include "index/ids.h"

namespace camp::index {

namespace {

constexpr std::size_t kMostSteps = 10'000;  // of a climb through a thread

/// Greater than every id: its characters are all below it.
constexpr std::string_view kBeyondIds = "~";

enum class Reach { local, neighborhood, public_, letters, other };

/// What a repository is to the community that reads it. Replicas of a neighbor's are
/// "neighbor/<community>/<repository>".
Reach reach_of(std::string_view repository) {
  if (repository == "local") {
    return Reach::local;
  }
  if (repository == "public") {
    return Reach::public_;
  }
  if (is_private(repository)) {
    return Reach::letters;
  }
  const bool shared = repository.starts_with("neighborhood/") ||
                      (repository.starts_with("neighbor/") &&
                       repository.find("/neighborhood/") != std::string_view::npos);
  return shared ? Reach::neighborhood : Reach::other;
}

}  // namespace

Result<std::vector<Reader::Source>> Reader::sources(const Viewer& viewer, Timeline timeline) {
  const std::string letters = "private/" + viewer.member;
  std::vector<std::string> sorted = viewer.repositories;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<Source> sources;
  for (const std::string& repository : sorted) {
    const Reach reach = reach_of(repository);
    bool wanted = timeline == Timeline::everything;
    switch (timeline) {
      case Timeline::home:
        wanted = reach != Reach::other && (reach != Reach::letters || repository == letters);
        break;
      case Timeline::local:
        wanted = reach == Reach::local;
        break;
      case Timeline::neighborhood:
        wanted = reach == Reach::neighborhood;
        break;
      case Timeline::public_:
        wanted = reach == Reach::public_;
        break;
      case Timeline::everything:
        break;
    }
    const auto number = wanted ? CAMP_TRY(names_.find(repository)) : std::nullopt;
    if (number) {
      sources.push_back({*number, timeline != Timeline::public_});
    }
  }
  return sources;
}

Result<Reader::Numbers> Reader::unwanted(const Viewer& viewer) {
  Numbers authors;
  if (viewer.member.empty()) {
    return authors;
  }
  const auto reader = CAMP_TRY(names_.find(viewer.member));
  const auto own = CAMP_TRY(names_.find("private/" + viewer.member));
  for (const std::string_view type : {"Block", "Ignore"}) {
    const auto relation = CAMP_TRY(names_.find(type));
    if (!reader || !own || !relation) {
      continue;
    }
    Statement row = CAMP_TRY(database_.statement("relation_of_author"));
    row.bind(*relation, *reader, *own);
    while (CAMP_TRY(row.next())) {
      Statement about = CAMP_TRY(database_.statement("about_text"));
      CAMP_TRY(about.bind(row.integer(0)).next());
      if (const auto author = CAMP_TRY(names_.find(member_id_in(about.text(0))))) {
        authors.insert(*author);
      }
    }
  }
  return authors;
}

Result<Reader::Plan> Reader::plan(const Viewer& viewer, const Query& query) {
  Plan plan;
  plan.sources = CAMP_TRY(sources(viewer, query.timeline));
  if (query.author.empty()) {
    plan.unwanted = CAMP_TRY(unwanted(viewer));
  } else {
    // Who asks for one author's posts wants to see them.
    plan.author = CAMP_TRY(names_.find(query.author));
    plan.nothing = !plan.author;
  }
  plan.bounds.after = query.since_ms > 0 ? floor_of_time(query.since_ms) : std::string();
  plan.bounds.after = std::max(plan.bounds.after, query.after);
  plan.bounds.before = query.before.empty() ? std::string(kBeyondIds) : query.before;
  plan.nothing = plan.nothing || query.limit == 0 || plan.bounds.after >= plan.bounds.before;
  return plan;
}

Result<void> Reader::collect(const Plan& plan, const Source& source, Live live, const Query& query,
                             std::vector<Entry>& entries) {
  const bool by_tag = !query.tag.empty();
  const bool by_author = !by_tag && plan.author;
  const std::string_view name = query.oldest_first ? (by_tag      ? "page_tag_up"
                                                      : by_author ? "page_author_up"
                                                                  : "page_up")
                                                   : (by_tag      ? "page_tag_down"
                                                      : by_author ? "page_author_down"
                                                                  : "page_down");
  Statement row = CAMP_TRY(database_.statement(name));
  const Bounds& bounds = plan.bounds;
  if (by_tag) {
    row.bind(source.repository, live, bounds.after, bounds.before, query.tag);
  } else if (by_author) {
    row.bind(source.repository, live, bounds.after, bounds.before, *plan.author);
  } else {
    row.bind(source.repository, live, bounds.after, bounds.before);
  }
  std::size_t found = 0;
  while (found < query.limit && CAMP_TRY(row.next())) {
    const std::int64_t author = row.integer(2);
    const bool wanted = (!plan.author || author == *plan.author) && !plan.unwanted.contains(author);
    if (wanted && !CAMP_TRY(hidden(row.text(0)))) {
      entries.push_back({row.string(0), row.integer(1)});
      ++found;
    }
  }
  return {};
}

Result<std::vector<Post>> Reader::timeline(const Viewer& viewer, const Query& query) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const Plan plan = CAMP_TRY(this->plan(viewer, query));
  std::vector<Entry> entries;
  if (!plan.nothing) {
    for (const Source& source : plan.sources) {
      CAMP_TRY(collect(plan, source, Live::listed, query, entries));
      if (source.unlisted) {
        CAMP_TRY(collect(plan, source, Live::unlisted, query, entries));
      }
    }
  }
  // Each source gave the first `limit` of its own, so the first `limit` of all are among them.
  // Stable: of the copies of one letter, that of the first repository stays.
  std::stable_sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    return query.oldest_first ? a.id < b.id : b.id < a.id;
  });
  const auto same = [](const Entry& a, const Entry& b) { return a.id == b.id; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  entries.resize(std::min(entries.size(), query.limit));
  return load(entries, CAMP_TRY(open_repositories(viewer)));
}

Result<bool> Reader::hidden(std::string_view id) {
  Statement query = CAMP_TRY(database_.statement("hidden"));
  return CAMP_TRY(query.bind(id).next());
}

Result<Reader::Numbers> Reader::open_repositories(const Viewer& viewer) {
  Numbers open;
  for (const std::string& repository : viewer.repositories) {
    if (const auto number = CAMP_TRY(names_.find(repository))) {
      open.insert(*number);
    }
  }
  return open;
}

Result<std::optional<std::int64_t>> Reader::find(std::string_view id, const Numbers& open) {
  std::optional<std::pair<std::string, std::int64_t>> best;  // the first repository by name
  Statement row = CAMP_TRY(database_.statement("posts_at"));
  row.bind(time_part(id), digest_part(id));
  while (CAMP_TRY(row.next())) {
    if (!open.contains(row.integer(1))) {
      continue;
    }
    std::pair<std::string, std::int64_t> found(CAMP_TRY(names_.text(row.integer(1))),
                                               row.integer(0));
    if (!best || found < *best) {
      best = std::move(found);
    }
  }
  return best ? std::optional(best->second) : std::nullopt;
}

Result<void> Reader::count(Post& post, const Numbers& open) {
  const auto like = CAMP_TRY(names_.find("Like"));
  const auto boost = CAMP_TRY(names_.find("Announce"));
  Numbers likers, boosters;
  Statement reaction = CAMP_TRY(database_.statement("reactions"));
  reaction.bind(post.id);
  while (CAMP_TRY(reaction.next())) {
    if (!open.contains(reaction.integer(1))) {
      continue;
    }
    if (like && reaction.integer(0) == *like) {
      likers.insert(reaction.integer(2));
    } else if (boost && reaction.integer(0) == *boost) {
      boosters.insert(reaction.integer(2));
    }
  }
  post.likes = static_cast<std::int64_t>(likers.size());
  post.boosts = static_cast<std::int64_t>(boosters.size());
  post.replies = static_cast<std::int64_t>(CAMP_TRY(replies(post.id, open)).size());
  return {};
}

Result<std::optional<Post>> Reader::load(std::int64_t seq, const Numbers& open) {
  Statement row = CAMP_TRY(database_.statement("object_row"));
  if (!CAMP_TRY(row.bind(seq).next())) {
    return std::nullopt;
  }
  Post post = CAMP_TRY(read_post(row, names_));
  Statement member = CAMP_TRY(database_.statement("member"));
  if (CAMP_TRY(member.bind(post.author).next())) {
    post.handle = member.string(0);
    post.name = member.string(1);
  }
  CAMP_TRY(count(post, open));
  return post;
}

Result<std::vector<Post>> Reader::load(const std::vector<Entry>& entries, const Numbers& open) {
  std::vector<Post> posts;
  posts.reserve(entries.size());
  for (const Entry& entry : entries) {
    if (auto post = CAMP_TRY(load(entry.seq, open))) {
      posts.push_back(std::move(*post));
    }
  }
  return posts;
}

Result<std::optional<Post>> Reader::post(const Viewer& viewer, std::string_view id) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const Numbers open = CAMP_TRY(open_repositories(viewer));
  const auto seq = CAMP_TRY(find(id, open));
  return seq ? load(*seq, open) : Result<std::optional<Post>>(std::nullopt);
}

Result<std::vector<Post>> Reader::answers(std::string_view query, const Viewer& viewer,
                                          std::string_view parent) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const Numbers open = CAMP_TRY(open_repositories(viewer));
  return load(CAMP_TRY(entries_of(query, parent, open)), open);
}

Result<std::vector<Reader::Entry>> Reader::replies(std::string_view id, const Numbers& open) {
  return entries_of("replies", id, open);
}

Result<std::vector<Reader::Entry>> Reader::entries_of(std::string_view query,
                                                      std::string_view subject,
                                                      const Numbers& open) {
  std::vector<Entry> entries;
  Statement row = CAMP_TRY(database_.statement(query));
  row.bind(subject);
  while (CAMP_TRY(row.next())) {
    const bool again = !entries.empty() && entries.back().id == row.text(0);
    if (!again && open.contains(row.integer(2)) && !CAMP_TRY(hidden(row.text(0)))) {
      entries.push_back({row.string(0), row.integer(1)});
    }
  }
  return entries;
}

Result<std::string> Reader::top_of(std::string_view id, const Numbers& open) {
  std::string top(id);
  std::set<std::string> seen{top};
  while (seen.size() < kMostSteps) {
    const auto seq = CAMP_TRY(find(top, open));
    Statement row = CAMP_TRY(database_.statement("parent"));
    if (!seq || !CAMP_TRY(row.bind(*seq).next())) {
      break;
    }
    const std::string parent = row.string(0);
    // Only an edit can close a circle; wherever it is entered, everything in it is found.
    if (parent.empty() || CAMP_TRY(hidden(parent)) || !CAMP_TRY(find(parent, open)) ||
        !seen.insert(parent).second) {
      break;
    }
    top = parent;
  }
  return top;
}

Result<std::vector<Post>> Reader::thread(const Viewer& viewer, std::string_view id,
                                         std::size_t limit) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const Numbers open = CAMP_TRY(open_repositories(viewer));
  std::vector<Entry> found, waiting;
  std::set<std::string> seen;
  const std::string top = CAMP_TRY(top_of(id, open));
  if (const auto seq = CAMP_TRY(find(top, open))) {
    waiting.push_back({top, *seq});
  }
  while (!waiting.empty() && found.size() < limit) {
    const Entry next = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(next.id).second) {
      continue;
    }
    found.push_back(next);
    std::vector<Entry> below = CAMP_TRY(replies(next.id, open));
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
  }
  return load(found, open);
}

Result<std::vector<std::string>> Reader::complete_id(const Viewer& viewer, std::string_view prefix,
                                                     std::size_t limit) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const Numbers open = CAMP_TRY(open_repositories(viewer));
  std::vector<std::string> ids;
  Statement row = CAMP_TRY(database_.statement("posts_by_digest"));
  row.bind(prefix, std::string(prefix).append(kBeyondIds));
  while (ids.size() < limit && CAMP_TRY(row.next())) {
    const bool again = !ids.empty() && ids.back() == row.text(0);
    if (!again && open.contains(row.integer(1))) {
      ids.push_back(row.string(0));
    }
  }
  return ids;
}

Result<ObjectRow> Reader::object(std::int64_t seq) {
  Statement row = CAMP_TRY(database_.statement("object_row"));
  if (!CAMP_TRY(row.bind(seq).next())) {
    return fail(Kind::bug, "the index lost a row while it was read");
  }
  return read_object(row, names_);
}

Result<std::vector<ObjectRow>> Reader::objects(const std::vector<std::int64_t>& rows) {
  std::vector<ObjectRow> objects;
  objects.reserve(rows.size());
  for (const std::int64_t seq : rows) {
    objects.push_back(CAMP_TRY(object(seq)));
  }
  return objects;
}

Result<std::vector<ObjectRow>> Reader::live(const Viewer& viewer, std::string_view type,
                                            std::string_view author, std::string_view about) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const auto type_number = CAMP_TRY(names_.find(type));
  const auto author_number = CAMP_TRY(names_.find(author));
  if (!type_number || (!author.empty() && !author_number)) {
    return std::vector<ObjectRow>();
  }
  const std::string_view about_id = object_id_in(about);
  std::vector<std::int64_t> rows;
  for (const std::int64_t repository : CAMP_TRY(open_repositories(viewer))) {
    const std::string_view name = is_post_type(type)  ? "posts_of_type"
                                  : !author.empty()   ? "relation_of_author"
                                  : !about_id.empty() ? "relation_about"
                                                      : "relation_of_type";
    Statement row = CAMP_TRY(database_.statement(name));
    if (name == "relation_of_author") {
      row.bind(*type_number, *author_number, repository);
    } else if (name == "relation_about") {
      row.bind(about_id, *type_number, repository);
    } else {
      row.bind(*type_number, repository);
    }
    while (CAMP_TRY(row.next())) {
      rows.push_back(row.integer(0));
    }
  }
  std::vector<ObjectRow> found = CAMP_TRY(objects(rows));
  std::erase_if(found, [&](const ObjectRow& object) {
    return (!author.empty() && object.author != author) ||
           (!about.empty() && object.about != about);
  });
  std::sort(found.begin(), found.end(), [](const ObjectRow& a, const ObjectRow& b) {
    return std::tie(a.target, a.repository) < std::tie(b.target, b.repository);
  });
  return found;
}

Result<std::vector<ObjectRow>> Reader::live_before(std::string_view repository,
                                                   std::string_view type, std::string_view author,
                                                   std::string_view before, std::size_t limit) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  std::vector<Entry> entries;
  {
    Statement row = CAMP_TRY(database_.statement("relation_page"));
    row.bind(CAMP_TRY(names_.find(type)), CAMP_TRY(names_.find(author)),
             CAMP_TRY(names_.find(repository)), before.empty() ? kBeyondIds : before);
    while (CAMP_TRY(row.next())) {
      // Rows come by time: those of one millisecond stay together, to be put into the ids' order.
      const bool same_time =
          !entries.empty() && time_part(entries.back().id) == time_part(row.text(1));
      if (entries.size() >= limit && !same_time) break;
      entries.push_back({row.string(1), row.integer(0)});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return b.id < a.id; });
  entries.resize(std::min(entries.size(), limit));
  std::vector<std::int64_t> rows;
  for (const Entry& entry : entries) rows.push_back(entry.seq);
  return objects(rows);
}

Result<std::vector<ObjectRow>> Reader::news_for(const Viewer& viewer, std::int64_t since_ms,
                                                std::size_t limit) {
  const Transaction snapshot = CAMP_TRY(Transaction::read(database_));
  const auto reader = CAMP_TRY(names_.find(viewer.member));
  const auto like = CAMP_TRY(names_.find("Like")), boost = CAMP_TRY(names_.find("Announce"));
  const std::string uri = "camp:" + viewer.member, own = uri + "/";
  const std::string after = floor_of_time(since_ms);
  std::vector<Entry> entries;
  const auto take = [&](Statement& row) -> Result<void> {
    while (CAMP_TRY(row.next())) entries.push_back({row.string(0), row.integer(1)});
    return {};
  };
  for (const Source& source : CAMP_TRY(sources(viewer, Timeline::home))) {
    for (const Live live : {Live::listed, Live::unlisted}) {
      Statement posts = CAMP_TRY(database_.statement("news_posts"));
      posts.bind(source.repository, live, after, reader, own, uri, limit);
      CAMP_TRY(take(posts));
    }
    Statement reactions = CAMP_TRY(database_.statement("news_reactions"));
    reactions.bind(source.repository, after, reader, like, boost, own, limit);
    CAMP_TRY(take(reactions));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return b.id < a.id; });
  // A letter has one id in two repositories.
  const auto same = [](const Entry& a, const Entry& b) { return a.id == b.id; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  entries.resize(std::min(entries.size(), limit));
  std::vector<std::int64_t> rows;
  for (const Entry& entry : entries) rows.push_back(entry.seq);
  return objects(rows);
}

}  // namespace camp::index
