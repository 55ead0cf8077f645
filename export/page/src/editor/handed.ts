// A draft that was taken before its page is shown: whoever wants "the next one" learns which it is by taking it.

import { type Opened, openWork, type Wanted, type Work } from "../keeping/work";
import type { Person } from "../person";

let handed: Work | null = null;

/** Take the next draft that is wanted; its id, or null where none waits. Raises Problem. */
export async function takeNext(person: Person, wanted: Wanted): Promise<string | null> {
  const opened = await openWork(person, null, wanted);
  if (opened.kind !== "open") return null;
  void handed?.dispose();
  handed = opened.work;
  return handed.draft.draft_id;
}

/** The draft `id`, as `openWork` gives it, or as it was taken just now. */
export async function openHanded(person: Person, id: string): Promise<Opened> {
  const work = handed;
  handed = null;
  if (work?.draft.draft_id === id) return { kind: "open", work };
  void work?.dispose();
  return openWork(person, id);
}
