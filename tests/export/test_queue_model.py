"""The whole queue against a model of it in plain Python: whatever is done, in whatever order, both say the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.errors import BadDocument, Conflict, NotFound
from core.types import LANGUAGES
from export import reviews
from export.actions import ACTIONS, act
from export.handoff import MOST_RECEIVED, Lease, Wanted, acknowledge, lease, refuse, renew
from export.queue import Queue
from export.states import FINISHED, GONE, TRANSITIONS, UNTOUCHED, Actor, State
from export.tables import Order
from export.working_copies import find_copy, save_copy
from tests.queues import correction, pass_time, predict, queued

LANGUAGE_OF = {"a": "ko", "b": "ja"}
UNITS_OF = {"x": 2, "y": 1, "z": 1}
Noted = tuple[str, str, State | None, State | None, int | None]
"""An event as the model expects it: kind, draft, from, to, version."""


ACKNOWLEDGED = {State.DELIVERED, State.SUBMITTED, State.IN_REVIEW, State.ACCEPTED, State.REWORK}


@dataclass
class Held:
    """What the model knows of a draft."""

    draft_id: str
    recording: str
    fingerprint: str
    state: State
    version: int = 1
    priority: int = 0
    difficulty: float | None = None
    received: int = 0
    token: str | None = None
    until: float = 0.0
    worker: str | None = None
    holder: str | None = None
    accepted: bool = False
    texts: list[str] = field(default_factory=list)
    judged: list[tuple[str, int]] = field(default_factory=list)
    copies: dict[tuple[str | None, str], tuple[int, str | None, str | None]] = field(default_factory=dict)
    """Of a platform's person: version, what was typed, and under which lease."""

    def drop_copies(self, *keys: tuple[str | None, str]) -> None:
        for key in keys:
            version, _, token = self.copies.get(key, (0, None, None))
            self.copies |= {key: (version, None, token)} if version else {}

    @property
    def row(self) -> tuple[Any, ...]:
        seen = self.state, self.version, self.priority, self.difficulty, len(self.texts), self.received
        return *seen, self.worker, self.holder, self.accepted


class Refused(Exception):
    """The model expects an error; its name is the code."""


def by_difficulty(difficulty: float | None, order: Order) -> tuple[bool, float]:
    """What is unknown comes last in any order but that in which drafts came."""
    if order == "received":
        return False, 0.0
    value = difficulty or 0.0
    return difficulty is None, value if order == "difficulty" else -value


