// Waiting before something is tried again.

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** Waits 1, 2, 4 … 30 s, each time longer; `hurry` ends the wait at once, `reset` begins at 1 s again. */
export class Patience {
  private next = FIRST_MS;
  private readonly ends = new Set<() => void>();

  wait(): Promise<void> {
    const ms = this.next;
    this.next = Math.min(this.next * 2, LONGEST_MS);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.ends.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.ends.add(end);
    });
  }

  reset(): void {
    this.next = FIRST_MS;
  }

  hurry(): void {
    this.reset();
    for (const end of [...this.ends]) end();
  }
}
