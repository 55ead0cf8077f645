// Everything that is read of a correction before it can be judged.

import {
  type Api,
  answered,
  ask,
  type Correction,
  type Draft,
  type Entry,
  Problem,
  type Schemas,
} from "../api/client";
import type { Person } from "../person";
import { passing } from "../storage";
import { type Query, REVIEWS_KEPT } from "../work/filters";
import type { Comparison } from "./differences";

export interface Material {
  readonly draft: Draft;
  /** All of them, the first one first; the last one is judged. */
  readonly revisions: readonly Correction[];
  readonly submissions: readonly Schemas["SubmissionEntry"][];
  readonly reviews: readonly Schemas["ReviewEntry"][];
  /** What it says about the draft; null: it could not be had. */
  readonly score: Schemas["ScoreGiven"] | null;
}

export type Event = Schemas["EventEntry"];

const of = (draft_id: string) => ({ params: { path: { draft_id } } });

export function readEntry(api: Api, id: string): Promise<Entry> {
  return ask(api.GET("/v1/drafts/{draft_id}", of(id)));
}

export async function readEvents(api: Api, id: string): Promise<readonly Event[]> {
  return (await ask(api.GET("/v1/drafts/{draft_id}/events", of(id)))).events;
}

export async function readMaterial(api: Api, entry: Entry): Promise<Material> {
  const id = entry.draft_id;
  const numbers = Array.from({ length: entry.revision }, (_, place) => place + 1);
  const [draft, { submissions }, { reviews }, score, ...revisions] = await Promise.all([
    ask(api.GET("/v1/drafts/{draft_id}/document", of(id))),
    ask(api.GET("/v1/drafts/{draft_id}/submissions", of(id))),
    ask(api.GET("/v1/drafts/{draft_id}/reviews", of(id))),
    readScore(api, id, entry.revision),
    ...numbers.map((revision) =>
      ask(
        api.GET("/v1/drafts/{draft_id}/submissions/{revision}", {
          params: { path: { draft_id: id, revision } },
        }),
      ),
    ),
  ]);
  return { draft, revisions: revisions as Correction[], submissions, reviews, score };
}

/** Figures are no reason not to judge: without them the page says that they are not known. */
async function readScore(api: Api, id: string, revision: number): Promise<Schemas["ScoreGiven"] | null> {
  try {
    return await ask(
      api.GET("/v1/drafts/{draft_id}/score", { params: { path: { draft_id: id }, query: { revision } } }),
    );
  } catch (error) {
    if (error instanceof Problem && error.status !== 401) return null;
    throw error;
  }
}

export async function readComparison(
  api: Api,
  id: string,
  base: number,
  revision: number,
): Promise<Comparison> {
  const query = { base, revision };
  const given = await ask(
    api.GET("/v1/drafts/{draft_id}/edits", { params: { path: { draft_id: id }, query } }),
  );
  return given as Comparison;
}

/** Begin, leave or reopen a review. Gives the draft as it is then. */
export async function act(
  api: Api,
  entry: Entry,
  action: "start_review" | "stop_review" | "reopen",
  { last = false }: { last?: boolean } = {},
): Promise<Entry> {
  const given = await answered(
    api.POST("/v1/drafts/{draft_id}/transitions", {
      params: { path: { draft_id: entry.draft_id }, header: { "If-Match": tagOf(entry) } },
      body: { action },
      keepalive: last,
    }),
  );
  return given.data;
}

export function tagOf(entry: Entry): string {
  return `"v${entry.version}"`;
}

/** The next correction that waits, as the list was filtered; null: there is none. */
export async function nextToReview(person: Person, after: string): Promise<string | null> {
  const { drafts } = await ask(
    person.api.GET("/v1/drafts", {
      params: { query: { ...keptQuery(passing), state: ["submitted"], limit: 200 } },
    }),
  );
  const next = drafts.find((one) => one.draft_id !== after && one.worker !== person.worker);
  return next?.draft_id ?? null;
}

/** What the list of reviews was asked for; everything where that is not known. */
export function keptQuery(storage: Pick<Storage, "getItem">): Query {
  try {
    const kept: unknown = JSON.parse(storage.getItem(REVIEWS_KEPT) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Query) : {};
  } catch {
    return {};
  }
}
