// What is said to a person about how their work stands, and what they can do.

import type { Problem, State } from "../api/client";
import type { Keeping, Note } from "../keeping/work";
import { inBoth, spoken } from "./index";
import { told } from "./problems";

/** `what` is so; `todo`: what the person can do about it, or that there is nothing to do. */
export interface Told {
  readonly what: string;
  readonly todo: string;
}

/** What stands on the buttons that belong to a state. */
export const say = inBoth({
  en: {
    takeOver: "Work here",
    useTheirs: "Use the other text",
    useMine: "Use this text",
    retake: "Take it again",
    tryAgain: "Try again",
    signIn: "Sign in",
    downloadText: "Download the text",
    downloadJson: "Download as JSON",
    copyText: "Copy the text",
    copied: "The text was copied.",
    notCopied: "The browser does not let the page copy. Download the text instead.",
    aside: "Texts that were set aside",
    asideAt: (when: string) => `Of ${when}`,
    backToWork: "Back to the work",
  },
  ko: {
    takeOver: "여기서 작업하기",
    useTheirs: "다른 쪽 글 쓰기",
    useMine: "이 글 쓰기",
    retake: "다시 가져오기",
    tryAgain: "다시 시도",
    signIn: "로그인",
    downloadText: "글 내려받기",
    downloadJson: "JSON으로 내려받기",
    copyText: "글 복사",
    copied: "글을 복사했어요.",
    notCopied: "이 브라우저에서는 복사할 수 없어요. 글을 내려받아 주세요.",
    aside: "따로 보관한 글",
    asideAt: (when: string) => `${when}의 글`,
    backToWork: "작업 목록으로",
  },
});

