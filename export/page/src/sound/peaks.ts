// The shape of a sound: its lowest and highest sample, some fifty times a second. That is what a waveform is drawn of.

/** Lowest and highest sample of each stretch, −1 to 1. */
export interface Peaks {
  /** Stretches in a second. */
  readonly pairsPerSecond: number;
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** Stretches in a second where this page makes them itself: as many as the server's have. */
const PAIRS_PER_SECOND = 50;

/**
 * A file in audiowaveform's binary format (version 1 or 2, 8 or 16 bits); several channels become one, as loud as the
 * loudest of them. A file that was cut short gives what is whole of it. Raises RangeError where it is no such file.
 * Source: doc/DataFormat.md of bbc/audiowaveform.
 */
export function readPeaks(file: ArrayBuffer): Peaks {
  const view = new DataView(file);
  const version = file.byteLength >= 20 ? view.getInt32(0, true) : 0;
  const header = version === 1 ? 20 : 24;
  if ((version !== 1 && version !== 2) || file.byteLength < header) {
    throw new RangeError("this is no file of audiowaveform's: it begins otherwise");
  }
  const bytes = view.getUint32(4, true) & 1 ? 1 : 2;
  const rate = view.getInt32(8, true);
  const samples = view.getInt32(12, true);
  const channels = version === 1 ? 1 : view.getInt32(20, true);
  if (rate <= 0 || samples <= 0 || channels <= 0) {
    throw new RangeError("this is no file of audiowaveform's: its numbers cannot be");
  }
  const there = Math.floor((file.byteLength - header) / (2 * bytes * channels));
  const length = Math.min(view.getUint32(16, true), there);
  const sample =
    bytes === 1
      ? (index: number) => Math.max(-1, view.getInt8(header + index) / 127)
      : (index: number) => Math.max(-1, view.getInt16(header + 2 * index, true) / 32767);
  const min = new Float32Array(length);
  const max = new Float32Array(length);
  for (let pair = 0; pair < length; pair += 1) {
    let lowest = 1;
    let highest = -1;
    for (let channel = 0; channel < channels; channel += 1) {
      const at = 2 * (pair * channels + channel);
      lowest = Math.min(lowest, sample(at));
      highest = Math.max(highest, sample(at + 1));
    }
    min[pair] = lowest;
    max[pair] = highest;
  }
  return { pairsPerSecond: rate / samples, min, max };
}

/** The peaks of one channel of decoded sound, of which `rate` samples are a second. No samples give no pairs. */
export function peaksOf(samples: Float32Array, rate: number): Peaks {
  const stretch = Math.max(1, Math.round(rate / PAIRS_PER_SECOND));
  const length = Math.ceil(samples.length / stretch);
  const min = new Float32Array(length);
  const max = new Float32Array(length);
  for (let pair = 0; pair < length; pair += 1) {
    let lowest = 1;
    let highest = -1;
    const end = Math.min((pair + 1) * stretch, samples.length);
    for (let at = pair * stretch; at < end; at += 1) {
      const sample = samples[at] as number;
      if (sample < lowest) lowest = sample;
      if (sample > highest) highest = sample;
    }
    min[pair] = lowest;
    max[pair] = highest;
  }
  return { pairsPerSecond: rate / stretch, min, max };
}

/** What is above the middle of a waveform, and what is below. */
export type Shape = readonly [above: Float32Array, below: Float32Array];

/**
 * Peaks for exactly so many seconds, as wavesurfer takes them. What is too long is cut, what is too short becomes
 * silence.
 */
export function spread(peaks: Peaks, seconds: number): Shape {
  const length = Math.max(1, Math.round(seconds * peaks.pairsPerSecond));
  const above = new Float32Array(length);
  const below = new Float32Array(length);
  above.set(peaks.max.subarray(0, length));
  below.set(peaks.min.subarray(0, length));
  return [above, below];
}

/**
 * How high a waveform is drawn to its edge: all but the loudest hundredth lies below that, so that one bang does not
 * flatten the speech. At least 0.01, so that silence stays flat.
 */
export function loudest([above, below]: Shape): number {
  const heights = above.map((height, pair) => Math.max(height, -(below[pair] as number))).sort();
  return Math.max(0.01, heights[Math.floor(0.99 * heights.length)] ?? 0);
}

/** So much of the sound's rate is enough to draw it, and ten minutes of it take 19 MB instead of 115. */
const DRAWN_RATE = 8000;

/** The peaks of a sound file, decoded by the browser. Raises DOMException where it cannot. */
export async function decodePeaks(file: ArrayBuffer): Promise<Peaks> {
  const decoded = await new OfflineAudioContext(1, 1, DRAWN_RATE).decodeAudioData(file);
  return peaksOf(decoded.getChannelData(0), decoded.sampleRate);
}
