// Before a correction goes: what stops it, what should be looked at, how much was heard.

import { blocking } from "../document/checks";
import { seconds, within } from "../document/spans";
import { Dialog } from "../parts/dialog";
import { say } from "../words/editor";
import type { Bench } from "./bench";
import { stopped } from "./findings";
import { keyOf } from "./keys";
import { keysOf } from "./tools";

/** Of a sentence that was played its edges are often cut. */
const UNHEARD_SHARE = 0.1;

export function SubmitDialog({ bench, onClose }: { bench: Bench; onClose: () => void }) {
  const words = say.value;
  const { desk, work } = bench;
  const { rows } = desk.doc.value;
  const stops = blocking(desk.doc.value, desk.unit, work.draft.sentences);
  const looks = rows.map((_, place) => place).filter((place) => desk.findings(place).length > 0);
  const played = work.played.spans;
  const unheard = rows.filter(
    (row) => seconds(within(played, row.start, row.end)) < UNHEARD_SHARE * (row.end - row.start),
  );
  const share = Math.round(
    (100 * seconds(within(played, desk.unit.start, desk.unit.end))) /
      Math.max(0.001, desk.unit.end - desk.unit.start),
  );
  const changed = work.draft.sentences.filter(
    (sentence) =>
      !rows.some((row) => row.from.length === 1 && row.from[0] === sentence.id && row.text === sentence.text),
  ).length;
  const goThere = (key: string) => () => {
    onClose();
    bench.goTo(desk.row(key));
  };

  const off = stops.length > 0 || desk.locked.value;
  const send = (next: boolean) => (): void => {
    onClose();
    bench.submit({ next });
  };

  return (
    <Dialog
      title={words.submitTitle}
      onClose={onClose}
      onKeyDown={(event) => {
        if (off || event.repeat || keyOf(event)?.command !== "submit") return;
        event.preventDefault();
        send(true)();
      }}
      foot={
        <>
          <button type="button" onClick={onClose}>
            {words.goOn}
          </button>
          <button type="button" title={keysOf("submit")} disabled={off} onClick={send(true)}>
            {words.submitNext}
          </button>
          <button type="button" class="primary" autofocus disabled={off} onClick={send(false)}>
            {words.submitDo}
          </button>
        </>
      }
    >
      {stops.length > 0 && (
        <section class="stops" role="alert">
          <h3>{words.submitStops}</h3>
          <ul class="jumps">
            {stops.slice(0, 20).map((stop) => (
              <li>
                {stop.key === null ? (
                  stopped(stop)
                ) : (
                  <button type="button" onClick={goThere(stop.key)}>
                    <b>{words.atSentence(desk.place(stop.key) + 1)}</b> {stopped(stop)}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <ul class="plain">
        <li>{words.changed(changed)}</li>
        <li>{words.heard(share)}</li>
        {unheard[0] && (
          <li>
            {words.unheard(unheard.length)}{" "}
            <button type="button" class="link" onClick={goThere(unheard[0].key)}>
              {words.goThere}
            </button>
          </li>
        )}
        {looks[0] !== undefined && (
          <li>
            {words.submitLooks(looks.length)}{" "}
            <button type="button" class="link" onClick={goThere(rows[looks[0]]?.key ?? "")}>
              {words.goThere}
            </button>
          </li>
        )}
      </ul>
    </Dialog>
  );
}
