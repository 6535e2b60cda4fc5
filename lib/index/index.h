// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/snapshot.h"

namespace camp::index {

/// The branch of rows for what waits in a clone's outbox: shown, but accepted by nobody yet. No git
/// branch has this name.
inline constexpr std::string_view kOutboxBranch = "outbox";

/// How the signature on some bytes was found to be, once and for all: "these bytes verify under
/// this key". Whether the key counts for the author is asked at each read.
enum class Verdict { none, valid, invalid };

struct Attachment {
  std::string sha256 = {};
  std::string media_type = {};
  std::string name = {};  ///< the alt text
  std::string url = {};   ///< of a post of somebody elsewhere, which has no file here
};

/// One object file below a month branch, decoded: a post, an edit of one, a reaction, a follow.
/// `target` says what it is a version of: the object's own id, or for an edit the edited one's.
struct ObjectRow {
  std::string repository = {};  ///< "public", "local", "private/<member>", "neighborhood/<roster>"
  std::string branch = {};      ///< "e/2026-11"
  std::string path = {};        ///< "23/10/<id>.json"
  std::string blob = {};        ///< git object id
  std::string id = {};          ///< object id, 36 characters
  std::string target = {};      ///< object id
  std::string type = {};        ///< of the thing shown: "Note" for an edit of a Note too
  std::string author = {};      ///< member id
  std::string community = {};   ///< community id the bytes name
  std::string
      audience;  ///< as shown: "local", "public", "unlisted", "local+followers", "direct", …
  bool listed = true;      ///< false for unlisted: kept out of the public timeline
  std::string about = {};  ///< what a Like, Announce, Follow, Block, Ignore or Add is about: a URI
  std::string collection = {};   ///< of an Add: where to ("camp:bookmarks", …)
  std::string in_reply_to = {};  ///< full id or URL; empty for none
  std::string summary = {};      ///< content warning
  std::string content = {};      ///< as the author wrote it
  std::string media_type = {};   ///< of content
  std::string search_text = {};  ///< plain text of summary, content and alt texts, folded
  std::string language = {};
  std::vector<Attachment> attachments = {};
  std::vector<std::string> tags = {};      ///< folded, without #
  std::vector<std::string> mentions = {};  ///< URIs
  Verdict verdict = Verdict::none;
  std::string key = {};  ///< did:key the bytes verify under, with Verdict::valid
};

/// One tombstone file, `t/<object-id>.<by>.json`.
struct TombstoneRow {
  std::string repository, branch, path, blob = {};
  std::string id = {};      ///< its own object id
  std::string target = {};  ///< object id that it removes
  std::string author = {};  ///< whose object it says that is
  std::string by = {};      ///< member or community id
  bool counts = true;  ///< false when its signer may not remove this object, or its key is disowned
  Verdict verdict = Verdict::none;
  std::string key = {};
};

/// A file of a `main` branch: tracked so that the dump covers it; its meaning goes in through
/// Directory below.
struct StateRow {
  std::string repository, path, blob = {};
};

struct MemberRow {
  std::string id, handle, name = {};
  std::string role = {};     ///< "member", "moderator", "admin"
  std::string custody = {};  ///< "self", "server"
  bool claimed = false;
  std::string state = {};  ///< "active", "suspended", "removed"
  std::int64_t joined_ms = 0;
};

struct KeyRow {
  std::string owner = {};  ///< member or community id
  std::string key = {};    ///< did:key
  std::string role = {};   ///< "device", "server"
  std::string name = {};
  bool revoked = false;
};

/// An object that a member vouches for under a key that was revoked; `id` is model::vouched_entry
/// of its id.
struct VouchedRow {
  std::string owner, key, id = {};
};

/// An object that the community log hides from timelines (reversible), or removed.
struct HiddenRow {
  std::string id, reason = {};
};

/// Somebody elsewhere, or a whole host, that the community blocks; `about` as in the community log.
struct BlockedRow {
  std::string about, reason = {};
};

/// A member's profile: the one that stands in `main` of public, and in a clone what waits to be
/// sent.
struct ProfileRow {
  std::string author = {};  ///< member id
  std::string branch = {};  ///< "main" or kOutboxBranch
  std::string id = {};      ///< object id
  std::string key = {};     ///< did:key the bytes verify under
  std::vector<Attachment> pictures = {};
};

/// All that `main` branches say, replaced as a whole when one of them moved: few rows.
struct Directory {
  std::string community_name = {};
  std::vector<MemberRow> members = {};
  std::vector<KeyRow> keys = {};
  std::vector<VouchedRow> vouched = {};
  std::vector<HiddenRow> hidden = {};
  std::vector<BlockedRow> blocked = {};
  std::vector<ProfileRow> profiles = {};
  std::vector<StateRow> files = {};
};

/// The changes of one repository since the tips that the index stands at.
struct Changes {
  std::string repository = {};
  struct Tip {
    std::string branch, commit;  ///< an empty commit: the branch is gone
  };
  std::vector<Tip> tips = {};           ///< new tips of the branches covered
  std::vector<ObjectRow> objects = {};  ///< files added or changed
  std::vector<TombstoneRow> tombstones = {};
  struct Gone {
    std::string branch, path;
  };
  std::vector<Gone> removed = {};           ///< files that went
  std::optional<Directory> directory = {};  ///< when a `main` moved
  /// When what moved in a `main` says nothing of all the rest: files added or changed there.
  std::vector<StateRow> files = {};
  std::optional<std::string> mark = {};  ///< as set_mark, in the same transaction
};

/// One post as a reader sees it: its newest version, with what the community knows about it.
struct Post {
  std::string repository, branch, path, blob = {};  ///< of the version shown
  std::string id = {};                              ///< the target: stable across edits
  std::string version = {};  ///< id of the version shown (equals id if not edited)
  std::string type, author, handle, name, community, audience, in_reply_to = {};
  std::string summary, content, media_type, language = {};
  std::int64_t published_ms = 0;  ///< from the id
  std::int64_t edited_ms = 0;     ///< from the version's id; 0 if not edited
  std::vector<Attachment> attachments = {};
  std::vector<std::string> tags = {};
  std::string signature = {};  ///< "valid", "invalid", "none", "disowned"
  std::int64_t replies = 0, likes = 0, boosts = 0;

