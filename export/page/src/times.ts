// How times are shown: minutes and seconds of what is heard, with tenths.

/** `1:02:03.4`, `2:03.4`; without tenths where there are none to show. Nothing is before the beginning. */
export function clock(seconds: number, tenths = true): string {
  const whole = Math.max(0, Math.round(seconds * (tenths ? 10 : 1)));
  const all = tenths ? Math.floor(whole / 10) : whole;
  const two = (number: number) => String(number).padStart(2, "0");
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  const end = `${two(all % 60)}${tenths ? `.${whole % 10}` : ""}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${end}` : `${minutes}:${end}`;
}

/** The seconds of a text that `clock` might have written; null where it is none. */
export function read(text: string): number | null {
  const found = /^\s*(?:(?:(\d+):)?(\d{1,3}):)?(\d{1,2}(?:[.,]\d{1,3})?)\s*$/.exec(text);
  if (!found) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}
