// Who speaks: a menu at the sentence, and one name for everywhere.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { isName } from "../document/checks";
import { Dialog } from "../parts/dialog";
import { say } from "../words/editor";
import type { Bench } from "./bench";
import { shownKeys } from "./keys";

const COLOURS = 8;

/** The colour of a speaker, by the place in order of appearance; that of nobody where it is uncertain. */
export function speakerColour(name: string | null, speakers: readonly string[]): string {
  const place = name === null ? -1 : speakers.indexOf(name);
  return place < 0 ? "var(--none)" : `var(--s${place % COLOURS})`;
}

/** The key that gives a sentence to the speaker of this number, to nobody by 0. */
function speakerKey(number: number): string {
  return shownKeys({ cap: String(number), code: `Digit${number}`, alt: true }).join(" ");
}

/** A menu of speakers beside what opened it. */
export function SpeakerMenu({ bench, rowKey, at }: { bench: Bench; rowKey: string; at: HTMLElement }) {
  const { desk } = bench;
  const menu = useRef<HTMLDivElement>(null);
  const speakers = desk.speakers.value;
  const chosen = desk.row(rowKey)?.speaker ?? null;
  const words = say.value;

  const close = (): void => {
    bench.over.value = null;
    at.focus();
  };
  const choose = (act: () => void) => () => {
    close();
    act();
  };
  useLayoutEffect(() => {
    const there = menu.current;
    if (!there) return;
    there.showPopover();
    const box = at.getBoundingClientRect();
    const below = box.bottom + there.offsetHeight < innerHeight;
    there.style.left = `${Math.min(box.left, innerWidth - there.offsetWidth - 8)}px`;
    there.style.top = below ? `${box.bottom + 4}px` : `${Math.max(8, box.top - there.offsetHeight - 4)}px`;
    (
      there.querySelector<HTMLElement>("[aria-checked=true]") ?? there.querySelector<HTMLElement>("button")
    )?.focus();
  }, []);

  const walk = (event: KeyboardEvent): void => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const place = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
  };
  return (
    <div
      ref={menu}
      class="speakers-menu"
      role="menu"
      popover="auto"
      aria-label={words.speakerOf(chosen ?? words.uncertain)}
      onKeyDown={walk}
      onToggle={(event: ToggleEvent) => {
        if (event.newState === "closed" && bench.over.peek()?.kind === "speakers") bench.over.value = null;
      }}
    >
      {speakers.map((name, place) => (
        <button
          type="button"
          role="menuitemradio"
          aria-checked={name === chosen}
          style={{ "--who": speakerColour(name, speakers) }}
          onClick={choose(() => desk.setSpeaker(rowKey, name))}
        >
          <i class="dot" /> {name}
          {place < 9 && <kbd>{speakerKey(place + 1)}</kbd>}
        </button>
      ))}
      <button
        type="button"
        role="menuitemradio"
        aria-checked={chosen === null}
        onClick={choose(() => desk.setSpeaker(rowKey, null))}
      >
        <i class="dot" /> {words.noSpeaker}
        <kbd>{speakerKey(0)}</kbd>
      </button>
      <hr />
      <button type="button" role="menuitem" onClick={choose(() => desk.addSpeaker(rowKey))}>
        {words.newSpeaker}
      </button>
      {chosen !== null && (
        <button
          type="button"
          role="menuitem"
          onClick={choose(() => {
            bench.over.value = { kind: "rename", name: chosen };
          })}
        >
          {words.rename(chosen)}
        </button>
      )}
    </div>
  );
}

/** One speaker's name in every sentence. */
export function RenameDialog({ bench, name }: { bench: Bench; name: string }) {
  const { desk } = bench;
  const [to, setTo] = useState(name);
  const words = say.value;
  const wanted = to.trim();
  const good = isName(wanted);
  const close = (): void => {
    bench.over.value = null;
  };
  return (
    <Dialog
      title={words.renameTitle(name)}
      onClose={close}
      foot={
        <>
          <button type="button" onClick={close}>
            {words.cancel}
          </button>
          <button type="submit" form="rename" class="primary" disabled={!good}>
            {words.renameDo}
          </button>
        </>
      }
    >
      <form
        id="rename"
        onSubmit={(event) => {
          event.preventDefault();
          if (!good) return;
          desk.rename(name, wanted);
          close();
        }}
      >
        <label class="field">
          <span>{words.renameWhat}</span>
          <input
            value={to}
            autofocus
            onInput={(event) => setTo(event.currentTarget.value)}
            aria-invalid={!good}
          />
        </label>
        <p role="status">
          {!good
            ? words.nameWrong
            : wanted !== name && desk.speakers.value.includes(wanted) && words.renameJoins(wanted)}
        </p>
      </form>
    </Dialog>
  );
}
