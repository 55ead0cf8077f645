// One tab works on a draft at a time. Which one, the browser decides; where it cannot, the tabs agree by messages.

/** That this tab works on the draft. */
export interface Claim {
  /** Resolves once another one can be made. */
  release(): Promise<void>;
}

export interface Asked {
  /** Another tab wants to work here: what is not kept is to be kept before this resolves. The claim is gone then. */
  yielding: () => Promise<void>;
  /** Another tab took over, and could not wait for an answer. */
  lost: () => void;
}

export interface Tabs {
  /** Work on `name` in this tab; null: another tab does. */
  claim(name: string, asked: Asked): Promise<Claim | null>;
  /** Work on `name` in this tab, whoever does now. */
  takeOver(name: string, asked: Asked): Promise<Claim>;
}

/** How long a tab that should let go may take; one that is frozen never answers. */
const YIELD_MS = 3000;
/** How long tabs that can only talk are waited for. */
const ANSWER_MS = 300;

interface Said {
  readonly name: string;
  readonly what: "yield" | "yielded" | "whose" | "mine";
}

/** The tabs of this browser: by locks, which end with the tab that holds them; by messages alone without TLS. */
export function tabsOfBrowser(): Tabs {
  return "locks" in navigator ? new LockedTabs(navigator.locks) : new TalkingTabs();
}

export class LockedTabs implements Tabs {
  constructor(
    private readonly locks: LockManager,
    private readonly yieldMs = YIELD_MS,
  ) {}

  claim(name: string, asked: Asked): Promise<Claim | null> {
    return this.request(name, { ifAvailable: true }, asked);
  }

  async takeOver(name: string, asked: Asked): Promise<Claim> {
    const channel = talk(name, () => {});
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), this.yieldMs);
    try {
      channel.say("yield");
      const given = await this.request(name, { signal: patience.signal }, asked).catch(() => null);
      return given ?? ((await this.request(name, { steal: true }, asked)) as Claim);
    } finally {
      clearTimeout(timer);
      channel.stop();
    }
  }

  private request(name: string, options: LockOptions, asked: Asked): Promise<Claim | null> {
    return new Promise((resolve, reject) => {
      let claimed = false;
      const over = this.locks.request(`prelabel ${name}`, options, (lock) => {
        if (lock === null) {
          resolve(null);
          return undefined;
        }
        claimed = true;
        return new Promise<void>((letGo) => {
          const channel = talk(name, (what) => {
            if (what === "yield") void asked.yielding().finally(end);
          });
          const end = (): void => {
            channel.stop();
            letGo();
          };
          resolve({
            release: async () => {
              end();
              await over.catch(() => {});
            },
          });
        });
      });
      over.catch((error: unknown) => {
        if (claimed) asked.lost();
        else reject(error);
      });
    });
  }
}

export class TalkingTabs implements Tabs {
  constructor(
    private readonly yieldMs = YIELD_MS,
    private readonly answerMs = ANSWER_MS,
  ) {}

  async claim(name: string, asked: Asked): Promise<Claim | null> {
    return (await answered(name, "whose", "mine", this.answerMs)) ? null : hold(name, asked, false);
  }

  async takeOver(name: string, asked: Asked): Promise<Claim> {
    return hold(name, asked, !(await answered(name, "yield", "yielded", this.yieldMs)));
  }
}

/** `force`: whoever held it before did not answer, and is told for when it can listen again. */
function hold(name: string, asked: Asked, force: boolean): Claim {
  const channel = talk(name, (what) => {
    if (what === "whose") channel.say("mine");
    if (what === "yield") {
      void asked.yielding().finally(() => {
        channel.say("yielded");
        channel.stop();
      });
    }
    if (what === "mine") {
      channel.stop();
      asked.lost();
    }
  });
  if (force) channel.say("mine");
  return {
    release: async () => channel.stop(),
  };
}

function answered(name: string, asking: Said["what"], answer: Said["what"], ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (found: boolean): void => {
      clearTimeout(timer);
      channel.stop();
      resolve(found);
    };
    const timer = setTimeout(() => end(false), ms);
    const channel = talk(name, (what) => {
      if (what === answer) end(true);
    });
    channel.say(asking);
  });
}

/** What is said by one channel is heard by all others, in this tab and in others, and not by itself. */
function talk(
  name: string,
  hear: (what: Said["what"]) => void,
): { say: (what: Said["what"]) => void; stop: () => void } {
  const channel = new BroadcastChannel("prelabel.tabs");
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.name === name) hear(data.what);
  };
  return {
    say: (what) => channel.postMessage({ name, what } satisfies Said),
    stop: () => channel.close(),
  };
}
