// SPDX-License-Identifier: MIT
// The control API: POST /NAME with a JSON object on the control port; the answer is JSON. What acts
// for an actor takes its name as `as`. Ids are counted, so that the same calls give the same ids.

import { Temporal } from "@js-temporal/polyfill";
import {
  signRequest, verifyObject, verifyRequestDetailed,
} from "@fedify/fedify";
import {
  Accept, Activity, Announce, Create, Delete, Follow, isActor, Like, Mention, Note, PUBLIC_COLLECTION,
  Reject, Tombstone, Undo, Update,
} from "@fedify/fedify/vocab";
import { answer, enqueue, inboxes, makeActor, recipient } from "./federation.mjs";

const now = () => Temporal.Now.instant();
const urls = (ids) => ids.map((id) => new URL(id));
const newId = (peer, kind) => new URL(`/${kind}/${peer.state.next()}`, peer.origin);

function actorOf(peer, name) {
  const actor = peer.state.data.actors[name];
  if (!actor) throw new Error(`no actor ${name}`);
  return actor;
}

/** An actor by its URL or by its handle. The handle's server is asked over http: it is on loopback. */
async function find(peer, who, as) {
  let url = who;
  const handle = /^@?([^@/]+)@([^@/]+)$/.exec(who);
  if (handle) {
    const asked = `http://${handle[2]}/.well-known/webfinger?resource=acct:${handle[1]}@${handle[2]}`;
    const found = await fetch(asked, { headers: { accept: "application/jrd+json" } });
    if (!found.ok) throw new Error(`${asked}: ${found.status}`);
    const link = (await found.json()).links.find((each) =>
      each.rel === "self" && each.type === "application/activity+json");
    url = link.href;
  }
  const documentLoader = await loaderFor(peer, as);
  const actor = await peer.ctx.lookupObject(new URL(url), { documentLoader });
  if (!isActor(actor)) throw new Error(`${who} is no actor`);
  return actor;
}

/** Signs as that actor; without one nothing is signed. */
const loaderFor = async (peer, as) => as
  ? await peer.ctx.getDocumentLoader({ identifier: as })
  : peer.ctx.documentLoader;

const followersOf = (peer, name) => Object.entries(actorOf(peer, name).followers);

/** The actors named, with their inboxes. */
async function reached(peer, as, ids) {
  return await Promise.all(ids.map(async (id) => {
    const actor = await find(peer, id, as);
    return [actor.id.href, await inboxes(peer.ctx, actor)];
  }));
}

/** to, cc and whom to deliver to, for one of public, unlisted, followers, direct. */
async function audience(peer, as, to, mentions) {
  const followers = peer.ctx.getFollowersUri(as);
  const named = await reached(peer, as, mentions);
  const people = urls(named.map(([id]) => id));
  const [tos, ccs] = {
    public: [[PUBLIC_COLLECTION], [followers, ...people]],
    unlisted: [[followers], [PUBLIC_COLLECTION, ...people]],
    followers: [[followers], people],
    direct: [people, []],
  }[to];
  const recipients = to === "direct"
    ? named.map(([id, { inbox }]) => [id, { inbox }])
    : [...followersOf(peer, as), ...named];
  return { tos, ccs, recipients };
}

async function post(peer, { as, content, to = "public", mentions = [], inReplyTo, summary, values = {} }) {
  const { tos, ccs, recipients } = await audience(peer, as, to, mentions);
  const attribution = peer.ctx.getActorUri(as);
  const id = newId(peer, "notes");
  const note = new Note({
    id, attribution, content, summary, tos, ccs, published: now(), url: id,
    replyTarget: inReplyTo ? new URL(inReplyTo) : null,
    tags: mentions.map((each) => new Mention({ href: new URL(each), name: "@" + each.split("/").pop() })),
    ...values,
  });
  const written = await note.toJsonLd({ contextLoader: peer.ctx.contextLoader, format: "compact" });
  peer.state.data.objects[id.href] = { ...written };
  const create = new Create({ id: newId(peer, "activities"), actor: attribution, object: note, tos, ccs });
  await enqueue(peer.ctx, peer.state, as, create, recipients);
  return { id: id.href, activity: create.id.href };
}

