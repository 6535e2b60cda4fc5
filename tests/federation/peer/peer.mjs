// SPDX-License-Identifier: MIT
// A small live server on Fedify, for tests: http on loopback, and a control API on another port.
//
//   node peer.mjs --state FILE [--port N] [--control N]
//
// The ports of the first start are kept in the state, so that a peer that was killed comes back at
// its address. One line of JSON on standard output says when it answers, and where.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { commands } from "./control.mjs";
import { build, current, DIALECTS, INSTANCE, isPublic, makeActor } from "./federation.mjs";
import { State } from "./state.mjs";

const MAX_BODY = 1 << 20;
const { values } = parseArgs({
  options: { state: { type: "string" }, port: { type: "string" }, control: { type: "string" } },
});
const state = new State(values.state);

const peer = {
  state,
  federation: null,
  get origin() {
    return `http://127.0.0.1:${state.data.port}`;
  },
  get ctx() {
    return this.federation.createContext(new URL(this.origin), undefined);
  },
  setDialect(dialect) {
    if (!DIALECTS.includes(dialect)) throw new Error(`no dialect ${dialect}`);
    state.data.settings.dialect = dialect;
    this.federation = build(state);
  },
};

async function bodyOf(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > MAX_BODY) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** A Request as it arrived, with the Host header that was sent: signatures cover it. */
export function toRequest(incoming, body) {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  }
  const withBody = !["GET", "HEAD"].includes(incoming.method);
  return new Request(`http://${incoming.headers.host}${incoming.url}`,
    { method: incoming.method, headers, body: withBody ? body : undefined });
}

/** What Fedify has no dispatcher for: activities by id, and notes that are gone. */
function ownDocument(request) {
  const url = new URL(request.url);
  const id = peer.origin + url.pathname;
  if (state.data.objects[id]?.deleted) {
    return answer(410, { "@context": "https://www.w3.org/ns/activitystreams", type: "Tombstone", id });
  }
  const activity = state.data.activities[id];
  return activity && isPublic(activity) ? answer(200, activity) : null;
}

const answer = (status, document) => new Response(JSON.stringify(document),
  { status, headers: { "content-type": "application/activity+json" } });

async function handle(incoming, outgoing) {
  const body = await bodyOf(incoming);
  const entry = {
    method: incoming.method,
    path: incoming.url,
    headers: Object.fromEntries(Object.entries(incoming.headers)),
    body: body?.toString("utf8") ?? "",
    dispatched: false,
  };
  let response;
  if (body == null) {
    response = new Response("too much", { status: 413 });
  } else {
    const request = toRequest(incoming, body);
    response = (incoming.method === "GET" && ownDocument(request)) || await current.run(entry, () =>
      peer.federation.fetch(request, { contextData: undefined }));
  }
  entry.status = response.status;
  const content = Buffer.from(await response.arrayBuffer());
  if (incoming.method === "POST") state.record(describe(entry));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(content);
}

/** Whether the sender's signature was good, as Fedify judged it: only then a listener was called, or
    had been called before. */
function describe(entry) {
  try {
    const activity = JSON.parse(entry.body);
    Object.assign(entry, { id: activity.id, type: activity.type, actor: activity.actor, object: activity.object });
  } catch {
    entry.type = null;
  }
  entry.verified = entry.dispatched || entry.status < 300;
  return entry;
}

/** One try. Whether the next for the same inbox may go. */
async function attempt(entry) {
  const { settings, queue, sent } = state.data;
  const failure = await commands.send(peer, entry);
  entry.tries += 1;
  entry.failure = failure?.message;
  const over = failure && ([400, 403, 404, 405, 410, 413, 422].includes(failure.status) ||
    entry.tries >= settings.retries);
  if (!failure || over) {
    queue.splice(queue.indexOf(entry), 1);
    sent.push({ ...entry, delivered: !failure });
  } else {
    entry.due = Date.now() + Math.min(settings.retryMilliseconds * 2 ** Math.min(entry.tries, 6), 5000);
  }
  state.save();
  return !failure || over;
}

const placeOf = (entry) => entry.sharedInbox ?? entry.inbox;
const busy = new Set();

/** Everything for one inbox in its order, as long as it is taken. */
async function deliverTo(place) {
  busy.add(place);
  try {
    for (;;) {
      const entry = state.data.queue.find((each) => placeOf(each) === place);
      if (!entry || entry.due > Date.now() || !(await attempt(entry))) return;
    }
  } finally {
    busy.delete(place);
  }
}

async function deliverForEver() {
  const waiting = () => state.data.queue.filter((each) => !busy.has(placeOf(each)));
  for (;;) {
    for (const entry of waiting()) {
      if (entry.due <= Date.now() && !busy.has(placeOf(entry))) deliverTo(placeOf(entry));
    }
    const next = Math.min(...waiting().map((each) => each.due), Date.now() + 1000);
    await state.until(() => waiting().some((each) => each.due <= Date.now()), Math.max(next - Date.now(), 10));
  }
}

async function control(incoming, outgoing) {
  let status = 200, result;
  try {
    const body = await bodyOf(incoming);
    const words = body.length ? JSON.parse(body.toString("utf8")) : {};
    const name = incoming.url.slice(1);
    if (!Object.hasOwn(commands.api, name)) throw new Error(`no command ${name}`);
    result = await commands.api[name](peer, words);
  } catch (error) {
    status = 500;
    result = { error: String(error), stack: error.stack };
  }
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(JSON.stringify(result ?? null));
}

function listen(handler, port) {
  return new Promise((resolve, reject) => {
    const server = createServer((incoming, outgoing) => {
      handler(incoming, outgoing).catch((error) => {
        console.error(error);
        if (!outgoing.headersSent) outgoing.writeHead(500);
        outgoing.end();
      });
    });
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server.address().port));
  });
}

peer.setDialect(state.data.settings.dialect);
state.data.actors[INSTANCE] ??= await makeActor(INSTANCE, "manual");
state.data.port = await listen(handle, Number(values.port ?? state.data.port));
state.data.control = await listen(control, Number(values.control ?? state.data.control));
state.save();
process.on("SIGTERM", () => process.exit(0));
console.log(JSON.stringify({ port: state.data.port, control: state.data.control }));
await deliverForEver();
