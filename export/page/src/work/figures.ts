// Figures of an entry as people read them. Numbers follow the language of the interface.

import type { Entry, Schemas } from "../api/client";
import type { Interface } from "../words";

export type Band = "easy" | "medium" | "hard";

/** Difficulty 50 is half the work of typing it all (core/difficulty.py), 25 a fifth of it. */
export const BANDS: Readonly<Record<Band, readonly [from: number, to: number]>> = {
  easy: [0, 25],
  medium: [25, 50],
  hard: [50, 100],
};

/** What a draft is called: the customer's name for it; of an address the last part. */
export function nameOf(entry: Pick<Entry, "external_id">): string {
  if (!/^[a-z][\w+.-]*:\/\//i.test(entry.external_id) && !entry.external_id.startsWith("/"))
    return entry.external_id;
  const path = entry.external_id.split(/[?#]/, 1)[0] ?? "";
  const last = path.split("/").filter(Boolean).at(-1) ?? "";
  try {
    return decodeURIComponent(last) || entry.external_id;
  } catch {
    return last;
  }
}

const formats = new Map<string, Intl.NumberFormat>();

/** Making one takes longer than using it, and a list uses hundreds. */
function format(language: Interface, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = language + JSON.stringify(options);
  const known = formats.get(name) ?? new Intl.NumberFormat(language, options);
  formats.set(name, known);
  return known;
}

/** At most one decimal below ten, none above. */
export function number(value: number, language: Interface): string {
  return format(language, { maximumFractionDigits: value < 9.95 ? 1 : 0 }).format(value);
}

/** A whole number. */
export function whole(value: number, language: Interface): string {
  return format(language, { maximumFractionDigits: 0 }).format(value);
}

/** Billable minutes are shown as they are billed. */
export function billed(minutes: number, language: Interface): string {
  return format(language, { minimumFractionDigits: 1, maximumFractionDigits: 2 }).format(minutes);
}

/** A sum of money; `amount` counts the currency's smallest unit. */
export function money({ amount, currency }: Schemas["PriceGiven"], language: Interface): string {
  const inCurrency = format(language, { style: "currency", currency });
  const digits = inCurrency.resolvedOptions().maximumFractionDigits ?? 0;
  return inCurrency.format(amount / 10 ** digits);
}

/** A day, near enough to say without the year where it is this year's. */
export function day(at: string, language: Interface, now: Date): string {
  const date = new Date(at);
  const thisYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(language, {
    ...(thisYear ? {} : { year: "numeric" }),
    month: "short",
    day: "numeric",
  }).format(date);
}

/** The month of `at` in Seoul, where months of pay begin and end: `2026-11`. */
export function monthOf(at: string): string {
  const parts = new Intl.DateTimeFormat("en", { year: "numeric", month: "2-digit", timeZone: "Asia/Seoul" });
  const named = Object.fromEntries(parts.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${named.year}-${named.month}`;
}

/** `2026-11` as people say it. */
export function monthName(month: string, language: Interface): string {
  return new Intl.DateTimeFormat(language, { year: "numeric", month: "long", timeZone: "UTC" }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

export interface MonthSum {
  /** `2026-11` */
  readonly month: string;
  readonly entries: readonly Entry[];
  readonly minutes: number;
  /** One sum per currency; drafts without a price are in none. */
  readonly prices: readonly Schemas["PriceGiven"][];
}

/** Accepted drafts by month of acceptance, the latest month and the latest draft first. */
export function byMonth(accepted: readonly Entry[]): readonly MonthSum[] {
  const months = new Map<string, Entry[]>();
  for (const entry of accepted) {
    if (!entry.accepted_at) continue;
    const month = monthOf(entry.accepted_at);
    months.set(month, [...(months.get(month) ?? []), entry]);
  }
  return [...months]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([month, entries]) => {
      const amounts = new Map<string, number>();
      for (const { estimated_price: price } of entries) {
        if (price) amounts.set(price.currency, (amounts.get(price.currency) ?? 0) + price.amount);
      }
      return {
        month,
        entries: [...entries].sort(
          (one, other) => Date.parse(other.accepted_at ?? "") - Date.parse(one.accepted_at ?? ""),
        ),
        minutes: entries.reduce((sum, entry) => sum + entry.billable_minutes, 0),
        prices: [...amounts].map(([currency, amount]) => ({ currency, amount })),
      };
    });
}
