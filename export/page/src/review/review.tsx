// A correction is judged: beside its draft or an earlier revision, with every edit in its colour.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Entry, type Problem, problemOf } from "../api/client";
import { Transport } from "../editor/transport";
import { toggleKeys, useKeySheet } from "../parts/keys";
import { Trouble } from "../parts/trouble";
import { type Person, tokenRefused } from "../person";
import { listOfReviews } from "../place";
import { addressOf } from "../route";
import { Waveform } from "../sound/waveform";
import { say } from "../words/review";
import { nameOf } from "../work/figures";
import { Controls, Legend } from "./controls";
import { Judging, type Verdict } from "./judging";
import { isEmpty } from "./kept";
import { commandOf, focusedOf, hint, keyGroups, obey } from "./keys";
import { Lines, type Said } from "./lines";
import { Looking } from "./looking";
import { lineOfPast, Side } from "./side";
import "../editor/editor.css";
import "./review.css";

type Showing =
  | { kind: "opening" }
  | { kind: "open"; looking: Looking }
  | { kind: "nothing"; entry: Entry }
  | { kind: "trouble"; problem: Problem };

/** The page of one correction: begins its review, and leaves it to others where no verdict was given. */
export function ReviewPage({ person, id }: { person: Person; id: string }) {
  const showing = useSignal<Showing>({ kind: "opening" });
  const again = useSignal(0);
  useEffect(() => {
    let gone = false;
    let looking: Looking | null = null;
    showing.value = { kind: "opening" };
    Judging.open(person, id).then(
      (opened) => {
        if (!(opened instanceof Judging)) {
          if (!gone) showing.value = { kind: "nothing", entry: opened };
        } else if (gone) opened.leave();
        else {
          looking = new Looking(opened);
          showing.value = { kind: "open", looking };
        }
      },
      (error: unknown) => {
        const problem = problemOf(error);
        if (problem.status === 401) tokenRefused();
        else if (!gone) showing.value = { kind: "trouble", problem };
      },
    );
    return () => {
      gone = true;
      looking?.player.dispose();
      looking?.judging.leave();
    };
  }, [person, id, again.value]);

  const words = say.value;
  const { value: now } = showing;
  if (now.kind === "open") return <Open looking={now.looking} onReload={() => void again.value++} />;
  return (
    <main id="content" tabIndex={-1} class="opening">
      <h1 class="hidden">{words.back}</h1>
      {now.kind === "opening" && <p role="status">{words.opening}</p>}
      {now.kind === "nothing" && <p>{words.noCorrection}</p>}
      {now.kind === "trouble" && <Trouble problem={now.problem} onRetry={() => void again.value++} />}
      <Back person={person} />
    </main>
  );
}

