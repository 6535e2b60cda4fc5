// SPDX-License-Identifier: MIT
// The peer's ActivityPub side, all of it Fedify's: documents, signatures, the inbox and what it does.

import { AsyncLocalStorage } from "node:async_hooks";
import {
  createFederation, exportJwk, generateCryptoKeyPair, importJwk, MemoryKvStore,
} from "@fedify/fedify";
import {
  Accept, Activity, Announce, Application, Create, Delete, Endpoints, Follow, Like, Note, Person,
  PUBLIC_COLLECTION, Reject, Undo, Update,
} from "@fedify/fedify/vocab";

export const INSTANCE = "instance";
export const DIALECTS = ["9421-first", "cavage-first", "cavage-only", "9421-only"];
const PUBLIC = PUBLIC_COLLECTION.href;

/** The request that is being answered, for the listeners to say what became of it. */
export const current = new AsyncLocalStorage();

const list = (value) => (value == null ? [] : Array.isArray(value) ? value : [value]);

export async function makeActor(name, policy, bits = 2048) {
  const keys = [];
  const rsa = await crypto.subtle.generateKey({
    name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: bits, publicExponent: new Uint8Array([1, 0, 1]),
  }, true, ["sign", "verify"]);
  for (const pair of [rsa, await generateCryptoKeyPair("Ed25519")]) {
    keys.push({ public: await exportJwk(pair.publicKey), private: await exportJwk(pair.privateKey) });
  }
  return { name, policy, keys, followers: {}, following: {}, requests: {} };
}

async function keyPairs(actor) {
  return await Promise.all(actor.keys.map(async (pair) => ({
    publicKey: await importJwk(pair.public, "public"),
    privateKey: await importJwk(pair.private, "private"),
  })));
}

async function describe(ctx, state, name) {
  const actor = state.data.actors[name];
  if (!actor) return null;
  const keys = await ctx.getActorKeyPairs(name);
  const kind = name === INSTANCE ? Application : Person;
  return new kind({
    id: ctx.getActorUri(name),
    preferredUsername: name,
    name: actor.display ?? name,
    summary: actor.summary,
    inbox: ctx.getInboxUri(name),
    outbox: ctx.getOutboxUri(name),
    followers: ctx.getFollowersUri(name),
    following: ctx.getFollowingUri(name),
    endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
    url: ctx.getActorUri(name),
    manuallyApprovesFollowers: actor.policy === "manual",
    aliases: list(actor.aliases).map((id) => new URL(id)),
    publicKey: keys[0]?.cryptographicKey,
    assertionMethods: keys.map((pair) => pair.multikey),
  });
}

export const isPublic = (document) =>
  [...list(document.to), ...list(document.cc)].some((id) => [PUBLIC, "as:Public", "Public"].includes(id));

/** A new federation object; a change of dialect makes another one, with nothing remembered. */
export function build(state) {
  const dialect = state.data.settings.dialect;
  const federation = createFederation({
    kv: new MemoryKvStore(),
    allowPrivateAddress: true,
    circuitBreaker: false,
    firstKnock: dialect.startsWith("9421") ? "rfc9421" : "draft-cavage-http-signatures-12",
    userAgent: "camp-test-peer (Fedify)",
  });
  const named = (name) => state.data.actors[name];
  federation.setActorDispatcher("/users/{identifier}", (ctx, name) => describe(ctx, state, name))
    .setKeyPairsDispatcher((_, name) => (named(name) ? keyPairs(named(name)) : []));
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: "camp-test-peer", version: "1.0.0" },
    protocols: ["activitypub"],
    usage: { users: {}, localPosts: Object.keys(state.data.objects).length, localComments: 0 },
  }));
  federation.setFollowersDispatcher("/users/{identifier}/followers", (_, name) =>
    named(name) && { items: Object.entries(named(name).followers).map(([id, each]) => recipient(id, each)) });
  federation.setFollowingDispatcher("/users/{identifier}/following", (_, name) =>
    named(name) && {
      items: Object.entries(named(name).following)
        .filter(([, each]) => each.state === "accepted").map(([id]) => new URL(id)),
    });
  federation.setOutboxDispatcher("/users/{identifier}/outbox", async (ctx, name) => {
    const own = Object.values(state.data.activities).reverse().filter((each) =>
      each.actor === ctx.getActorUri(name).href && ["Create", "Announce"].includes(each.type) && isPublic(each));
    return { items: await Promise.all(own.map((each) => Activity.fromJsonLd(each, ctx))) };
  });
  federation.setObjectDispatcher(Note, "/notes/{id}", async (ctx, { id }) => {
    const found = state.data.objects[ctx.getObjectUri(Note, { id }).href];
    return found && !found.deleted && isPublic(found) ? await Note.fromJsonLd(found, ctx) : null;
  });
  federation.setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: INSTANCE }))
    .onUnverifiedActivity((_, __, reason) => {
      const entry = current.getStore();
      if (entry) entry.reason = reason.type;
    })
    .onError((_, error) => {
      const entry = current.getStore();
      if (entry) entry.reason = String(error);
    })
    .on(Activity, (ctx, activity) => receive(ctx, state, activity));
  return federation;
}

export const recipient = (id, { inbox, sharedInbox }) => ({
  id: new URL(id),
  inboxId: new URL(inbox),
  endpoints: sharedInbox ? { sharedInbox: new URL(sharedInbox) } : null,
});

/** What is to be known of another actor before anything is sent there. */
export async function inboxes(ctx, actor) {
  return { inbox: actor.inboxId?.href, sharedInbox: actor.endpoints?.sharedInbox?.href };
}

/** As JSON. To be made before parts of the object are fetched: those would be embedded. */
const document = async (ctx, object) => await object.toJsonLd({ contextLoader: ctx.contextLoader, format: "compact" });

