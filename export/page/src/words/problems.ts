// What an answer other than 2xx means to the person at the page, and what to do. The codes are those of the table of
// errors in docs/platform.md; for others the server's own words are shown.

import type { Problem } from "../api/client";
import { inBoth } from "./index";

const words = inBoth({
  en: {
    offline: {
      what: "The server cannot be reached.",
      todo: "Check your connection, then try again.",
    },
    unauthorized: {
      what: "Your token is no longer valid, or it is wrong.",
      todo: "Sign in again. If that fails, ask whoever gave you the token for a new one.",
    },
    forbidden: {
      what: "You are not allowed to do this.",
      todo: "Ask whoever gave you the token, if you should be.",
    },
    link_expired: {
      what: "The link to the sound is out of date.",
      todo: "Load the page again to get a new one.",
    },
    not_found: {
      what: "This is not there any more.",
      todo: "Go back to the work page. The recording may have been removed.",
    },
    no_sound: {
      what: "The sound is no longer kept.",
      todo: "Tell whoever runs the work: this draft cannot be heard.",
    },
    state: {
      what: "The draft has moved on meanwhile, so this cannot be done.",
      todo: "Look at it again. Somebody else may have it, or it was handed in.",
    },
    lease_lost: {
      what: "Your time with this draft has run out.",
      todo: "Take it again. If somebody else has it now, choose another.",
    },
    not_yours: { what: "Somebody else has this draft now.", todo: "Choose another one. Your text is kept." },
    revision: {
      what: "This revision was handed in already, or there is a newer one.",
      todo: "Load the draft again to see how it stands.",
    },
    judged: {
      what: "This was judged already, and the draft was opened again since.",
      todo: "Load the draft again, look at it, and decide anew.",
    },
    language: {
      what: "Everybody works in one language here, and yours is another.",
      todo: "Choose a draft in your language, or ask whoever runs the work to change it.",
    },
    stale_version: {
      what: "This was changed meanwhile, by somebody else or in another window.",
      todo: "Load it again, and decide again.",
    },
    too_large: {
      what: "This is too large to be sent.",
      todo: "Download your text to be safe, and tell whoever runs the work.",
    },
    bad_document: {
      what: "Something in the text cannot be taken.",
      todo: "Mend what is named, and hand it in again.",
    },
    bad_request: {
      what: "The server does not understand this request.",
      todo: "Load the page again, then try again.",
    },
    in_flight: { what: "The same request is still being worked on.", todo: "Try again in a moment." },
    crashed: {
      what: "The server made a mistake.",
      todo: "Try again. If it happens again, tell whoever runs the work, with the time.",
    },
    unavailable: {
      what: "The server is busy or being serviced.",
      todo: "Try again in a while. Nothing is lost.",
    },
  },
  ko: {
    offline: {
      what: "서버에 연결할 수 없어요.",
      todo: "인터넷 연결을 확인한 뒤 다시 시도해 주세요.",
    },
    unauthorized: {
      what: "토큰이 만료됐거나 올바르지 않아요.",
      todo: "다시 로그인해 주세요. 계속 안 되면 토큰을 준 담당자에게 새 토큰을 요청해 주세요.",
    },
    forbidden: {
      what: "이 작업을 할 권한이 없어요.",
      todo: "권한이 필요하면 토큰을 준 담당자에게 문의해 주세요.",
    },
    link_expired: { what: "소리 링크가 만료됐어요.", todo: "페이지를 새로고침하면 새 링크를 받아요." },
    not_found: {
      what: "더 이상 없는 항목이에요.",
      todo: "작업 화면으로 돌아가 주세요. 녹음이 삭제됐을 수 있어요.",
    },
    no_sound: {
      what: "소리 파일이 더 이상 없어요.",
      todo: "이 초안은 들을 수 없다고 담당자에게 알려 주세요.",
    },
    state: {
      what: "그사이 초안의 상태가 바뀌어서 할 수 없어요.",
      todo: "초안을 다시 확인해 주세요. 다른 사람이 맡았거나 이미 제출됐을 수 있어요.",
    },
    lease_lost: {
      what: "이 초안을 맡은 시간이 끝났어요.",
      todo: "다시 가져와 주세요. 다른 사람이 맡았다면 다른 초안을 골라 주세요.",
    },
    not_yours: {
      what: "지금은 다른 사람이 맡은 초안이에요.",
      todo: "다른 초안을 골라 주세요. 작성한 글은 남아 있어요.",
    },
    revision: {
      what: "이미 제출했거나 더 새로운 교정본이 있어요.",
      todo: "초안을 다시 불러와서 상태를 확인해 주세요.",
    },
    judged: {
      what: "이미 검수한 교정본인데, 그 뒤에 다시 열렸어요.",
      todo: "초안을 다시 불러와서 확인한 뒤 새로 판정해 주세요.",
    },
    language: {
      what: "한 사람이 한 언어만 작업할 수 있는데, 이 초안은 다른 언어예요.",
      todo: "내 언어의 초안을 고르거나 담당자에게 언어 변경을 요청해 주세요.",
    },
    stale_version: {
      what: "그사이 다른 사람이나 다른 창에서 내용이 바뀌었어요.",
      todo: "다시 불러와서 확인한 뒤 진행해 주세요.",
    },
    too_large: {
      what: "너무 커서 보낼 수 없어요.",
      todo: "글을 내려받아 보관하고 담당자에게 알려 주세요.",
    },
    bad_document: {
      what: "글에 제출할 수 없는 부분이 있어요.",
      todo: "표시된 곳을 고친 뒤 다시 제출해 주세요.",
    },
    bad_request: {
      what: "서버가 요청을 이해하지 못했어요.",
      todo: "페이지를 새로고침한 뒤 다시 시도해 주세요.",
    },
    in_flight: { what: "같은 요청을 아직 처리하고 있어요.", todo: "잠시 뒤 다시 시도해 주세요." },
    crashed: {
      what: "서버에서 오류가 났어요.",
      todo: "다시 시도해 주세요. 또 그러면 발생 시각과 함께 담당자에게 알려 주세요.",
    },
    unavailable: {
      what: "서버가 바쁘거나 점검 중이에요.",
      todo: "잠시 뒤 다시 시도해 주세요. 잃어버린 내용은 없어요.",
    },
  },
});

/** What `problem` means, and what to do about it. */
export function told(problem: Problem): { readonly what: string; readonly todo: string } {
  const known = words.value as Readonly<Record<string, { what: string; todo: string }>>;
  return known[problem.code] ?? { what: problem.detail, todo: problem.fix };
}
