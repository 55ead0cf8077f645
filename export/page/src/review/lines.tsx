// Sentences as lines: what each one was, what it is, and what the reviewer says of it. All of them are in the document,
// so that the browser's search, screen readers and Tab find each one; what is out of sight is not laid out.

import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { speakerColour } from "../editor/speakers";
import { clock } from "../times";
import { say } from "../words/review";
import {
  type Border,
  type Difference,
  KINDS,
  type Kind,
  type Line,
  placesOf,
  stretchesOf,
  TEXT_KINDS,
} from "./differences";
import { hint } from "./keys";
import type { Looking } from "./looking";

/** What was said at a sentence at an earlier review. */
export interface Said {
  readonly reviewer: string;
  readonly revision: number;
  readonly text: string;
}

const SYMBOLS: Readonly<Record<Border, string>> = { split: "/", merge: "+", shift: "↔" };

interface LinesGiven {
  readonly looking: Looking;
  readonly said: ReadonlyMap<string, readonly Said[]>;
  readonly speakers: readonly string[];
}

export function Lines({ looking, said, speakers }: LinesGiven) {
  const words = say.value;
  const list = useRef<HTMLOListElement>(null);
  const visible = looking.visible.value;
  const current = looking.current.value;
  const playing = looking.playing.value;
  const versions = looking.versions.value;
  const shown = looking.shown.value;
  const { judging } = looking;
  const locked = judging.locked.value;
  const written = judging.words.value;
  const base = looking.base.value;
  const number = judging.correction.revision;

  // Where nothing is said and nothing can be, the texts have the room.
  const mute = locked && said.size === 0 && Object.values(written.at).every((text) => text === "");

  const wanted = looking.wanted.value;
  useLayoutEffect(() => {
    if (!wanted || !list.current) return;
    looking.wanted.value = null;
    const line = document.getElementById(`line-${wanted.key}`);
    const field = wanted.writing ? document.getElementById(`words-${wanted.key}`) : null;
    (field ?? line)?.focus({ preventScroll: true });
    reveal(line);
  }, [wanted]);

  // What is heard stays in sight, unless somebody writes elsewhere.
  useLayoutEffect(() => {
    if (playing === null || document.activeElement instanceof HTMLTextAreaElement) return;
    reveal(document.getElementById(`line-${playing}`));
  }, [playing]);

  return (
    <div class={`lines${mute ? " mute" : ""}`} style={{ "--versions": versions.length + 1 }}>
      <div class="line heads" aria-hidden="true">
        <span />
        {versions.map((version) => (
          <span key={version} class="was">
            {version === 0 ? words.draft : words.revision(version)}
          </span>
        ))}
        <span>
          {words.revision(number)} <span class="soft">{words.by(judging.correction.worker)}</span>
        </span>
        <span>{locked ? "" : words.words}</span>
      </div>
      <ol ref={list} aria-label={words.sentences}>
        {visible.map((line) => (
          <LineView
            key={line.key}
            looking={looking}
            line={line}
            base={base}
            versions={versions}
            shown={shown}
            current={line.key === current}
            playing={line.key === playing}
            written={line.index === null ? undefined : (written.at[line.index] ?? "")}
            said={said.get(line.key)}
            speakers={speakers}
            locked={locked}
          />
        ))}
      </ol>
    </div>
  );
}

function reveal(line: Element | null): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  line?.scrollIntoView({ block: "nearest", behavior: still ? "instant" : "smooth" });
}

interface LineGiven {
  readonly looking: Looking;
  readonly line: Line;
  readonly base: number;
  readonly versions: readonly number[];
  readonly shown: ReadonlySet<Kind>;
  readonly current: boolean;
  readonly playing: boolean;
  /** undefined: nothing can be said here, because the sentence is not in the revision. */
  readonly written: string | undefined;
  readonly said: readonly Said[] | undefined;
  readonly speakers: readonly string[];
  readonly locked: boolean;
}

const LineView = memo(function LineView(given: LineGiven) {
  const { looking, line, base, versions, shown, current } = given;
  const words = say.value;
  const { judging } = looking;
  const difference = line.was.get(base);
  const sentence = line.index === null ? undefined : judging.correction.sentences[line.index];
  const span = looking.spanOf(line);
  const unit = judging.material.draft.unit;
  const at = span ? clock(span.start - unit.start) : "";
  const who = looking.speakerOf(line);
  const changed = looking.isChanged(line);
  const name = words.revision(judging.correction.revision);
  return (
    <li
      id={`line-${line.key}`}
      class={`line${current ? " current" : ""}${given.playing ? " playing" : ""}${changed ? " changed" : ""}`}
      tabIndex={current ? 0 : -1}
      aria-current={current}
      onFocusIn={() => looking.show(line.key)}
      onPointerDown={() => looking.show(line.key)}
    >
      <div class="when">
        <button
          type="button"
          class="at"
          tabIndex={current ? 0 : -1}
          title={hint("playThis")}
          aria-label={words.play(line.index === null ? words.removed : name, at)}
          onClick={() => looking.play(line.key)}
        >
          <span aria-hidden="true">{given.playing ? "▮▮" : "▶"}</span> {at}
        </button>
        <span
          class={`voice${who === null ? " unknown" : ""}`}
          style={{ "--who": speakerColour(who, given.speakers) }}
        >
          {who ?? words.uncertain}
        </span>
      </div>
      {versions.map((version) => (
        <Before key={version} {...given} version={version} />
      ))}
      <div class="cell after">
        <span class="hidden">{name}: </span>
        {line.index === null || !difference ? (
          <span class="tag">
            <span aria-hidden="true">✕ </span>
            {words.removed}
          </span>
        ) : (
          <p class="text" lang={judging.material.draft.language}>
            <Stretches difference={difference} side="after" shown={shown} />
          </p>
        )}
        <Notes {...given} difference={difference} marks={sentence?.marks ?? []} />
        <span class="hidden">{changed && difference ? summary(difference, shown) : words.unchangedHere}</span>
      </div>
      <div class="cell own">
        {given.said?.map((one) => (
          <p class="told" key={`${one.revision} ${one.text}`}>
            <span class="small soft">{words.saidBefore(one.reviewer, one.revision)}</span> {one.text}
          </p>
        ))}
        {line.index !== null && given.written !== undefined && (!given.locked || given.written !== "") && (
          <textarea
            id={`words-${line.key}`}
            class="words"
            rows={1}
            maxLength={4000}
            defaultValue={given.written}
            readOnly={given.locked}
            tabIndex={current ? 0 : -1}
            placeholder={words.wordsHint}
            aria-label={words.wordsAt(line.index + 1)}
            title={hint("write")}
            onInput={(event) => judging.writeAt(line.index as number, event.currentTarget.value)}
          />
        )}
      </div>
    </li>
  );
});

