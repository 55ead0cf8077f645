// An open draft: sound above, sentences below, what helps beside them.

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Problem } from "../api/client";
import { KeepingNote, KeepingShade } from "../keeping/notes";
import { openWork } from "../keeping/work";
import type { Person } from "../person";
import { Trouble } from "../parts/trouble";
import { addressOf, go } from "../route";
import { Player } from "../sound/player";

import { Waveform, zoomBy } from "../sound/waveform";
import { say } from "../words/editor";
import { Bench } from "./bench";
import { KeySheet } from "./keysheet";
import { LeaveDialog } from "./leave";
import { Neighbour } from "./neighbour";
import { Rows } from "./rows";
import { Side } from "./side";
import { RenameDialog, SpeakerMenu, speakerColour } from "./speakers";
import { SubmitDialog } from "./submit";
import { hint } from "./tools";
import { Transport } from "./transport";
import "./editor.css";

type Opened = { kind: "opening" } | { kind: "open"; bench: Bench } | { kind: "trouble"; problem: Problem };

/** The editor of one draft: takes it, or goes on with it. */
export function EditorPage({ person, id }: { person: Person; id: string }) {
  const opened = useSignal<Opened>({ kind: "opening" });
  useEffect(() => {
    let gone = false;
    let bench: Bench | null = null;
    opened.value = { kind: "opening" };
    openWork(person, id).then(
      (work) => {
        if (gone) return work.dispose();
        const player = new Player(work.sound);
        player.onHeard = (start, end) => work.heard(start, end);
        bench = new Bench(work, player, zoomBy);
        opened.value = { kind: "open", bench };
      },
      (error: unknown) => {
        if (gone) return;
        const problem = error instanceof Problem ? error : new Problem(500, "crashed", String(error), "");
        opened.value = { kind: "trouble", problem };
      },
    );
    return () => {
      gone = true;
      bench?.player.dispose();
      bench?.work.dispose();
    };
  }, [person, id]);

  switch (opened.value.kind) {
    case "opening":
      return (
        <p class="opening" role="status">
          {say.value.opening}
        </p>
      );
    case "trouble":
      return <Trouble problem={opened.value.problem} onBack={() => go({ at: "work" })} />;
    case "open":
      return <Open bench={opened.value.bench} />;
  }
}

function Open({ bench }: { bench: Bench }) {
  const { desk, work, player } = bench;
  const words = say.value;
  const scroller = useRef<HTMLDivElement>(null);
  const locked = useComputed(() => work.locked.value);
  useEffect(() => locked.subscribe((is) => {
    desk.locked.value = is;
  }), [locked]);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => bench.press(event);
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [bench]);
  useEffect(() => {
    // A version that was chosen over this one, of another device or tab, is a step that can be undone.
    work.onReplaced = (doc) => desk.replace(doc);
    desk.current.subscribe((key) => work.attend(key));
  }, [bench]);

  const { entry } = work;
  const { rows } = desk.doc.value;
  return (
    <div class="editor">
      <header class="bar">
        <a class="back" href={addressOf({ at: "work" })} onClick={(event) => {
          if (work.untouched) return;
          event.preventDefault();
          bench.over.value = { kind: "leave" };
        }}>
          ← {words.back}
        </a>
        <h1 title={entry.external_id}>{nameOf(entry.external_id)}</h1>
        {entry.unit.count > 1 && <span class="soft">{words.unit(entry.unit.index + 1, entry.unit.count)}</span>}
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
          class="main"
          title={hint("submit")}
          disabled={locked.value}
          onClick={() => bench.obey("submit")}
        >
          {work.entry.revision > 0 ? words.submitAgain : words.submit}
        </button>
      </header>
      <section class="deck" aria-label={words.sound}>
        <Waveform
          player={player}
          peaks={work.peaks}
          unit={desk.unit}
          rows={rows}
          speakers={desk.speakers.value}
          colourOf={(name) => speakerColour(name, desk.speakers.value)}
          current={desk.current.value}
          playing={bench.playingKey.value}
          locked={locked.value}
          onSelect={(key) => desk.enter(key)}
          onPlay={(key) => bench.playRow(key)}
          onTimes={(key, start, end, merge) => desk.setTimes(key, start, end, merge)}
          onInsert={(time, speaker) => desk.insertAt(time, speaker)}
        />
        <Transport bench={bench} unit={desk.unit} />
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
      <KeepingShade work={work} />
    </div>
  );
}

function Over({ bench }: { bench: Bench }) {
  const over = bench.over.value;
  const close = (): void => {
    bench.over.value = null;
  };
  switch (over?.kind) {
    case "keys":
      return <KeySheet onClose={close} />;
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

/** What of an external id a person reads: of an address its last part. */
export function nameOf(external: string): string {
  const last = external.split(/[\\/]/).filter(Boolean).at(-1);
  return last ?? external;
}
