import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Activity } from "../../src/keeping/activity";

let visible: boolean;
let activity: Activity;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  visible = true;
  activity = new Activity(undefined, undefined, { now: () => performance.now(), visible: () => visible });
});

afterEach(() => {
  activity.dispose();
  vi.useRealTimers();
});

const pass = (seconds: number): void => {
  vi.advanceTimersByTime(seconds * 1000);
};

const lead = (): number => activity.measured.leadTime;

describe("active seconds", () => {
  it("are none before anybody does anything", () => {
    pass(60);
    expect(lead()).toBe(0);
  });

  it("count for 30 s after a sign of life, and not longer", () => {
    activity.sign();
    pass(29);
    expect(lead()).toBe(29);
    pass(60);
    expect(lead()).toBe(30);
  });

  it("count to the very end of a sign's reach, wherever it lies between two ticks", () => {
    pass(0.5);
    activity.sign();
    pass(60);
    expect(lead()).toBe(30);
  });

  it("do not count what lies between two signs that are further apart", () => {
    activity.sign();
    pass(100);
    activity.sign();
    pass(10);
    expect(lead()).toBe(40);
  });

  it("count while sound plays for 5 min after a sign of life, and not longer", () => {
    activity.sign();
    activity.playing(true);
    pass(200);
    expect(lead()).toBe(200);
    pass(600);
    expect(lead()).toBe(300);
  });

  it("end 30 s after the last sign where the sound ends before", () => {
    activity.sign();
    activity.playing(true);
    pass(20);
    activity.playing(false);
    pass(100);
    expect(lead()).toBe(30);
  });

  it("do not count while the page cannot be seen", () => {
    activity.sign();
    pass(5);
    visible = false;
    pass(10);
    visible = true;
    pass(5);
    expect(lead()).toBe(10);
  });

  it("do not count while the computer sleeps", () => {
    activity.sign();
    activity.playing(true);
    pass(5);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
    activity.sign();
    expect(lead()).toBe(5);
    vi.restoreAllMocks();
  });

  it("do not grow with how often they are asked for", () => {
    activity.sign();
    for (let time = 0; time < 100; time++) {
      pass(0.1);
      lead();
    }
    expect(lead()).toBeCloseTo(10);
  });

  it("go on from what was measured before", () => {
    activity.take({ leadTime: 100, secondsByRow: { "0001": 7 } });
    activity.row("0001");
    activity.sign();
    pass(3);
    expect(activity.measured).toEqual({ leadTime: 103, secondsByRow: { "0001": 10 } });
  });
});

describe("a sentence's seconds", () => {
  it("are those in which it was the current one", () => {
    activity.sign();
    activity.row("0001");
    pass(4);
    activity.row("0002");
    pass(6);
    activity.row(null);
    pass(1);
    expect(activity.measured).toEqual({ leadTime: 11, secondsByRow: { "0001": 4, "0002": 6 } });
  });
});

describe("signs of life", () => {
  it("are keys, clicks, movements, wheels and input", () => {
    const page = new EventTarget();
    const stop = activity.watch(page);
    for (const name of ["keydown", "pointerdown", "pointermove", "wheel", "input"]) {
      pass(100);
      page.dispatchEvent(new Event(name));
      pass(1);
      expect(activity.idleMs).toBe(1000);
    }
    stop();
    page.dispatchEvent(new Event("keydown"));
    expect(activity.idleMs).toBe(1000);
  });

  it("are told to whoever wants to know", () => {
    const heard = vi.fn();
    const other = new Activity(undefined, heard, { now: () => performance.now(), visible: () => true });
    other.sign();
    expect(heard).toHaveBeenCalledOnce();
    other.dispose();
  });
});
