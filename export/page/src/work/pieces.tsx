// What the lists of drafts have in common.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { type Entry, LANGUAGES, type Language } from "../api/client";
import { Tag } from "../parts/tag";
import { spoken } from "../words";
import { say } from "../words/work";
import { BANDS, billed, money, nameOf, number, whole } from "./figures";
import { type Bounded, boundOf, type Difficulty, type Order, ordered } from "./filters";
import "./pieces.css";

/** The name of a draft; `children` stand beneath it. */
export function DraftName({ entry, children }: { entry: Entry; children?: ComponentChildren }) {
  const { index, count } = entry.unit;
  return (
    <>
      <span class="draft-name wrap" title={entry.external_id}>
        {nameOf(entry)}
      </span>
      {count > 1 && <span class="soft small part">{say.value.part(index + 1, count)}</span>}
      {children}
    </>
  );
}

export function languageName(language: string): string {
  const names = say.value.languageNames as Readonly<Record<string, string>>;
  return names[language] ?? language;
}

export function Minutes({ entry }: { entry: Entry }) {
  return <span class="num">{say.value.minutes(billed(entry.billable_minutes, spoken.value))}</span>;
}

export function Price({ entry }: { entry: Entry }) {
  if (!entry.estimated_price) return <Unknown />;
  return <span class="num">{money(entry.estimated_price, spoken.value)}</span>;
}

/** How many minutes of work, with where eight in ten end. */
export function ExpectedWork({ entry }: { entry: Entry }) {
  const { value, low, high } = entry.estimated_work;
  const shown = (minutes: number) => number(minutes, spoken.value);
  return (
    <span class="num">
      {say.value.minutes(shown(value))} <span class="soft small">{`${shown(low)}–${shown(high)}`}</span>
    </span>
  );
}

/** The predicted difficulty as a number on a scale, and the interval within which eight in ten lie. */
export function DifficultyShown({ entry }: { entry: Entry }) {
  const { prediction, difficulty } = entry;
  if (difficulty === null) return <Unknown />;
  const shown = (value: number) => whole(value, spoken.value);
  const low = prediction?.low ?? difficulty;
  const high = prediction?.high ?? difficulty;
  return (
    <span class="difficulty">
      <span class="hidden">{say.value.difficultyTold(shown(difficulty), shown(low), shown(high))}</span>
      <span class="num" aria-hidden="true">
        {shown(difficulty)} <span class="soft small">{`${shown(low)}–${shown(high)}`}</span>
      </span>
      <span class="scale" aria-hidden="true">
        <span style={{ left: `${low}%`, width: `${Math.max(1, high - low)}%` }} />
        <i style={{ left: `${difficulty}%` }} />
      </span>
    </span>
  );
}

function Unknown() {
  return (
    <span class="soft">
      <span aria-hidden="true">–</span>
      <span class="hidden">{say.value.unknown}</span>
    </span>
  );
}

export function FromScratch({ entry }: { entry: Entry }) {
  if (!entry.prediction?.from_scratch) return null;
  return (
    <Tag tone="alert" why={say.value.fromScratchWhy}>
      {say.value.fromScratch}
    </Tag>
  );
}

/** Whose the draft is at the moment, where it is somebody's. */
export function StateTag({ entry, me }: { entry: Entry; me: string }) {
  const words = say.value;
  const tone = { ready: "accent", accepted: "good", rework: "alert" } as const;
  return (
    <span class="state">
      <Tag tone={tone[entry.state as keyof typeof tone] ?? "plain"}>{words.states[entry.state]}</Tag>
      {entry.worker && entry.state !== "ready" && (
        <span class="soft small wrap">{entry.worker === me ? words.you : words.with(entry.worker)}</span>
      )}
    </span>
  );
}

// Fields of filters.

interface Chosen<Value extends string | number> {
  readonly name: string;
  readonly chosen: Value;
  /** Each value and what it is called, in order. */
  readonly choices: readonly (readonly [value: Value, called: string])[];
  readonly onChoose: (value: Value) => void;
  readonly why?: string;
}

/** One of a few, by its name. */
export function ChoiceField<Value extends string | number>(given: Chosen<Value>) {
  const { name, chosen, choices, onChoose, why } = given;
  return (
    <label class="field">
      <span>{name}</span>
      <select
        value={chosen}
        title={why}
        onChange={(event) => {
          const choice = choices[event.currentTarget.selectedIndex];
          if (choice) onChoose(choice[0]);
        }}
      >
        {choices.map(([value, called]) => (
          <option key={value} value={value}>
            {called}
          </option>
        ))}
      </select>
    </label>
  );
}