const states = inBoth({
  en: {
    unchanged: "Nothing changed yet",
    saved: (when: string) => `Saved at ${when}`,
    savedTodo: "Everything is on the server.",
    unsaved: "Typing …",
    unsavedTodo: "It is saved in a moment.",
    saving: "Saving …",
    savingTodo: "You can go on typing.",
    offline: (when: string) => `No connection since ${when}`,
    offlineHere: "Go on: this browser keeps what you type, and it is saved when the connection is back.",
    offlineNowhere:
      "This browser cannot keep what you type: leave this page open until the connection is back.",
    copyRefused: (why: string) => `The server does not keep a copy${why}`,
    copyRefusedHere: "Go on: this browser keeps what you type, and you can submit it as usual.",
    copyRefusedNowhere: "Only this page has your text: submit it or download it before you close the page.",
    signedOut: "You are signed out",
    signedOutHere: "Sign in again to go on saving. This browser keeps what you type until then.",
    signedOutNowhere: "Sign in again now: until then only this page has your text, so leave it open.",
    leaseEnded: "The draft is free again, because nobody worked on it for half an hour",
    leaseEndedTodo: "Just go on, and it is taken for you again. Your text is still here.",
    taken: "Somebody else has this draft now",
    takenTodo:
      "It cannot be changed here any more. Your text is still here: copy or download it if you need it.",
    otherTab: "This draft is open in another tab",
    otherTabTodo: "Go on there, or choose “Work here”: what was typed there comes along.",
    elsewhere: (when: string) => `Another device of yours saved a different text at ${when}`,
    elsewhereTodo: "Choose the one to go on with. The other one is set aside and can be downloaded.",
    submitting: "Submitting …",
    submittingSince: (when: string) => `Submitting: no answer since ${when}`,
    submittingTodo:
      "It is sent again until there is an answer, and counts once. You can leave the page open.",
    submitted: "Submitted",
    submittedTodo: "Thank you. Take the next draft.",
    refused: (why: string) => `The server refused it${why}`,
    refusedTodo: "Your text is still here. Put it right, then try again.",
    left: "You left this draft",
    leftTodo: "You find it in your work.",
    kept: "Your text is still here: copy or download it if you need it.",
    closed: {
      ready: "This draft is free again",
      leased: "This draft is being worked on",
      delivered: "This draft is being worked on",
      rework: "This draft was sent back to whoever corrects it",
      dead: "An operator has to look at this draft first",
      submitted: "This draft has been submitted",
      in_review: "This draft is in review",
      accepted: "This draft has been accepted",
      superseded: "A newer draft took the place of this one",
      withheld: "This draft is held back for now",
      withdrawn: "This draft was withdrawn",
      forgotten: "This recording was erased",
      newer: "A newer correction of this draft was handed in",
    },
    forgottenTodo:
      "Nothing of it may be kept. What you typed goes from this browser when you leave the page.",
    restoredBrowser: (when: string) => `Your text of ${when} is back: it was kept in this browser.`,
    restoredServer: (when: string) => `Your text of ${when} is back: it was saved on the server.`,
    retaken: "Your time on this draft had run out; it is yours again, and nothing was lost.",
    notKeptHere:
      "This browser cannot keep what you type (private window, or no room). It is saved on the server only.",
    setAside: "The other text was set aside. You can download it beside the draft.",
  },
  ko: {
    unchanged: "아직 고친 곳이 없어요",
    saved: (when: string) => `${when}에 저장했어요`,
    savedTodo: "모두 서버에 있어요.",
    unsaved: "입력 중…",
    unsavedTodo: "곧 저장돼요.",
    saving: "저장하는 중…",
    savingTodo: "계속 입력해도 돼요.",
    offline: (when: string) => `${when}부터 연결이 끊겼어요`,
    offlineHere: "계속 작업하세요. 입력한 글은 이 브라우저에 남고, 연결되면 저장돼요.",
    offlineNowhere: "이 브라우저에는 글을 남길 수 없어요. 연결될 때까지 이 페이지를 닫지 마세요.",
    copyRefused: (why: string) => `서버가 사본을 받지 않아요${why}`,
    copyRefusedHere: "계속 작업하세요. 입력한 글은 이 브라우저에 남고, 제출도 그대로 할 수 있어요.",
    copyRefusedNowhere: "글이 이 페이지에만 있어요. 닫기 전에 제출하거나 내려받으세요.",
    signedOut: "로그아웃됐어요",
    signedOutHere: "다시 로그인하면 이어서 저장돼요. 그때까지 입력한 글은 이 브라우저에 남아요.",
    signedOutNowhere: "지금 다시 로그인하세요. 글이 이 페이지에만 있으니 닫지 마세요.",
    leaseEnded: "30분 동안 작업이 없어서 초안이 풀렸어요",
    leaseEndedTodo: "그냥 계속하면 다시 가져와요. 글은 그대로 있어요.",
    taken: "지금은 다른 사람이 이 초안을 맡고 있어요",
    takenTodo: "여기서는 더 고칠 수 없어요. 글은 그대로 있으니 필요하면 복사하거나 내려받으세요.",
    otherTab: "이 초안이 다른 탭에 열려 있어요",
    otherTabTodo: "그 탭에서 계속하거나 ‘여기서 작업하기’를 누르세요. 거기서 입력한 글도 함께 와요.",
    elsewhere: (when: string) => `${when}에 다른 기기에서 다른 글을 저장했어요`,
    elsewhereTodo: "어느 글로 계속할지 고르세요. 나머지 글은 따로 보관하고, 내려받을 수 있어요.",
    submitting: "제출하는 중…",
    submittingSince: (when: string) => `제출하는 중: ${when}부터 응답이 없어요`,
    submittingTodo: "응답이 올 때까지 다시 보내고, 한 번만 제출돼요. 페이지를 열어 두세요.",
    submitted: "제출했어요",
    submittedTodo: "고생하셨어요. 다음 초안을 가져오세요.",
    refused: (why: string) => `서버가 받지 않았어요${why}`,
    refusedTodo: "글은 그대로 있어요. 고친 다음 다시 시도하세요.",
    left: "이 초안에서 나왔어요",
    leftTodo: "내 작업에서 찾을 수 있어요.",
    kept: "글은 그대로 있으니 필요하면 복사하거나 내려받으세요.",
    closed: {
      ready: "초안이 다시 풀렸어요",
      leased: "다른 곳에서 작업 중인 초안이에요",
      delivered: "다른 곳에서 작업 중인 초안이에요",
      rework: "담당자에게 반려된 초안이에요",
      dead: "운영자가 먼저 확인해야 하는 초안이에요",
      submitted: "이미 제출된 초안이에요",
      in_review: "검수 중인 초안이에요",
      accepted: "승인된 초안이에요",
      superseded: "새 초안으로 바뀌었어요",
      withheld: "잠시 보류된 초안이에요",
      withdrawn: "철회된 초안이에요",
      forgotten: "삭제된 녹음이에요",
      newer: "이 초안의 더 새로운 교정본이 제출됐어요",
    },
    forgottenTodo: "아무것도 남길 수 없어요. 페이지를 나가면 입력한 글도 이 브라우저에서 지워져요.",
    restoredBrowser: (when: string) => `${when}에 이 브라우저에 남겨 둔 글을 불러왔어요.`,
    restoredServer: (when: string) => `${when}에 서버에 저장한 글을 불러왔어요.`,
    retaken: "작업 시간이 지나서 초안을 다시 가져왔어요. 글은 모두 그대로예요.",
    notKeptHere: "이 브라우저에는 글을 남길 수 없어요(시크릿 창이거나 공간이 없어요). 서버에만 저장돼요.",
    setAside: "다른 글은 따로 보관했어요. 초안 옆에서 내려받을 수 있어요.",
  },
});