  /// Of a post of somebody elsewhere its URI; then `author` is a URI too, `handle` has a host, and
  /// no repository has it.
  std::string uri = {};
  std::string boosted_by = {};  ///< handle of who boosted it into the timeline
  std::int64_t boosted_ms = 0;

  bool remote() const { return !uri.empty(); }
  /// Still in the outbox.
  bool pending() const { return branch == kOutboxBranch; }
};

/// Who is reading: the member (empty: nobody in particular) and the repositories open to them.
struct Viewer {
  std::string member = {};
  std::vector<std::string> repositories = {};
};

enum class Timeline { home, local, neighborhood, public_, everything };

/// Which posts of a timeline. Newest first unless `oldest_first`.
struct Query {
  Timeline timeline = Timeline::home;
  std::string author = {};  ///< member id; empty for all
  std::string tag = {};     ///< folded, without #; empty for all
  std::int64_t since_ms = 0;
  std::string before = {};  ///< only posts with a smaller id (the next page)
  std::string after = {};   ///< only posts with a greater id (the next page, oldest first)
  std::size_t limit = 20;
  bool oldest_first = false;
};

/// Work for a purge: files that a tombstone or a newer edit has overtaken but that still stand in a
/// month's tree.
struct Overtaken {
  std::string repository, branch, path, blob = {};
  std::string target = {};    ///< object id
  std::string version = {};   ///< object id of the edit that the file is, else the same
  std::string author = {};    ///< member id
  std::int64_t since_ms = 0;  ///< when what overtook it was signed
};

/// Who removed an object, and with which key.
struct Removal {
  std::string by = {};   ///< member or community id
  std::string key = {};  ///< did:key
};

/// The derived index of one community directory: `state/index.db` (SQLite, WAL). Everything in it
/// can be rebuilt from git. One connection an Index; not thread-safe. Errors of SQLite become
/// Kind::failed, a damaged file Kind::damaged with the hint to run `camp reindex`.
class Index {
 public:
  /// Opens or creates the file (mode 0600). A file of another schema version is emptied, so that
  /// the caller sees no tips and fills it anew. On a read-only file system an existing index opens
  /// for reading only.
  static Result<Index> open(const std::string& path);
  /// Removes the file and what SQLite keeps beside it: what `camp reindex` does with a damaged one
  /// before it opens a new one. Nothing there is no error.
  static Result<void> discard(const std::string& path);
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;
  ~Index();

  bool read_only() const;

  /// For several questions at one moment.
  Result<Snapshot> look() const;
  /// A number that differs from an earlier one if anybody has changed the index in between: of the
  /// moment that a snapshot shows. 0, which says nothing, while this connection is writing.
  std::int64_t version() const;