export function LanguageField({
  chosen,
  onChoose,
}: {
  chosen: Language | "any";
  onChoose: (language: Language | "any") => void;
}) {
  const words = say.value;
  const languages = LANGUAGES.map((language) => [language, languageName(language)] as const);
  return (
    <ChoiceField
      name={words.language}
      chosen={chosen}
      choices={[["any", words.any], ...languages]}
      onChoose={onChoose}
    />
  );
}

interface TextGiven {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly hint?: string;
  readonly most?: number;
  readonly kind?: "search" | "text";
  /** Digits are all that is meant. */
  readonly numeric?: boolean;
  readonly wrong?: boolean;
  /** What may be meant, offered while typing. */
  readonly known?: readonly string[];
  readonly class?: string;
}

/** A text that filters as soon as the typing pauses, and at once with Enter; never in the middle of a composition. */
export function TextField({ label, value, onChange, most = 64, kind = "text", ...given }: TextGiven) {
  const { hint, known, numeric, wrong } = given;
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const [timer, setTimer] = useState<number | undefined>();
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  const tell = (written: string) => {
    clearTimeout(timer);
    if (written === value) return;
    setSeen(written);
    onChange(written);
  };
  const id = useId();
  const list = known && known.length > 0 ? id : undefined;
  return (
    <label class={`field ${given.class ?? ""}`}>
      <span>{label}</span>
      <input
        type={kind}
        value={text}
        maxLength={most}
        placeholder={hint}
        inputMode={numeric ? "numeric" : undefined}
        aria-invalid={wrong}
        list={list}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          const written = event.currentTarget.value;
          setText(written);
          clearTimeout(timer);
          if (!event.isComposing) setTimer(window.setTimeout(() => tell(written), 350));
        }}
        onCompositionEnd={(event) => {
          const written = event.currentTarget.value;
          clearTimeout(timer);
          setTimer(window.setTimeout(() => tell(written), 350));
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) tell(event.currentTarget.value);
        }}
        onBlur={(event) => tell(event.currentTarget.value)}
      />
      {list && (
        <datalist id={list}>
          {known?.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}

/** Easy, medium, hard, or two bounds of one's own. */
export function DifficultyField({
  bounds,
  onChange,
}: {
  bounds: Bounded;
  onChange: (changed: Partial<Bounded>) => void;
}) {
  const words = say.value;
  const wrong = !ordered(bounds);
  return (
    <div class="bounded">
      <label class="field">
        <span>{words.difficulty}</span>
        <select
          value={bounds.difficulty}
          onChange={(event) => onChange({ difficulty: event.currentTarget.value as Difficulty })}
        >
          <option value="any">{words.any}</option>
          {(["easy", "medium", "hard"] as const).map((band) => (
            <option key={band} value={band}>
              {words.bandOf(words.bands[band], ...BANDS[band])}
            </option>
          ))}
          <option value="own">{words.ownBounds}</option>
        </select>
      </label>
      {bounds.difficulty === "own" &&
        (["from", "to"] as const).map((end) => (
          <TextField
            key={end}
            label={words[end]}
            value={bounds[end]?.toString() ?? ""}
            most={3}
            numeric
            wrong={wrong}
            onChange={(text) => onChange({ [end]: boundOf(text) })}
          />
        ))}
      {wrong && (
        <p class="small wrong" role="alert">
          {words.boundsWrong}
        </p>
      )}
    </div>
  );
}

export function OrderField({ chosen, onChoose }: { chosen: Order; onChoose: (order: Order) => void }) {
  const words = say.value;
  return (
    <ChoiceField
      name={words.order}
      chosen={chosen}
      choices={[
        ["received", words.oldest],
        ["difficulty", words.easiest],
        ["-difficulty", words.hardest],
      ]}
      onChoose={onChoose}
    />
  );
}

type Column = keyof (typeof say)["value"]["columns"];

const NUMBERS: readonly Column[] = ["minutes", "price"];

/** The heads of a list. In a narrow window only the name and what can be done have columns of their own. */
export function Head({ columns }: { columns: readonly Column[] }) {
  const words = say.value.columns;
  return (
    <thead>
      <tr>
        {columns.map((column) =>
          column === "action" ? (
            <th key={column} scope="col" class="last">
              <span class="hidden">{words.action}</span>
            </th>
          ) : (
            <th
              key={column}
              scope="col"
              class={column === "name" ? "" : `roomy${NUMBERS.includes(column) ? " right" : ""}`}
            >
              {words[column]}
            </th>
          ),
        )}
      </tr>
    </thead>
  );
}
