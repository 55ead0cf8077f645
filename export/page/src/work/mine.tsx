// What is this person's own: in work, sent back, handed in, accepted.

import { useMemo, useState } from "preact/hooks";
import type { Entry } from "../api/client";
import { Empty } from "../parts/empty";
import { Spinner } from "../parts/spinner";
import { Tabs } from "../parts/tabs";
import { Tag } from "../parts/tag";
import { Trouble } from "../parts/trouble";
import type { Person } from "../person";
import { addressOf } from "../route";
import { spoken } from "../words";
import { say } from "../words/work";
import { billed, byMonth, day, money, monthName, nameOf, whole } from "./figures";
import type { Query } from "./filters";
import { useListing } from "./fresh";
import type { Listing } from "./listing";
import { DifficultyShown, DraftName, FromScratch, languageName, Minutes, Price } from "./pieces";
import { ReviewerWords } from "./words-of-reviewers";
import "./mine.css";

const KINDS = ["working", "returned", "submitted", "accepted"] as const;
type Kind = (typeof KINDS)[number];

const STATES: Readonly<Record<Kind, readonly Entry["state"][]>> = {
  working: ["leased", "delivered"],
  returned: ["rework"],
  submitted: ["submitted", "in_review"],
  accepted: ["accepted"],
};

/** Nobody has more at once; what was accepted grows for years. */
const OPEN_COUNTED = 200;
const ACCEPTED_COUNTED = 1000;
const ACCEPTED_PAUSE_SECONDS = 300;

export function Mine({ who }: { who: Person }) {
  const open = useListing(who.api, ofMine(who, ["working", "returned", "submitted"]), OPEN_COUNTED);
  const accepted = useListing(who.api, ofMine(who, ["accepted"]), ACCEPTED_COUNTED, ACCEPTED_PAUSE_SECONDS);
  const [chosen, setChosen] = useState<Kind | null>(null);
  const words = say.value;

  const listOf = (kind: Kind) => (kind === "accepted" ? accepted : open);
  const entriesOf = (kind: Kind) =>
    listOf(kind).entries.value?.filter((one) => STATES[kind].includes(one.state));
  const countOf = (kind: Kind) => {
    const entries = entriesOf(kind);
    return entries ? whole(entries.length, spoken.value) + (listOf(kind).further.value ? "+" : "") : null;
  };
  // What was sent back waits for the person more than anything else.
  const shown = chosen ?? (entriesOf("returned")?.length ? "returned" : "working");
  return (
    <section class="card mine" aria-labelledby="mine">
      <h2 id="mine">{words.mine}</h2>
      <Tabs
        label={words.mine}
        chosen={shown}
        onChoose={setChosen}
        tabs={KINDS.map((kind) => {
          const count = countOf(kind);
          return {
            name: kind,
            label: words.mineKinds[kind],
            count,
            urgent: kind === "returned" && count !== null && count !== "0",
          };
        })}
      >
        <Kinds who={who} kind={shown} list={listOf(shown)} entries={entriesOf(shown)} />
      </Tabs>
    </section>
  );
}

function ofMine(who: Person, kinds: readonly Kind[]): Query {
  return { worker: who.worker, state: kinds.flatMap((kind) => [...STATES[kind]]) };
}

interface Given {
  readonly who: Person;
  readonly kind: Kind;
  readonly list: Listing;
  readonly entries: readonly Entry[] | undefined;
}

function Kinds({ who, kind, list, entries }: Given) {
  const problem = list.problem.value;
  const words = say.value;
  return (
    <div class="mine-list">
      {problem && <Trouble problem={problem} onRetry={() => void list.again()} />}
      {!entries && !problem && <Spinner label={words.loading} seen />}
      {entries?.length === 0 && <Empty title={words.emptyMine[kind]} todo={words.emptyMineTodo[kind]} />}
      {entries && kind === "accepted" && <Months who={who} entries={entries} />}
      {entries && kind !== "accepted" && (
        <ul>
          {entries.map((entry) => (
            <OneOfMine key={entry.draft_id} who={who} entry={entry} />
          ))}
        </ul>
      )}
    </div>
  );
}

