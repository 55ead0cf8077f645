// Opening a draft: whose it is, and which text of it is the newest.

import { type Api, ask, type Correction, type Draft, type Entry, Problem } from "../api/client";
import { docOf, docOfSentences } from "../document/edits";
import type { Person } from "../person";
import { type Copied, copyOf } from "./copy";
import {
  closedBy,
  entryOf,
  goodToken,
  isTheirs,
  type Lease,
  opened,
  take,
  tokenName,
  type Wanted,
} from "./lease";
import { asideOf, dropText, type Kept, putAside, putText, Small, sweep, textsOf } from "./local";
import type { Facts } from "./states";
import { ofBrowser, type Surroundings } from "./surroundings";
import type { Asked, Claim } from "./tabs";
import { compare, isTouched, type Text, withMeasuresOf } from "./text";
import type { Note, Opened } from "./work";
import { ended, lockNameOf, Working } from "./working";

/** How often, and after how long, it is looked again whether a lease was handed back that a page before this one had. */
const LOOKS = 3;
const LOOK_MS = 400;

/**
 * Lease the next draft that is wanted, and give its id, to be opened; null: none waits that fits. Raises Problem where
 * the server does not answer or refuses. A draft that was given before and never opened is given again.
 */
export async function takeNext(
  person: Person,
  wanted: Wanted,
  surroundings: Surroundings = ofBrowser(),
): Promise<string | null> {
  const small = new Small(surroundings.shelf, surroundings.session);
  const lease = await take(person.api, small, person.worker, null, wanted);
  return lease?.entry.draft_id ?? null;
}

/**
 * Open the draft `id`, or (null) the next one that is wanted. One that is ready is leased; one that is this person's is
 * gone on with; a text of theirs that cannot be handed in any more is shown all the same. Raises Problem where the
 * server does not answer or refuses: the next attempt goes on where this one ended, and takes no second draft.
 */
export async function openWork(
  person: Person,
  id: string | null,
  wanted: Wanted = {},
  surroundings: Surroundings = ofBrowser(),
): Promise<Opened> {
  const draftId = id ?? (await takeNext(person, wanted, surroundings));
  return draftId === null ? { kind: "none" } : openDraft(person, draftId, surroundings);
}

/** What a page is opening now, by draft. Whoever goes to and fro opens one again before that is done. */
const OPENING = new WeakMap<EventTarget, Map<string, Promise<Opened>>>();

function openDraft(person: Person, id: string, surroundings: Surroundings): Promise<Opened> {
  void sweep(surroundings.shelf, Date.now());
  const name = lockNameOf(person.worker, id);
  const openings = OPENING.get(surroundings.page) ?? new Map<string, Promise<Opened>>();
  OPENING.set(surroundings.page, openings);
  const opening = openedAfter(openings.get(name), person, id, surroundings, name);
  openings.set(name, opening);
  const over = (): void => {
    if (openings.get(name) === opening) openings.delete(name);
  };
  opening.then(over, over);
  return opening;
}

async function openedAfter(
  before: Promise<Opened> | undefined,
  person: Person,
  id: string,
  surroundings: Surroundings,
  name: string,
): Promise<Opened> {
  if (before) {
    await before.catch(() => {});
    // Whoever asked for it and does not want it any more ends it now.
    await new Promise((resolve) => setTimeout(resolve));
  }
  await ended(name);
  const tab = await tabOf(surroundings, name);
  try {
    const work = await begun(person, id, surroundings, tab);
    if (work instanceof Working) return { kind: "open", work };
    await tab.claim?.release();
    return { kind: "closed", entry: work };
  } catch (error) {
    await tab.claim?.release();
    throw error;
  }
}

/** The claim of this tab, and who answers when another tab asks for it: nobody before the work has begun. */
interface Tab {
  readonly claim: Claim | null;
  answers: Asked | null;
  lost: boolean;
}

async function tabOf({ tabs }: Surroundings, name: string): Promise<Tab> {
  const tab: { claim: Claim | null; answers: Asked | null; lost: boolean } = {
    claim: null,
    answers: null,
    lost: false,
  };
  tab.claim = await tabs.claim(name, {
    yielding: async () => {
      tab.lost = true;
      await tab.answers?.yielding();
    },
    lost: () => {
      tab.lost = true;
      tab.answers?.lost();
    },
  });
  return tab;
}

