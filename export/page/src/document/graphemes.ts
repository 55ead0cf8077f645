// Where a text may be cut: between what a person sees as characters, never inside a surrogate pair, a syllable made of
// several code points, or an emoji made of several.

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The nearest place at or before `offset` where `text` may be cut. Offsets are UTF-16, as in a <textarea>. */
export function cutBefore(text: string, offset: number): number {
  if (offset <= 0) return 0;
  return offset >= text.length ? text.length : (segmenter.segment(text).containing(offset)?.index ?? offset);
}

/** The nearest place at or after `offset` where `text` may be cut. */
export function cutAfter(text: string, offset: number): number {
  const before = cutBefore(text, offset);
  if (before >= offset || before >= text.length) return before;
  return before + (segmenter.segment(text).containing(before)?.segment.length ?? 1);
}
