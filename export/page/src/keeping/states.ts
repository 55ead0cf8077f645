// How a person's work stands: everything that is known about it, and the one place where that becomes a state.

import type { Problem, State } from "../api/client";

/** How a person's work stands, as the page tells it. In those that `isLocked` names nothing can be changed. */
export type Keeping =
  /** Everything is on the server, since `at`; null: nothing has been changed yet. */
  | { readonly kind: "saved"; readonly at: number | null }
  /** Something was typed; it is in this browser, and goes to the server in a moment. */
  | { readonly kind: "unsaved" }
  /** It is on its way to the server. */
  | { readonly kind: "saving" }
  /** The server does not answer. `here`: this browser keeps what is typed; otherwise this page alone has it. */
  | { readonly kind: "offline"; readonly since: number; readonly here: boolean }
  /** The server takes no copy of it (such as 413). `here` likewise. It can still be submitted. */
  | { readonly kind: "copy_refused"; readonly problem: Problem; readonly here: boolean }
  /** The token is not good any more. Work goes on here as if offline, until the same person signs in again. */
  | { readonly kind: "signed_out"; readonly here: boolean }
  /** Nobody worked for so long that the lease ran out. It is taken anew at the first sign of life, or by `retake`. */
  | { readonly kind: "lease_ended" }
  /** Somebody else has the draft now. The text stays, to be copied or downloaded. */
  | { readonly kind: "taken" }
  /** Another tab of this browser has it open: `takeOver` makes this one the one that works. */
  | { readonly kind: "other_tab" }
  /** Another device of the same person saved another text at `at`: `useTheirs` or `useMine`. */
  | { readonly kind: "elsewhere"; readonly at: number }
  /** It is being handed in; `since`: so long there has been no answer, null: the first one is awaited. */
  | { readonly kind: "submitting"; readonly since: number | null }
  | { readonly kind: "submitted" }
  /** The server refused the correction, or to give the draft once more, and says why. The text stays: `retake`. */
  | { readonly kind: "refused"; readonly problem: Problem }
  /** Nobody corrects this draft any more, or a newer revision than this text builds on was handed in (`newer`). */
  | { readonly kind: "closed"; readonly why: State | "forgotten" | "newer" }
  /** The person left it: handed back, or kept for later. */
  | { readonly kind: "left" };

/** All that decides. Each fact is known by itself, and changed by one thing that happens. */
export interface Facts {
  /** Whether this tab may change the text, or another one. */
  readonly tab: "this" | "other";
  /** Whether the draft is this person's: leased, delivered or in rework for them. */
  readonly custody: "held" | "ended" | "taken";
  /** Why nobody corrects the draft any more; null: somebody does. */
  readonly closed: State | "forgotten" | "newer" | null;
  readonly handing: "no" | "on its way" | "done";
  /** What the server said to the last thing that a person asked for; null: yes. */
  readonly refused: Problem | null;
  /** When another device saved a text that is neither behind nor ahead of this one; null: there is none. */
  readonly conflict: number | null;
  readonly signedIn: boolean;
  /** Since when the server does not answer; null: it does. */
  readonly downSince: number | null;
  /** Since when it does not answer to what is to be saved, which is known apart: something between may hold that up. */
  readonly copyDownSince: number | null;
  /** Why the server takes no copy; null: it does. */
  readonly copyRefused: Problem | null;
  readonly copy: "saved" | "unsaved" | "saving";
  readonly savedAt: number | null;
  /** Whether this browser keeps what is typed. */
  readonly here: boolean;
  readonly left: boolean;
}

export const FIRST: Facts = {
  tab: "this",
  custody: "held",
  closed: null,
  handing: "no",
  refused: null,
  conflict: null,
  signedIn: true,
  downSince: null,
  copyDownSince: null,
  copyRefused: null,
  copy: "saved",
  savedAt: null,
  here: true,
  left: false,
};

/**
 * The state that facts come to. What is final comes first, then what a person has to do something about, then what
 * mends itself; so nothing that somebody must know is hidden behind something that they may know.
 */
export function decide(facts: Facts): Keeping {
  if (facts.left) return { kind: "left" };
  if (facts.handing === "done") return { kind: "submitted" };
  if (facts.tab === "other") return { kind: "other_tab" };
  if (facts.closed !== null) return { kind: "closed", why: facts.closed };
  if (facts.custody === "taken") return { kind: "taken" };
  if (!facts.signedIn) return { kind: "signed_out", here: facts.here };
  if (facts.handing === "on its way") return { kind: "submitting", since: facts.downSince };
  if (facts.conflict !== null) return { kind: "elsewhere", at: facts.conflict };
  if (facts.refused !== null) return { kind: "refused", problem: facts.refused };
  if (facts.custody === "ended") return { kind: "lease_ended" };
  const since = earliest(facts.downSince, facts.copyDownSince);
  if (since !== null) return { kind: "offline", since, here: facts.here };
  if (facts.copyRefused !== null)
    return { kind: "copy_refused", problem: facts.copyRefused, here: facts.here };
  if (facts.copy === "saved") return { kind: "saved", at: facts.savedAt };
  return { kind: facts.copy };
}

const LOCKED: readonly Keeping["kind"][] = [
  "left",
  "submitted",
  "other_tab",
  "closed",
  "taken",
  "submitting",
];

/** Whether nothing can be changed in this state, because it would come to nothing. */
export function isLocked(state: Keeping): boolean {
  return LOCKED.includes(state.kind);
}

function earliest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
