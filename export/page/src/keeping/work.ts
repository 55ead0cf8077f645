// A draft at work: what the editor holds while somebody corrects it. The promise is that nothing is lost.
//
// What is typed is in this browser 300 ms later and on the server 2 s later (10 s, while typing goes on). What may fail,
// and what comes of it; each line is a test in tests/keeping:
//
// fails                                       | what happens                                             | state
// --------------------------------------------|----------------------------------------------------------|-------------
// the page or the browser crashes, any moment | the text here is brought back, under the same lease      | saved
// … after the request for a lease             | the same request is sent again: no second draft          |
// … after the correction was sent             | the very same is sent again: it counts once              | submitting
// an answer is lost that the server applied   | the same request again changes nothing                   |
// the connection is dead                      | all goes on here; tried again after 1, 2, 4 … 30 s       | offline
// the server's copy cannot be had at opening  | the text here goes on; which is later is found out later |
// this browser keeps nothing (private, full)  | said once; the server's copy works                       | (here: false)
// … and the connection is dead                | the page asks not to be closed, and is not left          | offline
// the server takes no copy (413)              | the text stays here, and can be submitted                | copy_refused
// the copy is another program's               | it is not written over                                   | copy_refused
// the token ends (401)                        | all goes on here until the same person signs in again    | signed_out
// the lease runs out, nobody has the draft    | it is taken again at once (away: at the first sign)      | lease_ended
// … somebody else has it                      | the text stays, to be taken along, also after a reload   | taken
// … it is not given to this person again      | the server's reason is said                              | refused
// withdrawn, superseded, withheld, dead, done | the text stays likewise                                  | closed
// a newer revision was handed in              | the text stays; the next opening sets it aside           | closed
// the recording is forgotten (404)            | nothing more is kept; it goes when the page is left      | closed
// a second tab opens the draft                | it looks on, and may take over: the first saves before   | other_tab
// … and the first is frozen                   | after 3 s it is taken over all the same                  | other_tab
// a second device types on                    | who was behind takes the later text                      | saved
// … and both did                              | the person chooses; the other text is set aside          | elsewhere
// … and this one is handed in                 | not before that choice                                   | elsewhere
// clocks jump, here or there                  | no clock decides anything                                |
// the server refuses the correction           | its reason is said, and the text can be mended           | refused

import type { ReadonlySignal } from "@preact/signals";
import type { Correction, Draft, Entry, Language, Schemas } from "../api/client";
import type { Doc } from "../document/types";
import type { Activity } from "./activity";
import type { SetAside } from "./local";
import type { Played } from "./played";
import type { Keeping } from "./states";

export type { Wanted } from "./lease";
export type { SetAside } from "./local";
export { openWork, takeNext } from "./opening";
export type { Keeping } from "./states";

/** How a project wants text to be written. */
export interface Guideline {
  readonly script: "as_heard" | "simplified" | "traditional";
  readonly max_sentence_seconds: number | null;
  readonly numerals: string | null;
  readonly fillers: string | null;
  readonly spacing: string | null;
  readonly checks: readonly {
    readonly pattern: string;
    readonly languages: readonly Language[] | null;
    readonly message: string;
  }[];
  readonly other_script: string | null;
}

export interface Project {
  readonly name: string;
  readonly languages: readonly Language[];
  readonly glossary: readonly string[];
  readonly guideline: Guideline;
}

/** A sentence beyond an end of the unit. */
export interface Neighbour {
  readonly start: number;
  readonly end: number;
  readonly speaker: string | null;
  readonly text: string;
}

/** What happened beside the state, to be told once. */
export type Note =
  /** A text that was not handed in was brought back, as it was at `at`. */
  | { readonly kind: "restored"; readonly from: "browser" | "server"; readonly at: number }
  /** The lease had run out, and was taken anew; nothing was lost. */
  | { readonly kind: "retaken" }
  /** This browser keeps nothing (private mode, no room): only the server does. */
  | { readonly kind: "not_kept_here" }
  /** A text that another one took the place of was set aside: see `aside`. */
  | { readonly kind: "set_aside" };