  /// Tips that the index stands at, by repository and branch.
  Result<std::vector<Changes::Tip>> tips(std::string_view repository) const;
  /// The tip of one branch; empty if the index does not know it.
  Result<std::string> tip(std::string_view repository, std::string_view branch) const;
  Result<std::vector<std::string>> repositories() const;
  /// A note of the caller's about a repository (its refs signature), not part of the dump.
  Result<std::string> mark(std::string_view repository) const;
  /// All of them, by repository.
  Result<std::map<std::string, std::string, std::less<>>> marks() const;
  Result<void> set_mark(std::string_view repository, std::string_view mark);

  /// Takes in changes of any number of repositories in one transaction. Whatever the order and
  /// grouping in which files come and go, the same set of files gives the same dump.
  /// A file given again replaces its row; a branch that is gone takes its rows with it. A Directory
  /// counts before the objects that come with it, and the last one given wins. Rows in the wrong
  /// repository or under a file name that does not follow from their ids are a Kind::bug.
  Result<void> apply(const std::vector<Changes>& changes);
  /// For a rebuild: drops secondary indexes and full text while `fill` calls apply many times, then
  /// builds them once. Everything happens in one transaction: a failed or killed rebuild leaves the
  /// old content. Each file may come once, none may be removed. Fastest when the Directory comes
  /// before the objects and the objects by time. Within `fill` only apply, remembered and set_mark
  /// may be called.
  Result<void> rebuild(const std::function<Result<void>()>& fill);

  /// One page: never the same id twice. Posts that moderation hides are left out everywhere;
  /// authors whom the viewer blocks or ignores, unless `query.author` asks for them. `home` is all
  /// of the viewer's community and neighborhood with the viewer's own letters; `public_` has listed
  /// posts only; `everything` is all of the viewer's repositories.
  Result<std::vector<Post>> timeline(const Viewer& viewer, const Query& query) const;
  /// The whole conversation that a post stands in, as far as the viewer may read it: parents before
  /// children, each followed by what answers it, children by id; at most `limit` posts. Empty if
  /// the post is not there for this viewer.
  Result<std::vector<Post>> thread(const Viewer& viewer, std::string_view id,
                                   std::size_t limit = 1000) const;
  /// Posts that answer a post, oldest first.
  Result<std::vector<Post>> replies(const Viewer& viewer, std::string_view id) const;
  /// The same of a post elsewhere, by its URL.
  Result<std::vector<Post>> answering(const Viewer& viewer, std::string_view url) const;
  /// A post by its id, even one that moderation hides from timelines and threads.
  Result<std::optional<Post>> post(const Viewer& viewer, std::string_view id) const;
  /// Ids of visible posts whose digest part (the last 26 characters) starts with `prefix`.
  Result<std::vector<std::string>> complete_id(const Viewer& viewer, std::string_view prefix,
                                               std::size_t limit = 10) const;
  /// All of the words, each anywhere in the folded text (also inside words); words shorter than
  /// three characters are found too.
  Result<std::vector<Post>> search(const Viewer& viewer,
                                   const std::vector<std::string>& folded_words,
                                   const Query& query) const;

  /// Rows that are live (not overtaken, not removed), by type: for relations such as Follow, Block,
  /// Ignore, Add, Like and Announce. `about` and `author` narrow when not empty. What is not a post
  /// and has an invalid or disowned signature is not live. Ordered by id.
  Result<std::vector<ObjectRow>> live(const Viewer& viewer, std::string_view type,
                                      std::string_view author, std::string_view about) const;
  /// What one author's live relations of one type in a repository are about.
  Result<std::vector<std::string>> relations(std::string_view repository, std::string_view type,
                                             std::string_view author) const;
  /// The git object of a file of a repository's `main`, as of the tip at which the index stands.
  Result<std::optional<std::string>> state_file(std::string_view repository,
                                                std::string_view path) const;
  /// Every version row of an object, oldest first, whatever its state.
  Result<std::vector<ObjectRow>> versions(std::string_view repository, std::string_view id) const;
  /// Repositories in which an object (or a tombstone for it) stands.
  Result<std::vector<std::string>> whereabouts(std::string_view id) const;
  /// Whether moderation hides an object from timelines.
  Result<bool> is_hidden(std::string_view id) const;
  /// Whom the community blocks.
  Result<std::vector<BlockedRow>> blocked() const;
  /// The git object of the first tombstone in a repository that counts for an object.
  Result<std::optional<std::string>> tombstone_in(std::string_view repository,
                                                  std::string_view id) const;
  /// How many posts by an author (empty: by all) a repository shows: properly signed, not hidden.
  Result<std::int64_t> count_posts(std::string_view repository, std::string_view author) const;
  /// Live reactions or relations of one type by one author in a repository, newest first, with a
  /// smaller id than `before` (empty: all).
  Result<std::vector<ObjectRow>> live_before(std::string_view repository, std::string_view type,
                                             std::string_view author, std::string_view before,
                                             std::size_t limit) const;
  /// What others did that a member wants to know of, since a time, newest first: live posts that
  /// answer or name the member, likes and boosts of their posts. A post that moderation hides is
  /// among them.
  Result<std::vector<ObjectRow>> news_for(const Viewer& viewer, std::int64_t since_ms,
                                          std::size_t limit) const;
  /// How many live reactions or relations of one type by one author a repository has.
  Result<std::int64_t> count_live(std::string_view repository, std::string_view type,
                                  std::string_view author) const;
  /// Whether a tombstone that counts names an object of this author. One that names another's
  /// under its own signer's name removes nothing.
  Result<bool> is_removed(std::string_view id, std::string_view author) const;
  /// Whether a version of an object is past: it, or what it is a version of, was removed by whose
  /// word counts, or a newer version by the same author stands in a repository's tree.
  Result<bool> is_overtaken(std::string_view repository, std::string_view target,
                            std::string_view version, std::string_view author) const;
  /// The tombstones for it that count.
  Result<std::vector<Removal>> removals(std::string_view id, std::string_view author) const;

