-- The tables of state/server.db: what no repository has. Version 1.

-- What is shown of a person stands in `document`; the columns are what they are looked up by.
CREATE TABLE actor (
  id         TEXT PRIMARY KEY,
  user       TEXT NOT NULL,
  host       TEXT NOT NULL,
  fetched_ms INTEGER NOT NULL,
  document   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX actor_handle ON actor (host, user);

CREATE TABLE actor_key (
  key   TEXT PRIMARY KEY,
  actor TEXT NOT NULL REFERENCES actor (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX actor_keys ON actor_key (actor);

-- `local` is model::local_id, whose text order is the order in time. `open` says that anybody may
-- read it.
CREATE TABLE post (
  local       TEXT PRIMARY KEY,
  uri         TEXT NOT NULL UNIQUE,
  actor       TEXT NOT NULL,
  reply_to    TEXT NOT NULL,
  visibility  TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  document    TEXT NOT NULL,
  search_text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX post_actor ON post (actor, local);
CREATE INDEX post_reply ON post (reply_to, local) WHERE reply_to != '';
CREATE INDEX post_received ON post (received_ms);

-- Persons of this server that a post names.
CREATE TABLE recipient (
  local   TEXT NOT NULL REFERENCES post (local) ON DELETE CASCADE,
  address TEXT NOT NULL,
  PRIMARY KEY (address, local)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_post ON recipient (local);

CREATE TABLE post_tag (
  local TEXT NOT NULL REFERENCES post (local) ON DELETE CASCADE,
  tag   TEXT NOT NULL,
  PRIMARY KEY (tag, local)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_post ON post_tag (local);

-- By the author's word: on one host nobody can delete what another will write.
CREATE TABLE removed (
  uri    TEXT NOT NULL,
  author TEXT NOT NULL,
  at_ms  INTEGER NOT NULL,
  PRIMARY KEY (uri, author)
) STRICT, WITHOUT ROWID;

-- kind: 0 a like, 1 a boost. `local` places a boost in timelines, as that of a post does.
CREATE TABLE reaction (
  activity TEXT PRIMARY KEY,
  local    TEXT NOT NULL,
  kind     INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  object   TEXT NOT NULL,
  at_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Not unique: the next like may overtake the end of the last one.
CREATE INDEX reaction_object ON reaction (object, kind, actor, local);
CREATE INDEX reaction_actor ON reaction (actor);
CREATE INDEX reaction_boost ON reaction (local) WHERE kind = 1;

-- state: 0 sent, 1 accepted, 2 refused.
CREATE TABLE following (
  member   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  activity TEXT NOT NULL,
  state    INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (member, actor)
) STRICT, WITHOUT ROWID;
CREATE INDEX following_actor ON following (actor);

CREATE TABLE request (
  member   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  activity TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (member, actor)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_actor ON request (actor);

CREATE TABLE notice (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  member TEXT NOT NULL,
  kind   INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  object TEXT NOT NULL,
  at_ms  INTEGER NOT NULL,
  read   INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_member ON notice (member, number);
CREATE INDEX notice_actor ON notice (actor);

CREATE TABLE report (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  activity TEXT NOT NULL UNIQUE,
  actor    TEXT NOT NULL,
  content  TEXT NOT NULL,
  objects  TEXT NOT NULL,
  at_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE errand (
  uri      TEXT PRIMARY KEY,
  depth    INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX errand_next ON errand (next_ms);

CREATE TABLE message (
  id    TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_time ON message (at_ms);

CREATE TABLE attempt (
  name  TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  inbox    TEXT NOT NULL,
  host     TEXT NOT NULL,
  signer   TEXT NOT NULL,
  activity TEXT NOT NULL,
  body     TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_ms  INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  problem  TEXT NOT NULL,
  UNIQUE (inbox, activity)
) STRICT;
CREATE INDEX delivery_host ON delivery (host, number);
CREATE INDEX delivery_due ON delivery (next_ms);

CREATE TABLE host (
  host     TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  rest_ms  INTEGER NOT NULL,
  software TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE value (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
