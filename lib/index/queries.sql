-- Every query of the index, by name. Parameters are numbered in the order in which the C++ binds them.
-- INDEXED BY pins the plan: without statistics the planner would guess, and a wrong guess costs a
-- scan of a million rows.

-- name: begin_write
BEGIN IMMEDIATE
-- name: begin_read
BEGIN
-- name: begin_look
PRAGMA data_version
-- name: commit
COMMIT
-- name: rollback
ROLLBACK

-- name: name_number
SELECT number FROM name WHERE text = ?1
-- name: name_text
SELECT text FROM name WHERE number = ?1
-- name: name_add
INSERT INTO name (text) VALUES (?1) RETURNING number

-- name: tips
SELECT branch, commit_id FROM tip WHERE repository = ?1 ORDER BY branch
-- name: tip
SELECT commit_id FROM tip WHERE repository = ?1 AND branch = ?2
-- name: tip_set
INSERT OR REPLACE INTO tip (repository, branch, commit_id) VALUES (?1, ?2, ?3)
-- name: tip_drop
DELETE FROM tip WHERE repository = ?1 AND branch = ?2
-- name: tip_repositories
SELECT DISTINCT repository FROM tip ORDER BY repository
-- name: mark
SELECT mark FROM mark WHERE repository = ?1
-- name: marks
SELECT repository, mark FROM mark
-- name: mark_set
INSERT OR REPLACE INTO mark (repository, mark) VALUES (?1, ?2)
-- name: note
SELECT value FROM note WHERE name = ?1
-- name: note_set
INSERT OR REPLACE INTO note (name, value) VALUES (?1, ?2)

-- Facts: object files.

-- name: seq_last
SELECT max(seq) FROM object WHERE seq BETWEEN ?1 AND ?2
-- name: seq_gap
SELECT min(o.seq) + 1 FROM object o
WHERE o.seq >= ?1 AND NOT EXISTS (SELECT 1 FROM object n WHERE n.seq = o.seq + 1)
-- name: object_add
INSERT INTO object (seq, target, edit, repository, branch, directory, blob, type, author, community,
  audience, listed, verdict, key, signature, live, about, about_id, collection, in_reply_to, parent_id,
  media_type, language, attachments, tags, mentions, summary, content, search_text)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
  ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)
-- name: object_drop
DELETE FROM object WHERE seq = ?1
-- name: object_at
SELECT seq FROM object INDEXED BY object_file
WHERE substr(target, 11) = ?2 AND substr(target, 1, 10) = ?1 AND repository = ?3 AND edit = ?4
  AND branch = ?5 AND directory = ?6
-- name: object_state
SELECT target, edit, blob, live FROM object WHERE seq = ?1
-- name: object_text
SELECT repository, author, target, tags, search_text FROM object WHERE seq = ?1
-- name: object_row
SELECT target, edit, repository, branch, directory, blob, type, author, community, audience, listed,
  verdict, key, signature, about, collection, in_reply_to, media_type, language, attachments, tags,
  mentions, summary, content, search_text
FROM object WHERE seq = ?1
-- name: object_versions
SELECT seq, edit, repository, author, type, listed, verdict, signature, live, overtaken, branch,
  directory
FROM object INDEXED BY object_file
WHERE substr(target, 11) = ?2 AND substr(target, 1, 10) = ?1 ORDER BY repository
-- name: object_edit_targets
SELECT DISTINCT target FROM object INDEXED BY object_edit WHERE edit = ?1 AND edit <> ''
-- name: object_of_author
SELECT seq, target, edit, verdict, key, signature, author FROM object INDEXED BY object_author
WHERE author = ?1
-- name: object_on_branch
SELECT seq, target, edit, directory, blob FROM object WHERE repository = ?1 AND branch = ?2
-- name: object_derive
UPDATE object SET live = ?2, overtaken = ?3 WHERE seq = ?1
-- name: object_sign
UPDATE object SET signature = ?2 WHERE seq = ?1
-- name: object_names_blob
SELECT 1 FROM object INDEXED BY object_file
WHERE substr(target, 11) = ?2 AND substr(target, 1, 10) = ?1 AND edit = ?3 AND blob = ?4

