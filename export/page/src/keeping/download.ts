// A text that cannot be handed in, or that another one took the place of, for the person to take along.

import { correctionOf } from "../document/correction";
import type { Doc } from "../document/types";
import type { Work } from "./work";

/** The text to be read: a line for each sentence, with its time in the recording and who speaks. */
export function plainText(doc: Doc): string {
  return doc.rows
    .map(({ start, speaker, text }) => `${clockTime(start)}\t${speaker ?? "?"}\t${text}\n`)
    .join("");
}

/** The text as the correction that it would be, so that a program can hand it in. */
export function jsonText(work: Pick<Work, "draft" | "base">, worker: string, doc: Doc): string {
  const correction = correctionOf(doc, {
    draftId: work.draft.draft_id,
    revision: (work.base?.revision ?? 0) + 1,
    worker,
    leadTime: 0,
    played: [],
    secondsOf: () => undefined,
  });
  return `${JSON.stringify(correction, null, 1)}\n`;
}

/** Let the browser save `text` as a file. */
export function download(name: string, text: string, type: "text/plain" | "application/json"): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function clockTime(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = (Math.floor(seconds * 10) / 10 - 60 * Math.floor(seconds / 60)).toFixed(1).padStart(4, "0");
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}:${rest}`;
}
