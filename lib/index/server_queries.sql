-- Every query of server.db, by name. Parameters are numbered in the order in which the C++ binds them.

-- name: server_actor_put
INSERT INTO actor (id, user, host, fetched_ms, document) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET user = ?2, host = ?3, fetched_ms = ?4, document = ?5
-- name: server_actor
SELECT document, fetched_ms FROM actor WHERE id = ?1
-- name: server_actor_by_handle
SELECT document FROM actor WHERE host = ?2 AND user = ?1 ORDER BY fetched_ms DESC LIMIT 1
-- name: server_actor_by_key
SELECT actor.document FROM actor_key JOIN actor ON actor.id = actor_key.actor WHERE actor_key.key = ?1
-- name: server_actor_keys_drop
DELETE FROM actor_key WHERE actor = ?1
-- name: server_actor_key_put
-- A key whose id begins with its actor's cannot be taken away by another actor of the host.
INSERT INTO actor_key (key, actor) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET actor = ?2
WHERE substr(?1, 1, length(?2) + 1) = ?2 || '#' OR ?1 = ?2 || '/main-key'
-- name: server_actor_drop
DELETE FROM actor WHERE id = ?1
-- name: server_actor_posts_drop
DELETE FROM post WHERE actor = ?1
-- name: server_actor_reactions_drop
DELETE FROM reaction WHERE actor = ?1
-- name: server_actor_following_drop
DELETE FROM following WHERE actor = ?1
-- name: server_actor_requests_drop
DELETE FROM request WHERE actor = ?1
-- name: server_actor_notices_drop
DELETE FROM notice WHERE actor = ?1

-- name: server_post_put
INSERT INTO post (local, uri, actor, reply_to, visibility, received_ms, document, search_text)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (uri) DO UPDATE SET reply_to = ?4, visibility = ?5, document = ?7, search_text = ?8
WHERE actor = ?3 RETURNING 1
-- name: server_post_local
SELECT local FROM post WHERE uri = ?1
-- name: server_post
SELECT document FROM post WHERE uri = ?1
-- name: server_post_by_local
SELECT document FROM post WHERE local = ?1
-- name: server_post_complete
SELECT local FROM post INDEXED BY post_received
WHERE substr(local, 11, length(?1)) = ?1 ORDER BY local DESC LIMIT ?2
-- Pages: each part stops at its limit, so that a page costs what it shows.

-- name: server_home
SELECT key, local, booster FROM (
  SELECT * FROM (
    SELECT local AS key, local, '' AS booster FROM post
    WHERE local < ?3 AND local > ?4 AND visibility != 'direct'
      AND EXISTS (SELECT 1 FROM following AS f WHERE f.member = ?1 AND f.actor = post.actor AND f.state = 1)
    ORDER BY local DESC LIMIT ?5)
  UNION
  SELECT * FROM (
    SELECT local AS key, local, '' AS booster FROM recipient
    WHERE address = ?2 AND local < ?3 AND local > ?4 ORDER BY local DESC LIMIT ?5)
  UNION
  SELECT * FROM (
    SELECT r.local AS key, post.local, r.actor AS booster
    FROM reaction AS r INDEXED BY reaction_boost JOIN post ON post.uri = r.object
    WHERE r.kind = 1 AND r.local < ?3 AND r.local > ?4 AND post.visibility IN ('public', 'unlisted')
      AND r.local = (SELECT max(o.local) FROM reaction AS o WHERE o.object = r.object AND o.kind = 1 AND o.actor = r.actor)
      AND EXISTS (SELECT 1 FROM following AS f WHERE f.member = ?1 AND f.actor = r.actor AND f.state = 1)
    ORDER BY r.local DESC LIMIT ?5)
) ORDER BY key DESC LIMIT ?5
-- name: server_home_up
SELECT key, local, booster FROM (
  SELECT * FROM (
    SELECT local AS key, local, '' AS booster FROM post
    WHERE local < ?3 AND local > ?4 AND visibility != 'direct'
      AND EXISTS (SELECT 1 FROM following AS f WHERE f.member = ?1 AND f.actor = post.actor AND f.state = 1)
    ORDER BY local LIMIT ?5)
  UNION
  SELECT * FROM (
    SELECT local AS key, local, '' AS booster FROM recipient
    WHERE address = ?2 AND local < ?3 AND local > ?4 ORDER BY local LIMIT ?5)
  UNION
  SELECT * FROM (
    SELECT r.local AS key, post.local, r.actor AS booster
    FROM reaction AS r INDEXED BY reaction_boost JOIN post ON post.uri = r.object
    WHERE r.kind = 1 AND r.local < ?3 AND r.local > ?4 AND post.visibility IN ('public', 'unlisted')
      AND r.local = (SELECT max(o.local) FROM reaction AS o WHERE o.object = r.object AND o.kind = 1 AND o.actor = r.actor)
      AND EXISTS (SELECT 1 FROM following AS f WHERE f.member = ?1 AND f.actor = r.actor AND f.state = 1)
    ORDER BY r.local LIMIT ?5)
) ORDER BY key LIMIT ?5
-- name: server_public
SELECT local, local, '' FROM post
WHERE local < ?3 AND local > ?4 AND visibility = 'public' AND (?1 = '' OR actor = ?1)
  AND (?2 = '' OR EXISTS (SELECT 1 FROM post_tag AS t WHERE t.tag = ?2 AND t.local = post.local))
