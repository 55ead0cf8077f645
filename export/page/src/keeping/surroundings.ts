// What the work on a draft needs of the browser, so that tests can give it another one.

import type { ReadonlySignal } from "@preact/signals";
import { type Person, person } from "../person";
import { type Keeping, passing } from "../storage";
import { type Shelf, shelfOfBrowser } from "./local";
import { type Tabs, tabsOfBrowser } from "./tabs";

export interface Surroundings {
  readonly shelf: Shelf;
  readonly session: Keeping;
  readonly tabs: Tabs;
  /** Where `visibilitychange`, `pagehide`, `pageshow` and `online` come by. */
  readonly page: EventTarget;
  readonly visible: () => boolean;
  /** Who is signed in, which changes where somebody signs in anew. */
  readonly people: ReadonlySignal<Person | null | undefined>;
}

/** Those of this page. */
export function ofBrowser(): Surroundings {
  return {
    shelf: shelfOfBrowser(),
    session: passing,
    tabs: tabsOfBrowser(),
    page: window,
    visible: () => document.visibilityState === "visible",
    people: person,
  };
}