function OneOfMine({ who, entry }: { who: Person; entry: Entry }) {
  const words = say.value;
  const { state } = entry;
  const toDo = state === "rework" ? words.correctAgain : words.goOn;
  const mayGoOn = state === "leased" || state === "delivered" || state === "rework";
  return (
    <li>
      <div class="mine-row">
        <div class="mine-what">
          <DraftName entry={entry}>
            <div class="soft small facts">
              <span>{languageName(entry.language)}</span>
              <Minutes entry={entry} />
              {entry.estimated_price && <Price entry={entry} />}
              {entry.revision > 0 && <span>{words.revisionOf(entry.revision)}</span>}
              <FromScratch entry={entry} />
            </div>
          </DraftName>
        </div>
        {mayGoOn && <DifficultyShown entry={entry} />}
        {mayGoOn ? (
          <a
            class="button"
            href={addressOf({ at: "draft", id: entry.draft_id })}
            aria-label={words.openNamed(toDo, nameOf(entry))}
          >
            {toDo}
          </a>
        ) : (
          <>
            <Tag tone={state === "in_review" ? "accent" : "plain"}>
              {state === "in_review" ? words.isReviewed : words.waitsForReview}
            </Tag>
            <Look entry={entry} />
          </>
        )}
      </div>
      {state === "rework" && <ReviewerWords who={who} entry={entry} />}
    </li>
  );
}

/** To what was handed in, as reviewers see it. */
function Look({ entry }: { entry: Entry }) {
  const words = say.value;
  return (
    <a
      class="button quiet"
      href={addressOf({ at: "review", id: entry.draft_id })}
      aria-label={words.openNamed(words.look, nameOf(entry))}
    >
      {words.look}
    </a>
  );
}

/** What was accepted, added up by months. Their figures are those of the invoice. */
function Months({ who, entries }: { who: Person; entries: readonly Entry[] }) {
  const months = useMemo(() => byMonth(entries), [entries]);
  const words = say.value;
  if (months.length === 0) return null;
  return (
    <>
      {months.map((month, place) => (
        <details key={month.month} open={place === 0} class="month">
          <summary>
            <strong>{monthName(month.month, spoken.value)}</strong>
            <span class="soft">
              {words.monthSum(
                words.drafts(whole(month.entries.length, spoken.value)),
                words.minutes(billed(month.minutes, spoken.value)),
              )}
            </span>
            <strong class="num">{month.prices.map((price) => money(price, spoken.value)).join(" + ")}</strong>
          </summary>
          <ul>
            {month.entries.map((entry) => (
              <Accepted key={entry.draft_id} who={who} entry={entry} />
            ))}
          </ul>
        </details>
      ))}
      <p class="soft small">{words.priceWhy}</p>
    </>
  );
}

function Accepted({ who, entry }: { who: Person; entry: Entry }) {
  const [open, setOpen] = useState(false);
  const words = say.value;
  return (
    <li>
      <div class="mine-row">
        <div class="mine-what">
          <DraftName entry={entry}>
            <div class="soft small facts">
              <span>{languageName(entry.language)}</span>
              <Minutes entry={entry} />
              {entry.accepted_at && (
                <span>{words.acceptedOn(day(entry.accepted_at, spoken.value, new Date()))}</span>
              )}
            </div>
          </DraftName>
        </div>
        <Price entry={entry} />
        <Look entry={entry} />
        <button
          type="button"
          class="quiet small"
          aria-expanded={open}
          aria-label={words.openNamed(words.reviewWords, nameOf(entry))}
          onClick={() => setOpen(!open)}
        >
          {words.reviewWords} <span aria-hidden="true">{open ? "▴" : "▾"}</span>
        </button>
      </div>
      {open && <ReviewerWords who={who} entry={entry} />}
    </li>
  );
}