/** What a state is to be called, and what to do about it. */
export function stateTold(state: Keeping): Told {
  const words = states.value;
  switch (state.kind) {
    case "saved":
      return {
        what: state.at === null ? words.unchanged : words.saved(clock(state.at)),
        todo: words.savedTodo,
      };
    case "unsaved":
      return { what: words.unsaved, todo: words.unsavedTodo };
    case "saving":
      return { what: words.saving, todo: words.savingTodo };
    case "offline":
      return {
        what: words.offline(clock(state.since)),
        todo: state.here ? words.offlineHere : words.offlineNowhere,
      };
    case "copy_refused":
      return {
        what: words.copyRefused(reason(state.problem)),
        todo: state.here ? words.copyRefusedHere : words.copyRefusedNowhere,
      };
    case "signed_out":
      return { what: words.signedOut, todo: state.here ? words.signedOutHere : words.signedOutNowhere };
    case "lease_ended":
      return { what: words.leaseEnded, todo: words.leaseEndedTodo };
    case "taken":
      return { what: words.taken, todo: words.takenTodo };
    case "other_tab":
      return { what: words.otherTab, todo: words.otherTabTodo };
    case "elsewhere":
      return { what: words.elsewhere(clock(state.at)), todo: words.elsewhereTodo };
    case "submitting": {
      const { since } = state;
      return {
        what: since === null ? words.submitting : words.submittingSince(clock(since)),
        todo: words.submittingTodo,
      };
    }
    case "submitted":
      return { what: words.submitted, todo: words.submittedTodo };
    case "refused":
      return { what: words.refused(reason(state.problem)), todo: words.refusedTodo };
    case "closed":
      return {
        what: words.closed[state.why satisfies State | "forgotten" | "newer"],
        todo: state.why === "forgotten" ? words.forgottenTodo : words.kept,
      };
    case "left":
      return { what: words.left, todo: words.leftTodo };
  }
}

/** What is told once, beside the state. */
export function noteTold(note: Note): string {
  const words = states.value;
  switch (note.kind) {
    case "restored":
      return note.from === "browser"
        ? words.restoredBrowser(clock(note.at))
        : words.restoredServer(clock(note.at));
    case "retaken":
      return words.retaken;
    case "not_kept_here":
      return words.notKeptHere;
    case "set_aside":
      return words.setAside;
  }
}

/** A moment as people say it: the time, and the day where that was another one. */
export function clock(at: number, now = Date.now()): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const day: Intl.DateTimeFormatOptions = sameDay ? {} : { month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(spoken.value, { ...day, hour: "numeric", minute: "2-digit" }).format(at);
}

function reason(problem: Problem): string {
  return `: ${told(problem).what}`;
}
