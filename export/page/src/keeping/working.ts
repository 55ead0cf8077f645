// The work on one draft: everything that happens to it changes a fact; `decide` makes a state of the facts.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Api, ask, type Correction, type Draft, type Entry, Problem, type Schemas } from "../api/client";
import { correctionOf } from "../document/correction";
import type { Doc } from "../document/types";
import type { Person } from "../person";
import { Activity } from "./activity";
import { neighboursOf, projectOf } from "./beside";
import { type Carried, type Copied, copyOf, ServerCopy } from "./copy";
import {
  AWAY_MS,
  acknowledge,
  chance,
  closedBy,
  entryOf,
  giveBack,
  goodToken,
  isTheirs,
  LEASE_SECONDS,
  opened,
  RENEW_MS,
  refuse,
  renew,
  take,
  tokenName,
} from "./lease";
import { asideOf, dropText, type Kept, putAside, type SetAside, Small, textsOf, Writer } from "./local";
import { Patience } from "./patience";
import { Played } from "./played";
import { decide, type Facts, FIRST, isLocked, type Keeping } from "./states";
import type { Surroundings } from "./surroundings";
import type { Asked, Claim } from "./tabs";
import { compare, leadTimeOf, preferredTo, type Text, withMeasuresOf } from "./text";
import type { Guideline, Neighbour, Note, Project, Work } from "./work";

/** How often it is looked whether a lease needs renewing, and measures keeping. */
const PULSE_MS = 10_000;
/** So much more measured time is worth a save of its own. */
const MEASURED_SECONDS = 60;
/** How long the server is waited for before another tab goes on. */
const YIELD_MS = 2500;

/** What the server says of a draft that is not this person's, or not in these hands, any more. */
const GONE = ["lease_lost", "state", "not_yours", "not_found"];

/** The work that this very page is ending now, by draft: to open it again means to wait for that. */
const ENDING = new Map<string, Working>();

/** Resolves once this page has ended what it did before on the same draft. */
export async function ended(lockName: string): Promise<void> {
  const before = ENDING.get(lockName);
  before?.abandon();
  await before?.dispose();
}

export interface Beginning {
  readonly surroundings: Surroundings;
  readonly person: Person;
  readonly entry: Entry;
  readonly draft: Draft;
  readonly base: Correction | null;
  readonly reviews: readonly Schemas["ReviewEntry"][];
  /** The revision that is worked on builds on this one; 0: on the draft. */
  readonly revision: number;
  readonly text: Text;
  /** The version of the copy that the server has; null: it has none. */
  readonly serverVersion: number | null;
  /** A text there that is neither behind nor ahead of this one. */
  readonly other: Copied | null;
  /** What was sent and not answered, before the page was opened anew. */
  readonly sent: Correction | null;
  readonly token: string | null;
  readonly claim: Claim | null;
  readonly facts: Partial<Facts>;
  readonly note: Note | null;
  readonly aside: readonly SetAside[];
}

export class Working implements Work {
  readonly draft: Draft;
  readonly entry: Signal<Entry>;
  readonly base: Correction | null;
  readonly reviews: readonly Schemas["ReviewEntry"][];
  readonly neighbours = signal<{ before: Neighbour | null; after: Neighbour | null }>({
    before: null,
    after: null,
  });
  readonly project = signal<Project | null>(null);
  readonly guideline: ReadonlySignal<Guideline | null> = computed(
    () => this.project.value?.guideline ?? null,
  );
  readonly doc: Signal<Doc>;
  readonly state: ReadonlySignal<Keeping>;
  readonly locked: ReadonlySignal<boolean>;
  readonly note: Signal<Note | null>;
  readonly aside: Signal<readonly SetAside[]>;
  readonly activity: Activity;
  readonly played: Played;

  private readonly facts: Signal<Facts>;
  private readonly around: Surroundings;
  private readonly draftId: string;
  private readonly worker: string;
  private readonly revision: number;
  private readonly small: Small;
  private readonly writer: Writer;
  private readonly copy: ServerCopy;
  private readonly patience = new Patience();
  private readonly session = chance();
  private readonly ends: (() => void)[] = [];

