// What the flags of a draft and of its sentences tell the person who corrects it. The names are those of
// core/flags.py; a flag that this page does not know yet is passed over.

import { inBoth } from "./index";

export const flagWords = inBoth({
  en: {
    sentence: {
      loop: "The same words may be repeated by mistake. Listen, and take out what is not said.",
      outro: "Recognisers like to invent this phrase over silence or music. Take it out unless it is said.",
      no_voice: "There is text here, but hardly any voice is heard. Take it out if nobody speaks.",
      too_fast: "This is more text than a person can say in the time. Check the text and the bounds.",
      too_slow: "This is very little text for the time. Add what is missing, or tighten the bounds.",
      low_confidence: "The recogniser was unsure of these words. Listen closely.",
      overlap: "Two people speak at once here. Check that each one's words are there.",
      speaker_uncertain: "It is not certain who speaks. Choose the speaker.",
      code_switch: "Languages are mixed here. Check the words of the other language.",
      redecoded: "The first attempt went wrong and was made again. Check it from beginning to end.",
    },
    draft: {
      no_speech: "Nobody seems to speak in this recording. Listen to it, and write down whatever is said.",
      unwritten_voice:
        "Voice is heard where nothing is written. Look for stretches without text, and fill them in.",
      separation_failed:
        "The voice could not be separated from the background. Expect more mistakes where it is noisy.",
      decoder_errors: "Parts of the file were damaged. Words may be missing there.",
      shorter_than_declared: "The file ends a little earlier than it says. The last words may be cut off.",
      silent_track_skipped:
        "The first audio track was silent, so a later one was used. Check that it is the right one.",
      clipped: "The sound is distorted in many places. Listen closely there.",
      loudness_limited: "The sound is quieter than usual. Turn the volume up if you need to.",
      mixed_languages:
        "More than one language is spoken. Write each sentence in the language that is spoken.",
      language_uncertain:
        "The language could not be told with certainty. If it is wrong, give the draft back and say so.",
      offline_models:
        "This draft comes from small models made for trying things out. It may be wrong everywhere.",
    },
  },
  ko: {
    sentence: {
      loop: "같은 말이 잘못 반복됐을 수 있어요. 들어 보고 실제로 하지 않은 말은 지워 주세요.",
      outro: "음성인식이 무음이나 음악 구간에 자주 지어내는 문구예요. 실제로 말하지 않았다면 지워 주세요.",
      no_voice: "글은 있는데 목소리가 거의 들리지 않아요. 아무도 말하지 않으면 지워 주세요.",
      too_fast: "이 시간 안에 말하기엔 글이 너무 많아요. 글과 구간을 확인해 주세요.",
      too_slow: "시간에 비해 글이 너무 적어요. 빠진 말을 채우거나 구간을 줄여 주세요.",
      low_confidence: "음성인식이 확신하지 못한 말이에요. 주의해서 들어 주세요.",
      overlap: "두 사람이 동시에 말해요. 각자의 말이 모두 있는지 확인해 주세요.",
      speaker_uncertain: "누가 말하는지 확실하지 않아요. 화자를 골라 주세요.",
      code_switch: "여러 언어가 섞여 있어요. 다른 언어로 한 말을 확인해 주세요.",
      redecoded: "첫 인식 결과가 이상해서 다시 인식했어요. 처음부터 끝까지 확인해 주세요.",
    },
    draft: {
      no_speech: "말소리가 없는 녹음 같아요. 들어 보고 말이 나오면 모두 적어 주세요.",
      unwritten_voice: "목소리는 들리는데 글이 없는 곳이 있어요. 빈 구간을 찾아 채워 주세요.",
      separation_failed: "목소리를 배경음과 분리하지 못했어요. 시끄러운 곳은 오류가 더 많을 수 있어요.",
      decoder_errors: "파일 일부가 손상됐어요. 그 부분의 말이 빠졌을 수 있어요.",
      shorter_than_declared: "파일이 표시된 길이보다 조금 일찍 끝나요. 마지막 말이 잘렸을 수 있어요.",
      silent_track_skipped: "첫 오디오 트랙이 무음이라 다른 트랙을 썼어요. 맞는 트랙인지 확인해 주세요.",
      clipped: "소리가 깨진 곳이 많아요. 그런 곳은 주의해서 들어 주세요.",
      loudness_limited: "소리가 평소보다 작아요. 필요하면 음량을 키워 주세요.",
      mixed_languages: "여러 언어로 말해요. 문장마다 실제로 말한 언어로 적어 주세요.",
      language_uncertain:
        "어떤 언어인지 확실하지 않아요. 언어가 틀렸다면 초안을 돌려주고 이유를 알려 주세요.",
      offline_models: "시험용 소형 모델이 만든 초안이라 전체적으로 틀릴 수 있어요.",
    },
  },
});

/** What `flag` of a sentence tells; null where this page does not know it. */
export function sentenceFlag(flag: string): string | null {
  return (flagWords.value.sentence as Readonly<Record<string, string>>)[flag] ?? null;
}

/** What `flag` of a draft tells; null where this page does not know it. */
export function draftFlag(flag: string): string | null {
  return (flagWords.value.draft as Readonly<Record<string, string>>)[flag] ?? null;
}
