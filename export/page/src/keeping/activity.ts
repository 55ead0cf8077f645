// How long somebody worked, measured so that nobody is credited with idle time, or with a computer's sleep.

/** After so many seconds without a sign of life nobody works, if no sound plays. */
export const IDLE_SECONDS = 30;
/** After so many seconds without a sign of life nobody listens either. */
export const LISTENING_SECONDS = 300;
/** Between two ticks further apart than this the computer slept, or the browser did not let the page run. */
const LONGEST_TICK_SECONDS = 5;
const TICK_MS = 1000;
/** What a person does that the page notices. */
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "input"] as const;

/** What was measured: seconds in all, and seconds per sentence by the key of its row. */
export interface Measured {
  readonly leadTime: number;
  readonly secondsByRow: Readonly<Record<string, number>>;
}

export interface Clock {
  /** Milliseconds that only ever grow, whatever is done to the computer's clock. */
  readonly now: () => number;
  readonly visible: () => boolean;
}

const PAGE: Clock = { now: () => performance.now(), visible: () => document.visibilityState === "visible" };

/**
 * Counts active seconds. A second counts while the page can be seen and somebody gave a sign of life in the last 30 s,
 * or in the last 5 minutes while sound plays. It is the current row's as well, where there is one.
 */
export class Activity {
  private seconds: number;
  private readonly rows: Map<string, number>;
  private current: string | null = null;
  private sounding = false;
  private lastSign = Number.NEGATIVE_INFINITY;
  private lastTick: number;
  private readonly timer: ReturnType<typeof setInterval>;

  /** `onSign` is called at each sign of life; signs are given by `sign` and by what `watch` sees. */
  constructor(
    measured: Measured = { leadTime: 0, secondsByRow: {} },
    private readonly onSign: () => void = () => {},
    private readonly clock: Clock = PAGE,
  ) {
    this.seconds = measured.leadTime;
    this.rows = new Map(Object.entries(measured.secondsByRow));
    this.lastTick = clock.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Somebody is there: something was typed, pressed, moved or clicked. */
  sign(): void {
    this.tick();
    this.lastSign = this.clock.now();
    this.onSign();
  }

  /** Take each key, click, wheel and movement on `target` as a sign of life. Gives the way to stop. */
  watch(target: EventTarget): () => void {
    const seen = (): void => this.sign();
    for (const name of SIGNS) target.addEventListener(name, seen, { capture: true, passive: true });
    return () => {
      for (const name of SIGNS) target.removeEventListener(name, seen, { capture: true });
    };
  }

  /** The sentence that is worked on now; null: none. */
  row(key: string | null): void {
    this.tick();
    this.current = key;
  }

  /** Whether sound plays now. */
  playing(sounding: boolean): void {
    this.tick();
    this.sounding = sounding;
  }

  /** Whole milliseconds of a clock that only grows since the last sign of life; Infinity: there was none. */
  get idleMs(): number {
    return this.clock.now() - this.lastSign;
  }

  get measured(): Measured {
    this.tick();
    return { leadTime: this.seconds, secondsByRow: Object.fromEntries(this.rows) };
  }

  /** Another text took the place of this one: go on counting from what was measured of it. */
  take(measured: Measured): void {
    this.tick();
    this.seconds = measured.leadTime;
    this.rows.clear();
    for (const [key, seconds] of Object.entries(measured.secondsByRow)) this.rows.set(key, seconds);
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = this.clock.now();
    const since = (now - this.lastTick) / 1000;
    const until = this.lastSign + (this.sounding ? LISTENING_SECONDS : IDLE_SECONDS) * 1000;
    // What lies after the end of the last sign's reach is idle, also where that end lies between two ticks.
    const active = Math.min(now, until) - this.lastTick;
    this.lastTick = now;
    if (active <= 0 || since > LONGEST_TICK_SECONDS || !this.clock.visible()) return;
    this.seconds += active / 1000;
    if (this.current !== null)
      this.rows.set(this.current, (this.rows.get(this.current) ?? 0) + active / 1000);
  }
}
