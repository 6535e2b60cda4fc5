// SPDX-License-Identifier: MIT
// What the peer remembers: one JSON file, whole after every change, so that a killed peer goes on
// where it was; and a log of what came in, one JSON record a line.

import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const EMPTY = {
  port: 0,
  control: 0,
  count: 0, // of ids given out
  settings: { dialect: "9421-first", retryMilliseconds: 200, retries: 40 },
  actors: {}, // by name: keys, policy, followers, following, requests, blocks
  objects: {}, // our own notes, by id; a deleted one keeps {deleted}
  activities: {}, // our own activities, by id
  queue: [], // deliveries that were not answered with success yet
  sent: [], // deliveries that ended, well or not
  seen: {}, // ids of activities that had their effect here
  notes: {}, // others' notes as they stand now, by id
  reactions: {}, // to notes of anybody, by id: who likes, who boosts
  profiles: {}, // others' actors that announced a change, by id
};

export class State {
  constructor(path) {
    this.path = path;
    this.log = path + ".received";
    this.data = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : structuredClone(EMPTY);
    this.received = existsSync(this.log)
      ? readFileSync(this.log, "utf8").split("\n").filter((line) => line.endsWith("}")).map((line) => JSON.parse(line))
      : [];
    this.waiting = new Set();
  }

  save() {
    writeFileSync(this.path + ".new", JSON.stringify(this.data));
    renameSync(this.path + ".new", this.path);
    this.wake();
  }

  /** A number that no id had before, also after a kill. */
  next() {
    this.data.count += 1;
    return this.data.count;
  }

  /** Keeps one request that came in. */
  record(entry) {
    entry.number = this.received.length + 1;
    this.received.push(entry);
    appendFileSync(this.log, JSON.stringify(entry) + "\n");
    this.wake();
  }

  wake() {
    for (const look of [...this.waiting]) look();
  }

  /** What `find` returns as soon as that is not empty; null after the deadline. */
  until(find, milliseconds) {
    return new Promise((resolve) => {
      const done = (value) => {
        this.waiting.delete(look);
        clearTimeout(timer);
        resolve(value);
      };
      const look = () => {
        const found = find();
        if (found) done(found);
      };
      const timer = setTimeout(() => done(null), milliseconds);
      this.waiting.add(look);
      look();
    });
  }
}
