// What the sound and its waveform say.

import { inBoth } from "./index";

export const say = inBoth({
  en: {
    sound: "Sound and sentences",
    zoomIn: "Show less, larger",
    zoomOut: "Show more, smaller",
    unsure: "Speaker uncertain",
    lane: (speaker: string) => `Sentences of ${speaker}`,
    sentence: (speaker: string, start: string, end: string, text: string) =>
      `${speaker}, ${start} to ${end}: ${text}`,
    nothing: "no text",
    startEdge: "Start of the sentence",
    endEdge: "End of the sentence",
    drawing: "The waveform is being drawn…",
    noWave: "There is no waveform to show. The sound can be played all the same.",
    trouble: {
      offline: "The sound cannot be reached. It is tried again by itself.",
      gone: "The sound of this draft is not kept any more.",
      voice_gone: "There is no voice-only sound for this draft.",
      unplayable: "This browser cannot play the sound.",
    },
  },
  ko: {
    sound: "소리와 문장",
    zoomIn: "확대",
    zoomOut: "축소",
    unsure: "화자 불확실",
    lane: (speaker: string) => `${speaker}의 문장`,
    sentence: (speaker: string, start: string, end: string, text: string) =>
      `${speaker}, ${start}부터 ${end}까지: ${text}`,
    nothing: "내용 없음",
    startEdge: "문장 시작",
    endEdge: "문장 끝",
    drawing: "파형을 그리고 있어요…",
    noWave: "파형을 표시할 수 없어요. 소리는 그대로 들을 수 있어요.",
    trouble: {
      offline: "소리를 불러올 수 없어요. 자동으로 다시 시도할게요.",
      gone: "이 초안의 소리는 더 이상 보관되어 있지 않아요.",
      voice_gone: "이 초안에는 음성만 분리한 소리가 없어요.",
      unplayable: "이 브라우저에서는 소리를 재생할 수 없어요.",
    },
  },
});