/** A reply, to the parent's author whatever else. */
async function reply(peer, { as, inReplyTo, mentions = [], ...words }) {
  const documentLoader = await loaderFor(peer, as);
  const parent = await peer.ctx.lookupObject(new URL(inReplyTo), { documentLoader });
  if (!parent) throw new Error(`${inReplyTo} cannot be fetched`);
  const people = new Set([parent.attributionId.href, ...mentions]);
  people.delete(peer.ctx.getActorUri(as).href);
  return await post(peer, { as, inReplyTo, mentions: [...people], ...words });
}

/** An activity about one of our notes, to those who got the note. */
async function about(peer, as, id, kind, object) {
  const note = await Note.fromJsonLd(peer.state.data.objects[id], peer.ctx);
  const followers = peer.ctx.getFollowersUri(as).href;
  const ids = [...note.toIds, ...note.ccIds].map((each) => each.href);
  const named = await reached(peer, as, ids.filter((each) =>
    each !== followers && each !== PUBLIC_COLLECTION.href));
  const recipients = ids.includes(followers) ? [...followersOf(peer, as), ...named] : named;
  const activity = new kind({
    id: newId(peer, "activities"), actor: peer.ctx.getActorUri(as), object, tos: note.toIds, ccs: note.ccIds,
  });
  await enqueue(peer.ctx, peer.state, as, activity, recipients);
  return { activity: activity.id.href };
}

async function edit(peer, { as, id, content }) {
  const old = await Note.fromJsonLd(peer.state.data.objects[id], peer.ctx);
  const note = old.clone({ content, updated: now() });
  peer.state.data.objects[id] = await note.toJsonLd({ contextLoader: peer.ctx.contextLoader, format: "compact" });
  return await about(peer, as, id, Update, note);
}

async function remove(peer, { as, id }) {
  const done = await about(peer, as, id, Delete, new Tombstone({ id: new URL(id) }));
  peer.state.data.objects[id] = { id, deleted: true };
  peer.state.save();
  return done;
}

async function follow(peer, { as, who }) {
  const actor = await find(peer, who, as);
  const request = new Follow({
    id: newId(peer, "activities"), actor: peer.ctx.getActorUri(as), object: actor.id, to: actor.id,
  });
  const known = await inboxes(peer.ctx, actor);
  actorOf(peer, as).following[actor.id.href] = { ...known, id: request.id.href, state: "pending" };
  await enqueue(peer.ctx, peer.state, as, request, [[actor.id.href, { inbox: known.inbox }]]);
  return { id: actor.id.href, activity: request.id.href };
}

/** Like or boost of anybody's note: to its author, a boost to the followers too. */
async function reactTo(peer, { as, id }, kind) {
  const documentLoader = await loaderFor(peer, as);
  const note = await peer.ctx.lookupObject(new URL(id), { documentLoader });
  const author = note.attributionId.href;
  const recipients = await reached(peer, as, [author]);
  const boost = kind === Announce;
  const activity = new kind({
    id: newId(peer, "activities"), actor: peer.ctx.getActorUri(as), object: new URL(id),
    tos: boost ? [PUBLIC_COLLECTION] : urls([author]),
    ccs: boost ? [peer.ctx.getFollowersUri(as), new URL(author)] : [],
    ...(boost ? { published: now() } : {}),
  });
  await enqueue(peer.ctx, peer.state, as, activity, boost ? [...recipients, ...followersOf(peer, as)] : recipients);
  return { activity: activity.id.href };
}

/** Takes back a follow, like or boost: to those whom it was sent to. */
async function undo(peer, { as, activity }) {
  const done = await Activity.fromJsonLd(peer.state.data.activities[activity], peer.ctx);
  const { queue, sent, actors } = peer.state.data;
  const recipients = [...queue, ...sent].filter((each) => each.id === activity)
    .map((each) => [each.to, { inbox: each.inbox, sharedInbox: each.sharedInbox }]);
  const reversal = new Undo({
    id: newId(peer, "activities"), actor: done.actorId, object: done, tos: done.toIds, ccs: done.ccIds,
  });
  if (done instanceof Follow) delete actors[as].following[done.objectId.href];
  await enqueue(peer.ctx, peer.state, as, reversal, recipients);
  return { activity: reversal.id.href };
}

