// What of a correction is shown and heard: which sentences, beside which versions, in which kinds of edits.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { docOfSentences } from "../document/edits";
import type { Doc } from "../document/types";
import { asBefore } from "../sound/kept";
import { Player } from "../sound/player";
import { lasting } from "../storage";
import {
  type Comparison,
  isChanged,
  KINDS,
  type Kind,
  type Line,
  linesOf,
  nextPlace,
  spanOf,
  totalsOf,
  totalsOfScore,
} from "./differences";
import { firstBase, type Judging } from "./judging";
import { readEntry } from "./reading";

export type Filter = "all" | "changed" | "unread";

interface View {
  readonly kinds: readonly Kind[];
  readonly filter: Filter;
  readonly wave: boolean;
}

const KEPT_VIEW = "prelabel.review-view";
/** In a low window the sentences need the room. */
const ROOM_FOR_WAVE = 850;
const FIRST_VIEW: View = { kinds: KINDS, filter: "all", wave: innerHeight >= ROOM_FOR_WAVE };

/** Where the focus should be put; the list does so once it has drawn. */
export interface Wanted {
  readonly key: string;
  /** In the field for words, not on the sentence. */
  readonly writing: boolean;
}

/** A time that something lasts, in seconds of the recording. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Looking {
  readonly player: Player;
  readonly view: Signal<View> = signal(keptView());
  /** The version that the revision is compared with; 0: the draft. */
  readonly base: Signal<number>;
  /** Further versions that are shown. */
  readonly beside: Signal<readonly number[]> = signal([]);
  /** All versions that are shown before the revision, in their order. */
  readonly versions: ReadonlySignal<readonly number[]>;
  readonly shown: ReadonlySignal<ReadonlySet<Kind>>;
  readonly lines: ReadonlySignal<readonly Line[]>;
  readonly visible: ReadonlySignal<readonly Line[]>;
  readonly totals: ReadonlySignal<Readonly<Record<Kind, number>>>;
  /** Speakers whose name was changed throughout. */
  readonly renamed: ReadonlySignal<Comparison["renamed"]>;
  readonly current: Signal<string | null>;
  readonly wanted: Signal<Wanted | null> = signal(null);
  /** The line that is heard. */
  readonly playing: ReadonlySignal<string | null>;
  /** What is judged, for the waveform. */
  readonly doc: ReadonlySignal<Doc>;
  readonly currentRow: ReadonlySignal<string | null>;
  private readonly rowKeys: readonly string[];
  /** Nobody has been at any line yet: the first change may be at the current one. */
  private untouched = true;

  constructor(readonly judging: Judging) {
    const { material, correction } = judging;
    const entry = judging.entry.peek();
    this.player = asBefore(
      new Player({
        unit: material.draft.unit,
        links: entry.links,
        renew: async () => (await readEntry(judging.person.api, entry.draft_id)).links,
      }),
    );
    this.base = signal(firstBase(entry));
    this.shown = computed(() => new Set(this.view.value.kinds));
    this.versions = computed(() =>
      [...new Set([this.base.value, ...this.beside.value])]
        .filter((version) => judging.compared.value.has(version))
        .sort((one, other) => one - other),
    );
    const main = computed(() => judging.compared.value.get(this.base.value) as Comparison);
    this.lines = computed(() =>
      linesOf([
        main.value,
        ...this.versions.value
          .filter((version) => version !== this.base.value)
          .map((version) => judging.compared.value.get(version) as Comparison),
      ]),
    );
    this.renamed = computed(() => (this.shown.value.has("speaker") ? main.value.renamed : []));
    this.totals = computed(() =>
      this.base.value === 0 && material.score ? totalsOfScore(material.score.edits) : totalsOf(main.value),
    );
    this.visible = computed(() => {
      const { filter } = this.view.value;
      if (filter === "all") return this.lines.value;
      if (filter === "unread") return this.lines.value.filter((line) => this.isUnread(line));
      return this.lines.value.filter((line) => this.isChanged(line) || this.isSpokenOf(line));
    });
    this.current = signal(this.visible.peek()[0]?.key ?? null);

    const doc = docOfSentences(correction.sentences, material.draft);
    this.doc = signal(doc);
    this.rowKeys = correction.sentences.map(
      (sentence, place) =>
        doc.rows.find((row) => row.key === sentence.id)?.key ??
        doc.rows.find((row) => row.start === sentence.start && row.text === sentence.text)?.key ??
        doc.rows[place]?.key ??
        "",
    );
    this.currentRow = computed(() => {
      const index = this.line(this.current.value)?.index;
      return index === null || index === undefined ? null : (this.rowKeys[index] ?? null);
    });
    this.playing = computed(() => {
      if (!this.player.playing.value) return null;
      const time = this.player.time.value;
      const here = this.line(this.current.peek());
      if (here && holds(this.spanOf(here), time)) return here.key;
      const at = correction.sentences.findLastIndex((one) => holds(one, time));
      return at < 0 ? null : `${at}`;
    });
  }

  line(key: string | null): Line | undefined {
    return this.lines.value.find((line) => line.key === key);
  }

  /** The line of a sentence of the revision. */
  lineOf(index: number): Line | undefined {
    return this.lines.value.find((line) => line.index === index);
  }

  /** Which line shows the sentence with this key in the waveform. */
  keyOfRow(rowKey: string): string | null {
    const index = this.rowKeys.indexOf(rowKey);
    return index < 0 ? null : `${index}`;
  }

  isChanged(line: Line): boolean {
    return isChanged(line.was.get(this.base.value), this.shown.value);
  }

  isUnread(line: Line): boolean {
    const { score } = this.judging.material;
    return line.index !== null && (score?.sentences[line.index]?.flags.includes("unread") ?? false);
  }

  private isSpokenOf(line: Line): boolean {
    return line.index !== null && (this.judging.words.value.at[line.index] ?? "") !== "";
  }

  /** The sentences of a version, as they are numbered there. */
  sentencesOf(version: number): readonly (Span & { readonly speaker: string | null })[] {
    const { draft, revisions } = this.judging.material;
    return version === 0 ? draft.sentences : (revisions[version - 1]?.sentences ?? []);
  }

  /** When a line is heard: as the revision says, or as the version did in which it still was. */
  spanOf(line: Line, version?: number): Span | null {
    if (version === undefined && line.index !== null) {
      return this.judging.correction.sentences[line.index] ?? null;
    }
    const from = version ?? [...line.was.keys()].at(-1);
    if (from === undefined) return null;
    return spanOf(this.sentencesOf(from), line.was.get(from)?.from ?? []);
  }

  speakerOf(line: Line): string | null {
    if (line.index !== null) return this.judging.correction.sentences[line.index]?.speaker ?? null;
    const [version, difference] = [...line.was].at(-1) ?? [];
    const place = difference?.from[0];
    if (version === undefined || place === undefined) return null;
    return this.sentencesOf(version)[place]?.speaker ?? null;
  }

  /** Play a line as it is, or as it was in a version; stop where it is the one that plays. */
  play(key: string | null, version?: number): void {
    const line = this.line(key);
    const span = line && this.spanOf(line, version);
    if (!span) return;
    if (version === undefined && this.player.playing.peek() && this.playing.peek() === key) {
      this.player.pause();
    } else this.player.playSpan(span.start, span.end);
  }

  get loops(): boolean {
    return this.player.playing.value && this.player.stretch.value?.loop === true;
  }

  loop(): void {
    const line = this.line(this.current.peek());
    const span = line && this.spanOf(line);
    if (this.loops) this.player.pause();
    else if (span) this.player.playSpan(span.start, span.end, { loop: true });
  }

  playOn(): void {
    const line = this.line(this.current.peek());
    const span = line && this.spanOf(line);
    if (span) this.player.playFrom(span.start);
  }

  /** A line is the one that commands are about. */
  show(key: string): void {
    this.untouched = false;
    this.current.value = key;
  }

  /** Go to a line, which is shown whatever is filtered. */
  goTo(key: string | null, writing = false): void {
    if (key === null || !this.line(key)) return;
    if (!this.visible.peek().some((line) => line.key === key)) this.setView({ filter: "all" });
    this.show(key);
    this.wanted.value = { key, writing };
  }

  /** Go to the next line, or to the one before; not around the ends. */
  step(by: 1 | -1, writing = false): void {
    const next = this.visible.peek()[this.place + by];
    if (next) this.goTo(next.key, writing);
  }

  /** Go to the next change, or to the one before, around the ends. */
  stepToChange(by: 1 | -1, writing = false): void {
    const lines = this.visible.peek();
    const from = this.untouched ? this.place - by : this.place;
    const place = nextPlace(lines, from, by, (line) => this.isChanged(line));
    if (place !== null) this.goTo(lines[place]?.key ?? null, writing);
  }

  private get place(): number {
    return this.visible.peek().findIndex((line) => line.key === this.current.peek());
  }

  setView(changed: Partial<View>): void {
    this.view.value = { ...this.view.value, ...changed };
    lasting.setItem(KEPT_VIEW, JSON.stringify(this.view.value));
    if (this.place < 0) this.current.value = this.visible.peek()[0]?.key ?? null;
  }

  showKind(kind: Kind, shown: boolean): void {
    this.setView({ kinds: KINDS.filter((one) => (one === kind ? shown : this.shown.peek().has(one))) });
  }

  /** Compare with another version. Raises Problem. */
  async setBase(version: number): Promise<void> {
    await this.judging.compareWith(version);
    const { current } = this;
    this.base.value = version;
    this.beside.value = this.beside.peek().filter((one) => one !== version);
    if (!this.line(current.peek())) current.value = this.visible.peek()[0]?.key ?? null;
  }

  /** Show a version beside, or not any more. Raises Problem. */
  async setBeside(version: number, shown: boolean): Promise<void> {
    if (shown) await this.judging.compareWith(version);
    const others = this.beside.peek().filter((one) => one !== version);
    this.beside.value = shown ? [...others, version] : others;
  }
}

function holds(span: Span | null, time: number): boolean {
  return span !== null && span.start <= time && time < span.end;
}

function keptView(): View {
  try {
    const kept = JSON.parse(lasting.getItem(KEPT_VIEW) ?? "{}") as Partial<View>;
    // What was passed over is looked for in one correction, not in the next one as well.
    return { ...FIRST_VIEW, ...kept, filter: kept.filter === "changed" ? "changed" : "all" };
  } catch {
    return FIRST_VIEW;
  }
}