-- Facts: tombstones.

-- name: tombstone_add
INSERT INTO tombstone (target, repository, branch, path, blob, id, author, by, counts, verdict, key,
  active)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
-- name: tombstone_drop
DELETE FROM tombstone WHERE target = ?1 AND repository = ?2 AND branch = ?3 AND path = ?4
RETURNING blob
-- name: tombstone_first
SELECT min(id) FROM tombstone WHERE target = ?1 AND repository = ?2 AND author = ?3 AND active
-- name: tombstone_of_author
SELECT target, repository, branch, path, id, counts, verdict, key, active, by FROM tombstone
WHERE by = ?1
-- name: tombstone_on_branch
SELECT target, path, blob FROM tombstone WHERE repository = ?1 AND branch = ?2
-- name: tombstone_activate
UPDATE tombstone SET active = ?5
WHERE target = ?1 AND repository = ?2 AND branch = ?3 AND path = ?4
-- name: tombstone_names_blob
SELECT 1 FROM tombstone WHERE target = ?1 AND blob = ?2
-- name: tombstone_in
SELECT blob FROM tombstone WHERE target = ?1 AND repository = ?2 AND active ORDER BY id LIMIT 1
-- name: removals
SELECT DISTINCT by, key FROM tombstone WHERE target = ?1 AND active
  AND author = (SELECT number FROM name WHERE text = ?2)
-- name: tombstone_effective
SELECT 1 FROM tombstone WHERE target = ?1 AND active
  AND author = (SELECT number FROM name WHERE text = ?2)

-- What follows from the facts.

-- name: fulltext_add
INSERT INTO fulltext (rowid, search_text) VALUES (?1, ?2)
-- name: fulltext_drop
INSERT INTO fulltext (fulltext, rowid, search_text) VALUES ('delete', ?1, ?2)
-- name: fulltext_optimize
INSERT INTO fulltext (fulltext) VALUES ('optimize')
-- name: fulltext_rebuild
INSERT INTO fulltext (fulltext) VALUES ('rebuild')
-- name: fulltext_memory
INSERT INTO fulltext (fulltext, rank) VALUES ('hashsize', ?1)
-- name: fulltext_check
INSERT INTO fulltext (fulltext, rank) VALUES ('integrity-check', 1)
-- name: tagged_add
INSERT OR REPLACE INTO tagged (tag, repository, live, target, seq, author)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
-- name: tagged_drop
DELETE FROM tagged WHERE tag = ?1 AND repository = ?2 AND live = ?3 AND target = ?4 AND seq = ?5

-- The directory of people, keys and decisions.