ORDER BY local DESC LIMIT ?5
-- name: server_public_up
SELECT local, local, '' FROM post
WHERE local < ?3 AND local > ?4 AND visibility = 'public' AND (?1 = '' OR actor = ?1)
  AND (?2 = '' OR EXISTS (SELECT 1 FROM post_tag AS t WHERE t.tag = ?2 AND t.local = post.local))
ORDER BY local LIMIT ?5
-- The second condition lets SQLite use the index of those that answer something.
-- name: server_replies
SELECT local FROM post WHERE reply_to = ?1 AND reply_to != '' ORDER BY local LIMIT ?2
-- name: server_reply_count
SELECT count(*) FROM post WHERE reply_to = ?1 AND reply_to != ''
-- name: server_search
SELECT local, search_text FROM post WHERE instr(search_text, ?1) ORDER BY local DESC
-- name: server_is_recipient
SELECT 1 FROM recipient WHERE address = ?1 AND local = ?2

-- name: server_post_drop
DELETE FROM post WHERE uri = ?1 AND actor = ?2 RETURNING 1
-- name: server_recipients_drop
DELETE FROM recipient WHERE local = ?1
-- name: server_recipient_put
INSERT OR IGNORE INTO recipient (local, address) VALUES (?1, ?2)
-- name: server_tags_drop
DELETE FROM post_tag WHERE local = ?1
-- name: server_tag_put
INSERT OR IGNORE INTO post_tag (local, tag) VALUES (?1, ?2)
-- name: server_removed_put
INSERT OR IGNORE INTO removed (uri, author, at_ms) VALUES (?1, ?2, ?3)
-- name: server_removed
SELECT 1 FROM removed WHERE uri = ?1 AND author = ?2

-- name: server_reaction_put
INSERT OR IGNORE INTO reaction (activity, kind, actor, object, at_ms, local) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
RETURNING 1
-- name: server_reaction_drop
DELETE FROM reaction WHERE activity = ?1 AND actor = ?2 RETURNING 1
-- name: server_reaction_drop_by_object
DELETE FROM reaction WHERE kind = ?1 AND actor = ?2 AND object = ?3 RETURNING 1
-- name: server_reaction
SELECT kind, actor, object, at_ms FROM reaction WHERE activity = ?1
-- name: server_reaction_of
SELECT 1 FROM reaction WHERE object = ?3 AND kind = ?1 AND actor = ?2
-- name: server_reaction_newest
SELECT activity, at_ms FROM reaction WHERE object = ?3 AND kind = ?1 AND actor = ?2 ORDER BY local DESC LIMIT 1
-- name: server_reaction_count
SELECT count(DISTINCT actor) FROM reaction WHERE object = ?2 AND kind = ?1
-- name: server_object_reactions_drop
DELETE FROM reaction WHERE object = ?1
-- name: server_object_notices_drop
DELETE FROM notice WHERE object = ?1