async function decide(peer, { as, who }, kind) {
  const actor = actorOf(peer, as);
  const known = actor.requests[who] ?? actor.followers[who];
  if (!known) throw new Error(`${who} asked for nothing`);
  delete actor.requests[who];
  delete actor.followers[who];
  if (kind === Accept) actor.followers[who] = known;
  await answer(peer.ctx, peer.state, actor, who, known, kind);
  return {};
}

/** An Update of the actor itself, to its followers. */
async function profile(peer, { as, ...changes }) {
  Object.assign(actorOf(peer, as), changes);
  const object = await peer.federation.createContext(new Request(peer.ctx.getActorUri(as)), undefined).getActor(as);
  const update = new Update({
    id: newId(peer, "activities"), actor: object.id, object, to: PUBLIC_COLLECTION,
  });
  await enqueue(peer.ctx, peer.state, as, update, followersOf(peer, as));
  return { activity: update.id.href };
}

/** Any JSON as an activity of the actor, signed and sent as it stands, once; the answer comes back. */
async function sendRaw(peer, { as, inbox, activity, spec = "draft-cavage-http-signatures-12" }) {
  const response = await knock(peer, as, inbox, JSON.stringify(activity), spec);
  return { status: response.status, body: await response.text() };
}

async function knock(peer, as, inbox, body, spec) {
  const [key] = await peer.ctx.getActorKeyPairs(as);
  const headers = { "content-type": "application/activity+json" };
  const request = new Request(inbox, { method: "POST", body, headers });
  return await fetch(await signRequest(request, key.privateKey, key.keyId, { spec }), { redirect: "manual" });
}

/** One try of one delivery; what went wrong, or nothing. */
async function send(peer, entry) {
  const written = peer.state.data.activities[entry.id];
  const dialect = peer.state.data.settings.dialect;
  try {
    if (dialect.endsWith("-only")) {
      const spec = dialect === "cavage-only" ? "draft-cavage-http-signatures-12" : "rfc9421";
      const response = await knock(peer, entry.sender, entry.sharedInbox ?? entry.inbox, JSON.stringify(written), spec);
      return response.ok ? null : { status: response.status, message: await response.text() };
    }
    const activity = await Activity.fromJsonLd(written, peer.ctx);
    await peer.ctx.sendActivity({ identifier: entry.sender }, recipient(entry.to, entry), activity,
      { immediate: true, preferSharedInbox: true });
    return null;
  } catch (error) {
    return { status: error.statusCode, message: String(error) };
  }
}

/** The bytes of one HTTP request, as a Request. */
function parseRequest(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  const [first, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const [method, target] = first.split(" ");
  const headers = new Headers();
  for (const line of lines) headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim());
  const url = /^https?:/.test(target) ? target : `http://${headers.get("host")}${target}`;
  const body = ["GET", "HEAD"].includes(method) ? undefined : bytes.subarray(end + 4);
  return new Request(url, { method, headers, body });
}

/** The oracle: is the signature of these bytes (base64) good? `documents` answers for the network. */
async function verify(peer, { request, now: moment, documents, spec }) {
  const result = await verifyRequestDetailed(parseRequest(Buffer.from(request, "base64")), {
    documentLoader: documents ? from(documents, peer.ctx.contextLoader) : peer.ctx.documentLoader,
    contextLoader: peer.ctx.contextLoader,
    ...(moment ? { currentTime: Temporal.Instant.from(moment) } : {}),
    ...(spec ? { spec } : {}),
  });
  return result.verified
    ? { verified: true, keyId: result.key.id?.href, owner: result.key.ownerId?.href }
    : { verified: false, reason: result.reason.type };
}

const from = (documents, otherwise) => async (url) => {
  const plain = url.split("#")[0];
  const found = documents[url] ?? documents[plain];
  return found ? { contextUrl: null, document: found, documentUrl: plain } : await otherwise(url);
};