-- name: key_revoked
SELECT revoked FROM key WHERE owner = ?1 AND key = ?2
-- name: vouched_for
SELECT 1 FROM vouched WHERE owner = ?1 AND key = ?2 AND id = ?3
-- name: keys_all
SELECT owner, key, revoked FROM key
-- name: vouched_all
SELECT owner, key, id FROM vouched
-- name: member_add
INSERT OR REPLACE INTO member (id, handle, name, role, custody, claimed, state, joined_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
-- name: key_add
INSERT OR REPLACE INTO key (owner, key, role, name, revoked) VALUES (?1, ?2, ?3, ?4, ?5)
-- name: vouched_add
INSERT OR REPLACE INTO vouched (owner, key, id) VALUES (?1, ?2, ?3)
-- name: hidden_add
INSERT OR REPLACE INTO hidden (id, reason) VALUES (?1, ?2)
-- name: blocked_add
INSERT OR REPLACE INTO blocked (about, reason) VALUES (?1, ?2)
-- name: profile_add
INSERT OR REPLACE INTO profile (author, branch, id, key, pictures) VALUES (?1, ?2, ?3, ?4, ?5)
-- name: profiles
SELECT author, branch, id, key, pictures FROM profile ORDER BY author, branch, id
-- name: file_add
INSERT OR REPLACE INTO file (repository, path, blob) VALUES (?1, ?2, ?3)
-- name: file
SELECT blob FROM file WHERE repository = ?1 AND path = ?2
-- name: members
SELECT id, handle, name, role, custody, claimed, state, joined_ms FROM member ORDER BY handle, id
-- name: member
SELECT handle, name FROM member WHERE id = ?1
-- name: blocked
SELECT about, reason FROM blocked ORDER BY about
-- name: hidden
SELECT 1 FROM hidden WHERE id = ?1

-- Remembered verdicts.

-- name: remembered
SELECT verdict, key FROM remembered WHERE blob = ?1
-- name: remember
INSERT OR REPLACE INTO remembered (blob, verdict, key) VALUES (?1, ?2, ?3)
-- name: forget
DELETE FROM remembered WHERE blob = ?1

-- Rebuilding: passes over everything, a bounded number of rows at a time.

-- name: rows_from
SELECT seq, target, edit, verdict, key, signature, author FROM object WHERE seq > ?1
ORDER BY seq LIMIT 1000
-- name: edits_from
SELECT DISTINCT edit, target FROM object INDEXED BY object_edit WHERE edit > ?1 AND edit <> ''
ORDER BY edit LIMIT 1000
-- name: tombstones_from
SELECT DISTINCT target FROM tombstone WHERE target > ?1 ORDER BY target LIMIT 1000
-- name: tags_from
SELECT seq, live FROM object WHERE seq > ?1 AND live IN (1, 2) AND tags <> '' ORDER BY seq LIMIT 1000
-- name: tombstone_authors
SELECT DISTINCT by FROM tombstone

-- Pages: (target, seq, author) of one repository (?1) and kind of visibility (?2), between two ids.

-- name: page_down
SELECT target, seq, author FROM object INDEXED BY object_page
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND target < ?4 ORDER BY target DESC
-- name: page_up
SELECT target, seq, author FROM object INDEXED BY object_page
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND target < ?4 ORDER BY target
-- name: page_author_down
SELECT target, seq, author FROM object INDEXED BY object_author
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND target < ?4 AND author = ?5
ORDER BY target DESC
-- name: page_author_up
SELECT target, seq, author FROM object INDEXED BY object_author
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND target < ?4 AND author = ?5 ORDER BY target
-- name: page_tag_down
SELECT target, seq, author FROM tagged
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND target < ?4 AND tag = ?5
ORDER BY target DESC
-- name: page_tag_up
SELECT target, seq, author FROM tagged
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND target < ?4 AND tag = ?5 ORDER BY target

-- name: posts_at
SELECT seq, repository FROM object INDEXED BY object_file
WHERE substr(target, 11) = ?2 AND substr(target, 1, 10) = ?1 AND live IN (1, 2)
-- name: posts_by_digest
SELECT target, repository FROM object INDEXED BY object_file
WHERE substr(target, 11) >= ?1 AND substr(target, 11) < ?2 AND live IN (1, 2)
ORDER BY substr(target, 11), substr(target, 1, 10)
-- name: replies
SELECT target, seq, repository FROM object INDEXED BY object_parent
WHERE parent_id = ?1 AND live IN (1, 2) ORDER BY target
-- name: answering
SELECT target, seq, repository FROM object INDEXED BY object_answer
WHERE in_reply_to = ?1 AND in_reply_to <> '' AND parent_id IS NULL AND live IN (1, 2) ORDER BY target
-- name: parent
SELECT parent_id FROM object WHERE seq = ?1
-- name: reactions
SELECT type, repository, author FROM object INDEXED BY object_about
WHERE about_id = ?1 AND live = 3
-- name: relation_of_author
SELECT seq FROM object INDEXED BY object_relation
WHERE type = ?1 AND author = ?2 AND repository = ?3 AND live = 3
-- name: relation_abouts
SELECT about FROM object INDEXED BY object_relation
WHERE type = ?1 AND author = ?2 AND repository = ?3 AND live = 3
-- name: relation_of_type
SELECT seq FROM object INDEXED BY object_relation WHERE type = ?1 AND repository = ?2 AND live = 3
-- name: relation_about
SELECT seq FROM object INDEXED BY object_about
WHERE about_id = ?1 AND type = ?2 AND repository = ?3 AND live = 3
-- name: posts_of_type
SELECT seq FROM object INDEXED BY object_page
WHERE repository = ?2 AND live IN (1, 2) AND type = ?1
-- name: relation_page
SELECT seq, target FROM object INDEXED BY object_relation
WHERE type = ?1 AND author = ?2 AND repository = ?3 AND live = 3 AND target < ?4 ORDER BY seq DESC
-- name: news_posts
SELECT target, seq FROM object INDEXED BY object_page
WHERE repository = ?1 AND live = ?2 AND target > ?3 AND author IS NOT ?4
  AND (substr(in_reply_to, 1, length(?5)) = ?5 OR instr(mentions, ?6))
ORDER BY target DESC LIMIT ?7
-- name: news_reactions
SELECT target, seq FROM object INDEXED BY object_page
WHERE repository = ?1 AND live = 3 AND target > ?2 AND author IS NOT ?3 AND type IN (?4, ?5)
  AND substr(about, 1, length(?6)) = ?6
ORDER BY target DESC LIMIT ?7
-- name: relation_count
SELECT count(*) FROM object INDEXED BY object_relation
WHERE type = ?1 AND author = ?2 AND repository = ?3 AND live = 3
-- name: about_text
SELECT about FROM object WHERE seq = ?1

-- name: found_down
SELECT o.seq, o.target, o.repository, o.author, o.live, o.tags, o.search_text
FROM fulltext f CROSS JOIN object o ON o.seq = f.rowid
WHERE f.fulltext MATCH ?3 AND f.rowid BETWEEN ?1 AND ?2 AND o.live IN (1, 2) ORDER BY f.rowid DESC
-- name: found_up
SELECT o.seq, o.target, o.repository, o.author, o.live, o.tags, o.search_text
FROM fulltext f CROSS JOIN object o ON o.seq = f.rowid
WHERE f.fulltext MATCH ?3 AND f.rowid BETWEEN ?1 AND ?2 AND o.live IN (1, 2) ORDER BY f.rowid
-- name: scanned_down
SELECT seq, target, repository, author, live, tags, search_text FROM object
WHERE seq BETWEEN ?1 AND ?2 AND live IN (1, 2) ORDER BY seq DESC
-- name: scanned_up
SELECT seq, target, repository, author, live, tags, search_text FROM object
WHERE seq BETWEEN ?1 AND ?2 AND live IN (1, 2) ORDER BY seq

-- Single questions.

-- name: versions
SELECT seq FROM object INDEXED BY object_file
WHERE substr(target, 11) = ?2 AND substr(target, 1, 10) = ?1 AND repository = ?3
ORDER BY edit, branch, directory
-- name: whereabouts
SELECT repository FROM object INDEXED BY object_file
  WHERE substr(target, 11) = ?2 AND substr(target, 1, 10) = ?1
UNION SELECT repository FROM object INDEXED BY object_edit WHERE edit = ?3 AND edit <> ''
UNION SELECT repository FROM tombstone WHERE target = ?3
-- name: overtaken
SELECT repository, branch, directory, target, edit, blob, overtaken, author
FROM object INDEXED BY object_overtaken WHERE overtaken < ?1 AND overtaken IS NOT NULL
ORDER BY overtaken, seq
-- name: signed_with
SELECT CASE edit WHEN '' THEN target ELSE edit END AS id FROM object WHERE key = ?1
UNION SELECT id FROM tombstone WHERE key = ?1
UNION SELECT id FROM profile WHERE key = ?2 ORDER BY id
-- name: wrongly_signed
SELECT seq FROM object WHERE signature = 2 ORDER BY seq
-- name: media
SELECT attachments FROM object INDEXED BY object_media
WHERE repository = ?1 AND live IS NOT NULL AND attachments <> ''
-- name: count
SELECT count(*) FROM object INDEXED BY object_page WHERE repository = ?1 AND live IS NOT NULL
-- name: count_posts
SELECT count(*) FROM object INDEXED BY object_page
WHERE repository = ?1 AND live IN (1, 2) AND signature = 1
  AND NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.id = object.target)