  private person: Person;
  private claim: Claim | null;
  private token: string | null;
  private sent: Correction | null;
  private other: Copied | null;
  private steps: Readonly<Record<string, number>>;
  /** Active seconds of other sessions. */
  private before: Readonly<Record<string, number>>;
  private measuredWhenWritten = 0;
  private measuredWhenCopied = 0;
  private renewedAt = performance.now();
  private triedAt = Number.NEGATIVE_INFINITY;
  private disposed = false;
  private abandoned = false;
  private ending: Promise<void> | null = null;
  private recovering: Promise<void> | null = null;
  private handing: Promise<void> | null = null;

  constructor(given: Beginning) {
    this.around = given.surroundings;
    this.person = given.person;
    this.worker = given.person.worker;
    this.draft = given.draft;
    this.draftId = given.draft.draft_id;
    this.entry = signal(given.entry);
    this.base = given.base;
    this.reviews = given.reviews;
    this.revision = given.revision;
    this.claim = given.claim;
    this.token = given.token;
    this.sent = given.sent;
    this.other = given.other;
    this.steps = given.text.lineage;
    this.before = given.text.active;
    this.doc = signal(given.text.doc);
    this.note = signal(given.note);
    this.aside = signal(given.aside);
    this.facts = signal({ ...FIRST, ...given.facts });
    this.state = computed(() => decide(this.facts.value));
    this.locked = computed(() => isLocked(this.state.value));
    this.small = new Small(this.around.shelf, this.around.session);
    this.played = new Played(given.text.played);
    this.activity = new Activity(
      { leadTime: 0, secondsByRow: given.text.secondsByRow },
      () => this.signOfLife(),
      { now: () => performance.now(), visible: this.around.visible },
    );
    this.activity.sign();
    this.writer = new Writer(
      this.around.shelf,
      () => (this.facts.value.tab === "this" ? this.kept() : null),
      (here) => this.written(here),
    );
    this.copy = new ServerCopy(
      {
        draftId: this.draftId,
        worker: this.worker,
        revision: this.revision,
        api: () => this.person.api,
        document: () => this.carried(),
        allowed: () => this.maySave,
        saving: () => this.learn({ copy: "saving" }),
        saved: (at, all) => this.copied(at, all),
        failed: (problem) => this.notCopied(problem),
      },
      given.serverVersion,
    );
    if (this.facts.value.copy === "unsaved") this.copy.changed();
    this.listen();
    this.goOn();
    void this.lookBeside();
  }

  /** What to do when another tab wants to work on the draft. */
  readonly asTab: Asked = {
    yielding: async () => {
      if (this.isTouched) {
        await this.writer.write();
        if (!this.facts.value.here) await Promise.race([this.copy.kick(), pause(YIELD_MS)]);
      }
      this.asTab.lost();
    },
    lost: () => {
      this.claim = null;
      this.learn({ tab: "other" });
    },
  };

  change(doc: Doc): void {
    const { tab, handing, left } = this.facts.value;
    if (tab === "other" || handing !== "no" || left || this.disposed) return;
    this.steps = { ...this.steps, [this.session]: (this.steps[this.session] ?? 0) + 1 };
    this.doc.value = doc;
    this.learn({ copy: "unsaved", refused: null });
    this.writer.soon();
    this.copy.changed();
  }

  async save(): Promise<void> {
    if (!this.isTouched || this.facts.value.tab === "other") return;
    await this.writer.write();
    await this.copy.kick();
  }

  async submit(): Promise<void> {
    await this.save();
    // The server drops its copy with the submission: a later text of another device must not go with it unseen.
    if (!(await this.meet())) throw new Problem(412, "stale_version", "", "");
    if (this.locked.value || this.disposed) return;
    this.sent = this.asCorrection(this.doc.peek());
    this.learn({ handing: "on its way", refused: null });
    // Here first: whatever happens from now on, the very same is sent again.
    await this.writer.write();
    await this.hand();
  }