export interface Work {
  readonly draft: Draft;
  /** As it stands on the server, as far as is known. */
  readonly entry: ReadonlySignal<Entry>;
  /** The latest revision, on which this one builds; null: the draft itself. */
  readonly base: Correction | null;
  readonly reviews: readonly Schemas["ReviewEntry"][];
  /** The sentences beyond the ends of the unit; null: there is none, or it is not known yet. */
  readonly neighbours: ReadonlySignal<{
    readonly before: Neighbour | null;
    readonly after: Neighbour | null;
  }>;
  /** null: not known yet, or there is no file of that project any more. */
  readonly project: ReadonlySignal<Project | null>;
  readonly guideline: ReadonlySignal<Guideline | null>;

  /**
   * What is edited. It is first what was newest of the text kept here, the server's copy, the latest revision and the
   * draft. It changes by `change`, and by itself where another text takes its place (`useTheirs`, `takeOver`): then it
   * is not the value that the editor gave last.
   */
  readonly doc: ReadonlySignal<Doc>;
  readonly state: ReadonlySignal<Keeping>;
  /** Nothing can be changed now: `change` does nothing. */
  readonly locked: ReadonlySignal<boolean>;
  /** The last thing to be told once; whoever told it sets it to null by `told`. */
  readonly note: ReadonlySignal<Note | null>;
  /** Texts that others took the place of, the latest first. */
  readonly aside: ReadonlySignal<readonly SetAside[]>;
  /** Tell it of each key, click and play: `activity.watch(document)`, `activity.row(key)`, `activity.playing(true)`. */
  readonly activity: Activity;
  /** Tell it what was heard: `played.heard(start, end)`. */
  readonly played: Played;

  /** The editor's text is now `doc`. */
  change(doc: Doc): void;
  /** Save now, instead of in two seconds (Ctrl+S). */
  save(): Promise<void>;
  /** The correction that `doc` is, as it would be handed in now. */
  asCorrection(doc: Doc): Correction;
  /**
   * Hand the correction in. Resolves once the server has it, however long that takes. Raises Problem where it does not
   * take it, or must not: `state` says what is to be done then. Where nothing can be changed now, nothing happens.
   */
  submit(): Promise<void>;
  /**
   * The person wants to go. `left`: that is done (a draft in which nothing was changed is handed back, one that is
   * theirs stays so). `choose`: something was changed under a lease, or nothing but this page has it; ask whether to
   * `keepForMe` or to `handBack`.
   */
  leave(): Promise<"left" | "choose">;
  /** It stays this person's until they submit it or hand it back. Raises Problem where that cannot be told the server. */
  keepForMe(): Promise<void>;
  /** Somebody else may have the draft. What was typed stays this person's own copy. Raises Problem likewise. */
  handBack(reason?: string): Promise<void>;
  /** Take a draft whose lease ran out once more, or try again what was refused. */
  retake(): Promise<void>;
  /** Work on here; the other tab becomes one to look at. */
  takeOver(): Promise<void>;
  /** Go on with the text that another device saved; this one is set aside. */
  useTheirs(): Promise<void>;
  /** Go on with the text of this page; the other one is set aside. */
  useMine(): Promise<void>;
  told(): void;
  /** The entry anew, with new links to the sound. Raises Problem. */
  refresh(): Promise<Entry>;
  /**
   * The page shows something else now. Text that is not on the server yet is kept here; what is being handed in is
   * handed in all the same; a leased draft in which nothing was changed is handed back.
   */
  dispose(): Promise<void>;
}

/** What came of the wish to work on a draft. */
export type Opened =
  | { readonly kind: "open"; readonly work: Work }
  /** No draft waits that fits. */
  | { readonly kind: "none" }
  /** It is not to be had, and this person has no text of it that was not handed in. */
  | { readonly kind: "closed"; readonly entry: Entry };
