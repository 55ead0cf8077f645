// A browser for tests: what it keeps outlives its tabs, and a tab may crash.

import { signal } from "@preact/signals";
import type { Key, Shelf } from "../../src/keeping/local";
import type { Surroundings } from "../../src/keeping/surroundings";
import type { Asked, Claim, Tabs } from "../../src/keeping/tabs";
import { type Opened, openWork, type Work } from "../../src/keeping/work";
import type { Person } from "../../src/person";
import { ID, pass, type Server } from "./server";

export class Browser {
  readonly kept = new Map<string, string>();
  /** Nothing can be put any more: no room, or private mode. */
  full = false;
  private readonly holders = new Map<string, Asked & { tab: Tab }>();

  readonly shelf: Shelf = {
    get: async (key) => {
      if (this.full) throw new DOMException("refused", "UnknownError");
      const found = this.kept.get(JSON.stringify(key));
      return found === undefined ? undefined : JSON.parse(found);
    },
    set: async (key, value) => {
      if (this.full) throw new DOMException("full", "QuotaExceededError");
      this.kept.set(JSON.stringify(key), JSON.stringify(value));
    },
    del: async (key) => {
      this.kept.delete(JSON.stringify(key));
    },
    keys: async () => {
      if (this.full) throw new DOMException("refused", "UnknownError");
      return [...this.kept.keys()].map((key) => JSON.parse(key) as Key);
    },
  };

  tab(): Tab {
    return new Tab(this);
  }

  tabsOf(tab: Tab): Tabs {
    const hold = (name: string, asked: Asked): Claim => {
      const holder = { ...asked, tab };
      this.holders.set(name, holder);
      return {
        release: async () => {
          if (this.holders.get(name) === holder) this.holders.delete(name);
        },
      };
    };
    return {
      claim: async (name, asked) => (this.holders.has(name) ? null : hold(name, asked)),
      takeOver: async (name, asked) => {
        await this.holders.get(name)?.yielding();
        return hold(name, asked);
      },
    };
  }

  /** Locks end with the tab that holds them. */
  drop(tab: Tab): void {
    for (const [name, holder] of this.holders) if (holder.tab === tab) this.holders.delete(name);
  }
}

export class Tab {
  readonly page = new EventTarget();
  readonly people = signal<Person | null | undefined>(null);
  shown = true;
  /** After so many steps (something written here, a request sent, an answer received) it crashes. */
  crashAt = Number.POSITIVE_INFINITY;
  steps = 0;
  hasCrashed = false;
  private readonly small = new Map<string, string>();

  constructor(private readonly browser: Browser) {}

  get surroundings(): Surroundings {
    const { shelf } = this.browser;
    return {
      shelf: {
        ...shelf,
        set: async (key, value) => {
          await this.step();
          await shelf.set(key, value);
        },
      },
      session: {
        getItem: (name) => this.small.get(name) ?? null,
        setItem: (name, text) => void this.small.set(name, text),
        removeItem: (name) => void this.small.delete(name),
      },
      tabs: this.browser.tabsOf(this),
      page: this.page,
      visible: () => this.shown,
      people: this.people,
    };
  }

  /** What came of opening a draft, or (null) the next one. Raises Problem. */
  async opened(server: Server, id: string | null = ID, worker = "kim"): Promise<Opened> {
    const person = server.person(worker, `token of ${worker}`, () => this.step());
    this.people.value = person;
    let came: Opened | Error | undefined;
    openWork(person, id, {}, this.surroundings).then(
      (opened) => {
        came = opened;
      },
      (error: Error) => {
        came = error;
      },
    );
    for (let wait = 0; wait < 100 && came === undefined; wait++) await pass(0.02);
    if (came === undefined) throw new Error("it was never opened");
    if (came instanceof Error) throw came;
    return came;
  }

  async open(server: Server, id: string | null = ID, worker = "kim"): Promise<Work> {
    const opened = await this.opened(server, id, worker);
    if (opened.kind !== "open") throw new Error(`it was not opened: ${opened.kind}`);
    return opened.work;
  }

  /** The tab is gone from one moment to the next: nothing of it runs any more, and nothing is said to anybody. */
  crash(): void {
    this.browser.drop(this);
    this.hasCrashed = true;
  }

  hide(): void {
    this.shown = false;
    this.page.dispatchEvent(new Event("visibilitychange"));
  }

  private step(): Promise<void> {
    this.steps += 1;
    if (this.steps > this.crashAt && !this.hasCrashed) this.crash();
    return this.hasCrashed ? new Promise(() => {}) : Promise.resolve();
  }
}
