import { expect, test } from "vitest";
import { loudest, peaksOf, readPeaks, spread } from "../../src/sound/peaks";

interface File {
  version?: number;
  bits?: 8 | 16;
  rate?: number;
  samples?: number;
  length?: number;
  channels?: number;
}

function file(
  numbers: readonly number[],
  { version = 2, bits = 8, rate = 24_000, samples = 480, channels = 1, length }: File = {},
): ArrayBuffer {
  const header = version === 1 ? 20 : 24;
  const bytes = bits / 8;
  const view = new DataView(new ArrayBuffer(header + numbers.length * bytes));
  const pairs = length ?? numbers.length / 2 / channels;
  [version, bits === 8 ? 1 : 0, rate, samples, pairs, channels]
    .slice(0, header / 4)
    .forEach((number, place) => void view.setInt32(4 * place, number, true));
  numbers.forEach((number, place) => {
    if (bits === 8) view.setInt8(header + place, number);
    else view.setInt16(header + 2 * place, number, true);
  });
  return view.buffer;
}

test("a file of eight bits gives its lowest and highest samples between minus one and one", () => {
  const peaks = readPeaks(file([-127, 127, -128, 0]));

  expect(peaks.pairsPerSecond).toBe(50);
  expect([...peaks.min]).toEqual([-1, -1]);
  expect([...peaks.max]).toEqual([1, 0]);
});

test("a file of sixteen bits and one of the first version are read as well", () => {
  const peaks = readPeaks(
    file([-32767, 0, -32768, 32767], { version: 1, bits: 16, rate: 8000, samples: 80 }),
  );

  expect(peaks.pairsPerSecond).toBe(100);
  expect([...peaks.min]).toEqual([-1, -1]);
  expect([...peaks.max]).toEqual([0, 1]);
});

test("of several channels the loudest counts", () => {
  const peaks = readPeaks(file([-127, 0, 0, 127, 0, 0, 0, 0], { channels: 2 }));

  expect([...peaks.min]).toEqual([-1, 0]);
  expect([...peaks.max]).toEqual([1, 0]);
});

test("a file that was cut short gives what is whole of it", () => {
  expect([...readPeaks(file([-127, 127, -127], { length: 40 })).max]).toEqual([1]);
});

test.each([
  ["an empty one", new ArrayBuffer(0)],
  ["a header that was cut short", file([]).slice(0, 22)],
  ["a version that does not exist", file([0, 0], { version: 3 })],
  ["stretches of no samples", file([0, 0], { samples: 0 })],
  ["no channel", file([0, 0], { channels: 0, length: 1 })],
])("what is no such file is refused: %s", (_what, given) => {
  expect(() => readPeaks(given)).toThrow(RangeError);
});

test("peaks of decoded sound are those of each fiftieth of a second, the last of which may be shorter", () => {
  const samples = new Float32Array(350);
  samples[10] = 0.5;
  samples[170] = -0.25;
  samples[340] = 1;

  const peaks = peaksOf(samples, 8000);

  expect(peaks.pairsPerSecond).toBe(50);
  expect([...peaks.max]).toEqual([0.5, 0, 1]);
  expect([...peaks.min]).toEqual([0, -0.25, 0]);
});

test("no sound has no peaks", () => {
  expect(peaksOf(new Float32Array(0), 8000).max).toHaveLength(0);
});

test("peaks are cut or filled up with silence to the length of what is shown", () => {
  const peaks = readPeaks(file([-127, 127, -127, 127]));

  expect(spread(peaks, 0.02).map((one) => [...one])).toEqual([[1], [-1]]);
  expect(spread(peaks, 0.06).map((one) => [...one])).toEqual([
    [1, 1, 0],
    [-1, -1, 0],
  ]);
});

test("one bang does not flatten the speech, and silence is not blown up", () => {
  const speech = new Float32Array(200).fill(0.2);
  const bang = speech.slice();
  bang[7] = 1;

  expect(loudest([bang, new Float32Array(200)])).toBeCloseTo(0.2);
  expect(loudest([new Float32Array(200), speech.map((height) => -2 * height)])).toBeCloseTo(0.4);
  expect(loudest([new Float32Array(3), new Float32Array(3)])).toBe(0.01);
});