/** One activity whose signature is good. It has its effect once, whatever its id comes with again. */
async function receive(ctx, state, activity) {
  const entry = current.getStore() ?? {};
  entry.dispatched = true;
  const id = activity.id?.href;
  if (id && state.data.seen[id]) {
    entry.effect = "again";
    return;
  }
  const kind = [Follow, Undo, Accept, Reject, Create, Update, Delete, Like, Announce]
    .find((each) => activity instanceof each);
  entry.effect = kind ? await EFFECTS[kind.name](ctx, state, activity) : "ignored";
  if (id) state.data.seen[id] = true;
  state.save();
}

function ours(ctx, state, url) {
  const parsed = ctx.parseUri(url);
  return parsed?.type === "actor" ? state.data.actors[parsed.identifier] : null;
}

/** A reaction to a note: counted by actor, so that a second one does not count. */
function react(state, activity, kind, add) {
  const id = activity.objectId.href;
  const held = (state.data.reactions[id] ??= { likes: [], boosts: [] });
  const others = held[kind].filter((each) => each !== activity.actorId.href);
  held[kind] = add ? [...others, activity.actorId.href] : others;
  return add ? kind : "fewer " + kind;
}

const EFFECTS = {
  async Follow(ctx, state, follow) {
    const actor = ours(ctx, state, follow.objectId);
    if (!actor) return "nobody here";
    const written = await document(ctx, follow);
    const follower = await follow.getActor(ctx);
    const known = { ...await inboxes(ctx, follower), follow: written };
    if (actor.policy === "manual") {
      actor.requests[follower.id.href] = known;
      return "request";
    }
    actor.followers[follower.id.href] = known;
    await answer(ctx, state, actor, follower.id.href, known, Accept);
    return "follower";
  },

  async Accept(ctx, state, accept) {
    const follow = await mine(ctx, state, accept);
    if (!follow) return "answers nothing";
    follow.state = "accepted";
    return "accepted";
  },

  async Reject(ctx, state, reject) {
    const follow = await mine(ctx, state, reject);
    if (!follow) return "answers nothing";
    follow.state = "rejected";
    return "rejected";
  },

  async Undo(ctx, state, undo) {
    const undone = await undo.getObject(ctx);
    if (undone?.actorId?.href !== undo.actorId.href) return "not theirs";
    if (undone instanceof Like) return react(state, undone, "likes", false);
    if (undone instanceof Announce) return react(state, undone, "boosts", false);
    const actor = undone instanceof Follow && ours(ctx, state, undone.objectId);
    if (!actor) return "undoes nothing";
    delete actor.followers[undo.actorId.href];
    delete actor.requests[undo.actorId.href];
    return "unfollowed";
  },

  async Create(ctx, state, create) {
    const note = await create.getObject(ctx);
    if (note?.attributionId?.href !== create.actorId.href) return "not theirs";
    if (state.data.notes[note.id.href]) return "known";
    state.data.notes[note.id.href] = await document(ctx, note);
    return "note";
  },

  async Update(ctx, state, update) {
    const object = await update.getObject(ctx);
    if (object?.id?.href === update.actorId.href) {
      state.data.profiles[object.id.href] = await document(ctx, object);
      return "profile";
    }
    const known = state.data.notes[object?.id?.href];
    if (!known || known.deleted || known.attributedTo !== update.actorId.href) return "not theirs";
    state.data.notes[object.id.href] = await document(ctx, object);
    return "edited";
  },

  async Delete(_, state, deletion) {
    const id = deletion.objectId?.href;
    const known = state.data.notes[id];
    if (known && known.attributedTo !== deletion.actorId.href) return "not theirs";
    if (!known && new URL(id).host !== deletion.actorId.host) return "not theirs";
    state.data.notes[id] = { id, deleted: true, attributedTo: deletion.actorId.href };
    return "deleted";
  },

  Like: (_, state, like) => react(state, like, "likes", true),
  Announce: (_, state, announce) => react(state, announce, "boosts", true),
};

/** The follow of ours that somebody answers: only the one who was asked may. The follow within is
    only compared, so it is read as it stands and not fetched from us again. */
async function mine(ctx, state, reply) {
  const follow = await reply.getObject({ ...ctx, crossOrigin: "trust" });
  const id = follow?.id?.href ?? reply.objectId?.href;
  for (const actor of Object.values(state.data.actors)) {
    const held = actor.following[reply.actorId.href];
    const same = follow?.actorId?.href === ctx.getActorUri(actor.name).href;
    if (held && (held.id === id || same)) return held;
  }
  return null;
}

/** Accepts or rejects a follow of somebody. */
export async function answer(ctx, state, actor, follower, known, kind) {
  const reply = new kind({
    id: new URL(`/activities/${state.next()}`, ctx.origin),
    actor: ctx.getActorUri(actor.name),
    object: await Follow.fromJsonLd(known.follow, ctx),
    to: new URL(follower),
  });
  await enqueue(ctx, state, actor.name, reply, [[follower, { inbox: known.inbox }]]);
}

/** Keeps the activity and what has to be delivered, one entry an inbox, before the first try. */
export async function enqueue(ctx, state, sender, activity, recipients) {
  const written = await document(ctx, activity);
  state.data.activities[activity.id.href] = written;
  const places = new Map();
  for (const [id, known] of recipients) {
    if (id.startsWith(ctx.origin + "/")) continue;
    places.set(known.sharedInbox ?? known.inbox, [id, known]);
  }
  for (const [id, known] of places.values()) {
    state.data.queue.push({ id: activity.id.href, sender, to: id, ...known, follow: undefined, tries: 0, due: 0 });
  }
  state.save();
  return written;
}
