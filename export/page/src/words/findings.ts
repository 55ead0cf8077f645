import { inBoth } from "./index";

export const say = inBoth({
  en: {
    empty: "No text: write what is said, mark it inaudible, or remove the sentence.",
    tooLong: (seconds: string, most: number) => `${seconds} s long; at most ${most} s are wanted. Split it.`,
    tooFast: (letters: number, most: number) =>
      `${letters} letters are written; in this time hardly more than ${most} can be said.`,
    otherScript: (characters: string) => `Of the other Chinese script: ${characters}`,
    sameSpeaker: (seconds: string) => `The same speaker overlaps a neighbouring sentence by ${seconds} s.`,
    spaces: "Two spaces together, or a space at an end.",
    control: (character: string) => `An invisible character (${character}) that cannot be handed in.`,
    outside: "It reaches beyond this part of the recording.",
    times: "It has to end after it begins.",
    speaker: "The speaker's name cannot be handed in.",
    longText: (most: number) => `The text has more than ${most} characters.`,
    sentences: (most: number) => `There are more than ${most} sentences.`,
    texts: (most: number) => `All texts together have more than ${most} characters.`,
  },
  ko: {
    empty: "글이 없어요. 들리는 말을 쓰거나, ‘안 들림’으로 표시하거나, 문장을 삭제해 주세요.",
    tooLong: (seconds, most) => `${seconds}초예요. ${most}초를 넘지 않게 나눠 주세요.`,
    tooFast: (letters, most) => `${letters}자가 적혀 있어요. 이 시간에 말할 수 있는 건 ${most}자쯤이에요.`,
    otherScript: (characters) => `다른 글자체의 한자예요: ${characters}`,
    sameSpeaker: (seconds) => `같은 화자의 옆 문장과 ${seconds}초 겹쳐요.`,
    spaces: "빈칸이 겹쳤거나 앞뒤에 빈칸이 있어요.",
    control: (character) => `제출할 수 없는 보이지 않는 글자(${character})가 있어요.`,
    outside: "이 구간 밖까지 이어져요.",
    times: "끝이 시작보다 뒤여야 해요.",
    speaker: "제출할 수 없는 화자 이름이에요.",
    longText: (most) => `글이 ${most}자를 넘어요.`,
    sentences: (most) => `문장이 ${most}개를 넘어요.`,
    texts: (most) => `글이 모두 합쳐 ${most}자를 넘어요.`,
  },
});