  asCorrection(doc: Doc): Correction {
    const text = this.text();
    return correctionOf(doc, {
      draftId: this.draftId,
      revision: this.revision + 1,
      worker: this.worker,
      leadTime: leadTimeOf(text),
      played: text.played,
      secondsOf: (key) => text.secondsByRow[key],
    });
  }

  async leave(): Promise<"left" | "choose"> {
    if (this.facts.value.handing !== "no") return this.goAway();
    if (this.mayHandBack && this.entry.value.state === "leased" && this.isTouched) return "choose";
    if (!this.isTouched) {
      await this.handBackUnchanged(false);
      return this.goAway();
    }
    await this.save();
    return this.isOnlyHere ? "choose" : this.goAway();
  }

  async keepForMe(): Promise<void> {
    await this.saveForSure();
    await this.acknowledge();
    this.goAway();
  }

  async handBack(reason = "handed back"): Promise<void> {
    await this.saveForSure();
    // A draft that is not this person's any more is handed back already.
    if (this.entry.value.state === "leased" && this.token === null) await this.findToken();
    const { token } = this;
    try {
      await this.asked(async (api) => {
        if (this.entry.value.state !== "leased")
          return giveBack(api, await entryOf(api, this.draftId), reason);
        return token === null ? null : refuse(api, this.draftId, token, reason);
      });
    } catch (error) {
      if (!(error instanceof Problem && GONE.includes(error.code))) throw error;
    }
    await this.forgetToken();
    this.goAway();
  }

  async retake(): Promise<void> {
    this.learn({ refused: null, copyRefused: null });
    this.activity.sign();
    await this.recover();
  }

  async takeOver(): Promise<void> {
    if (this.facts.value.tab === "this" || this.disposed) return;
    this.claim = await this.around.tabs.takeOver(this.lockName, this.asTab);
    const kept = (await textsOf(this.around.shelf, this.worker, this.draftId)).find(
      (one) => one.revision === this.revision,
    );
    // While it was only looked at here, nobody worked here.
    this.activity.take({ ...this.activity.measured, leadTime: kept?.active[this.session] ?? 0 });
    if (kept) {
      this.become(kept);
      this.copy.take(kept.serverVersion);
      this.sent = kept.sent;
    }
    this.aside.value = await asideOf(this.around.shelf, this.worker, this.draftId);
    this.token = await this.small.get(tokenName(this.draftId));
    this.learn({ tab: "this", handing: this.sent ? "on its way" : "no" });
    this.activity.sign();
    await this.recover();
    await this.meet();
    this.goOn();
  }

  async useTheirs(): Promise<void> {
    const { other } = this;
    if (other === null) return;
    await this.putAside(this.doc.value, Date.now());
    this.takeTheirs(other);
    await this.writer.write();
  }

  async useMine(): Promise<void> {
    const { other } = this;
    if (!other?.text) return;
    await this.putAside(other.text.doc, other.at);
    this.become(preferredTo(withMeasuresOf(this.text(), other.text), other.text));
    this.copy.take(other.version);
    this.other = null;
    this.learn({ conflict: null });
    this.change(this.doc.value);
    await this.save();
  }

  told(): void {
    this.note.value = null;
  }

  async refresh(): Promise<Entry> {
    this.entry.value = await this.asked((api) => entryOf(api, this.draftId));
    return this.entry.value;
  }

  dispose(): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  /** Leave what is still being handed in to whoever opens the draft now. */
  abandon(): void {
    this.abandoned = true;
    this.patience.hurry();
  }

  private async end(): Promise<void> {
    ENDING.set(this.lockName, this);
    if (this.facts.value.handing !== "done" && this.isTouched) await this.writer.write();
    // A page that shows something else goes on handing in.
    if (this.facts.value.handing === "on its way") await this.hand().catch(() => {});
    else {
      const last = this.isTouched ? this.copy.kick() : this.handBackUnchanged(false);
      await Promise.race([last, pause(YIELD_MS)]);
    }
    // Who is forgotten is forgotten in this browser as well, once nobody looks any more.
    const { closed, tab } = this.facts.value;
    if (closed === "forgotten" && tab === "this") await this.forget();
    this.disposed = true;
    for (const end of this.ends) end();
    await this.writer.stop();
    this.copy.stop();
    this.patience.hurry();
    this.activity.dispose();
    await this.claim?.release();
    ENDING.delete(this.lockName);
  }

