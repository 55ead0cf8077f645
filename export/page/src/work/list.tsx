// All drafts of the queue, for those who choose for themselves.

import { useEffect } from "preact/hooks";
import type { Entry } from "../api/client";
import { Empty } from "../parts/empty";
import { Spinner } from "../parts/spinner";
import { Trouble } from "../parts/trouble";
import type { Person } from "../person";
import { addressOf } from "../route";
import { passing } from "../storage";
import { spoken } from "../words";
import { say } from "../words/work";
import { nameOf, whole } from "./figures";
import { EVERYTHING, type ListFilter, listQuery, ordered, type StateGroup } from "./filters";
import { useListing, useShown } from "./fresh";
import { kept } from "./kept";
import { projects } from "./next";
import {
  ChoiceField,
  DifficultyField,
  DifficultyShown,
  DraftName,
  ExpectedWork,
  FromScratch,
  Head,
  LanguageField,
  languageName,
  Minutes,
  OrderField,
  Price,
  StateTag,
  TextField,
} from "./pieces";
import "./list.css";

const filter = kept<ListFilter>(passing, "prelabel.list", EVERYTHING);

export function List({ who, corrects }: { who: Person; corrects: boolean }) {
  const words = say.value;
  const chosen = filter.value;
  const list = useListing(who.api, listQuery(ordered(chosen) ? chosen : { ...chosen, difficulty: "any" }));
  const entries = useShown(list);
  const change = (changed: Partial<ListFilter>) => {
    filter.value = { ...filter.value, ...changed };
  };
  useEffect(() => {
    const found = entries?.map((one) => one.project) ?? [];
    projects.value = [...new Set([...projects.value, ...found])].sort();
  }, [entries]);
  const changed = JSON.stringify(chosen) !== JSON.stringify(EVERYTHING);
  const problem = list.problem.value;
  const bare =
    chosen.state === "ready" &&
    JSON.stringify({ ...chosen, order: EVERYTHING.order }) === JSON.stringify(EVERYTHING);

  return (
    <section class="card list" aria-labelledby="choose">
      <h2 id="choose">{words.choose}</h2>
      <search class="filters">
        <TextField
          class="grow"
          kind="search"
          label={words.search}
          hint={words.searchHint}
          value={chosen.search}
          most={200}
          onChange={(search) => change({ search })}
        />
        <TextField
          label={words.project}
          hint={words.anyProject}
          value={chosen.project}
          known={projects.value}
          onChange={(project) => change({ project })}
        />
        <LanguageField chosen={chosen.language} onChoose={(language) => change({ language })} />
        <DifficultyField bounds={chosen} onChange={change} />
        <ChoiceField
          name={words.state}
          chosen={chosen.state}
          choices={(Object.keys(words.stateGroups) as StateGroup[]).map((group) => [
            group,
            words.stateGroups[group],
          ])}
          onChoose={(state) => change({ state })}
        />
        <OrderField chosen={chosen.order} onChoose={(order) => change({ order })} />
        {changed && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              filter.value = EVERYTHING;
            }}
          >
            {words.reset}
          </button>
        )}
      </search>
      {problem && <Trouble problem={problem} onRetry={() => void list.again()} />}
      {!entries && !problem && <Spinner label={words.loading} seen />}
      {entries?.length === 0 &&
        (bare ? (
          <Empty title={words.emptyReady} todo={words.emptyReadyTodo} />
        ) : (
          <Empty title={words.emptyList} todo={words.emptyListTodo} />
        ))}
      {entries && entries.length > 0 && (
        <div class="rows" aria-busy={list.entries.value === null}>
          <table>
            <caption class="hidden">{words.choose}</caption>
            <Head columns={["name", "language", "minutes", "difficulty", "work", "price", "action"]} />
            <tbody>
              {entries.map((entry) => (
                <OneToChoose key={entry.draft_id} entry={entry} who={who} corrects={corrects} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Foot
        count={entries?.length ?? null}
        further={list.further.value}
        busy={list.busy.value}
        onMore={list.more}
      />
    </section>
  );
}

function OneToChoose({ entry, who, corrects }: { entry: Entry; who: Person; corrects: boolean }) {
  const words = say.value;
  const mine =
    entry.worker === who.worker &&
    (["leased", "delivered", "rework"] as Entry["state"][]).includes(entry.state);
  const toDo =
    entry.state === "ready" ? words.take : entry.state === "rework" ? words.correctAgain : words.goOn;
  const takeable = corrects && (entry.state === "ready" || mine);
  return (
    <tr>
      <th scope="row">
        <DraftName entry={entry}>
          <div class="soft small facts tight">
            <span>{languageName(entry.language)}</span>
            <Minutes entry={entry} />
            {entry.estimated_price && <Price entry={entry} />}
            <ExpectedWork entry={entry} />
          </div>
          <div class="tight">
            <DifficultyShown entry={entry} />
          </div>
          <div class="soft small facts">
            <span>{entry.project}</span>
            <FromScratch entry={entry} />
          </div>
        </DraftName>
      </th>
      <td class="roomy">{languageName(entry.language)}</td>
      <td class="roomy right">
        <Minutes entry={entry} />
      </td>
      <td class="roomy">
        <DifficultyShown entry={entry} />
      </td>
      <td class="roomy">
        <ExpectedWork entry={entry} />
      </td>
      <td class="roomy right">
        <Price entry={entry} />
      </td>
      <td class="last">
        {takeable ? (
          <a
            class="button"
            href={addressOf({ at: "draft", id: entry.draft_id })}
            aria-label={words.openNamed(toDo, nameOf(entry))}
          >
            {toDo}
          </a>
        ) : (
          <StateTag entry={entry} me={who.worker} />
        )}
      </td>
    </tr>
  );
}

interface FootGiven {
  readonly count: number | null;
  readonly further: boolean;
  readonly busy: boolean;
  readonly onMore: () => Promise<void>;
}

/** How many are shown, and a way to more. */
export function Foot({ count, further, busy, onMore }: FootGiven) {
  return (
    <div class="foot">
      <p class="soft small" role="status">
        {count ? say.value.found(whole(count, spoken.value) + (further ? "+" : "")) : ""}
      </p>
      {further && (
        <button type="button" aria-disabled={busy} onClick={() => void onMore()}>
          {busy && <Spinner label={say.value.loading} />}
          {say.value.more}
        </button>
      )}
    </div>
  );
}