-- name: count_posts_by
SELECT count(*) FROM object INDEXED BY object_author
WHERE author = ?2 AND repository = ?1 AND live IN (1, 2) AND signature = 1
  AND NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.id = object.target)
-- name: state_objects
SELECT a.text, o.target, o.edit FROM object o JOIN name a ON a.number = o.author
WHERE o.repository = ?1 AND o.branch <> ?2 AND o.overtaken IS NULL
-- name: state_tombstones
SELECT w.text, t.target FROM tombstone t JOIN name w ON w.number = t.by
WHERE t.repository = ?1 AND t.branch <> ?2
-- name: newest
SELECT max(
  coalesce((SELECT target FROM object WHERE branch <> ?1 ORDER BY seq DESC LIMIT 1), ''),
  coalesce((SELECT edit FROM object INDEXED BY object_edit WHERE edit <> '' AND branch <> ?1
            ORDER BY edit DESC LIMIT 1), ''),
  coalesce((SELECT max(id) FROM tombstone WHERE branch <> ?1), ''))

-- The dump: rows by the texts that name them.

-- name: dump_objects
SELECT o.seq FROM object o JOIN name r ON r.number = o.repository JOIN name b ON b.number = o.branch
ORDER BY r.text, b.text, o.directory, o.target, o.edit
-- name: dump_derived
SELECT signature, live, overtaken FROM object WHERE seq = ?1
-- name: dump_tombstones
SELECT r.text, b.text, t.path, t.blob, t.id, t.target, a.text, w.text, t.counts, t.verdict, k.text,
  t.active