/** Signs a request as the actor and gives it back unsent: method, url, headers, body. */
async function sign(peer, { as, method = "POST", url, headers = {}, body, spec }) {
  const [key] = await peer.ctx.getActorKeyPairs(as);
  const signed = await signRequest(new Request(url, { method, headers, body }), key.privateKey, key.keyId, { spec });
  return { method, url, headers: Object.fromEntries(signed.headers), body };
}

/** FEP-8b32: is the proof in this object by one of its actor's keys? */
async function verifyProofOf(peer, { object, documents }) {
  const documentLoader = documents ? from(documents, peer.ctx.contextLoader) : peer.ctx.documentLoader;
  const found = await verifyObject(Activity, object, { documentLoader, contextLoader: peer.ctx.contextLoader });
  return { verified: found != null };
}

/** A document as it comes, or as Fedify's vocabulary reads and writes it (`through`). */
async function get(peer, { url, as, through = false }) {
  try {
    const documentLoader = await loaderFor(peer, as);
    if (!through) return { ok: true, document: (await documentLoader(url)).document };
    const object = await peer.ctx.lookupObject(new URL(url), { documentLoader });
    if (!object) return { ok: false, error: "not found, or not readable" };
    return { ok: true, document: await object.toJsonLd({ contextLoader: peer.ctx.contextLoader, format: "expand" }) };
  } catch (error) {
    return { ok: false, error: String(error), status: error.response?.status };
  }
}

/** Whether an entry has each of these values; in `where` a string matches an object's id too. */
const matches = (entry, where) => Object.entries(where).every(([key, value]) =>
  entry[key] === value || entry[key]?.id === value);

/** Requests that came in: those after `since` that match. With `count` it waits for so many. */
async function received(peer, { where = {}, since = 0, count = 0, seconds = 20 }) {
  const select = () => peer.state.received.filter((each) => each.number > since && matches(each, where));
  if (count) await peer.state.until(() => select().length >= count, seconds * 1000);
  return select();
}

/** Waits until nothing is left to be delivered; what is left after the deadline. */
async function settle(peer, { seconds = 20 }) {
  await peer.state.until(() => peer.state.data.queue.length === 0, seconds * 1000);
  return peer.state.data.queue;
}

/** Waits for the value at a path of the state, {"path": ["notes", ID, "content"], "value": ...}. */
async function expect(peer, { path, value, seconds = 20 }) {
  const look = () => path.reduce((at, key) => at?.[key], peer.state.data);
  const same = () => (value === undefined ? look() !== undefined : JSON.stringify(look()) === JSON.stringify(value));
  await peer.state.until(same, seconds * 1000);
  return { met: same(), found: look() };
}

const api = {
  async actor(peer, { name, policy = "auto", bits }) {
    peer.state.data.actors[name] ??= await makeActor(name, policy, bits);
    peer.state.data.actors[name].policy = policy;
    peer.state.save();
    return { id: peer.ctx.getActorUri(name).href, handle: `@${name}@127.0.0.1:${peer.state.data.port}` };
  },
  dialect(peer, { dialect }) {
    peer.setDialect(dialect);
    peer.state.save();
  },
  settings(peer, changes) {
    Object.assign(peer.state.data.settings, changes);
    peer.state.save();
    return peer.state.data.settings;
  },
  follow,
  post,
  reply,
  edit,
  delete: remove,
  like: (peer, words) => reactTo(peer, words, Like),
  boost: (peer, words) => reactTo(peer, words, Announce),
  undo,
  accept: (peer, words) => decide(peer, words, Accept),
  reject: (peer, words) => decide(peer, words, Reject),
  profile,
  send: sendRaw,
  followers: (peer, { as }) => Object.keys(actorOf(peer, as).followers),
  following: (peer, { as }) => Object.fromEntries(
    Object.entries(actorOf(peer, as).following).map(([id, each]) => [id, each.state])),
  requests: (peer, { as }) => Object.keys(actorOf(peer, as).requests),
  notes: (peer) => peer.state.data.notes,
  reactions: (peer, { id }) => peer.state.data.reactions[id] ?? { likes: [], boosts: [] },
  sent: (peer) => peer.state.data.sent,
  received,
  settle,
  expect,
  fetch: get,
  verify,
  verifyProof: verifyProofOf,
  sign,
};

export const commands = { api, send };