  /** Give a leased draft back in which nothing was changed. Without an answer the lease runs out by itself. */
  private async handBackUnchanged(keepalive: boolean): Promise<void> {
    const { token } = this;
    if (!this.mayHandBack || token === null || this.entry.value.state !== "leased") return;
    await Promise.all([
      refuse(this.person.api, this.draftId, token, "left unchanged", keepalive).catch(() => {}),
      this.forgetToken(),
    ]);
  }

  private goAway(): "left" {
    this.learn({ left: true });
    return "left";
  }

  private async saveForSure(): Promise<void> {
    await this.save();
    if (this.isOnlyHere) throw new Problem(0, "offline", "", "");
  }

  // What there is.

  private get isTouched(): boolean {
    return Object.keys(this.steps).length > 0;
  }

  private get lockName(): string {
    return lockNameOf(this.worker, this.draftId);
  }

  /** Whether this page has a say in what becomes of the draft. */
  private get isAtWork(): boolean {
    const { tab, closed, handing, signedIn, left } = this.facts.value;
    return tab === "this" && closed === null && handing === "no" && signedIn && !left && !this.disposed;
  }

  /** Whether it is this page's to find out whose the draft is. */
  private get mayLook(): boolean {
    const { tab, signedIn, left } = this.facts.value;
    return tab === "this" && signedIn && !left && !this.disposed;
  }

  private get mayHandBack(): boolean {
    return this.isAtWork && this.facts.value.custody === "held";
  }

  /** Nothing but this page has what was typed last. */
  private get isOnlyHere(): boolean {
    const { here, copy, handing, left, tab } = this.facts.value;
    return !here && copy !== "saved" && handing !== "done" && !left && tab === "this";
  }

  private get maySave(): boolean {
    const { custody, conflict } = this.facts.value;
    return this.isAtWork && custody === "held" && conflict === null;
  }

  private text(): Text {
    const { leadTime, secondsByRow } = this.activity.measured;
    return {
      form: 1,
      doc: this.doc.value,
      lineage: this.steps,
      active: { ...this.before, [this.session]: leadTime },
      secondsByRow,
      played: this.played.spans,
    };
  }

  private kept(): Kept {
    return {
      ...this.text(),
      worker: this.worker,
      draftId: this.draftId,
      revision: this.revision,
      serverVersion: this.copy.known,
      savedAt: Date.now(),
      sent: this.sent,
    };
  }

  private carried(): Carried {
    return { ...this.text(), lease: this.token };
  }

  private learn(facts: Partial<Facts>): void {
    this.facts.value = { ...this.facts.value, ...facts };
  }

  /** Every request goes through here: so it is known whether the server answers, and whether the token is good. */
  private async asked<Data>(call: (api: Api) => Promise<Data>): Promise<Data> {
    try {
      const data = await call(this.person.api);
      this.heardFromServer();
      return data;
    } catch (error) {
      if (error instanceof Problem) this.troubled(error);
      throw error;
    }
  }

  private heardFromServer(): void {
    if (this.facts.value.downSince === null) return;
    this.learn({ downSince: null });
    this.patience.reset();
    void this.copy.kick();
  }

  private troubled(problem: Problem): void {
    if (problem.passing) this.learn({ downSince: this.facts.value.downSince ?? Date.now() });
    else this.learn({ downSince: null, ...(problem.status === 401 ? { signedIn: false } : {}) });
  }

  // What happens around it.

