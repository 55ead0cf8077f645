// A correction that somebody judges: what was read, how the review stands, what the reviewer has written.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ask, type Correction, type Entry, Problem, problemOf, type Schemas } from "../api/client";
import { may, type Person, tokenRefused } from "../person";
import type { Comparison } from "./differences";
import { commentsOf, keepWords, keptWords, type Name, NOTHING, sayAt, type Words } from "./kept";
import { act, type Material, readComparison, readEntry, readEvents, readMaterial, tagOf } from "./reading";

export type Verdict = Schemas["ReviewRequest"]["verdict"];

export type Stance =
  /** This person judges, and others see that. */
  | { readonly kind: "judging" }
  /** This person's own work. */
  | { readonly kind: "own" }
  /** Somebody else judges; `by` is the name of their token. */
  | { readonly kind: "other"; readonly by: string | null }
  /** There is nothing to judge: it was judged before, or it is with somebody. */
  | { readonly kind: "settled" }
  /** While this person looked at it, something became of it. */
  | { readonly kind: "moved" }
  /** This person has just judged. */
  | { readonly kind: "judged"; readonly verdict: Verdict };

/** After these the draft is looked at anew: the verdict was about something that is no more. */
const MOVED = new Set(["state", "revision", "stale_version", "judged", "not_found"]);

/** How long after the last change words are kept. */
const KEEP_MS = 250;

/** So late may come what a page asked for while it went. */
const ENDED_LATE_MS = 2000;