class Model:
    """The queue without a database: a list of drafts in the order they came, a clock, and what was noted last."""

    def __init__(self) -> None:
        self.drafts: list[Held] = []
        self.clock = 0.0
        self.language_of: dict[str, str] = {}
        self.noted: list[Noted] = []

    def find(self, draft_id: str) -> Held:
        for held in self.drafts:
            if held.draft_id == draft_id:
                return held
        raise Refused("not_found")

    def move(self, held: Held, to: State, kind: str, actor: Actor) -> None:
        if (held.state, to, actor) not in TRANSITIONS:
            raise Refused("state")
        held.version += 1
        self.noted.append((kind, held.draft_id, held.state, to, held.version))
        held.state = to
        if to in FINISHED:
            held.drop_copies(*held.copies)

    def touch(self, held: Held, kind: str) -> None:
        held.version += 1
        self.noted.append((kind, held.draft_id, held.state, held.state, held.version))

    def enqueue(self, recording: str, fingerprint: str, ids: list[str], release: bool) -> None:
        if any(held.draft_id in ids for held in self.drafts):
            return
        older = [h for h in self.drafts if h.recording == recording and h.state not in GONE]
        taken = any(held.state not in UNTOUCHED or held.texts for held in older)
        state = State.WITHHELD if taken and not release else State.READY
        for held in older:
            gives_way = held.state is State.WITHHELD or (held.state is State.READY and state is State.READY)
            if gives_way and not held.texts:
                self.move(held, State.SUPERSEDED, "superseded", Actor.PIPELINE)
        for draft_id in ids:
            self.drafts.append(Held(draft_id, recording, fingerprint, state))
            self.noted.append(("enqueued", draft_id, None, state, 1))

    def expire(self) -> None:
        for held in self.drafts:
            if held.state is State.LEASED and held.until < self.clock:
                self.end_lease(held, "expired", Actor.QUEUE, again=True)

    def end_lease(self, held: Held, kind: str, actor: Actor, *, again: bool) -> None:
        if kind == "expired" and held.token in [token for _, _, token in held.copies.values()]:
            held.received -= 1
        alive = again and held.received < MOST_RECEIVED
        self.move(held, State.READY if alive else State.DEAD, kind if alive else "dead", actor)
        held.worker = None

    def lease(self, wanted: Wanted, one_language: bool) -> list[str]:
        bound = self.language_of.get(wanted.worker or "") if one_language else None
        languages = [one for one in wanted.languages if bound in (None, one)]
        if not languages:
            raise Refused("language")
        self.expire()
        fitting = [
            held
            for held in self.drafts
            if held.state is State.READY
            and LANGUAGE_OF[held.recording] in languages
            and (wanted.easiest is None or (held.difficulty is not None and held.difficulty >= wanted.easiest))
            and (wanted.hardest is None or (held.difficulty is not None and held.difficulty <= wanted.hardest))
        ]
        fitting.sort(key=lambda held: (-held.priority, *by_difficulty(held.difficulty, wanted.order)))
        if one_language and fitting and wanted.worker:
            first = self.language_of.setdefault(wanted.worker, LANGUAGE_OF[fitting[0].recording])
            fitting = [held for held in fitting if LANGUAGE_OF[held.recording] == first]
        for held in fitting[: wanted.count]:
            self.give_out(held, wanted)
        return [held.draft_id for held in fitting[: wanted.count]]

    def lease_named(self, draft_id: str, wanted: Wanted, one_language: bool) -> list[str]:
        held = self.find(draft_id)
        language = LANGUAGE_OF[held.recording]
        if one_language and self.language_of.get(wanted.worker or "", language) != language:
            raise Refused("language")
        arrived = held.token in [token for _, _, token in held.copies.values()]
        overdue = held.state is State.LEASED and held.until < self.clock
        if overdue and (arrived or held.received < MOST_RECEIVED):
            self.end_lease(held, "expired", Actor.QUEUE, again=True)
        if held.state is not State.READY:
            raise Refused("state")
        if one_language and wanted.worker:
            self.language_of[wanted.worker] = language
        self.give_out(held, wanted)
        return [draft_id]

    def give_out(self, held: Held, wanted: Wanted) -> None:
        self.move(held, State.LEASED, "leased", Actor.PLATFORM)
        held.received += 1
        held.until = self.clock + wanted.seconds
        held.worker, held.holder = wanted.worker, wanted.holder

    def save(self, draft_id: str, worker: str, body: str, replaces: int | None, holder: str | None) -> None:
        held = self.find(draft_id)
        if held.state not in (State.LEASED, State.DELIVERED, State.REWORK):
            raise Refused("state")
        self.insist_holder(held, holder)
        if held.worker not in (None, worker):
            raise Refused("not_yours")
        version, kept, _ = held.copies.get((held.holder, worker), (0, None, None))
        if kept == body and replaces in (None, version - 1):
            return
        if replaces != (None if kept is None else version):
            raise Refused("stale_version")
        held.copies[held.holder, worker] = version + 1, body, held.token

    def leased(self, draft_id: str, token: str) -> Held:
        held = self.find(draft_id)
        if held.token == token and held.state in ACKNOWLEDGED:
            raise Refused("state")
        if held.state is not State.LEASED or held.token != token:
            raise Refused("lease_lost")
        return held

    def acknowledge(self, draft_id: str, token: str) -> None:
        held = self.find(draft_id)
        if held.state in ACKNOWLEDGED and held.token == token:
            return
        self.move(self.leased(draft_id, token), State.DELIVERED, "delivered", Actor.PLATFORM)
        held.received = 0

    def refuse(self, draft_id: str, token: str, again: bool) -> None:
        held = self.find(draft_id)
        if held.state in (State.READY, State.DEAD) and held.token == token:
            return
        self.end_lease(self.leased(draft_id, token), "refused", Actor.PLATFORM, again=again)

    def renew(self, draft_id: str, token: str, seconds: float) -> None:
        held = self.leased(draft_id, token)
        held.until = self.clock + seconds
        self.touch(held, "renewed")

    def submit(self, draft_id: str, revision: int, text: str, worker: str, holder: str | None) -> None:
        held = self.find(draft_id)
        known = 1 <= revision <= len(held.texts) and held.texts[revision - 1] == text
        if known and held.state is not State.DELIVERED:
            return
        self.insist_holder(held, holder)
        if revision != len(held.texts) + 1:
            raise Refused("revision")
        self.move(held, State.SUBMITTED, "submitted", Actor.PLATFORM)
        held.drop_copies((held.holder, worker))
        held.texts.append(text)
        held.worker = worker

    def insist_holder(self, held: Held, holder: str | None) -> None:
        if None not in (held.holder, holder) and held.holder != holder:
            raise Refused("not_yours")

    def review(self, draft_id: str, revision: int, verdict: str, sentence: int, versioned: bool) -> None:
        held = self.find(draft_id)
        to = State.ACCEPTED if verdict == "accepted" else State.REWORK
        if held.state is to and held.judged and held.judged[-1] == (verdict, revision) and sentence == 0:
            return
        if revision != len(held.texts):
            raise Refused("revision")
        judged = held.judged and held.judged[-1][1] == revision
        if judged and held.state in (State.IN_REVIEW, State.SUBMITTED) and not versioned:
            raise Refused("judged")
        if (held.state, to, Actor.REVIEWER) in TRANSITIONS and sentence > 0:
            raise Refused("bad_document")
        self.move(held, to, verdict, Actor.REVIEWER)
        held.judged.append((verdict, revision))
        held.accepted = to is State.ACCEPTED or held.accepted

    def act(self, draft_id: str, name: str, actor: Actor, holder: str | None) -> None:
        held, action = self.find(draft_id), ACTIONS[name]
        self.insist_holder(held, holder)
        if held.state not in action.before:
            raise Refused("state")
        self.move(held, action.after, action.kind, actor)
        held.received = 0 if "received" in action.columns else held.received
        held.worker = None if "worker" in action.columns else held.worker
        held.accepted = False if "accepted_at" in action.columns else held.accepted

    def forget(self, recording: str) -> None:
        for held in [held for held in self.drafts if held.recording == recording]:
            self.noted.append(("forgotten", held.draft_id, held.state, State.WITHDRAWN, None))
            self.drafts.remove(held)


