import { describe, expect, it, vi } from "vitest";
import { type Asked, LockedTabs, TalkingTabs } from "../../src/keeping/tabs";

const asked = (): Asked => ({ yielding: async () => {}, lost: () => {} });

const frozen = (): Asked => ({ yielding: () => new Promise(() => {}), lost: vi.fn() });

describe.each([
  ["by locks", () => new LockedTabs(navigator.locks, 300)],
  ["by messages alone", () => new TalkingTabs(300, 50)],
])("tabs %s", (name, tabs) => {
  let number = 0;
  const draft = (): string => `${name} ${number++}`;

  it("let one work at a time, and the next one once it is done", async () => {
    const id = draft();
    const claim = await tabs().claim(id, asked());
    expect(claim).not.toBeNull();
    expect(await tabs().claim(id, asked())).toBeNull();
    const other = await tabs().claim(draft(), asked());
    expect(other).not.toBeNull();
    await claim?.release();
    const next = await tabs().claim(id, asked());
    expect(next).not.toBeNull();
    for (const one of [other, next]) await one?.release();
  });

  it("hand over once the first one has saved what it had", async () => {
    const id = draft();
    const order: string[] = [];
    const first = {
      ...asked(),
      yielding: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push("saved");
      },
    };
    await tabs().claim(id, first);
    const claim = await tabs().takeOver(id, asked());
    order.push("taken over");
    expect(order).toEqual(["saved", "taken over"]);
    expect(await tabs().claim(id, asked())).toBeNull();
    await claim.release();
  });

  it("take over from one that does not answer, which is told that it has lost", async () => {
    const id = draft();
    const first = frozen();
    await tabs().claim(id, first);
    const claim = await tabs().takeOver(id, asked());
    await vi.waitFor(() => expect(first.lost).toHaveBeenCalled());
    await claim.release();
  });

  it("take over where nobody works any more", async () => {
    const id = draft();
    const claim = await tabs().takeOver(id, asked());
    expect(await tabs().claim(id, asked())).toBeNull();
    await claim.release();
  });
});
