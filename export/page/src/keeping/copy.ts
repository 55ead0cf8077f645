// The server's copy of what is typed: sent a moment after each change, one at a time, by versions.

import { type Api, answered, ask, Problem } from "../api/client";
import { Patience } from "./patience";
import { readText, type Text } from "./text";

/** After the last change, and at the latest after the first one that is not saved. */
const QUIET_MS = 2000;
const LONGEST_MS = 10_000;
/** What browsers send for a page that goes is limited to 64 KiB. */
const MOST_KEPT_ALIVE = 60_000;

/** The document of a working copy. The lease goes with the text, so that it can go on on another device. */
export interface Carried extends Text {
  readonly lease: string | null;
}

/** What the server has. `text` null: a document that this page did not write. */
export interface Copied {
  readonly version: number;
  readonly at: number;
  readonly revision: number;
  readonly text: Text | null;
  readonly lease: string | null;
}

/** The server's copy of a person's text; null: there is none. Raises Problem. */
export async function copyOf(api: Api, draftId: string, worker: string): Promise<Copied | null> {
  try {
    const found = await ask(
      api.GET("/v1/drafts/{draft_id}/working-copy", {
        params: { path: { draft_id: draftId }, query: { worker } },
      }),
    );
    const lease = (found.document as Partial<Carried>).lease;
    return {
      version: found.version,
      at: Date.parse(found.saved_at),
      revision: found.revision,
      text: readText(found.document),
      lease: typeof lease === "string" ? lease : null,
    };
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return null;
    throw error;
  }
}

/** What one request sends. It is sent again as it is until it is answered: then the server knows it again. */
interface Sending {
  readonly replaces: number | null;
  readonly document: Carried;
}

export interface Saver {
  readonly draftId: string;
  readonly worker: string;
  readonly revision: number;
  readonly api: () => Api;
  /** What is to be saved now. */
  readonly document: () => Carried;
  /** Whether anything may be sent now. Once it may again, call `kick`. */
  readonly allowed: () => boolean;
  readonly saving: () => void;
  /** It is saved; `all`: nothing was changed meanwhile. */
  readonly saved: (at: number, all: boolean) => void;
  /** It is not. What passes is tried again by itself, all else after the next change or `kick`. */
  readonly failed: (problem: Problem) => void;
}

export class ServerCopy {
  private pending: Sending | null = null;
  private changedAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running = false;
  private stopped = false;
  private waiting: (() => void)[] = [];
  private readonly patience = new Patience();

  /** `version`: of the copy that the server has, null: none. */
  constructor(
    private readonly saver: Saver,
    private version: number | null,
  ) {}

  /** The version of the server's copy, as far as is known; null: there is none. */
  get known(): number | null {
    return this.version;
  }

  /** Something was changed: it is saved in a moment. */
  changed(): void {
    const now = performance.now();
    this.changedAt ??= now;
    if (this.running) return;
    this.wake(Math.min(QUIET_MS, this.changedAt + LONGEST_MS - now));
  }

  /** Save now what is not saved yet. Resolves once all of it is, or an attempt failed. */
  kick(keepalive = false): Promise<void> {
    this.patience.hurry();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      void this.run(keepalive);
    });
  }

  /** The server has this version, and nothing is to be saved. */
  take(version: number | null): void {
    this.version = version;
    this.pending = null;
    this.changedAt = null;
  }

  get isSaved(): boolean {
    return this.pending === null && this.changedAt === null;
  }

  stop(): void {
    this.stopped = true;
    this.wake(null);
    this.patience.hurry();
  }

  private wake(ms: number | null): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = ms === null ? null : setTimeout(() => void this.run(false), Math.max(ms, 0));
  }

  private async run(keepalive: boolean): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.wake(null);
    try {
      while (!this.isSaved && !this.stopped && this.saver.allowed()) {
        const problem = await this.send(keepalive);
        if (problem === null && this.waiting.length > 0) continue;
        this.settle();
        if (problem === null) break;
        if (!problem.passing) return;
        await this.patience.wait();
      }
    } finally {
      this.running = false;
      this.settle();
    }
    if (this.changedAt !== null && !this.stopped && this.saver.allowed()) this.changed();
  }

  private async send(keepalive: boolean): Promise<Problem | null> {
    if (this.pending === null) {
      this.pending = { replaces: this.version, document: this.saver.document() };
      this.changedAt = null;
    }
    this.saver.saving();
    try {
      const { version, saved_at } = await this.put(this.pending, keepalive);
      this.version = version;
      this.pending = null;
      this.patience.reset();
      this.saver.saved(Date.parse(saved_at), this.isSaved);
      return null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // Without an answer, or without a good token, an earlier attempt may have arrived: the same goes once more.
      if (!error.passing && error.status !== 401) {
        this.pending = null;
        this.changedAt = performance.now();
      }
      this.saver.failed(error);
      return error;
    }
  }

  private async put(
    sending: Sending,
    keepalive: boolean,
  ): Promise<{ readonly version: number; readonly saved_at: string }> {
    const { draftId, worker, revision } = this.saver;
    const body = { worker, revision, document: sending.document as unknown as Record<string, unknown> };
    const header =
      sending.replaces === null ? { "If-None-Match": "*" } : { "If-Match": `"w${sending.replaces}"` };
    const given = await answered(
      this.saver.api().PUT("/v1/drafts/{draft_id}/working-copy", {
        params: { path: { draft_id: draftId }, header },
        body,
        keepalive: keepalive && bytesOf(body) < MOST_KEPT_ALIVE,
      }),
    );
    return given.data;
  }

  private settle(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function bytesOf(body: unknown): number {
  return new TextEncoder().encode(JSON.stringify(body)).length;
}
