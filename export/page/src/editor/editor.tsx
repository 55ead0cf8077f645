// An open draft: sound above, sentences below, what helps beside them.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Entry, type Problem, problemOf } from "../api/client";
import { openWork, type Work } from "../keeping/work";
import { useKeySheet } from "../parts/keys";
import { Trouble } from "../parts/trouble";
import type { Person } from "../person";
import { addressOf } from "../route";
import { asBefore } from "../sound/kept";
import { Player } from "../sound/player";
import { Waveform } from "../sound/waveform";
import { say } from "../words/editor";
import { nameOf } from "../work/figures";
import { Bench } from "./bench";
import { KeepingBanner, KeepingNote } from "./keeping";
import { keyGroups } from "./keys";
import { LeaveDialog } from "./leave";
import { Neighbour } from "./neighbour";
import { Rows } from "./rows";
import { Side } from "./side";
import { RenameDialog, SpeakerMenu } from "./speakers";
import { SubmitDialog } from "./submit";
import { hint, SentenceBar } from "./tools";
import { Transport } from "./transport";
import "./editor.css";

type Showing =
  | { kind: "opening" }
  | { kind: "open"; bench: Bench }
  | { kind: "closed"; entry: Entry }
  | { kind: "trouble"; problem: Problem };

interface Given {
  readonly person: Person;
  readonly id: string;
  /** Open the next draft that is wanted; false: none waits. Raises Problem. */
  readonly onNext: () => Promise<boolean>;
}

/** The editor of one draft: takes it, or goes on with it. */
export function EditorPage({ person, id, onNext }: Given) {
  const showing = useSignal<Showing>({ kind: "opening" });
  const again = useSignal(0);
  useEffect(() => {
    let gone = false;
    let bench: Bench | null = null;
    showing.value = { kind: "opening" };
    openWork(person, id).then(
      (opened) => {
        if (opened.kind === "open") {
          if (gone) return void opened.work.dispose();
          bench = benchOf(opened.work, onNext);
          showing.value = { kind: "open", bench };
        } else if (!gone && opened.kind === "closed") showing.value = opened;
      },
      (error: unknown) => {
        if (!gone) showing.value = { kind: "trouble", problem: problemOf(error) };
      },
    );
    return () => {
      gone = true;
      bench?.player.dispose();
      void bench?.work.dispose();
    };
  }, [person.worker, id, again.value]);

  switch (showing.value.kind) {
    case "opening":
      return (
        <p class="opening" role="status">
          {say.value.opening}
        </p>
      );
    case "closed":
      return <Closed entry={showing.value.entry} />;
    case "trouble":
      return (
        <main class="opening">
          <Trouble problem={showing.value.problem} onRetry={() => void again.value++} />
          <a href={addressOf({ at: "work" })}>← {say.value.back}</a>
        </main>
      );
    case "open":
      return <Open bench={showing.value.bench} />;
  }
}

function benchOf(work: Work, onNext: () => Promise<boolean>): Bench {
  const player = new Player({
    unit: work.draft.unit,
    links: work.entry.peek().links,
    renew: async () => (await work.refresh()).links,
    onHeard: (start, end) => work.played.heard(start, end),
  });
  return new Bench(work, asBefore(player), onNext);
}

/** A draft that this person cannot have, and of which there is no text of theirs. */
function Closed({ entry }: { entry: Entry }) {
  return (
    <main class="opening">
      <p>{say.value.closed(entry.state)}</p>
      <a href={addressOf({ at: "work" })}>← {say.value.back}</a>
    </main>
  );
}

function Open({ bench }: { bench: Bench }) {
  const { desk, work, player } = bench;
  const words = say.value;
  const scroller = useRef<HTMLDivElement>(null);
  const { locked } = desk;
  useEffect(() => bench.begin(), [bench]);
  useKeySheet(keyGroups);

  const entry = work.entry.value;
  const { rows } = desk.doc.value;
  return (
    <main class="editor">
      <header class="bar">
        <a
          class="back"
          href={addressOf({ at: "work" })}
          onClick={(event) => {
            event.preventDefault();
            void bench.leave();
          }}
        >
          ← {words.back}
        </a>
        <h1 title={entry.external_id}>{nameOf(entry)}</h1>
        {entry.unit.count > 1 && (
          <span class="soft">{words.unit(entry.unit.index + 1, entry.unit.count)}</span>
        )}
        <span class="gap" />
        <KeepingNote work={work} />
        <button type="button" title={hint("undo")} disabled={!desk.canUndo.value} onClick={() => desk.undo()}>
          {words.undo}
        </button>
        <button type="button" title={hint("redo")} disabled={!desk.canRedo.value} onClick={() => desk.redo()}>
          {words.redo}
        </button>
        <button type="button" title={hint("keys")} onClick={() => bench.obey("keys")}>
          {words.keys}
        </button>
        <button
          type="button"
          class="primary"
          title={hint("submit")}
          disabled={locked.value}
          onClick={() => bench.obey("submit")}
        >
          {entry.revision > 0 ? words.submitAgain : words.submit}
        </button>
      </header>
      <KeepingBanner work={work} />
      <section class="deck" aria-label={words.sound}>
        <Waveform
          player={player}
          doc={desk.doc}
          current={desk.current}
          locked={locked}
          onSelect={(key, by) => (by === "keys" ? desk.show(key) : desk.enter(key))}
          onTimes={(key, start, end, merge) => desk.setTimes(key, start, end, merge)}
          onInsert={(start, end, speaker) => desk.insertAt(start, end, speaker)}
        />
        <div class="controls">
          <Transport bench={bench} unit={desk.unit} />
          <SentenceBar bench={bench} />
        </div>
      </section>
      <div class="table">
        <div class="scroller" ref={scroller}>
          <Neighbour where="before" work={work} />
          {rows.length === 0 && (
            <div class="empty">
              <p>{words.none}</p>
              <button type="button" disabled={locked.value} onClick={() => desk.insertAt(player.time.peek())}>
                {words.insertFirst}
              </button>
            </div>
          )}
          <Rows bench={bench} />
          <Neighbour where="after" work={work} />
        </div>
        <Side bench={bench} />
      </div>
      <Over bench={bench} />
    </main>
  );
}

function Over({ bench }: { bench: Bench }) {
  const over = bench.over.value;
  const close = (): void => {
    bench.over.value = null;
  };
  switch (over?.kind) {
    case "submit":
      return <SubmitDialog bench={bench} onClose={close} />;
    case "leave":
      return <LeaveDialog bench={bench} onClose={close} />;
    case "speakers":
      return <SpeakerMenu bench={bench} rowKey={over.key} at={over.at} />;
    case "rename":
      return <RenameDialog bench={bench} name={over.name} />;
    default:
      return null;
  }
}
