// How a person's work stands: everything that is known about it, and the one place where that becomes a state.

import type { Problem, State } from "../api/client";

/** How a person's work stands, as the page tells it. Where `isLocked` says so, nothing can be changed. */
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
  /** Another device of the same person saved a later text at `at`: `useTheirs` or `useMine`. */
  | { readonly kind: "elsewhere"; readonly at: number }
  /** It is being handed in; `since`: so long there has been no answer, null: the first one is awaited. */
  | { readonly kind: "submitting"; readonly since: number | null }
  | { readonly kind: "submitted" }
  /** The server refused the correction, or something else that was asked for, and says why. The text stays. */
  | { readonly kind: "refused"; readonly problem: Problem }
  /** Nobody corrects this draft any more, or a newer revision than this text builds on was handed in (`newer`). */
  | { readonly kind: "closed"; readonly why: State | "forgotten" | "newer" }
  /** The person left it: handed back, or kept for later. */
  | { readonly kind: "left" };