  private listen(): void {
    const on = (name: string, act: (event: Event) => void): void => {
      this.around.page.addEventListener(name, act);
      this.ends.push(() => this.around.page.removeEventListener(name, act));
    };
    on("visibilitychange", () => {
      if (!this.around.visible()) this.secure(false);
    });
    on("pagehide", () => this.secure(true));
    on("beforeunload", (event) => {
      if (this.isOnlyHere) event.preventDefault();
    });
    on("pageshow", (event) => {
      if ((event as PageTransitionEvent).persisted) void this.recover();
    });
    on("online", () => {
      this.patience.hurry();
      void this.copy.kick();
    });
    const pulse = setInterval(() => this.pulse(), PULSE_MS);
    this.ends.push(() => clearInterval(pulse));
    this.ends.push(this.around.people.subscribe((person) => this.signedIn(person ?? null)));
  }

  /** The page may be gone in a moment. */
  private secure(going: boolean): void {
    if (this.facts.value.tab === "other") return;
    if (this.isTouched) {
      void this.writer.flush();
      void this.copy.kick(going);
    } else if (going) {
      void this.handBackUnchanged(true);
    }
  }

  private signedIn(person: Person | null): void {
    if (person === null || person === this.person || person.worker !== this.worker) return;
    if (person.me.platform !== this.person.me.platform) return;
    this.person = person;
    this.learn({ signedIn: true });
    this.patience.hurry();
    this.goOn();
  }

  /** Take up again whatever was interrupted. */
  private goOn(): void {
    const { tab, handing, closed, signedIn } = this.facts.value;
    if (tab === "other" || closed !== null || !signedIn) return;
    // Whoever waits for it hears of a problem; the state says it to everybody.
    if (handing === "on its way") this.hand().catch(() => {});
    else void this.upkeep();
    void this.copy.kick();
  }

  private signOfLife(): void {
    if (this.facts.value.custody === "ended") void this.recover();
    else void this.upkeep();
  }

  private pulse(): void {
    if (!this.isAtWork) return;
    void this.upkeep();
    // Nothing may be left to send that would find out whether the server answers again.
    if (this.facts.value.downSince !== null) void this.refresh().catch(() => {});
    const { leadTime } = this.activity.measured;
    if (leadTime > this.measuredWhenWritten) {
      this.measuredWhenWritten = leadTime;
      this.writer.soon();
    }
    if (this.isTouched && leadTime >= this.measuredWhenCopied + MEASURED_SECONDS) {
      this.measuredWhenCopied = leadTime;
      this.copy.changed();
    }
  }

  // The server's copy.

  private copied(at: number, all: boolean): void {
    this.learn({ copy: all ? "saved" : "unsaved", savedAt: at, copyRefused: null, copyDownSince: null });
    this.heardFromServer();
    this.writer.soon();
  }

  private notCopied(problem: Problem): void {
    const { copyDownSince } = this.facts.value;
    this.learn({ copy: "unsaved", copyDownSince: problem.passing ? (copyDownSince ?? Date.now()) : null });
    if (problem.passing) return;
    if (problem.status === 401) this.learn({ signedIn: false });
    else if (problem.code === "stale_version") void this.meet();
    else if (GONE.includes(problem.code)) void this.recover();
    else this.learn({ copyRefused: problem });
  }

  /**
   * See how the text that the server has stands to this one, and let the later one go on. false: this one is not the
   * latest, or none is. Where the server does not say, this one goes on: the next save brings the question up again.
   */
  private async meet(): Promise<boolean> {
    let found: Copied | null;
    try {
      found = await this.asked((api) => copyOf(api, this.draftId, this.worker));
    } catch (error) {
      if (error instanceof Problem) return true;
      throw error;
    }
    const theirs = found?.revision === this.revision ? found : null;
    if (theirs !== null && theirs.text === null) {
      this.learn({ copyRefused: new Problem(412, "stale_version", "", "") });
      return true;
    }
    if (found?.text && theirs === null) await this.putAside(found.text.doc, found.at);
    switch (theirs?.text ? compare(this.text(), theirs.text) : "ahead") {
      case "apart":
        this.other = theirs;
        this.learn({ conflict: theirs?.at ?? null });
        return false;
      case "behind":
        this.takeTheirs(theirs as Copied);
        this.note.value = { kind: "restored", from: "server", at: (theirs as Copied).at };
        return false;
      case "same":
        this.takeTheirs(theirs as Copied);
        return true;
      case "ahead":
        if (theirs?.text) this.become(withMeasuresOf(this.text(), theirs.text));
        this.copy.take(found?.version ?? null);
        if (this.isTouched) this.copy.changed();
        await this.copy.kick();
        return true;
    }
  }