async function begun(
  person: Person,
  id: string,
  surroundings: Surroundings,
  tab: Tab,
): Promise<Working | Entry> {
  const { api, worker } = person;
  const { shelf, session } = surroundings;
  const small = new Small(shelf, session);
  const first = await entryOf(api, id);
  const copied = await copyOrKept(api, shelf, worker, id);
  await sendAgain(api, shelf, await textsOf(shelf, worker, id), first);
  const custody =
    tab.claim === null ? seen(person, first) : await custodyOf(person, small, first, copied?.lease ?? null);
  const { entry } = custody;

  const isOpen = custody.closed === null && custody.custody === "held";
  const texts = await textsOf(shelf, worker, id);
  const revision = isOpen ? entry.revision : revisionOfOwn(texts, copied);
  if (revision === null) return entry;

  if (isOpen && tab.claim !== null) await setAsideOlder(surroundings, worker, id, revision, texts, copied);
  const [draft, base, reviews, aside] = await Promise.all([
    draftOf(api, id),
    revision > 0 ? submissionOf(api, id, revision) : null,
    ask(api.GET("/v1/drafts/{draft_id}/reviews", { params: { path: { draft_id: id } } })),
    asideOf(shelf, worker, id),
  ]);
  const kept = texts.find((one) => one.revision === revision) ?? null;
  const there = copied !== null && copied.revision === revision ? copied : null;
  const found = newest(textOf(draft, base), kept, there);
  const facts: Partial<Facts> = {
    tab: tab.claim === null || tab.lost ? "other" : "this",
    custody: custody.custody,
    closed: custody.closed,
    handing: kept?.sent ? "on its way" : "no",
    conflict: found.other?.at ?? null,
    copy: isTouched(found.text) && found.order !== "saved" ? "unsaved" : "saved",
    savedAt: there?.at ?? null,
  };
  const work = new Working({
    surroundings,
    person,
    entry,
    draft,
    base,
    reviews: reviews.reviews,
    revision,
    text: found.text,
    serverVersion: copied?.text ? copied.version : null,
    other: found.other,
    sent: kept?.sent ?? null,
    token: custody.token,
    claim: tab.claim,
    facts,
    note: noteOf(found, kept, there),
    aside,
  });
  tab.answers = work.asTab;
  await opened(small, id);
  return work;
}

/**
 * The server's copy. Where it cannot be had for now, and this browser has a text, that one goes on: how they stand to
 * each other is found out when it is saved.
 */
async function copyOrKept(
  api: Api,
  shelf: Surroundings["shelf"],
  worker: string,
  id: string,
): Promise<Copied | null> {
  try {
    return await copyOf(api, id, worker);
  } catch (error) {
    const passes = error instanceof Problem && error.passing;
    if (passes && (await textsOf(shelf, worker, id)).some(isTouched)) return null;
    throw error;
  }
}

interface Custody extends Pick<Facts, "custody" | "closed"> {
  readonly entry: Entry;
  readonly token: string | null;
}

/** Whose the draft is, without doing anything about it. */
function seen(person: Person, entry: Entry): Custody {
  const theirs = isTheirs(person, entry) || entry.state === "ready";
  const closed = closedBy(entry, entry.revision);
  return { entry, token: null, custody: theirs || closed !== null ? "held" : "taken", closed };
}

/** Whose the draft is once it was leased, where it is ready. */
async function custodyOf(
  person: Person,
  small: Small,
  first: Entry,
  carried: string | null,
): Promise<Custody> {
  const { api, worker } = person;
  const id = first.draft_id;
  let entry = first;
  for (let look = 1; ; look++) {
    if (entry.state === "ready") {
      const lease = await leased(api, small, worker, id);
      if (lease !== null) return { ...lease, custody: "held", closed: null };
    } else if (entry.state === "leased" && isTheirs(person, entry)) {
      const places = [() => small.get(tokenName(id)), async () => carried];
      const lease = await goodToken(api, id, places);
      if (lease !== null) {
        await small.set(tokenName(id), lease.token);
        return { ...lease, custody: "held", closed: null };
      }
    } else {
      return seen(person, entry);
    }
    // Under another token, or gone meanwhile: perhaps a page that was closed just now is handing it back.
    if (look === LOOKS) return seen(person, entry);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    entry = await entryOf(api, id);
  }
}

async function leased(api: Api, small: Small, worker: string, id: string): Promise<Lease | null> {
  try {
    return await take(api, small, worker, id);
  } catch (error) {
    if (error instanceof Problem && error.code === "state") return null;
    throw error;
  }
}