  Result<std::string> community_name() const;
  Result<std::vector<MemberRow>> members() const;
  /// By author, what stands before what waits.
  Result<std::vector<ProfileRow>> profiles() const;

  /// What a purge has to remove; `before_ms` limits it to what was overtaken before that time.
  Result<std::vector<Overtaken>> overtaken(std::int64_t before_ms) const;
  /// Ids of all objects, tombstones and profiles whose signature verifies under a did:key, sorted.
  /// Reads both tables whole.
  Result<std::vector<std::string>> signed_with(std::string_view key) const;
  /// Objects whose signature is not by a key of their author's.
  Result<std::vector<ObjectRow>> wrongly_signed() const;
  /// SHA-256 of media that a live version in `repository` or, in public, a profile names.
  Result<std::vector<std::string>> media_in(std::string_view repository) const;
  /// Number of live objects of a repository.
  Result<std::int64_t> count(std::string_view repository) const;
  /// The full ids of a repository's live objects (of public: and profiles), and of what its
  /// tombstones remove with who removed it: what two replicas of it must agree on. Without what
  /// waits in an outbox.
  Result<std::vector<std::string>> state_of(std::string_view repository) const;
  /// The newest accepted object's time, 0 if there is none. What waits in an outbox does not count.
  Result<std::int64_t> newest_ms() const;

  /// The month files of a branch, by path: to compare with a tree when the tree that the index
  /// stands at is gone. Reads the whole table.
  struct File {
    std::string path, blob;
  };
  Result<std::vector<File>> files(std::string_view repository, std::string_view branch) const;

  /// A verdict remembered for a blob, if any (survives a rebuild; not part of the dump).
  struct Remembered {
    Verdict verdict;
    std::string key;
  };
  Result<std::optional<Remembered>> remembered(std::string_view blob) const;
  /// Keeps verdicts on blobs whose rows are to come, in one transaction.
  Result<void> remember(const std::vector<std::pair<std::string, Remembered>>& verdicts);
  Result<void> forget_verdicts();

  /// What came into `public` and the private repositories since somebody asked last, in the order
  /// in which it came; what a rebuild brings back is none of it. At most 20,000 are kept.
  struct Arrival {
    std::int64_t seq = 0;
    std::string repository, blob = {};
  };
  Result<std::vector<Arrival>> arrivals(std::int64_t after, std::size_t limit) const;
  /// The number of the last one that came, kept or not.
  Result<std::int64_t> last_arrival() const;
  Result<void> forget_arrivals(std::int64_t up_to);
  /// Changes when the index was made anew: numbers of arrivals mean nothing any more.
  Result<std::string> epoch() const;

  /// Removes deleted words from the file itself: optimises the full text and truncates the
  /// write-ahead log. False if a reader kept the log busy: call again later.
  Result<bool> scrub();

  /// Everything derived from git, ordered, without row ids and arrival times, as text, one row a
  /// line: equal for equal sets of files. Commit ids are left out: history may be squashed.
  Result<void> dump(const std::function<void(std::string_view line)>& line) const;
  /// SQLite's own check of the file and of the full text against the rows; empty when sound.
  Result<std::vector<std::string>> check() const;

 private:
  struct Handle;
  explicit Index(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace camp::index