function Open({ looking, onReload }: { looking: Looking; onReload: () => void }) {
  const { judging, player } = looking;
  const { draft, reviews } = judging.material;
  const words = say.value;
  const wordless = useSignal(false);
  const title = useRef<HTMLHeadingElement>(null);
  useKeySheet(keyGroups);
  useEffect(() => title.current?.focus(), []);

  const decide = (verdict: Verdict): void => {
    wordless.value = false;
    if (verdict === "rework" && isEmpty(judging.words.peek())) {
      wordless.value = true;
      document.getElementById("words-whole")?.focus();
    } else void judging.judge(verdict);
  };

  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      const command = commandOf(event, focusedOf(event));
      if (command === null) return;
      event.preventDefault();
      if (command !== "accept" && command !== "sendBack") obey(looking, command);
      else if (!judging.locked.peek()) decide(command === "accept" ? "accepted" : "rework");
    };
    const left = (): void => judging.leave();
    const returned = (event: PageTransitionEvent): void => {
      if (event.persisted) void judging.return();
    };
    const seen = (): void => {
      if (document.visibilityState === "visible") void judging.comeBack();
      else void judging.keep();
    };
    document.addEventListener("keydown", pressed);
    document.addEventListener("visibilitychange", seen);
    addEventListener("pagehide", left);
    addEventListener("pageshow", returned);
    return () => {
      document.removeEventListener("keydown", pressed);
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("pagehide", left);
      removeEventListener("pageshow", returned);
    };
  }, [looking]);

  const speakers = useMemo(
    () => [
      ...new Set(
        [...judging.correction.sentences, ...draft.sentences]
          .map((one) => one.speaker)
          .filter((one) => one !== null),
      ),
    ],
    [judging],
  );
  const last = reviews.at(-1);
  const lines = looking.lines.value;
  const said = useMemo(() => {
    const found = new Map<string, readonly Said[]>();
    for (const { sentence, text } of last?.comments ?? []) {
      const key = last ? lineOfPast(looking, last.revision, sentence) : null;
      if (!last || key === null) continue;
      found.set(key, [...(found.get(key) ?? []), { reviewer: last.reviewer, revision: last.revision, text }]);
    }
    return found;
  }, [lines, last]);

  const entry = judging.entry.value;
  const { filter, wave } = looking.view.value;
  const visible = looking.visible.value;
  const renamed = looking.renamed.value;
  return (
    <div class="editor review">
      <header class="bar">
        <Back person={judging.person} />
        <h1 ref={title} tabIndex={-1} title={entry.external_id}>
          {nameOf(entry)}
        </h1>
        {entry.unit.count > 1 && (
          <span class="soft">{words.unit(entry.unit.index + 1, entry.unit.count)}</span>
        )}
        <span class="soft">
          {words.revision(judging.correction.revision)}, {words.by(judging.correction.worker)}
        </span>
        <span class="gap" />
        <label class="tick">
          <input
            type="checkbox"
            checked={wave}
            onChange={(event) => looking.setView({ wave: event.currentTarget.checked })}
          />
          {words.waveform}
        </label>
        <button type="button" title={hint("keys")} onClick={toggleKeys}>
          {words.keys}
        </button>
      </header>
      <section class="deck" aria-label={words.sound}>
        {wave && (
          <Waveform
            player={player}
            doc={looking.doc}
            current={looking.currentRow}
            locked={LOCKED}
            onSelect={(key) => looking.goTo(looking.keyOfRow(key))}
            onTimes={nothing}
            onInsert={nothing}
          />
        )}
        <div class="deck-row">
          <Transport bench={sounding(looking)} unit={draft.unit} />
          <Controls looking={looking} />
        </div>
        <Legend looking={looking} />
      </section>
      <div class="table">
        <main id="content" tabIndex={-1} class="scroller">
          {renamed.map(({ from, to }) => (
            <p class="soft" key={`${from} ${to}`}>
              {words.renamed(from ?? words.uncertain, to ?? words.uncertain)}
            </p>
          ))}
          <Lines looking={looking} said={said} speakers={speakers} />
          {visible.length === 0 && (
            <div class="empty">
              <p class="soft">
                {lines.length === 0 ? words.none : filter === "unread" ? words.noneUnread : words.noneChanged}
              </p>
              {filter !== "all" && (
                <button type="button" onClick={() => looking.setView({ filter: "all" })}>
                  {words.showAll}
                </button>
              )}
            </div>
          )}
        </main>
        <Side looking={looking} onVerdict={decide} wordless={wordless.value} onReload={onReload} />
      </div>
    </div>
  );
}

/** To the list that this person came from. */
function Back({ person }: { person: Person }) {
  const list = listOfReviews(person);
  return (
    <a class="back" href={addressOf(list)}>
      ← {list.at === "reviews" ? say.value.back : say.value.backToWork}
    </a>
  );
}

/** Who judges changes nothing. */
const LOCKED = signal(true);
const nothing = (): void => {};

function sounding(looking: Looking) {
  return {
    player: looking.player,
    loops: looking.loops,
    obey: () => looking.loop(),
  };
}