def outcome(work: Callable[[], object]) -> str:
    """What came of it, in one word, of the queue or of the model."""
    try:
        work()
    except Refused as refused:
        return str(refused)
    except Conflict as conflict:
        return conflict.code
    except NotFound:
        return "not_found"
    except BadDocument:
        return "bad_document"
    return "done"


def copy_of(queue: Queue, draft_id: str, worker: str, platform: str | None) -> tuple[int, str] | None:
    try:
        copy = find_copy(queue, draft_id, worker, platform=platform)
    except NotFound:
        return None
    return copy.version, copy.body


numbers = st.integers(0, 1000)  # which one of those that there are
holders = st.sampled_from(["platform", "platform", "another"])


class QueueMachine(RuleBasedStateMachine):
    """Does the same to the queue and to the model."""

    fresh_queue: Callable[[], Queue]

    @initialize()
    def begin(self) -> None:
        self.queue = type(self).fresh_queue()
        self.model = Model()
        self.tokens: list[tuple[str, str]] = []
        self.feed = 0
        self.state_of: dict[str, State | None] = {}
        self.enqueue("a", "x", release=False)
        self.enqueue("b", "y", release=False)

    def same(self, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
        assert outcome(ours) == outcome(theirs)

    def acknowledge(self, draft: str, token: str) -> None:
        self.same(lambda: acknowledge(self.queue, draft, token), lambda: self.model.acknowledge(draft, token))

    def any_draft(self, number: int) -> str:
        ids = [held.draft_id for held in self.model.drafts] or ["0" * 32]
        return ids[number % len(ids)]

    @rule(recording=st.sampled_from("ab"), fingerprint=st.sampled_from("xyz"), release=st.booleans())
    def enqueue(self, recording: str, fingerprint: str, release: bool) -> None:
        rows = queued(
            recording, fingerprint=fingerprint, units=UNITS_OF[fingerprint], language=LANGUAGE_OF[recording]
        )
        self.queue.enqueue(rows, release=release)
        self.model.enqueue(recording, fingerprint, [row.draft_id for row in rows], release)

    @rule(
        count=st.integers(1, 3),
        languages=st.sampled_from([LANGUAGES, ("ko",), ("ja",), ("en", "ja")]),
        bounds=st.sampled_from([(None, None), (None, None), (None, 50.0), (50.0, None), (20.0, 80.0)]),
        worker=st.sampled_from([None, "kim", "lee"]),
        one_language=st.booleans(),
        holder=holders,
        order=st.sampled_from(["received", "received", "difficulty", "-difficulty"]),
    )
    def lease(
        self,
        count: int,
        languages: Any,
        bounds: Any,
        worker: str | None,
        one_language: bool,
        holder: str = "platform",
        order: Order = "received",
    ) -> None:
        easiest, hardest = bounds
        wanted = Wanted(holder, count, 60.0, languages, None, easiest, hardest, worker, order)
        one_language = one_language and worker is not None
        taken: list[Lease] = []
        expected: list[str] = []
        self.same(
            lambda: taken.extend(lease(self.queue, wanted, one_language=one_language)),
            lambda: expected.extend(self.model.lease(wanted, one_language)),
        )
        self.note_leases(taken, expected)

    @rule(number=numbers, worker=st.sampled_from([None, "kim", "lee"]), one_language=st.booleans(), holder=holders)
    def lease_named(self, number: int, worker: str | None, one_language: bool, holder: str = "platform") -> None:
        draft = self.any_draft(number)
        wanted = Wanted(holder, worker=worker, draft_id=draft)
        one_language = one_language and worker is not None
        taken: list[Lease] = []
        expected: list[str] = []
        self.same(
            lambda: taken.extend(lease(self.queue, wanted, one_language=one_language)),
            lambda: expected.extend(self.model.lease_named(draft, wanted, one_language)),
        )
        self.note_leases(taken, expected)

    def note_leases(self, taken: list[Lease], expected: list[str]) -> None:
        assert [one.entry.draft.draft_id for one in taken] == expected
        for one in taken:
            self.model.find(one.entry.draft.draft_id).token = one.token
            self.tokens.append((one.entry.draft.draft_id, one.token))

    @rule(seconds=st.sampled_from([25.0, 45.0, 95.0]))
    def time_passes(self, seconds: float) -> None:  # never to the very end of a lease, which is a matter of taste
        pass_time(self.queue, seconds)
        self.model.clock += seconds

    @precondition(lambda self: self.tokens)
    @rule(number=numbers, what=st.sampled_from(["acknowledge", "acknowledge", "refuse", "bury", "renew"]))
    def use_a_token(self, number: int, what: str) -> None:
        draft, token = self.tokens[-1 - number % len(self.tokens)]
        match what:
            case "acknowledge":
                self.acknowledge(draft, token)
            case "renew":
                self.same(
                    lambda: renew(self.queue, draft, token, 60.0), lambda: self.model.renew(draft, token, 60.0)
                )
            case _:
                again = what == "refuse"
                self.same(
                    lambda: refuse(self.queue, draft, token, reason="full", again=again),
                    lambda: self.model.refuse(draft, token, again),
                )

    @precondition(lambda self: len({draft for draft, _ in self.tokens}) > 1)
    @rule(number=numbers)
    def use_the_token_of_another_draft(self, number: int) -> None:
        draft, token = self.tokens[number % len(self.tokens)]
        other = next(one for one, _ in self.tokens if one != draft)
        expected = "lease_lost" if any(held.draft_id == other for held in self.model.drafts) else "not_found"
        assert outcome(lambda: acknowledge(self.queue, other, token)) == expected

    @rule(
        number=numbers,
        worker=st.sampled_from(["w1", "kim"]),
        body=st.sampled_from(["one", "two"]),
        step=st.sampled_from([0, 0, 0, 1, None]),
        holder=st.one_of(st.none(), holders),
    )
    def save(self, number: int, worker: str, body: str, step: int | None, holder: str | None = None) -> None:
        draft = self.any_draft(number)
        held = self.model.find(draft) if self.model.drafts else None
        version, kept, _ = held.copies.get((held.holder, worker), (0, None, None)) if held else (0, None, None)
        replaces = None if kept is None or step is None else version - step
        self.same(
            lambda: save_copy(
                self.queue,
                draft,
                worker,
                body,
                revision=0,
                replaces=replaces,
                platform=holder or "platform",
                holder=holder,
            ),
            lambda: self.model.save(draft, worker, body, replaces, holder),
        )

    @rule(
        number=numbers,
        step=st.sampled_from([1, 1, 0, 2]),
        text=st.sampled_from(["one", "two"]),
        worker=st.just("w1"),
        holder=st.one_of(st.none(), holders),
    )
    def submit(self, number: int, step: int, text: str, worker: str, holder: str | None = None) -> None:
        draft = self.any_draft(number)
        known = len(self.model.find(draft).texts) if self.model.drafts else 0
        sent = correction(draft, known + step, text=text, worker=worker)
        self.same(
            lambda: reviews.submit(self.queue, sent, source="api", holder=holder),
            lambda: self.model.submit(draft, known + step, text, worker, holder),
        )

    @rule(
        number=numbers,
        verdict=st.sampled_from(["accepted", "rework"]),
        back=st.sampled_from([0, 0, 0, 1]),
        sentence=st.sampled_from([0, 0, 0, 1]),
        versioned=st.booleans(),
    )
    def review(self, number: int, verdict: Any, back: int, sentence: int, versioned: bool) -> None:
        draft = self.any_draft(number)
        revision = len(self.model.find(draft).texts) - back if self.model.drafts else 1
        judged = reviews.Review("lee", revision, verdict, comments=(reviews.Comment(sentence, "hear it again"),))
        version = self.model.find(draft).version if versioned and self.model.drafts else None
        self.same(
            lambda: reviews.review(self.queue, draft, judged, version=version),
            lambda: self.model.review(draft, revision, verdict, sentence, versioned),
        )

    @rule(number=numbers, name=st.sampled_from(sorted(ACTIONS)), actor=st.sampled_from(list(Actor)), holder=holders)
    def act(self, number: int, name: str, actor: Actor, holder: str | None = None) -> None:
        draft = self.any_draft(number)
        self.same(
            lambda: act(self.queue, draft, name, actor, holder=holder),
            lambda: self.model.act(draft, name, actor, holder),
        )

    @precondition(lambda self: self.model.drafts)
    @rule(number=numbers, name=st.sampled_from(sorted(ACTIONS)))
    def act_on_what_is_no_longer_so(self, number: int, name: str) -> None:
        held = self.model.find(self.any_draft(number))
        stale = held.version - 1
        assert (
            outcome(lambda: act(self.queue, held.draft_id, name, Actor.OPERATOR, version=stale)) == "stale_version"
        )

    @precondition(lambda self: self.model.drafts)
    @rule(number=numbers, priority=st.integers(-1, 2), difficulty=st.sampled_from([None, 10.0, 50.0, 90.0]))
    def rate(self, number: int, priority: int, difficulty: float | None) -> None:
        held = self.model.find(self.any_draft(number))
        self.queue.prioritise(held.draft_id, priority)
        predict(self.queue, held.draft_id, difficulty)
        held.priority, held.difficulty = priority, difficulty
        self.model.touch(held, "prioritised")
        self.model.touch(held, "predicted")

    # From here on: what is likely to succeed, so that drafts come far.

    @rule(count=st.integers(1, 3))
    def deliver(self, count: int) -> None:
        before = len(self.tokens)
        self.lease(count, LANGUAGES, (None, None), "w1", False)
        for draft, token in self.tokens[before:]:
            self.acknowledge(draft, token)

    @rule(seconds=st.sampled_from([25.0, 95.0]))
    def drop(self, seconds: float) -> None:
        self.lease(3, LANGUAGES, (None, None), None, False)
        self.time_passes(seconds)

    def one_that_is(self, number: int, *states: State) -> int | None:
        """Where, among all, one of the drafts in these states stands."""
        places = [place for place, held in enumerate(self.model.drafts) if held.state in states]
        return places[number % len(places)] if places else None

    @rule(number=numbers, text=st.sampled_from(["one", "two"]))
    def correct(self, number: int, text: str) -> None:
        place = self.one_that_is(number, State.DELIVERED, State.REWORK, State.SUBMITTED)
        if place is not None:
            self.submit(place, 1, text, "w1")

    @rule(number=numbers, body=st.sampled_from(["one", "two"]))
    def type_in(self, number: int, body: str) -> None:
        place = self.one_that_is(number, State.LEASED, State.DELIVERED, State.REWORK)
        if place is not None:
            self.save(place, self.model.drafts[place].worker or "w1", body, 0)

    @rule(number=numbers, verdict=st.sampled_from(["accepted", "rework"]), again=st.booleans())
    def judge(self, number: int, verdict: Any, again: bool) -> None:
        place = self.one_that_is(number, State.SUBMITTED, State.IN_REVIEW)
        if place is not None:
            self.review(place, verdict, 0, 0, versioned=True)
        if place is not None and again:
            self.review(place, verdict, 0, 0, versioned=False)

    @precondition(lambda self: self.model.drafts)
    @rule(number=numbers, which=numbers)
    def act_as_one_may(self, number: int, which: int) -> None:
        state = self.model.find(self.any_draft(number)).state
        fitting = [
            (name, actor)
            for name, action in sorted(ACTIONS.items())
            for actor in Actor
            if state in action.before and (state, action.after, actor) in TRANSITIONS and name != "withdraw"
        ]
        if fitting:
            self.act(number, *fitting[which % len(fitting)])

    @rule(recording=st.sampled_from("ab"), sure=st.sampled_from([False] * 7 + [True]))
    def forget(self, recording: str, sure: bool) -> None:
        if sure:
            self.queue.forget(recording)
            self.model.forget(recording)

    def steps(self) -> Iterator[Any]:
        """The rest of the feed, in small pages, as a reader takes it."""
        while page := self.queue.events(after=self.feed, limit=3):
            assert all(
                one.seq > before for one, before in zip(page, [self.feed, *(p.seq for p in page)], strict=False)
            )
            self.feed = page[-1].seq
            yield from page

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "queue"):
            return
        entries = self.queue.list()
        assert [entry.draft.draft_id for entry in entries] == [held.draft_id for held in self.model.drafts]
        for entry, held in zip(entries, self.model.drafts, strict=True):
            row = entry.state, entry.version, entry.priority, entry.difficulty, entry.revision, entry.received
            assert (*row, entry.worker, entry.holder, entry.accepted_at is not None) == held.row
            assert (entry.dead_reason is not None) >= (entry.state is State.DEAD)
            if held.texts:
                sent = reviews.submissions(self.queue, held.draft_id)
                assert [one.correction.sentences[0].text for one in sent] == held.texts
                assert [one.correction.revision for one in sent] == list(range(1, len(sent) + 1))
            for (platform, worker), (version, body, _) in held.copies.items():
                copy = copy_of(self.queue, held.draft_id, worker, platform)
                assert copy == (None if body is None else (version, body))
            if held.judged:
                kept = reviews.reviews_of(self.queue, held.draft_id)
                assert [(one.verdict, one.revision) for one in kept] == held.judged

    @invariant()
    def every_change_is_one_event(self) -> None:
        if not hasattr(self, "queue"):
            return
        happened = list(self.steps())
        noted = [(one.kind, one.draft_id, one.from_state, one.to_state, one.version) for one in happened]
        assert sorted(map(repr, noted)) == sorted(map(repr, self.model.noted))
        self.model.noted.clear()
        for one in happened:
            assert one.from_state == self.state_of.get(one.draft_id)
            self.state_of[one.draft_id] = None if one.kind == "forgotten" else one.to_state

    def teardown(self) -> None:
        if hasattr(self, "queue"):
            self.queue.close()


