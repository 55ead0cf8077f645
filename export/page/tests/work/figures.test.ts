import { describe, expect, it } from "vitest";
import type { Entry } from "../../src/api/client";
import { billed, byMonth, money, monthName, monthOf, nameOf, number } from "../../src/work/figures";

const accepted = (at: string | null, minutes: number, amount: number | null, currency = "KRW"): Entry =>
  ({
    accepted_at: at,
    billable_minutes: minutes,
    estimated_price: amount === null ? null : { amount, currency },
  }) as Entry;

describe("the name of a draft", () => {
  it("is the customer's own", () => {
    expect(nameOf({ external_id: "고객 인터뷰 07" })).toBe("고객 인터뷰 07");
    expect(nameOf({ external_id: "2026/11 board" })).toBe("2026/11 board");
  });

  it("is the last part of an address, readable again", () => {
    expect(nameOf({ external_id: "s3://bucket/2026/%ED%9A%8C%EC%9D%98.mp4?versionId=3" })).toBe("회의.mp4");
    expect(nameOf({ external_id: "/mnt/media/talk.wav" })).toBe("talk.wav");
  });

  it("is shown as it stands where an address has nothing readable", () => {
    expect(nameOf({ external_id: "https://media.example/%E0%A4%A" })).toBe("%E0%A4%A");
    expect(nameOf({ external_id: "/" })).toBe("/");
  });
});

describe("figures", () => {
  it("have a decimal where it says something", () => {
    expect(number(2.44, "en")).toBe("2.4");
    expect(number(28.42, "en")).toBe("28");
    expect(number(9.97, "en")).toBe("10");
  });

  it("show minutes as they are billed", () => {
    expect(billed(10.25, "ko")).toBe("10.25");
    expect(billed(9, "en")).toBe("9.0");
  });

  it("count money in the smallest unit of its currency", () => {
    expect(money({ amount: 5880, currency: "KRW" }, "en")).toBe("₩5,880");
    expect(money({ amount: 1234, currency: "USD" }, "en")).toBe("$12.34");
  });
});

describe("accepted drafts by month", () => {
  it("go by the date in Seoul, where a month begins nine hours earlier", () => {
    expect(monthOf("2026-10-31T14:59:59Z")).toBe("2026-10");
    expect(monthOf("2026-10-31T15:00:00Z")).toBe("2026-11");
    expect(monthName("2026-11", "ko")).toBe("2026년 11월");
    expect(monthName("2026-11", "en")).toBe("November 2026");
  });

  it("come with the latest first, and add up", () => {
    const early = accepted("2026-11-02T00:00:00Z", 9.5, 5700);
    const late = accepted("2026-11-20T00:00:00Z", 10.25, 6150);
    const before = accepted("2026-10-02T00:00:00Z", 8, 4800);
    const [november, october] = byMonth([early, before, late]);
    expect(november).toEqual({
      month: "2026-11",
      entries: [late, early],
      minutes: 19.75,
      prices: [{ currency: "KRW", amount: 11850 }],
    });
    expect(october?.month).toBe("2026-10");
  });

  it("keep currencies apart, and drafts without a price out of the sum", () => {
    const at = "2026-11-20T00:00:00Z";
    const [month] = byMonth([accepted(at, 1, 600), accepted(at, 1, 150, "USD"), accepted(at, 1, null)]);
    expect(month?.minutes).toBe(3);
    expect(month?.prices).toEqual([
      { currency: "KRW", amount: 600 },
      { currency: "USD", amount: 150 },
    ]);
  });

  it("leave out what is not accepted", () => {
    expect(byMonth([accepted(null, 5, 3000)])).toEqual([]);
  });
});
