"""One example of each document that goes in or comes out, for the API's description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DRAFT_ID = "1c2edd3ed86d17bb9fb7d79b6dfe0589"
_LEASE_TOKEN = "q3Xr0vYb8k2mPZ4nL7cT1wHd9sFgJuAe"  # noqa: S105 - an example
_ENTRY: dict[str, Any] = {
    "draft_id": _DRAFT_ID,
    "state": "ready",
    "version": 1,
    "project": "interviews",
    "external_id": "A-1031",
    "recording": "https://videos.example/a-1031.mp4",
    "recording_id": "d4eb3ebf" * 8,
    "duration": 412.36,
    "unit": {"index": 0, "count": 1, "start": 0.0, "end": 412.36},
    "language": "en",
    "model_set": "fast",
    "fingerprint": "a9c04ac037e39c33",
    "billable_minutes": 6.87,
    "estimated_price": {"amount": 4122, "currency": "KRW"},
    "estimated_work": {
        "value": 24.5,
        "low": 14.1,
        "high": 36.3,
        "basis": "320 en drafts, predicted by en-difficulty-7",
    },
    "priority": 0,
    "difficulty": 34.5,
    "prediction": {
        "value": 34.5,
        "low": 21.0,
        "high": 47.2,
        "effort": 412.0,
        "effort_low": 230.1,
        "effort_high": 621.7,
        "from_scratch": False,
        "model": "en-difficulty-7",
        "reasons": [{"feature": "noise", "text": "music 6 dB below the voice", "points": 9.5}],
    },
    "revision": 0,
    "worker": None,
    "holder": None,
    "received": 0,
    "leased_until": None,
    "accepted_at": None,
    "dead_reason": None,
    "links": {
        "document": f"/v1/drafts/{_DRAFT_ID}/document",
        "mix": f"/v1/drafts/{_DRAFT_ID}/audio/mix?expires=1795698000&signature=5f0c",
        "voice": f"/v1/drafts/{_DRAFT_ID}/audio/voice?expires=1795698000&signature=8d21",
        "mix_peaks": f"/v1/drafts/{_DRAFT_ID}/audio/mix/peaks?expires=1795698000&signature=c07a",
        "voice_peaks": f"/v1/drafts/{_DRAFT_ID}/audio/voice/peaks?expires=1795698000&signature=e1b6",
        "expires": "2026-11-27T03:00:00Z",
    },
}
_LEASED = _ENTRY | {
    "state": "leased",
    "version": 2,
    "holder": "annotation-platform",
    "received": 1,
    "leased_until": "2026-11-26T01:03:12.500Z",
}
_SUBMITTED = _ENTRY | {
    "state": "submitted",
    "version": 4,
    "holder": "annotation-platform",
    "worker": "kim",
    "revision": 1,
}
_TYPED: dict[str, Any] = {"sentences": [{"from": ["0001"], "text": "Good morning, Min"}]}
_WORKING_COPY: dict[str, Any] = {
    "draft_id": _DRAFT_ID,
    "worker": "kim",
    "version": 4,
    "revision": 0,
    "saved_at": "2026-11-26T01:12:40.250Z",
}
_REVIEW: dict[str, Any] = {
    "reviewer": "lee",
    "revision": 1,
    "verdict": "rework",
    "comment": "Numbers in digits, please.",
    "comments": [{"sentence": 3, "text": "Two people speak here."}],
}

_ENDPOINT: dict[str, Any] = {
    "name": "platform",
    "url": "https://platform.example/hooks",
    "kinds": ["enqueued", "accepted"],
    "private": False,
    "version": 1,
    "created_at": "2026-11-02T09:00:00Z",
    "disabled_reason": None,
    "failing_since": None,
    "next_at": None,
    "waiting": 0,
    "dead": 0,
}
_DELIVERY: dict[str, Any] = {
    "event": 12,
    "state": "dead",
    "attempts": 80,
    "next_at": None,
    "error": "it answered 503",
}

_EVENT: dict[str, Any] = {
    "seq": 12,
    "at": "2026-11-26T01:20:08.114Z",
    "kind": "submitted",
    "actor": "platform",
    "by": "annotation-platform",
    "draft_id": _DRAFT_ID,
    "recording_id": _ENTRY["recording_id"],
    "from": "delivered",
    "to": "submitted",
    "version": 4,
    "details": {"revision": 1, "source": "api"},
}
_POSTED: dict[str, Any] = {
    "specversion": "1.0",
    "datacontenttype": "application/json",
    "source": "urn:prelabel:queue:5f3a91c2",
}

_EDITS: dict[str, Any] = {
    "content": {"substitution": 1, "insertion": 7, "deletion": 0},
    "orthography": 0,
    "punctuation": 1,
    "spacing": 0,
    "boundary": {"split": 0, "merge": 0, "shift": 0},
    "speaker": 0,
    "time": 0,
}
_FIGURES: dict[str, Any] = {
    "edits": _EDITS,
    "drafts": 1,
    "corrected_sentences": 2,
    "unchanged_sentences": 0,
    "unread_sentences": 0,
    "retype_sentences": 0,
    "draft_characters": 17,
    "content_characters": 24,
    "words": 4,
    "word_errors": 2,
    "effort": 9.4,
    "typing": 8.064,
    "fewest_typing": 6.72,
    "audio_seconds": 412.36,
    "lead_seconds": 512.5,
    "lead_audio_seconds": 412.36,
    "speech_seconds": 1.68,
    "missed_seconds": 0.5,
    "false_alarm_seconds": 0.0,
    "confused_seconds": 0.0,
    "cer": 0.333333,
    "wer": 0.5,
    "der": 0.297619,
    "work_ratio": 1.242846,
    "unchanged_share": 0.0,
    "unread_share": 0.0,
    "difficulty": 80.1,
}
_SENTENCE: dict[str, Any] = {
    "index": 0,
    "from": ["0001"],
    "edits": _EDITS,
    "content_characters": 17,
    "cer": 0.470588,
    "effort": 6.75,
    "difficulty": 75.2,
    "flags": ["retype"],
    "played_share": 1.0,
    "seconds": None,
}

_RATE: dict[str, Any] = {"value": 0.061, "low": 0.049, "high": 0.074, "part": 1220.0, "whole": 20000.0}
_VERSION: dict[str, Any] = {
    "fingerprint": "a3c19b77e0d2",
    "model_set": "fast",
    "recordings": 41,
    "figures": _FIGURES,
}
_DIFFERENCE: dict[str, Any] = {
    "before": 0.053,
    "after": 0.083,
    "value": 0.03,
    "low": 0.012,
    "high": 0.048,
    "p": 0.001,
    "adjusted_p": 0.002,
    "detectable": 0.021,
    "verdict": "worse",
}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "DraftEntry": _ENTRY,
    "DraftPage": {"drafts": [_ENTRY], "next": "YWZ0ZXIgNTA"},
    "LeaseRequest": {"count": 5, "seconds": 60, "languages": ["ko"], "project": "default", "order": "difficulty"},
    "LeasesGiven": {"leases": [{"lease_token": _LEASE_TOKEN, "draft": _LEASED}]},
    "Acknowledgement": {"lease_token": _LEASE_TOKEN},
    "LeaseRefusal": {"lease_token": _LEASE_TOKEN, "reason": "the clip does not play", "again": False},
    "Renewal": {"lease_token": _LEASE_TOKEN, "seconds": 120},
    "WorkingCopyRequest": {"worker": "kim", "revision": 0, "document": _TYPED},
    "WorkingCopyEntry": _WORKING_COPY,
    "WorkingCopyGiven": _WORKING_COPY | {"document": _TYPED},
    "SubmissionTaken": {"draft": _SUBMITTED, "replayed": False},
    "SubmissionList": {
        "submissions": [
            {
                "draft_id": _DRAFT_ID,
                "revision": 1,
                "worker": "kim",
                "lead_time": 512.5,
                "sentences": 61,
                "source": "api",
                "flags": [],
                "at": "2026-11-26T01:20:08.114Z",
            }
        ]
    },
    "ReviewRequest": _REVIEW,
    "ReviewTaken": {"draft": _SUBMITTED | {"state": "rework"}, "replayed": False},
    "ReviewList": {"reviews": [_REVIEW | {"at": "2026-11-26T02:03:44.020Z"}]},
    "ScoreGiven": {
        "draft_id": _DRAFT_ID,
        "revision": 1,
        "provisional": True,
        "language": "en",
        "normaliser": "prelabel-en-1",
        "normaliser_steps": ["NFC", "lower case"],
        **_FIGURES,
        "flags": ["retype"],
        "renamed": [{"from": "S1", "to": "Minji"}],
        "sentences": [_SENTENCE],
        "removed": [_SENTENCE | {"index": None, "cer": None, "flags": []}],
    },
    "EditsShown": {
        "draft_id": _DRAFT_ID,
        "language": "en",
        "base": 0,
        "revision": 1,
        "rows": [
            {
                "index": 0,
                "from": [0],
                "pieces": [
                    {"kind": "same", "before": "Good morning", "after": "Good morning"},
                    {"kind": "content", "before": "", "after": ", Minji"},
                    {"kind": "same", "before": ".", "after": "."},
                ],
                "boundaries": [],
                "speaker": {"before": "S1", "after": "S2"},
                "time": {"before": [0.802, 1.982], "after": [0.802, 2.31]},
                "added": False,
            },
            {
                "index": None,
                "from": [1],
                "pieces": [{"kind": "content", "before": "Thank you for watching.", "after": ""}],
                "boundaries": [],
                "speaker": None,
                "time": None,
                "added": False,
            },
        ],
        "renamed": [],
    },
    "ScoreSums": {
        "sums": [
            {
                **_FIGURES,
                "drafts": 42,
                "key": dict.fromkeys(("project", "source", "model_set", "fingerprint", "recogniser"))
                | {"language": "en", "worker": "kim"},
                "provisional": 3,
                "normaliser": "prelabel-en-1",
            }
        ]
    },
    "TrendsGiven": {
        "rows": [
            {
                "period": "week",
                "start": "2026-11-23",
                "language": "en",
                "normaliser": "prelabel-en-1",
                "project": None,
                "source": "news",
                "model_set": None,
                "fingerprint": None,
                "provisional": False,
                "recordings": 41,
                "figures": _FIGURES,
                "rates": {"cer": _RATE, "wer": _RATE},
            }
        ],
        "versions": [
            {
                "project": "default",
                "language": "en",
                "normaliser": "prelabel-en-1",
                "verdict": "worse",
                "sentence": "default, en: CER 5.3 → 8.3 %, +3.0 points (95 % interval 1.2 to 4.8), worse; 41 "
                "against 38 recordings, compared within sources",
                "before": _VERSION,
                "after": _VERSION | {"fingerprint": "b51f7d02c9e4"},
                "paired": False,
                "by_source": True,
                "recordings_before": 41,
                "recordings_after": 38,
                "left_out": 0,
                "provisional": 3,
                "cer": _DIFFERENCE,
                "effort": None,
                "sources": [
                    {
                        "source": "news",
                        "recordings_before": 41,
                        "recordings_after": 38,
                        "cer_before": 0.053,
                        "cer_after": 0.083,
                        "compared": True,
                    }
                ],
            }
        ],
    },
    "EvidenceList": {
        "groups": [
            {
                "worker": "kim",
                "project": None,
                "language": None,
                "source": None,
                "drafts": 20,
                "provisional": 1,
                "recordings": 18,
                "findings": {
                    "shorter_than_hearing": {
                        "value": 0.3,
                        "low": 0.145,
                        "high": 0.519,
                        "part": 6.0,
                        "whole": 20.0,
                        "drafts": 20,
                        "too_few": False,
                        "expected": {"value": 0.24, "part": 6.0, "whole": 20.0, "drafts": 20},
                    }
                },
            }
        ],
        "meanings": {
            "shorter_than_hearing": "Drafts whose first revision took less logged time than hearing the speech at "
            "double speed. Time may also have been spent where the tool does not see it."
        },
    },
    "FittedModels": {
        "models": [
            {
                "name": "en-difficulty-7",
                "kind": "difficulty",
                "scope": "en",
                "at": "2026-11-26T03:00:00Z",
                "good": True,
                "in_use": True,
                "examples": 320,
                "document": {"schema": "prelabel.difficulty-model/1", "name": "en-difficulty-7", "good": True},
            }
        ]
    },
    "TokenEntry": {
        "name": "kim-2026",
        "platform": "studio",
        "worker": "kim",
        "scopes": ["read", "lease", "submit"],
        "expires_at": None,
    },
    "ProjectGiven": {
        "name": "interviews",
        "languages": ["ko", "zh"],
        "glossary": ["프리라벨", "Kubernetes"],
        "guideline": {
            "script": "simplified",
            "max_sentence_seconds": 12.0,
            "numerals": "Digits from 10 on.",
            "fillers": "Leave out uh, um, 어, 음.",
            "spacing": None,
            "checks": [
                {"pattern": "[０-９]", "languages": ["ko"], "message": "Digits are written in half width."},
            ],
            "other_script": "㑮㑯㑳",
        },
    },
    "TransitionRequest": {"action": "return", "reason": "worker left"},
    "EventPage": {"events": [_EVENT], "next": 12},
    "PostedEvent": _POSTED
    | {"id": "12", "type": "prelabel.draft.submitted", "subject": _DRAFT_ID, "time": _EVENT["at"], "data": _EVENT},
    "PostedPing": _POSTED
    | {"id": "ping_5f3a91c2", "type": "prelabel.ping", "time": "2026-11-26T01:20:08.114Z", "data": {}},
    "EndpointRequest": {
        "name": "platform",
        "url": "https://platform.example/hooks",
        "kinds": ["enqueued", "accepted"],
    },
    "EndpointEntry": _ENDPOINT,
    "EndpointSecret": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", "endpoint": _ENDPOINT},
    "PingAnswered": {"status": 204, "error": None},
    "DeliveryEntry": _DELIVERY,
    "Redriven": {"redriven": 3},
    "Reconciliation": {
        "event": 1840,
        "states": {"ready": {"drafts": 310, "minutes": 3072.4}},
        "sent": {"drafts": 210, "minutes": 2101.0},
        "held": {"drafts": 120, "minutes": 1188.2},
        "came_back": {"drafts": 90, "minutes": 912.8},
    },
    "HeldDrafts": {"draft_ids": [_DRAFT_ID]},
    "HeldDraftsCompared": {
        "event": 1840,
        "agreed": 119,
        "unknown": [],
        "not_held": {_DRAFT_ID: "submitted"},
        "not_named": ["0123456789abcdef0123456789abcdef"],
    },
    "Health": {"status": "ok"},
    "Draft": {
        "schema": "prelabel.draft/1",
        "draft_id": _DRAFT_ID,
        "project": "interviews",
        "external_id": "A-1031",
        "metadata": {"batch": "2026-11"},
        "recording": {"id": "d4eb3ebf" * 8, "uri": "https://videos.example/a-1031.mp4", "duration": 412.36},
        "unit": {"index": 0, "count": 1, "start": 0.0, "end": 412.36},
        "language": "en",
        "sentences": [
            {
                "id": "0001",
                "start": 0.802,
                "end": 1.982,
                "speaker": "S1",
                "language": "en",
                "text": "Good morning.",
                "raw_text": "good morning.",
                "confidence": 0.958,
                "flags": ["overlap"],
                "words": [
                    {
                        "text": " good",
                        "start": 0.802,
                        "end": 1.12,
                        "confidence": 0.9534,
                        "speaker": "S1",
                        "overlapped": True,
                    },
                    {
                        "text": " morning.",
                        "start": 1.12,
                        "end": 1.982,
                        "confidence": 0.9631,
                        "speaker": "S1",
                        "overlapped": False,
                    },
                ],
            }
        ],
        "turns": [{"start": 0.83, "end": 2.079, "speaker": "S1", "exclusive": False}],
        "quality": {"snr_db": 31.2, "voice_share": 0.78, "music_share": 0.0},
        "flags": ["unwritten_voice"],
        "pipeline": {
            "fingerprint": "a9c04ac037e39c33",
            "model_set": "fast",
            "stages": [
                {
                    "name": "draft",
                    "version": 2,
                    "fingerprint": "a9c04ac037e39c33",
                    "settings": {},
                    "models": {},
                }
            ],
        },
    },
    "Correction": {
        "schema": "prelabel.correction/1",
        "draft_id": _DRAFT_ID,
        "revision": 1,
        "worker": "kim",
        "lead_time": 512.5,
        "played": [[0.0, 412.36]],
        "sentences": [
            {"from": ["0001"], "start": 0.802, "end": 1.982, "speaker": "S1", "text": "Good morning, Minji."},
            {"from": [], "start": 2.1, "end": 2.6, "speaker": "S2", "text": "Morning!", "marks": ["overlap"]},
        ],
    },
    "Problem": {
        "type": "urn:prelabel:problem:bad_document",
        "title": "this correction cannot be taken",
        "status": 422,
        "detail": "/sentences/3/text: it is empty: leave out a sentence in which nothing is said, "
        "or mark it `inaudible`",
        "fix": "correct the document and send it again; docs/platform.md describes every field",
        "errors": [
            {
                "pointer": "/sentences/3/text",
                "detail": "it is empty: leave out a sentence in which nothing is said, or mark it `inaudible`",
            }
        ],
    },
    "EndpointList": {"endpoints": [_ENDPOINT]},
    "DeliveryPage": {"deliveries": [_DELIVERY], "next": None},
}
"""By the name of the schema. Each holds; a test sees to that."""