export class Judging {
  readonly entry: Signal<Entry>;
  readonly stance: Signal<Stance>;
  readonly words: Signal<Words>;
  /** The verdict is on its way. */
  readonly busy = signal(false);
  /** Why the verdict was not taken. */
  readonly problem: Signal<Problem | null> = signal(null);
  /** The browser does not keep what is written. */
  readonly unkept = signal(false);
  /** The comparisons that were read, by version. */
  readonly compared: Signal<ReadonlyMap<number, Comparison>>;
  readonly locked: ReadonlySignal<boolean>;
  /** What is judged. */
  readonly correction: Correction;
  private begun = false;
  private gone = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    readonly person: Person,
    entry: Entry,
    readonly material: Material,
    first: Comparison,
    words: Words,
  ) {
    this.entry = signal(entry);
    this.words = signal(words);
    this.compared = signal(new Map([[first.base, first]]));
    this.correction = material.revisions.at(-1) as Correction;
    this.stance = signal<Stance>({ kind: "settled" });
    this.locked = computed(() => this.stance.value.kind !== "judging");
  }

  /** Read everything, and begin the review where this person may. Raises Problem. */
  static async open(person: Person, id: string): Promise<Judging | Entry> {
    const entry = await readEntry(person.api, id);
    if (entry.revision === 0) return entry;
    const [material, first, words] = await Promise.all([
      readMaterial(person.api, entry),
      readComparison(person.api, id, firstBase(entry), entry.revision),
      keptWords([person.worker, id, entry.revision]),
    ]);
    const judging = new Judging(person, entry, material, first, words);
    await judging.begin();
    return judging;
  }

  /** Whose work it is, and that this person may judge it all the same. */
  get ownButAllowed(): boolean {
    return this.isOwn && !this.isForbidden;
  }

  private get isOwn(): boolean {
    return this.correction.worker === this.person.worker;
  }

  private get isForbidden(): boolean {
    return this.isOwn && this.person.me.worker !== null && !this.person.me.scopes.includes("admin");
  }

  private get name(): Name {
    return [this.person.worker, this.entry.peek().draft_id, this.correction.revision];
  }

  /** Begin the review, or go on with it: so that nobody else does the same work. */
  private async begin(): Promise<void> {
    const entry = this.entry.peek();
    if (this.isForbidden || !may(this.person, "review")) {
      this.stance.value = { kind: this.isOwn ? "own" : "settled" };
    } else if (entry.state === "submitted") {
      await this.start(entry);
    } else if (entry.state === "in_review") {
      const events = await readEvents(this.person.api, entry.draft_id);
      const by = events.findLast((event) => event.to === "in_review")?.by ?? null;
      this.begun = by === this.person.me.name;
      this.stance.value = this.begun ? { kind: "judging" } : { kind: "other", by };
      // The page that was loaded again may have ended it just now.
      if (this.begun) setTimeout(() => void this.comeBack(), ENDED_LATE_MS);
    } else this.stance.value = { kind: "settled" };
  }

  private async start(entry: Entry): Promise<void> {
    try {
      this.entry.value = await act(this.person.api, entry, "start_review");
    } catch (error) {
      if (!(error instanceof Problem) || !MOVED.has(error.code)) throw error;
      // Somebody was quicker.
      await this.look();
      return;
    }
    this.begun = true;
    this.stance.value = { kind: "judging" };
    if (this.gone) this.leave();
  }

  /** Judge in place of the one who began. */
  async takeOver(): Promise<void> {
    await this.trying(async () => {
      const freed = await act(this.person.api, this.entry.peek(), "stop_review");
      await this.start(freed);
    });
  }

  /** Whether this person may judge anew what was accepted. */
  get mayReopen(): boolean {
    return this.entry.value.state === "accepted" && may(this.person, "review") && !this.isForbidden;
  }

  /** Judge anew what was accepted: until the next verdict it is not. */
  async reopen(): Promise<void> {
    await this.trying(async () => {
      try {
        this.entry.value = await act(this.person.api, this.entry.peek(), "reopen");
      } catch (error) {
        if (!(error instanceof Problem) || !MOVED.has(error.code)) throw error;
        await this.look();
        this.stance.value = { kind: "moved" };
        return;
      }
      this.begun = true;
      this.stance.value = { kind: "judging" };
      if (this.gone) this.leave();
    });
  }

  /** See how the draft stands; whether the review can go on. */
  async look(): Promise<boolean> {
    const { api, me } = this.person;
    const before = this.entry.peek();
    let now: Entry;
    try {
      now = await readEntry(api, before.draft_id);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      this.stance.value = { kind: "moved" };
      return false;
    }
    if (now.version === before.version) return this.stance.peek().kind === "judging";
    this.entry.value = now;
    if (now.revision !== this.correction.revision) {
      this.stance.value = { kind: "moved" };
      return false;
    }
    if (now.state === "submitted" || now.state === "in_review") {
      const events = await readEvents(api, now.draft_id);
      const since = events.filter((event) => event.version !== null && event.version > before.version);
      const reopened = since.some((event) => event.kind === "reopened");
      const others = since.some((event) => event.by !== me.name && event.to === "in_review");
      if (!reopened && (!others || now.state === "submitted")) {
        if (now.state === "submitted") await this.start(now);
        else this.stance.value = { kind: "judging" };
        return this.stance.peek().kind === "judging";
      }
    }
    if (this.stance.peek().kind !== "judged") this.stance.value = { kind: "moved" };
    return false;
  }

  /** Come back to the page after a while: what became of the draft is told. */
  async comeBack(): Promise<void> {
    if (this.gone || this.busy.peek() || this.stance.peek().kind !== "judging") return;
    try {
      await this.look();
    } catch (error) {
      // The verdict will tell; only somebody who is signed out can do something about it now.
      if (problemOf(error).status === 401) tokenRefused();
    }
  }

  write(words: Words): void {
    this.words.value = words;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), KEEP_MS);
  }

  writeAt(place: number, text: string): void {
    this.write(sayAt(this.words.peek(), place, text));
  }

  /** Keep at once what was written. */
  async keep(): Promise<void> {
    clearTimeout(this.timer);
    this.unkept.value = !(await keepWords(this.name, this.words.peek()));
  }

  /** Give the verdict, with everything that was written. */
  async judge(verdict: Verdict): Promise<void> {
    if (this.busy.peek() || this.locked.peek()) return;
    await this.trying(async () => {
      try {
        await this.send(verdict);
      } catch (error) {
        const known = error instanceof Problem && MOVED.has(error.code);
        // What this person did in another tab is no reason to ask again.
        if (!known || !(await this.look())) {
          if (known) return;
          throw error;
        }
        await this.send(verdict);
      }
    });
  }

  private async send(verdict: Verdict): Promise<void> {
    const entry = this.entry.peek();
    const words = this.words.peek();
    const { draft } = await ask(
      this.person.api.POST("/v1/drafts/{draft_id}/reviews", {
        params: { path: { draft_id: entry.draft_id }, header: { "If-Match": tagOf(entry) } },
        body: {
          reviewer: this.person.worker,
          revision: this.correction.revision,
          verdict,
          comment: words.whole.trim(),
          comments: commentsOf(words),
        },
      }),
    );
    this.begun = false;
    this.entry.value = draft;
    this.stance.value = { kind: "judged", verdict };
    clearTimeout(this.timer);
    await keepWords(this.name, NOTHING);
  }

  private async trying(doing: () => Promise<void>): Promise<void> {
    this.busy.value = true;
    this.problem.value = null;
    try {
      await doing();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 401) {
        await this.keep();
        tokenRefused();
      } else this.problem.value = problem;
    } finally {
      this.busy.value = false;
    }
  }

  /** Compare with another version as well. */
  async compareWith(base: number): Promise<void> {
    if (this.compared.peek().has(base)) return;
    const { draft_id } = this.entry.peek();
    const found = await readComparison(this.person.api, draft_id, base, this.correction.revision);
    this.compared.value = new Map([...this.compared.peek(), [base, found]]);
  }

  /** Leave it to others, where there is no verdict; also while the page goes. */
  leave(): void {
    this.gone = true;
    void this.keep();
    if (!this.begun) return;
    this.begun = false;
    // Nobody waits for the answer: where it fails, the one who comes next takes the review over.
    act(this.person.api, this.entry.peek(), "stop_review", { last: true }).catch(() => {});
  }

  /** The page was not gone after all: the browser had put it by. */
  async return(): Promise<void> {
    this.gone = false;
    await this.trying(async () => void (await this.look()));
  }
}

/** What a correction is compared with at first: where it was sent back, with what was judged then. */
export function firstBase(entry: Pick<Entry, "revision">): number {
  return entry.revision - 1;
}
