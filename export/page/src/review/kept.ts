// What a reviewer has written and not sent: kept in this browser until the verdict.

import { createStore, del, get, set, type UseStore } from "idb-keyval";

/** Words at sentences, by their place in the revision, and for the whole. */
export interface Words {
  readonly whole: string;
  readonly at: Readonly<Record<number, string>>;
}

export const NOTHING: Words = { whole: "", at: {} };

/** What somebody wrote of a revision is found again by these. */
export type Name = readonly [worker: string, draftId: string, revision: number];

let opened: UseStore | null = null;

function store(): UseStore {
  opened ??= createStore("prelabel-review", "words");
  return opened;
}

/** Nothing, where nothing was kept or nothing can be read. */
export async function keptWords(name: Name): Promise<Words> {
  try {
    return (await get<Words>([...name], store())) ?? NOTHING;
  } catch {
    return NOTHING;
  }
}

/** Whether it could be kept: a private window or a full disk may refuse. */
export async function keepWords(name: Name, words: Words): Promise<boolean> {
  try {
    await (isEmpty(words) ? del([...name], store()) : set([...name], words, store()));
    return true;
  } catch {
    return false;
  }
}

export function isEmpty(words: Words): boolean {
  return words.whole.trim() === "" && commentsOf(words).length === 0;
}

/** What is said at sentences, as a review takes it. */
export function commentsOf(words: Words): { sentence: number; text: string }[] {
  return Object.entries(words.at)
    .map(([place, text]) => ({ sentence: Number(place), text: text.trim() }))
    .filter((comment) => comment.text !== "")
    .sort((one, other) => one.sentence - other.sentence);
}

export function sayAt(words: Words, place: number, text: string): Words {
  return { ...words, at: { ...words.at, [place]: text } };
}