/** What a line was in an earlier version. */
function Before({ looking, line, version, shown, current }: LineGiven & { readonly version: number }) {
  const words = say.value;
  const name = version === 0 ? words.draft : words.revision(version);
  const difference = line.was.get(version);
  const span = difference && looking.spanOf(line, version);
  const { draft } = looking.judging.material;
  if (!difference || !span) {
    return (
      <div class="cell before">
        <span class="hidden">
          {name}: {words.notThere}
        </span>
      </div>
    );
  }
  const at = clock(span.start - draft.unit.start);
  return (
    <div class="cell before">
      <span class="hidden">{name}: </span>
      <button
        type="button"
        class="hear"
        tabIndex={current ? 0 : -1}
        title={hint("playBefore")}
        aria-label={words.play(name, at)}
        onClick={() => looking.play(line.key, version)}
      >
        <span aria-hidden="true">▶</span>
      </button>
      <p class="text" lang={draft.language}>
        <Stretches difference={difference} side="before" shown={shown} />
      </p>
    </div>
  );
}

/** One side's text, coloured by the kinds of edits; where only the other side has something, a thin mark. */
function Stretches({
  difference,
  side,
  shown,
}: {
  readonly difference: Difference;
  readonly side: "before" | "after";
  readonly shown: ReadonlySet<Kind>;
}) {
  return (
    <>
      {stretchesOf(difference.pieces, side, shown).map(({ kind, text, empty }) => {
        if (kind === "same") return text;
        const look = `edit ${kind}${empty ? " nothing" : ""}`;
        return side === "before" ? <del class={look}>{text}</del> : <ins class={look}>{text}</ins>;
      })}
    </>
  );
}

interface NotesGiven extends LineGiven {
  readonly difference: Difference | undefined;
  readonly marks: readonly ("inaudible" | "overlap" | "foreign")[];
}

/** What is not in the text: borders, speaker, times, marks, and whether it was heard. */
function Notes({ looking, line, shown, difference, marks }: NotesGiven) {
  const words = say.value;
  const { draft, score } = looking.judging.material;
  const origin = draft.unit.start;
  const flags = line.index === null ? [] : (score?.sentences[line.index]?.flags ?? []);
  const named = (speaker: string | null): string => speaker ?? words.uncertain;
  const notes: ComponentChildren[] = [];
  if (difference?.added) {
    notes.push(
      <li class="tag">
        <span aria-hidden="true">＋ </span>
        {words.added}
      </li>,
    );
  }
  if (shown.has("boundary")) {
    for (const border of difference?.boundaries ?? []) {
      notes.push(
        <li class="tag note boundary">
          <span aria-hidden="true">{SYMBOLS[border]} </span>
          {words.borders[border]}
        </li>,
      );
    }
  }
  if (difference?.speaker && shown.has("speaker")) {
    const { before, after } = difference.speaker;
    notes.push(
      <li class="tag note speaker">
        {words.speakerLabel} {words.speakerChange(named(before), named(after))}
      </li>,
    );
  }
  if (difference?.time && shown.has("time")) {
    const [before, after] = [difference.time.before, difference.time.after].map(
      ([start, end]) => `${clock((start ?? 0) - origin)}–${clock((end ?? 0) - origin)}`,
    );
    notes.push(
      <li class="tag note time">
        {words.timeLabel} {words.speakerChange(before ?? "", after ?? "")}
      </li>,
    );
  }
  for (const mark of marks) notes.push(<li class="tag">{words.marks[mark]}</li>);
  for (const flag of flags) {
    notes.push(
      <li class="tag alert" title={flag === "unread" ? words.unreadWhy : words.retypeWhy}>
        <span aria-hidden="true">⚑ </span>
        {words[flag]}
      </li>,
    );
  }
  return notes.length > 0 ? <ul class="notes">{notes}</ul> : null;
}

/** What was changed, in words: for whoever does not see the colours. */
function summary(difference: Difference, shown: ReadonlySet<Kind>): string {
  const words = say.value;
  const places = placesOf(difference);
  const told = KINDS.filter((kind) => shown.has(kind) && places.has(kind)).map((kind) =>
    words.pieceCount(words.kinds[kind], places.get(kind) ?? 0),
  );
  return words.changedHere(told.join(", "));
}

/** A kind's look, as the texts show it. */
export function Swatch({ kind }: { readonly kind: Kind }) {
  const isText = (TEXT_KINDS as readonly Kind[]).includes(kind);
  return (
    <span class={isText ? `edit ${kind}` : `tag note ${kind}`} aria-hidden="true">
      {isText ? "Aa" : { boundary: SYMBOLS.split, speaker: "S1", time: "0:00" }[kind as "time"]}
    </span>
  );
}