FROM tombstone t JOIN name r ON r.number = t.repository JOIN name b ON b.number = t.branch
  JOIN name a ON a.number = t.author JOIN name w ON w.number = t.by
  JOIN name k ON k.number = t.key
ORDER BY r.text, b.text, t.path
-- name: dump_tagged
SELECT t.tag, r.text, t.live, t.target FROM tagged t JOIN name r ON r.number = t.repository
ORDER BY t.tag, r.text, t.live, t.target
-- name: dump_members
SELECT id, handle, name, role, custody, claimed, state, joined_ms FROM member ORDER BY id
-- name: dump_keys
SELECT owner, key, role, name, revoked FROM key ORDER BY owner, key
-- name: dump_vouched
SELECT owner, key, id FROM vouched ORDER BY owner, key, id
-- name: dump_hidden
SELECT id, reason FROM hidden ORDER BY id
-- name: dump_profiles
SELECT author, branch, id, key, pictures FROM profile ORDER BY author, branch, id
-- name: dump_files
SELECT repository, path, blob FROM file ORDER BY repository, path

-- name: arrival_add
INSERT INTO arrival (repository, blob) VALUES (?1, ?2)
-- name: arrivals
SELECT seq, repository, blob FROM arrival WHERE seq > ?1 ORDER BY seq LIMIT ?2
-- name: arrival_last
SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'arrival'
-- name: arrivals_drop
DELETE FROM arrival WHERE seq <= ?1
-- name: arrivals_trim
DELETE FROM arrival WHERE seq <= (SELECT max(seq) FROM arrival) - 20000
