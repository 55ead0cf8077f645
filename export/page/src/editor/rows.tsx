// Sentences as rows. All of them are in the document, so that the browser's search, screen readers and Tab find each
// one; what is out of sight is not laid out (`content-visibility`).

import { useSignal } from "@preact/signals";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Finding } from "../document/checks";
import type { Row } from "../document/types";
import { unsure } from "../document/words";
import { clock } from "../times";
import { say } from "../words/editor";
import { sentenceFlag } from "../words/flags";
import type { Bench } from "./bench";
import { Field, type Stretch } from "./field";
import { saidOf } from "./findings";
import { speakerColour } from "./speakers";

/** So many sentences fill a window, however high. */
const AT_FIRST = 60;
const WITH_EACH_FRAME = 100;

export function Rows({ bench }: { bench: Bench }) {
  const { desk } = bench;
  const list = useRef<HTMLOListElement>(null);
  const { rows } = desk.doc.value;
  const current = desk.current.value;
  const playing = bench.playingKey.value;
  const speakers = desk.speakers.value;
  const marks = bench.view.value.unsure;
  const locked = desk.locked.value;

  // What fills the window comes first, and the sound with it; the others follow, some with each frame.
  const drawn = useSignal(AT_FIRST);
  const needed = Math.max(desk.place(current), desk.place(playing)) + AT_FIRST;
  const shown = rows.slice(0, Math.max(drawn.value, needed));
  const more = shown.length < rows.length;
  useEffect(() => {
    if (!more) return;
    const frame = requestAnimationFrame(() => {
      drawn.value = shown.length + WITH_EACH_FRAME;
    });
    return () => cancelAnimationFrame(frame);
  }, [more, shown.length]);

  const wanted = desk.wanted.value;
  useLayoutEffect(() => {
    if (!wanted || !list.current) return;
    desk.wanted.value = null;
    const field = document.getElementById(`text-${wanted.key}`);
    if (!(field instanceof HTMLTextAreaElement)) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(wanted.from, wanted.to);
    reveal(field);
  }, [wanted]);

  // The sentence that is heard stays in sight, unless somebody writes in another one.
  const follow = bench.view.value.follow;
  useLayoutEffect(() => {
    if (!follow || playing === null || !list.current) return;
    const written = document.activeElement instanceof HTMLTextAreaElement ? document.activeElement : null;
    if (written && list.current.contains(written) && written.id !== `text-${playing}`) return;
    const row = document.getElementById(`text-${playing}`);
    if (row) reveal(row);
  }, [playing, follow]);

  return (
    <ol class="sentences" ref={list} aria-label={say.value.sentences}>
      {shown.map((row, place) => (
        <RowView
          key={row.key}
          bench={bench}
          row={row}
          number={place + 1}
          current={row.key === current}
          playing={row.key === playing}
          speakers={speakers}
          findings={desk.findings(place)}
          said={bench.saidAt.get(row.key)}
          marks={marks}
          locked={locked}
        />
      ))}
    </ol>
  );
}

function reveal(inside: Element): void {
  const row = inside.closest(".sentence");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  row?.scrollIntoView({ block: "nearest", behavior: still ? "instant" : "smooth" });
}

interface RowGiven {
  readonly bench: Bench;
  readonly row: Row;
  readonly number: number;
  readonly current: boolean;
  readonly playing: boolean;
  readonly speakers: readonly string[];
  readonly findings: readonly Finding[];
  readonly said: string | undefined;
  readonly marks: boolean;
  readonly locked: boolean;
}

const RowView = memo(function RowView(given: RowGiven) {
  const { bench, row, number, current, findings, speakers } = given;
  const { desk } = bench;
  const words = say.value;
  const who = row.speaker ?? words.uncertain;
  const flags = useMemo(
    () => [...new Set(desk.sources(row).flatMap((sentence) => sentence.flags))],
    [row.from],
  );
  const stretches = useMemo(
    () => stretchesOf(row, findings, given.marks ? desk.wordsOf(row) : []),
    [row.text, row.from, findings, given.marks],
  );
  const noted = flags.length + findings.length > 0 || given.said !== undefined;
  const at = clock(row.start - desk.unit.start);
  return (
    <li
      class={`sentence${current ? " current" : ""}${given.playing ? " playing" : ""}`}
      data-key={row.key}
      style={{ "--who": speakerColour(row.speaker, speakers) }}
      onFocusIn={() => desk.show(row.key)}
      onMouseUp={() => desk.show(row.key)}
    >
      <div class="when">
        <button
          type="button"
          class="time"
          tabIndex={current ? 0 : -1}
          aria-label={words.playSentence(at)}
          onClick={() => bench.playRow(row.key)}
        >
          <span aria-hidden="true">{given.playing ? "▮▮" : "▶"}</span> {at}
        </button>
      </div>
      <button
        type="button"
        class={`speaker${row.speaker === null ? " unknown" : ""}`}
        tabIndex={current ? 0 : -1}
        aria-haspopup="menu"
        aria-label={words.speakerOf(who)}
        disabled={given.locked}
        onClick={(event) => bench.chooseSpeaker(row.key, event.currentTarget)}
      >
        {who}
      </button>
      <div class="what">
        <Field
          id={`text-${row.key}`}
          text={row.text}
          label={words.sentence(number, who)}
          describedBy={noted ? `notes-${row.key}` : undefined}
          lang={languageOf(bench, row)}
          readOnly={given.locked}
          stretches={stretches}
          onText={(text, cursor) => desk.type(row.key, text, cursor)}
        />
        {row.marks.length > 0 && (
          <ul class="marks">
            {row.marks.map((mark) => (
              <li>{words.marks[mark]}</li>
            ))}
          </ul>
        )}
        {noted && (
          <ul class="notes" id={`notes-${row.key}`}>
            {given.said !== undefined && (
              <li class="reviewer">
                <b>{words.reviewerSaid}</b> {given.said}
              </li>
            )}
            {findings.map((finding) => (
              <li class="finding">{saidOf(finding)}</li>
            ))}
            {flags.map((flag) => (
              <li class="flag">{sentenceFlag(flag) ?? flag}</li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
});

function languageOf(bench: Bench, row: Row): string {
  return bench.desk.sources(row)[0]?.language ?? bench.desk.language;
}

/** What is marked of a text: what a check found there goes before what the recogniser was unsure of. */
function stretchesOf(
  row: Row,
  findings: readonly Finding[],
  words: Parameters<typeof unsure>[1],
): readonly Stretch[] {
  const found = findings.flatMap(({ from, to }) =>
    from !== undefined && to !== undefined ? [{ from, to, look: "found" as const }] : [],
  );
  const doubtful = words.length
    ? unsure(row.text, words).map(([from, to]) => ({ from, to, look: "unsure" as const }))
    : [];
  return [...found, ...doubtful].sort((one, other) => one.from - other.from || one.to - other.to);
}