-- name: server_following_put
INSERT OR REPLACE INTO following (member, actor, activity, state, since_ms) VALUES (?1, ?2, ?3, ?4, ?5)
-- name: server_following
SELECT member, actor, activity, state, since_ms FROM following WHERE member = ?1 AND actor = ?2
-- name: server_following_of
SELECT member, actor, activity, state, since_ms FROM following WHERE member = ?1 ORDER BY actor
-- name: server_followers_here
SELECT member, actor, activity, state, since_ms FROM following WHERE actor = ?1 ORDER BY member
-- name: server_following_drop
DELETE FROM following WHERE member = ?1 AND actor = ?2
-- name: server_request_put
INSERT OR REPLACE INTO request (member, actor, activity, since_ms) VALUES (?1, ?2, ?3, ?4)
-- name: server_request
SELECT member, actor, activity, since_ms FROM request WHERE member = ?1 AND actor = ?2
-- name: server_requests_of
SELECT member, actor, activity, since_ms FROM request WHERE member = ?1 ORDER BY since_ms, actor
-- name: server_request_drop
DELETE FROM request WHERE member = ?1 AND actor = ?2

-- name: server_notice_put
INSERT INTO notice (member, kind, actor, object, at_ms, read) VALUES (?1, ?2, ?3, ?4, ?5, 0)
-- name: server_notice_known
SELECT 1 FROM notice WHERE actor = ?3 AND member = ?1 AND kind = ?2 AND object = ?4
-- name: server_notices
SELECT number, member, kind, actor, object, at_ms, read FROM notice
WHERE member = ?1 AND read <= ?2 ORDER BY number DESC LIMIT ?3
-- name: server_notices_read
UPDATE notice SET read = 1 WHERE member = ?1 AND number <= ?2
-- name: server_notice_drop
DELETE FROM notice
WHERE actor = ?2 AND kind = ?1 AND object = ?3 AND (?4 = '' OR member = ?4)

-- name: server_report_put
INSERT OR IGNORE INTO report (activity, actor, content, objects, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
-- name: server_reports
SELECT number, activity, actor, content, objects, at_ms FROM report ORDER BY number DESC LIMIT ?1
-- name: server_errand_put
INSERT OR IGNORE INTO errand (uri, depth, attempts, next_ms) VALUES (?1, ?2, 0, ?3)
-- name: server_errand_next
SELECT uri, depth, attempts FROM errand WHERE next_ms <= ?1 ORDER BY next_ms LIMIT 1
-- name: server_errand_drop
DELETE FROM errand WHERE uri = ?1
-- name: server_errand_postpone
UPDATE errand SET attempts = attempts + 1, next_ms = ?2 WHERE uri = ?1

-- name: server_message
SELECT 1 FROM message WHERE id = ?1
-- name: server_message_put
INSERT OR IGNORE INTO message (id, at_ms) VALUES (?1, ?2) RETURNING 1
-- name: server_message_drop
DELETE FROM message WHERE id = ?1
-- name: server_attempt
INSERT INTO attempt (name, at_ms) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET at_ms = ?2 WHERE at_ms <= ?2 - ?3 OR at_ms > ?2 RETURNING 1
-- name: server_tried
SELECT 1 FROM attempt WHERE name = ?1 AND at_ms > ?2 - ?3 AND at_ms <= ?2
-- name: server_share
-- A bucket: at_ms is when it will be full again. What stands too far ahead is of another clock.
INSERT INTO attempt (name, at_ms) VALUES (?1, ?2 + ?3)
ON CONFLICT (name) DO UPDATE
SET at_ms = CASE WHEN at_ms > ?2 + ?4 THEN ?2 ELSE max(at_ms, ?2) END + ?3
WHERE at_ms > ?2 + ?4 OR max(at_ms, ?2) + ?3 <= ?2 + ?4 RETURNING 1

-- name: server_delivery_put
INSERT OR IGNORE INTO delivery (inbox, host, signer, activity, body, attempts, next_ms, since_ms, problem)
VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, '')
-- name: server_due
SELECT number, inbox, host, signer, activity, body, attempts, next_ms, since_ms, problem
FROM delivery AS d
WHERE next_ms <= ?1
  AND number = (SELECT min(number) FROM delivery WHERE host = d.host AND next_ms <= ?1)
  AND NOT EXISTS (SELECT 1 FROM host WHERE host.host = d.host AND host.rest_ms > ?1)
