-- The tables of state/index.db. Everything here can be made again from git.
-- Object files and tombstones are facts, one row a file; the columns signature, live, overtaken and
-- active, and the tables tagged and fulltext, follow from the whole set of facts (write.cc).

-- Strings that stand in very many rows: repositories, branches, types, audiences, member ids, keys.
CREATE TABLE name (
  number INTEGER PRIMARY KEY,
  text   TEXT NOT NULL UNIQUE
) STRICT;

-- `seq` is the target's millisecond times 2^15 plus a counter: rows lie in the order of time, so that
-- a page of a timeline is a page on disk and the full text can be read newest first.
-- Short columns come first: a scan over them must not read a long post's overflow pages.
CREATE TABLE object (
  seq         INTEGER PRIMARY KEY,
  target      TEXT NOT NULL,
  edit        TEXT NOT NULL,     -- id of this version; '' for the object itself
  repository  INTEGER NOT NULL,
  branch      INTEGER NOT NULL,
  directory   TEXT NOT NULL,     -- '23/10/'; the file's name follows from target and edit
  blob        ANY NOT NULL,      -- 20 bytes
  type        INTEGER NOT NULL,
  author      INTEGER NOT NULL,
  community   INTEGER NOT NULL,
  audience    INTEGER NOT NULL,
  listed      INTEGER NOT NULL,
  verdict     INTEGER NOT NULL,
  key         INTEGER NOT NULL,
  signature   INTEGER NOT NULL,  -- 0 none, 1 valid, 2 invalid, 3 disowned
  live        INTEGER,           -- 1 listed post, 2 unlisted post, 3 anything else; NULL: not shown
  overtaken   INTEGER,           -- when a newer version or a tombstone overtook it
  about       TEXT NOT NULL,
  about_id    TEXT,              -- the object id in `about`, if it is one of ours
  collection  TEXT NOT NULL,
  in_reply_to TEXT NOT NULL,
  parent_id   TEXT,              -- the object id in `in_reply_to`, if it is one of ours
  media_type  TEXT NOT NULL,
  language    TEXT NOT NULL,
  attachments TEXT NOT NULL,     -- lists are netstrings, '3:abc2:de'
  tags        TEXT NOT NULL,
  mentions    TEXT NOT NULL,
  summary     TEXT NOT NULL,
  content     TEXT NOT NULL,
  search_text TEXT NOT NULL
) STRICT;

CREATE TABLE tombstone (
  target     TEXT NOT NULL,
  repository INTEGER NOT NULL,
  branch     INTEGER NOT NULL,
  path       TEXT NOT NULL,
  blob       ANY NOT NULL,
  id         TEXT NOT NULL,
  author     INTEGER NOT NULL,   -- of the object that it names
  by         INTEGER NOT NULL,
  counts     INTEGER NOT NULL,
  verdict    INTEGER NOT NULL,
  key        INTEGER NOT NULL,
  active     INTEGER NOT NULL,   -- it counts, and its key is not disowned
  PRIMARY KEY (target, repository, branch, path)
) STRICT, WITHOUT ROWID;

-- Tags of what is shown.
CREATE TABLE tagged (
  tag        TEXT NOT NULL,
  repository INTEGER NOT NULL,
  live       INTEGER NOT NULL,
  target     TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  author     INTEGER NOT NULL,
  PRIMARY KEY (tag, repository, live, target, seq)
) STRICT, WITHOUT ROWID;

-- Words of what is shown. Only which posts hold which three letters (detail=none): matches are
-- compared with the text itself, and a deleted post leaves less behind to clean.
CREATE VIEW shown_text (seq, search_text) AS
  SELECT seq, search_text FROM object WHERE live IN (1, 2);
CREATE VIRTUAL TABLE fulltext USING fts5 (
  search_text, content='shown_text', content_rowid='seq',
  tokenize='trigram case_sensitive 1', detail='none', columnsize=0
);

CREATE TABLE member (
  id        TEXT PRIMARY KEY,
  handle    TEXT NOT NULL,
  name      TEXT NOT NULL,
  role      TEXT NOT NULL,
  custody   TEXT NOT NULL,
  claimed   INTEGER NOT NULL,
  state     TEXT NOT NULL,
  joined_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE key (
  owner   TEXT NOT NULL,
  key     TEXT NOT NULL,
  role    TEXT NOT NULL,
  name    TEXT NOT NULL,
  revoked INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE vouched (
  owner TEXT NOT NULL,
  key   TEXT NOT NULL,
  id    TEXT NOT NULL,
  PRIMARY KEY (owner, key, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hidden (
  id     TEXT PRIMARY KEY,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- People elsewhere and whole hosts with whom the community has nothing to do.
CREATE TABLE blocked (
  about  TEXT PRIMARY KEY,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE profile (
  author   TEXT NOT NULL,
  branch   TEXT NOT NULL,     -- 'main' or 'outbox'
  id       TEXT NOT NULL,
  key      TEXT NOT NULL,
  pictures TEXT NOT NULL,     -- as attachments
  PRIMARY KEY (author, branch, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
  repository TEXT NOT NULL,
  path       TEXT NOT NULL,
  blob       TEXT NOT NULL,
  PRIMARY KEY (repository, path)
) STRICT, WITHOUT ROWID;

-- From here on: not part of the dump.

CREATE TABLE tip (
  repository TEXT NOT NULL,
  branch     TEXT NOT NULL,
  commit_id  TEXT NOT NULL,
  PRIMARY KEY (repository, branch)
) STRICT, WITHOUT ROWID;

CREATE TABLE mark (
  repository TEXT PRIMARY KEY,
  mark       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which key some bytes verify under: outlives a rebuild.
CREATE TABLE remembered (
  blob    ANY PRIMARY KEY,
  verdict INTEGER NOT NULL,
  key     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What came, in the order in which it came, of the repositories whose objects other servers may be
-- told of: for whoever tells them. Nothing that a rebuild brings back is news.
CREATE TABLE arrival (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  repository TEXT NOT NULL,
  blob       TEXT NOT NULL
) STRICT;
