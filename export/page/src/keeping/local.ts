// What this browser keeps: the text while it is typed, and the little that a reload needs to go on.

import { createStore, del, get, keys, set } from "idb-keyval";
import type { Correction } from "../api/client";
import type { Keeping } from "../storage";
import type { Text } from "./text";

/** A text in this browser: one per person, draft and revision that it builds on. */
export interface Kept extends Text {
  readonly worker: string;
  readonly draftId: string;
  readonly revision: number;
  /** The version of the server's copy that it takes the place of; null: none is known. */
  readonly serverVersion: number | null;
  /** By this computer's clock; only to be told. */
  readonly savedAt: number;
  /** What was sent as the next revision and not answered: it is sent again, the very same. */
  readonly sent: Correction | null;
}

/** A text of the same draft that another one took the place of; it is kept in this browser. */
export interface SetAside {
  readonly id: string;
  readonly at: number;
  readonly doc: Text["doc"];
}

export type Key = readonly [kind: "text" | "aside" | "small", ...names: string[]];

/** Where things are put and found again. Each may be refused (no room, private mode): then it rejects. */
export interface Shelf {
  get<Value>(key: Key): Promise<Value | undefined>;
  set(key: Key, value: unknown): Promise<void>;
  del(key: Key): Promise<void>;
  keys(): Promise<readonly Key[]>;
}

/** The shelf of this browser. What is put there outlives the page, its crash, and the browser's. */
export function shelfOfBrowser(): Shelf {
  const store = createStore("prelabel", "kept");
  return {
    get: async (key) => get([...key], store),
    set: async (key, value) => set([...key], value, store),
    del: async (key) => del([...key], store),
    keys: async () => (await keys(store)) as unknown as Key[],
  };
}

const textKey = (kept: Pick<Kept, "worker" | "draftId" | "revision">): Key => [
  "text",
  kept.worker,
  kept.draftId,
  String(kept.revision),
];

/** Every text of a draft that a person has here, of whatever revision; none where nothing can be read. */
export async function textsOf(shelf: Shelf, worker: string, draftId: string): Promise<readonly Kept[]> {
  const found = await under<Kept>(shelf, ["text", worker, draftId]);
  return found.map(([, kept]) => kept).sort((one, other) => other.revision - one.revision);
}

export function putText(shelf: Shelf, kept: Kept): Promise<void> {
  return shelf.set(textKey(kept), kept);
}

export async function dropText(
  shelf: Shelf,
  kept: Pick<Kept, "worker" | "draftId" | "revision">,
): Promise<void> {
  await shelf.del(textKey(kept)).catch(() => {});
}

/** Texts that were set aside, the latest first. */
export async function asideOf(shelf: Shelf, worker: string, draftId: string): Promise<readonly SetAside[]> {
  const found = await under<SetAside>(shelf, ["aside", worker, draftId]);
  return found.map(([, one]) => one).sort((one, other) => other.at - one.at);
}

export function putAside(shelf: Shelf, worker: string, draftId: string, one: SetAside): Promise<void> {
  return shelf.set(["aside", worker, draftId, one.id], one);
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Drop what nobody came back for in 30 days, as the server does. What seems older than a year stays: the clock of this
 * computer was wrong then, or is wrong now, and nothing may be lost by that.
 */
export async function sweep(shelf: Shelf, now: number): Promise<void> {
  const [oldest, impossible] = [now - 30 * DAY_MS, now - 365 * DAY_MS];
  for (const [key, kept] of await under<{ savedAt?: number; at?: number }>(shelf, [])) {
    const at = kept.savedAt ?? kept.at;
    if (at !== undefined && at < oldest && at > impossible) await shelf.del(key).catch(() => {});
  }
}

async function under<Value>(
  shelf: Shelf,
  beginning: readonly string[],
): Promise<readonly (readonly [Key, Value])[]> {
  try {
    const found: (readonly [Key, Value])[] = [];
    for (const key of await shelf.keys()) {
      if (!beginning.every((name, at) => key[at] === name)) continue;
      const value = await shelf.get<Value>(key);
      if (value !== undefined) found.push([key, value]);
    }
    return found;
  } catch {
    return [];
  }
}

/** Small texts (lease tokens, keys of requests) that outlive a reload, by whichever of two ways works. */
export class Small {
  /** `session` never fails: what it cannot keep it forgets with the page. */
  constructor(
    private readonly shelf: Shelf,
    private readonly session: Keeping,
  ) {}

  async get(name: string): Promise<string | null> {
    const found = await this.shelf.get<{ text: string }>(["small", name]).catch(() => undefined);
    return found?.text ?? this.session.getItem(`prelabel.${name}`);
  }

  async set(name: string, text: string): Promise<void> {
    this.session.setItem(`prelabel.${name}`, text);
    await this.shelf.set(["small", name], { text, at: Date.now() }).catch(() => {});
  }

  async drop(name: string): Promise<void> {
    this.session.removeItem(`prelabel.${name}`);
    await this.shelf.del(["small", name]).catch(() => {});
  }
}

/** How long after a change it is written at the latest. */
const WRITE_MS = 250;

/** Writes a text here a moment after each change, one write after the other. */
export class Writer {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last: Promise<void> = Promise.resolve();
  private stopped = false;

  /** `now` gives what is to be written; null: nothing may be. `wrote` is told whether it could be. */
  constructor(
    private readonly shelf: Shelf,
    private readonly now: () => Kept | null,
    private readonly wrote: (here: boolean) => void,
  ) {}

  soon(): void {
    if (!this.stopped) this.timer ??= setTimeout(() => void this.write(), WRITE_MS);
  }

  /** Write what there is now. Resolves once it is written, or could not be. */
  write(): Promise<void> {
    this.unset();
    const kept = this.stopped ? null : this.now();
    if (kept === null) return this.last;
    this.last = this.last.then(() =>
      putText(this.shelf, kept).then(
        () => this.wrote(true),
        () => this.wrote(false),
      ),
    );
    return this.last;
  }

  /** Write what was to be written soon, if anything was. */
  flush(): Promise<void> {
    return this.timer === null ? this.last : this.write();
  }

  /** Write nothing more. Resolves once what was being written is. */
  stop(): Promise<void> {
    this.stopped = true;
    this.unset();
    return this.last;
  }

  private unset(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