ORDER BY number LIMIT ?2
-- name: server_queued
SELECT number, inbox, host, signer, activity, body, attempts, next_ms, since_ms, problem
FROM delivery ORDER BY number LIMIT ?1
-- name: server_queue_length
SELECT count(*) FROM delivery
-- name: server_next_due
SELECT min(max(d.next_ms, coalesce((SELECT rest_ms FROM host WHERE host.host = d.host), 0)))
FROM delivery AS d
-- name: server_delivery_postpone
UPDATE delivery SET attempts = attempts + 1, next_ms = ?2, problem = ?3 WHERE number = ?1
-- name: server_delivery_drop
DELETE FROM delivery WHERE number = ?1
-- name: server_inbox_drop
DELETE FROM delivery WHERE inbox = ?1
-- name: server_waiting_drop
DELETE FROM delivery WHERE signer = ?1 AND inbox = ?2
  AND json_extract(body, '$.type') NOT IN ('Undo', 'Delete', 'Reject') RETURNING 1
-- name: server_host_waiting_drop
DELETE FROM delivery WHERE signer = ?1
  AND (host = ?2 OR substr(host, -length(?2) - 1) = '.' || ?2)
  AND json_extract(body, '$.type') NOT IN ('Undo', 'Delete', 'Reject') RETURNING 1
-- name: server_waiting_activities
SELECT DISTINCT activity, signer FROM delivery ORDER BY activity
-- name: server_activity_drop
DELETE FROM delivery WHERE activity = ?1 RETURNING 1
-- name: server_delivery_reword
UPDATE delivery SET body = ?3 WHERE inbox = ?1 AND activity = ?2
-- name: server_delivery_drop_like
DELETE FROM delivery WHERE inbox = ?1 AND substr(activity, 1, length(?2)) = ?2
-- name: server_hurry
UPDATE delivery SET next_ms = ?1 WHERE next_ms > ?1
-- name: server_hosts_wake
UPDATE host SET rest_ms = 0 WHERE rest_ms != 0
-- name: server_host_drop_older
DELETE FROM delivery WHERE host = ?1 AND since_ms < ?2 RETURNING 1
-- name: server_host
SELECT failures, since_ms, rest_ms, software FROM host WHERE host = ?1
-- name: server_host_put
INSERT OR REPLACE INTO host (host, failures, since_ms, rest_ms, software) VALUES (?1, ?2, ?3, ?4, ?5)

-- name: server_value
SELECT value FROM value WHERE name = ?1
-- name: server_value_set
INSERT OR REPLACE INTO value (name, value) VALUES (?1, ?2)
-- name: server_values
SELECT name, value FROM value WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1 ORDER BY name
-- name: server_value_drop
DELETE FROM value WHERE name = ?1

-- A clone's copy of its member's home.

-- name: server_copy_notice_put
INSERT OR REPLACE INTO notice (number, member, kind, actor, object, at_ms, read) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
-- name: server_copy_notice_drop
DELETE FROM notice WHERE number = ?1
-- name: server_copy_post_drop
DELETE FROM post WHERE uri = ?1
-- name: server_copy_reaction_drop
DELETE FROM reaction WHERE activity = ?1

-- name: server_forget_posts
DELETE FROM post WHERE received_ms < ?1
  AND NOT EXISTS (SELECT 1 FROM following WHERE following.actor = post.actor AND ?2 = 0)
  AND NOT EXISTS (SELECT 1 FROM recipient WHERE recipient.local = post.local)
RETURNING 1
-- name: server_post_count
SELECT count(*) FROM post
-- name: server_nth_received
SELECT received_ms FROM post ORDER BY received_ms DESC LIMIT 1 OFFSET ?1
-- name: server_forget_messages
DELETE FROM message WHERE at_ms < ?1
-- name: server_forget_attempts
DELETE FROM attempt WHERE at_ms < ?1
-- name: server_forget_removed
DELETE FROM removed WHERE at_ms < ?1
