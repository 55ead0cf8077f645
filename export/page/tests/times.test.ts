import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clock, read } from "../src/times";

describe("times", () => {
  it("are minutes, seconds and tenths, with hours where there are any", () => {
    expect(clock(0)).toBe("0:00.0");
    expect(clock(62.34)).toBe("1:02.3");
    expect(clock(59.96)).toBe("1:00.0");
    expect(clock(3723.44)).toBe("1:02:03.4");
    expect(clock(83, false)).toBe("1:23");
    expect(clock(-0.04)).toBe("0:00.0");
  });

  it("what is shown can be read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), (tenths) => {
        expect(read(clock(tenths / 10))).toBeCloseTo(tenths / 10, 6);
      }),
    );
  });

  it("seconds alone and a comma are read as well; what is no time is none", () => {
    expect(read("12,5")).toBe(12.5);
    expect(read(" 1:02 ")).toBe(62);
    expect(read("soon")).toBeNull();
    expect(read("1:2:3:4")).toBeNull();
    expect(read("")).toBeNull();
  });
});
