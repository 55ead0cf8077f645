// What somebody wants to see or to have: kept in the browser, and turned into what the API asks for.

import { LANGUAGES, type Language, type State } from "../api/client";
import type { paths } from "../api/schema";
import { BANDS, type Band } from "./figures";

export type Query = NonNullable<paths["/v1/drafts"]["get"]["parameters"]["query"]>;
export type Order = NonNullable<Query["order"]>;

/** Which draft somebody wants next. */
export interface Wanted {
  readonly languages: readonly Language[];
  /** Left out: of any. */
  readonly project?: string;
  readonly order: Order;
}

export const STATE_GROUPS = {
  ready: ["ready"],
  working: ["leased", "delivered"],
  submitted: ["submitted", "in_review"],
  rework: ["rework"],
  accepted: ["accepted"],
  all: ["ready", "leased", "delivered", "submitted", "in_review", "rework", "accepted"],
} as const satisfies Record<string, readonly State[]>;
export type StateGroup = keyof typeof STATE_GROUPS;

/** `own`: the two bounds beside it. */
export type Difficulty = "any" | Band | "own";

export interface Bounded {
  readonly difficulty: Difficulty;
  readonly from: number | null;
  readonly to: number | null;
}

export interface ListFilter extends Bounded {
  readonly search: string;
  readonly project: string;
  readonly language: Language | "any";
  readonly state: StateGroup;
  readonly order: Order;
}

export const EVERYTHING: ListFilter = {
  search: "",
  project: "",
  language: "any",
  difficulty: "any",
  from: null,
  to: null,
  state: "ready",
  order: "received",
};

export const REVIEW_STATES = [
  "submitted",
  "in_review",
  "rework",
  "accepted",
] as const satisfies readonly State[];
export type ReviewState = (typeof REVIEW_STATES)[number];

/** Percent of the submissions. */
export const SAMPLES = [100, 50, 20, 10, 5] as const;
export type Sample = (typeof SAMPLES)[number];

export interface ReviewFilter extends Bounded {
  readonly search: string;
  readonly project: string;
  readonly language: Language | "any";
  readonly worker: string;
  readonly sample: Sample;
  readonly state: ReviewState;
  readonly order: Order;
}

export const ALL_REVIEWS: ReviewFilter = {
  search: "",
  project: "",
  language: "any",
  worker: "",
  sample: 100,
  difficulty: "any",
  from: null,
  to: null,
  state: "submitted",
  order: "received",
};

/** Where the reviewer's page finds which corrections are asked for next: the query of `GET /v1/drafts`, as JSON. */
export const REVIEWS_KEPT = "prelabel.reviews";

/** A bound as it was written; null where that is no number. */
export function boundOf(text: string): number | null {
  return /^\s*\d+\s*$/.test(text) ? Math.min(100, Number(text)) : null;
}

/** Whether the bounds are in order, so that something can lie within them. */
export function ordered({ difficulty, from, to }: Bounded): boolean {
  return difficulty !== "own" || from === null || to === null || from <= to;
}

export function listQuery(filter: ListFilter): Query {
  return {
    state: [...STATE_GROUPS[filter.state]],
    ...common(filter),
  };
}

export function reviewQuery(filter: ReviewFilter): Query {
  return {
    state: [filter.state],
    ...common(filter),
    ...(filter.worker.trim() ? { worker: filter.worker.trim() } : {}),
    ...(filter.sample < 100 ? { drawn: filter.sample / 100 } : {}),
  };
}

function common(filter: Omit<ListFilter, "state">): Query {
  const [from, to] =
    filter.difficulty === "any"
      ? [null, null]
      : filter.difficulty === "own"
        ? [filter.from, filter.to]
        : BANDS[filter.difficulty];
  return {
    order: filter.order,
    ...(filter.search.trim() ? { search: filter.search.trim() } : {}),
    ...(filter.project.trim() ? { project: filter.project.trim() } : {}),
    ...(filter.language === "any" ? {} : { language: filter.language }),
    ...(from === null ? {} : { difficulty_from: from }),
    ...(to === null ? {} : { difficulty_to: to }),
  };
}

/** What `text`, as it was kept, says of each field of `usual`; a field that is missing or of another kind is the usual. */
export function restored<Value extends object>(text: string | null, usual: Value): Value {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "");
  } catch {
    return usual;
  }
  if (typeof kept !== "object" || kept === null) return usual;
  const found = kept as Record<string, unknown>;
  const same = (name: string, one: unknown) =>
    name in found &&
    (one === null || typeof found[name] === typeof one) &&
    Array.isArray(found[name]) === Array.isArray(one);
  return Object.fromEntries(
    Object.entries(usual).map(([name, one]) => [name, same(name, one) ? found[name] : one]),
  ) as Value;
}

/** The languages among `names`, in the usual order. */
export function languagesOf(names: readonly string[]): readonly Language[] {
  return LANGUAGES.filter((language) => names.includes(language));
}