  /** Go on with what the server has, where that is a text. */
  private takeTheirs({ text, version, at }: Copied): void {
    if (text === null) return;
    this.become(withMeasuresOf(text, this.text()));
    this.copy.take(version);
    this.other = null;
    this.learn({ conflict: null, copy: "saved", savedAt: at });
    this.writer.soon();
  }

  /** Go on with another text. */
  private become(text: Text): void {
    const { [this.session]: own = 0, ...others } = text.active;
    this.steps = text.lineage;
    this.before = others;
    this.activity.take({
      leadTime: Math.max(own, this.activity.measured.leadTime),
      secondsByRow: text.secondsByRow,
    });
    this.played.add(text.played);
    if (text.doc !== this.doc.value) this.doc.value = text.doc;
  }

  private async putAside(doc: Doc, at: number): Promise<void> {
    const one = { id: chance(), at, doc };
    this.aside.value = [one, ...this.aside.value];
    this.note.value = { kind: "set_aside" };
    await putAside(this.around.shelf, this.worker, this.draftId, one).catch(() => this.written(false));
  }

  private written(here: boolean): void {
    if (!here && this.facts.value.here) this.note.value = { kind: "not_kept_here" };
    this.learn({ here });
  }

  // Custody.

  /** Renew the lease where it is time, as long as somebody is there. */
  private async upkeep(): Promise<void> {
    const now = performance.now();
    if (!this.isAtWork || this.facts.value.custody !== "held" || this.entry.value.state !== "leased") return;
    if (now - this.renewedAt < RENEW_MS || now - this.triedAt < PULSE_MS) return;
    if (this.activity.idleMs > AWAY_MS) {
      if (now - this.renewedAt > LEASE_SECONDS * 1000) this.learn({ custody: "ended" });
      return;
    }
    this.triedAt = now;
    if (this.token === null) return this.recover();
    const token = this.token;
    try {
      this.entry.value = await this.asked((api) => renew(api, this.draftId, token));
      this.renewedAt = now;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!error.passing && error.status !== 401) await this.recover();
    }
  }

  /** Find out whose the draft is now, and take it again where nobody has it. Goes on until that is known. */
  private recover(): Promise<void> {
    this.recovering ??= this.regain().finally(() => {
      this.recovering = null;
    });
    return this.recovering;
  }

  private async regain(): Promise<void> {
    while (this.mayLook) {
      try {
        if (await this.isSettled()) return;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 401) return;
        if (error.code === "not_found") return this.learn({ closed: "forgotten" });
        if (!error.passing) return this.learn({ refused: error });
      }
      await this.patience.wait();
    }
  }

  private async isSettled(): Promise<boolean> {
    const entry = await this.refresh();
    const why = closedBy(entry, this.revision);
    if (why !== null) {
      this.learn({ closed: why });
    } else if (entry.state === "ready") {
      if (this.activity.idleMs > AWAY_MS) this.learn({ custody: "ended" });
      else return this.takeAgain();
    } else if (!isTheirs(this.person, entry)) {
      this.learn({ custody: "taken" });
    } else {
      if (entry.state === "leased") await this.findToken();
      this.held();
    }
    return true;
  }

  private async takeAgain(): Promise<boolean> {
    try {
      const lease = await this.asked((api) => take(api, this.small, this.worker, this.draftId));
      if (lease === null) return false;
      await opened(this.small, this.draftId);
      this.token = lease.token;
      this.entry.value = lease.entry;
    } catch (error) {
      // Somebody was faster: see who.
      if (error instanceof Problem && error.code === "state") return false;
      throw error;
    }
    this.note.value = { kind: "retaken" };
    this.held();
    return true;
  }

  private held(): void {
    this.renewedAt = performance.now();
    this.learn({ custody: "held", closed: null });
    void this.copy.kick();
  }

  /** The lease's token, from where it may be: this page, this browser, or the text that another device saved. */
  private async findToken(): Promise<void> {
    const name = tokenName(this.draftId);
    const found = await this.asked((api) =>
      goodToken(api, this.draftId, [
        async () => this.token,
        () => this.small.get(name),
        async () => (await copyOf(api, this.draftId, this.worker))?.lease ?? null,
      ]),
    );
    this.token = found?.token ?? null;
    if (found === null) return;
    this.entry.value = found.entry;
    await this.small.set(name, found.token);
  }

  private async forgetToken(): Promise<void> {
    this.token = null;
    await this.small.drop(tokenName(this.draftId));
  }

  /** See to it that the draft is not leased any more but delivered. Raises Problem. */
  private async acknowledge(): Promise<void> {
    if (this.entry.value.state === "leased" && this.token === null) await this.findToken();
    try {
      await this.acknowledgeOnce();
    } catch (error) {
      if (!(error instanceof Problem && GONE.includes(error.code))) throw error;
      await this.recover();
      await this.acknowledgeOnce();
    }
  }

  private async acknowledgeOnce(): Promise<void> {
    const { token } = this;
    if (this.entry.value.state !== "leased") return;
    if (token === null) throw new Problem(409, "lease_lost", "", "");
    this.entry.value = await this.asked((api) => acknowledge(api, this.draftId, token));
    await this.forgetToken();
  }

  // Handing in.

  private hand(): Promise<void> {
    this.handing ??= this.handIn().finally(() => {
      this.handing = null;
    });
    return this.handing;
  }

  /** Send what is kept in `sent`, the very same, until there is an answer. Raises Problem where that is no. */
  private async handIn(): Promise<void> {
    const { sent } = this;
    while (sent !== null && !this.disposed && !this.abandoned) {
      try {
        await this.acknowledge();
        const { draft } = await this.asked((api) =>
          ask(
            api.POST("/v1/drafts/{draft_id}/submissions", {
              params: { path: { draft_id: this.draftId } },
              body: sent,
            }),
          ),
        );
        return await this.handedIn(draft);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!error.passing && error.status !== 401) {
          await this.notHandedIn(error);
          throw error;
        }
      }
      do await this.patience.wait();
      while (!this.facts.value.signedIn && !this.disposed && !this.abandoned);
    }
  }

  private async handedIn(entry: Entry): Promise<void> {
    this.sent = null;
    this.entry.value = entry;
    this.learn({ handing: "done" });
    this.copy.stop();
    await this.forget();
  }

  /** Drop this text from this browser, for good. */
  private async forget(): Promise<void> {
    await this.writer.stop();
    const { worker, draftId, revision } = this;
    await dropText(this.around.shelf, { worker, draftId, revision });
  }

  private async notHandedIn(problem: Problem): Promise<void> {
    this.sent = null;
    this.learn({ handing: "no", refused: problem });
    await this.writer.write();
    if (problem.code === "not_found") this.learn({ closed: "forgotten" });
    else if (problem.status === 409) await this.recover();
  }

  // Beside it.

  private async lookBeside(): Promise<void> {
    const patience = new Patience();
    this.ends.push(() => patience.hurry());
    while (!this.disposed) {
      try {
        const { api } = this.person;
        const [project, neighbours] = await Promise.all([
          projectOf(api, this.draft.project),
          neighboursOf(api, this.entry.value),
        ]);
        this.project.value = project;
        this.neighbours.value = neighbours;
        return;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!error.passing) return;
      }
      await patience.wait();
    }
  }
}

/** What tabs agree about: one person's work on one draft. */
export function lockNameOf(worker: string, draftId: string): string {
  return `${worker} ${draftId}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