def test_the_queue_does_what_its_model_does(fresh_queue: Callable[[], Queue]) -> None:
    case = type("Machine", (QueueMachine,), {"fresh_queue": staticmethod(fresh_queue)}).TestCase
    case.settings = settings(
        max_examples=30,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    case("runTest").runTest()


def one_step(machine: QueueMachine, chance: random.Random) -> None:
    """One of the machine's rules, by chance, more often than not one that succeeds."""
    n = chance.randrange(1000)
    match chance.randrange(17):
        case 0:
            machine.enqueue("ab"[n % 2], "xyz"[n % 3], release=n % 5 == 0)
        case 1:
            machine.lease(1 + n % 3, LANGUAGES, (None, None), "kim", one_language=n % 2 == 0)
        case 2 | 3 if machine.tokens:
            machine.use_a_token(n % 4, ("acknowledge", "refuse", "renew", "bury", "renew")[n % 5])
        case 4 | 5:
            machine.deliver(1 + n % 3)
        case 6 | 7:
            machine.correct(n, "one" if n % 2 else "two")
        case 8:
            machine.judge(n, "accepted" if n % 3 else "rework", again=n % 2 == 0)
        case 9:
            machine.submit(n, n % 3, "one", "w1")
        case 10:
            machine.drop(95.0 if n % 2 else 25.0)
        case 11:
            machine.forget("ab"[n % 2], sure=n % 8 == 0)
        case 12 | 13:
            machine.type_in(n, "one" if n % 2 else "two")
        case 14:
            machine.lease_named(n, "kim", one_language=n % 2 == 0)
        case _ if machine.model.drafts:
            machine.act_as_one_may(n, chance.randrange(1000))
            machine.rate(n, n % 3, (None, 10.0, 90.0)[n % 3])


def test_it_does_so_on_long_walks_on_which_drafts_come_far(fresh_queue: Callable[[], Queue]) -> None:
    seen: set[tuple[str, State | None]] = set()
    for seed in range(4):
        chance = random.Random(seed)
        machine = type("Walk", (QueueMachine,), {"fresh_queue": staticmethod(fresh_queue)})()
        machine.begin()
        for _ in range(250):
            one_step(machine, chance)
            machine.agrees()
            machine.every_change_is_one_event()
        seen |= {(one.kind, one.to_state) for one in machine.queue.events(limit=10**6)}
        machine.teardown()

    assert {state for _, state in seen} == set(State)
    assert {kind for kind, _ in seen} >= {action.kind for action in ACTIONS.values()} - {"withdrawn"}
    assert {kind for kind, _ in seen} >= {"expired", "refused", "dead", "renewed", "superseded", "forgotten"}
