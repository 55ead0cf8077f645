import { expect, it } from "vitest";
import { Played } from "../../src/keeping/played";

it("keeps what was heard once, however often it was", () => {
  const played = new Played();
  played.heard(1, 2);
  played.heard(5, 6);
  played.heard(1.5, 3);
  played.heard(1, 2);
  expect(played.spans).toEqual([
    [1, 3],
    [5, 6],
  ]);
});

it("goes on from what was heard before, and takes in what was heard elsewhere", () => {
  const played = new Played([[10, 20]]);
  played.add([
    [0, 5],
    [15, 25],
  ]);
  expect(played.spans).toEqual([
    [0, 5],
    [10, 25],
  ]);
});
