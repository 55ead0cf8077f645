// A list of drafts that grows page by page, and can be brought up to date without losing its place.

import { type ReadonlySignal, signal } from "@preact/signals";
import { type Api, ask, type Entry, Problem } from "../api/client";
import type { Query } from "./filters";

const PAGE = 50;
const MOST = 200;

export interface Listing {
  /** null: nothing has come yet. */
  readonly entries: ReadonlySignal<readonly Entry[] | null>;
  /** Whether there are more. */
  readonly further: ReadonlySignal<boolean>;
  readonly busy: ReadonlySignal<boolean>;
  /** Why the last request came to nothing. What was there before is still there. */
  readonly problem: ReadonlySignal<Problem | null>;
  /** Ask for as many as are there now, anew. */
  again(): Promise<void>;
  /** Ask for the next page. */
  more(): Promise<void>;
  /** Whatever is still on its way is not wanted any more. */
  stop(): void;
}

/** The drafts of `query`; `atLeast` are asked for at first, those after them by `more`. */
export function listing(api: Api, query: Query, atLeast = PAGE): Listing {
  const entries = signal<readonly Entry[] | null>(null);
  const next = signal<string | null>(null);
  const further = signal(false);
  const busy = signal(false);
  const problem = signal<Problem | null>(null);
  let wanted = new AbortController();

  const page = (after: string | null, limit: number, abort: AbortSignal) =>
    ask(
      api.GET("/v1/drafts", {
        params: { query: { ...query, limit, ...(after ? { after } : {}) } },
        signal: abort,
      }),
    );

  /** `count` drafts from `after` on, joined to `before`; a draft that came twice stands where it came first. */
  const get = async (before: readonly Entry[], after: string | null, count: number) => {
    wanted.abort();
    wanted = new AbortController();
    const { signal: abort } = wanted;
    busy.value = true;
    try {
      let found = before;
      let from = after;
      do {
        const given = await page(from, Math.min(MOST, Math.max(PAGE, count - found.length)), abort);
        const known = new Set(found.map((one) => one.draft_id));
        found = [...found, ...given.drafts.filter((one) => !known.has(one.draft_id))];
        from = given.next;
      } while (from && found.length < count);
      entries.value = found;
      next.value = from;
      further.value = from !== null;
      problem.value = null;
    } catch (error) {
      if (abort.aborted) return;
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
    } finally {
      if (!abort.aborted) busy.value = false;
    }
  };

  return {
    entries,
    further,
    busy,
    problem,
    again: () => get([], null, Math.max(atLeast, entries.value?.length ?? 0)),
    more: async () => {
      if (next.value) await get(entries.value ?? [], next.value, (entries.value?.length ?? 0) + PAGE);
    },
    stop: () => wanted.abort(),
  };
}
