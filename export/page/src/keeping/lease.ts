// Leases: taking a draft so that nobody else does, and what becomes of it.

import {
  type Api,
  ask,
  type Entry,
  LANGUAGES,
  type Language,
  Problem,
  type Schemas,
  type State,
} from "../api/client";
import type { Person } from "../person";
import type { Small } from "./local";

type Request = Schemas["LeaseRequest"];

/** How long a lease lasts, and after how long it is renewed while somebody works. */
export const LEASE_SECONDS = 300;
export const RENEW_MS = 100_000;
/** Who has given no sign of life for so long is away: the lease is not renewed any more. */
export const AWAY_MS = 30 * 60_000;

/** Which draft somebody wants, where they did not choose one. */
export interface Wanted {
  readonly languages?: readonly Language[];
  readonly project?: string;
  readonly difficulty?: { readonly easiest?: number; readonly hardest?: number };
  readonly order?: "received" | "difficulty" | "-difficulty";
}

export interface Lease {
  readonly token: string;
  readonly entry: Entry;
}

/** Tokens of leases, by draft, so that a reload goes on under the same one. */
export const tokenName = (draftId: string): string => `lease ${draftId}`;

/** Under which name the request is kept that gave a draft. */
const requestName = (draftId: string): string => `asked for ${draftId}`;

/**
 * Lease the draft `draftId`, or (null) the first one that is wanted; null: none waits. Raises Problem.
 *
 * The key of the request is kept until the draft is `opened`: so a request whose answer was lost, with the connection
 * or with the page, is the same one when it is sent again, and takes no second draft.
 */
export async function take(
  api: Api,
  small: Small,
  worker: string,
  draftId: string | null,
  wanted: Wanted = {},
): Promise<Lease | null> {
  const body: Request = {
    count: 1,
    seconds: LEASE_SECONDS,
    worker,
    draft_id: draftId,
    languages: [...(wanted.languages ?? LANGUAGES)],
    project: wanted.project ?? null,
    difficulty: wanted.difficulty ?? {},
    order: wanted.order ?? "received",
  };
  const name = `asked ${JSON.stringify(body)}`;
  const before = await small.get(name);
  const key = before ?? `page-${chance()}`;
  if (before === null) await small.set(name, key);
  const given = await ask(
    api.POST("/v1/leases", { params: { header: { "Idempotency-Key": key } }, body }),
  ).then(
    ({ leases }) => leases[0],
    async (error: unknown) => {
      if (!(error instanceof Problem && error.passing)) await small.drop(name);
      throw error;
    },
  );
  if (given) {
    const { lease_token: token, draft } = given;
    await small.set(requestName(draft.draft_id), name);
    await small.set(tokenName(draft.draft_id), token);
    // Sent before, the answer may be that of long ago, and what it gave may be lost.
    const entry = before === null ? draft : await renewed(api, draft.draft_id, token);
    if (entry !== null) return { token, entry };
  }
  await small.drop(name);
  return before === null ? null : take(api, small, worker, draftId, wanted);
}

/** What a request gave is known here: the next one is another. */
export async function opened(small: Small, draftId: string): Promise<void> {
  const name = await small.get(requestName(draftId));
  if (name === null) return;
  await small.drop(name);
  await small.drop(requestName(draftId));
}

async function renewed(api: Api, draftId: string, token: string): Promise<Entry | null> {
  try {
    return await renew(api, draftId, token);
  } catch (error) {
    if (error instanceof Problem && error.status === 409) return null;
    throw error;
  }
}

/** Let a lease end so many seconds from now. Raises Problem, `lease_lost` above all. */
export function renew(api: Api, draftId: string, token: string): Promise<Entry> {
  return ask(
    api.POST("/v1/drafts/{draft_id}/renew", {
      params: { path: { draft_id: draftId } },
      body: { lease_token: token, seconds: LEASE_SECONDS },
    }),
  );
}

/**
 * The first token of those that `places` have under which the draft is leased; it is renewed. null: it is leased under
 * none of them. Raises Problem where the server does not say.
 */
export async function goodToken(
  api: Api,
  draftId: string,
  places: readonly (() => Promise<string | null>)[],
): Promise<Lease | null> {
  const tried = new Set<string>();
  for (const place of places) {
    const token = await place();
    if (token === null || tried.has(token)) continue;
    tried.add(token);
    const entry = await renewed(api, draftId, token);
    if (entry !== null) return { token, entry };
  }
  return null;
}

/** The draft is here safe, and this person's until they hand it in or give it back. Raises Problem. */
export function acknowledge(api: Api, draftId: string, token: string): Promise<Entry> {
  return ask(
    api.POST("/v1/drafts/{draft_id}/ack", {
      params: { path: { draft_id: draftId } },
      body: { lease_token: token },
    }),
  );
}

/** Give a leased draft back. `keepalive`: also while the page goes. Raises Problem. */
export function refuse(
  api: Api,
  draftId: string,
  token: string,
  reason: string,
  keepalive = false,
): Promise<Entry> {
  return ask(
    api.POST("/v1/drafts/{draft_id}/nack", {
      params: { path: { draft_id: draftId } },
      body: { lease_token: token, reason, again: true, counts: false },
      keepalive,
    }),
  );
}

/** Give back a draft that is delivered or in rework. Raises Problem. */
export function giveBack(api: Api, { draft_id, version }: Entry, reason: string): Promise<Entry> {
  return ask(
    api.POST("/v1/drafts/{draft_id}/transitions", {
      params: {
        path: { draft_id },
        header: { "If-Match": `"v${version}"`, "Idempotency-Key": `page-${chance()}` },
      },
      body: { action: "return", reason },
    }),
  );
}

/** A draft as it stands. Raises Problem. */
export function entryOf(api: Api, draftId: string): Promise<Entry> {
  return ask(api.GET("/v1/drafts/{draft_id}", { params: { path: { draft_id: draftId } } }));
}

const WITH_PEOPLE: readonly State[] = ["ready", "leased", "delivered", "rework"];

/** Why nobody can hand in what builds on `revision`: the draft's state, or a newer revision; null: somebody can. */
export function closedBy(entry: Entry, revision: number): State | "newer" | null {
  if (!WITH_PEOPLE.includes(entry.state)) return entry.state;
  return entry.revision > revision ? "newer" : null;
}

/** Whether a draft is with this very person. */
export function isTheirs({ me, worker }: Person, entry: Entry): boolean {
  const held = entry.state === "leased" || entry.state === "delivered" || entry.state === "rework";
  return held && entry.holder === me.platform && entry.worker === worker;
}

/** A name that nobody else gives, also where the page came without TLS (then there is no `crypto.randomUUID`). */
export function chance(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