/** What was sent before the page was opened anew, and has become a revision perhaps: ask, by sending it again. */
async function sendAgain(
  api: Api,
  shelf: Surroundings["shelf"],
  texts: readonly Kept[],
  entry: Entry,
): Promise<void> {
  for (const kept of texts) {
    const { sent } = kept;
    if (sent === null || entry.revision <= kept.revision) continue;
    try {
      const path = { draft_id: kept.draftId };
      await ask(api.POST("/v1/drafts/{draft_id}/submissions", { params: { path }, body: sent }));
      await dropText(shelf, kept);
    } catch (error) {
      if (!(error instanceof Problem) || error.passing || error.status === 401) throw error;
      await putText(shelf, { ...kept, sent: null }).catch(() => {});
    }
  }
}

/** On which revision the text builds that this person has of a draft that is closed to them; null: they have none. */
function revisionOfOwn(texts: readonly Kept[], copied: Copied | null): number | null {
  const own = texts.filter(isTouched).map((kept) => kept.revision);
  if (copied?.text && isTouched(copied.text)) own.push(copied.revision);
  return own.length > 0 ? Math.max(...own) : null;
}

/** Texts that build on what is not the latest revision any more cannot be handed in: they can be looked at. */
async function setAsideOlder(
  { shelf }: Surroundings,
  worker: string,
  id: string,
  revision: number,
  texts: readonly Kept[],
  copied: Copied | null,
): Promise<void> {
  try {
    for (const kept of texts.filter((one) => one.revision < revision)) {
      const one = { id: `browser ${kept.revision}`, at: kept.savedAt, doc: kept.doc };
      if (isTouched(kept)) await putAside(shelf, worker, id, one);
      await dropText(shelf, kept);
    }
    if (copied?.text && copied.revision < revision) {
      const one = { id: `server ${copied.revision}`, at: copied.at, doc: copied.text.doc };
      await putAside(shelf, worker, id, one);
    }
  } catch {
    // There is no room for two: they stay where they are.
  }
}

/** A text in which nothing was changed yet. */
function textOf(draft: Draft, base: Correction | null): Text {
  const doc = base === null ? docOf(draft) : docOfSentences(base.sentences, draft);
  return { form: 1, doc, lineage: {}, active: {}, secondsByRow: {}, played: [] };
}

export interface Newest {
  readonly text: Text;
  readonly from: "base" | "browser" | "server";
  /** Whether the server has it as it is. */
  readonly order: "saved" | "ahead";
  /** What the server has, where neither was made of the other. */
  readonly other: Copied | null;
}

/** Which of the texts that there are is to be gone on with. */
export function newest(base: Text, kept: Kept | null, copied: Copied | null): Newest {
  const theirs = copied?.text ?? null;
  const mine = kept === null ? null : plain(kept);
  if (mine === null && theirs === null) return { text: base, from: "base", order: "saved", other: null };
  if (mine === null || theirs === null) {
    const text = (mine ?? theirs) as Text;
    const from = mine === null ? "server" : "browser";
    return { text, from, order: mine === null ? "saved" : "ahead", other: null };
  }
  switch (compare(mine, theirs)) {
    case "same":
      return { text: withMeasuresOf(mine, theirs), from: "browser", order: "saved", other: null };
    case "ahead":
      return { text: withMeasuresOf(mine, theirs), from: "browser", order: "ahead", other: null };
    case "behind":
      return { text: withMeasuresOf(theirs, mine), from: "server", order: "saved", other: null };
    case "apart":
      return { text: mine, from: "browser", order: "ahead", other: copied };
  }
}

function plain({ form, doc, lineage, active, secondsByRow, played }: Kept): Text {
  return { form, doc, lineage, active, secondsByRow, played };
}

function noteOf({ text, from }: Newest, kept: Kept | null, copied: Copied | null): Note | null {
  const at = from === "browser" ? kept?.savedAt : copied?.at;
  if (from === "base" || at === undefined || !isTouched(text)) return null;
  return { kind: "restored", from, at };
}

async function draftOf(api: Api, id: string): Promise<Draft> {
  return ask(api.GET("/v1/drafts/{draft_id}/document", { params: { path: { draft_id: id } } }));
}

async function submissionOf(api: Api, id: string, revision: number): Promise<Correction> {
  const path = { draft_id: id, revision };
  const given = await ask(api.GET("/v1/drafts/{draft_id}/submissions/{revision}", { params: { path } }));
  return given as Correction;
}
