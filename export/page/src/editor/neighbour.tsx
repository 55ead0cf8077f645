// What is said just before and just after this part of the recording, greyed: it is somebody else's work.

import type { Work } from "../keeping/work";
import { say } from "../words/editor";

export function Neighbour({ where, work }: { where: "before" | "after"; work: Work }) {
  const there = work.neighbours.value[where];
  if (!there) return null;
  return (
    <section class="neighbour" aria-label={say.value[where]}>
      <span>{say.value[where]}</span>
      <p lang={work.draft.language}>
        {there.speaker !== null && <b>{there.speaker}</b>} {there.text}
      </p>
    </section>
  );
}
