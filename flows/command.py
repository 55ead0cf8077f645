"""The `prelabel` command: parse, call one function, print. Progress to stderr, results to stdout.

Nothing heavy is imported here: `prelabel --help` answers at once, and a run says so while the libraries load.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Optional

import typer

from core.errors import PrelabelError
from core.quiet import silence_libraries

silence_libraries()

app = typer.Typer(
    name="prelabel",
    help="Turn videos into transcript drafts in the correction queue, so that people correct instead of dictating.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
labels_app = typer.Typer(
    help="Label Studio: push drafts there, pull corrections back (docs/label-studio.md).", no_args_is_help=True
)
models_app = typer.Typer(help="Model sets: list, fetch, verify.", no_args_is_help=True)
queue_app = typer.Typer(
    help="The correction queue: look at drafts, hold them back, try them again.", no_args_is_help=True
)
token_app = typer.Typer(help="Tokens for the API: make, list, revoke.", no_args_is_help=True)
worker_app = typer.Typer(help="Workers who keep to one language: list, let one choose anew.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(queue_app, name="queue")
app.add_typer(token_app, name="token")
app.add_typer(worker_app, name="worker")
app.add_typer(labels_app, name="labels")
webhook_app = typer.Typer(help="Where the queue's events are posted.", no_args_is_help=True)
exchange_app = typer.Typer(
    help="Exchange drafts and corrections as files in a folder (docs/exchange.md).", no_args_is_help=True
)
difficulty_app = typer.Typer(
    help="How hard drafts are and will be, and what is learned from corrections (docs/difficulty.md).",
    no_args_is_help=True,
)
app.add_typer(webhook_app, name="webhook")
app.add_typer(difficulty_app, name="difficulty")
evidence_app = typer.Typer(
    help="What happened in the work on drafts, with counts and without verdicts (docs/evidence.md).",
    no_args_is_help=True,
)
app.add_typer(evidence_app, name="evidence")
app.add_typer(exchange_app, name="exchange")


ModelSetName = Literal["offline", "fast", "best"]
Models = Annotated[
    Optional[ModelSetName],  # noqa: UP045 (typer reads this form)
    typer.Option("--models", help="Model set. Default: PRELABEL_MODELS, else fast."),
]
SpokenLanguage = Annotated[
    Literal["auto", "ko", "en", "zh", "ja"], typer.Option("--language", help="Spoken language; auto detects it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for programs.")]
QueueUrl = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--queue", metavar="DATABASE_URL", help="Queue's database. Default: PRELABEL_QUEUE, else SQLite."),
]
ProjectName = Annotated[str, typer.Option("--project", help="Project: languages, guideline, glossary.")]


def main() -> NoReturn:
    """Entry point: errors of ours become three plain lines and their exit code; a bug shows where it is, code 3."""
    try:
        app()
    except PrelabelError as error:
        typer.echo(f"error: {error.what}\n  why: {error.why}\n  fix: {error.fix}", err=True)
        _leave(error.exit_code)
    except Exception:  # noqa: BLE001 (the last resort: say it, and leave with the right code)
        traceback.print_exc()
        _leave(3)
    sys.exit(0)


def _leave(code: int) -> NoReturn:
    """End now: threads that are in the middle of a stage are not waited for, the store is made for that."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@app.command(
    epilog="Example: prelabel run talks/*.mp4 --models offline --out drafts\n\n"
    "Exit code: 0 all drafted, 1 some rejected, 2 wrong usage, 3 something on this machine is missing."
)
def run(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, or http(s), s3, gs, az addresses.")],
    models: Models = None,
    language: SpokenLanguage = "auto",
    speakers: Annotated[
        Optional[int], typer.Option(min=1, max=20, help="Number of speakers, where it is known.")  # noqa: UP045
    ] = None,
    project: ProjectName = "default",
    out: Annotated[
        Optional[Path], typer.Option(metavar="DIR", help="Folder for draft documents and report.")  # noqa: UP045
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Draft recordings and put the drafts into the correction queue."""
    _finish(
        _run(
            paths,
            model_set=models,
            language=None if language == "auto" else language,
            speakers=speakers,
            project=project,
            out=out,
            queue=queue,
        ),
        as_json=as_json,
    )


@app.command(epilog="Example: prelabel demo")
def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for drafts and report.")] = Path("prelabel-out"),
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Draft four small synthetic videos (Korean, English, Chinese, Japanese) with the offline models."""
    _finish(_run(demo_clips(), model_set="offline", out=out, queue=queue), as_json=as_json)


def demo_clips() -> list[str]:
    """The four demonstration videos that come with prelabel."""
    return [str(path) for path in sorted((Path(__file__).parent / "clips").glob("*.mp4"))]


def _run(paths: list[str], **choices: Any) -> Any:
    """Run here; Ctrl-C ends it at once, whatever a stage is doing: the store is made for that."""
    if not os.environ.get("PRELABEL_JSON_LOGS"):
        typer.echo(f"prelabel · {len(paths)} recording{'' if len(paths) == 1 else 's'}", err=True)
    from flows.running import run_here

    try:
        return run_here(paths, **choices)
    except KeyboardInterrupt:
        typer.echo("\nstopped; the same command goes on where this one ended", err=True)
        _leave(130)


def _finish(summary: Any, *, as_json: bool) -> NoReturn:
    """Print a batch's summary and leave with its exit code."""
    if as_json:
        typer.echo(json.dumps(summary.as_json(), ensure_ascii=False, indent=1))
    else:
        typer.echo(summary.as_text())
    sys.exit(1 if summary.rejected else 0)


@app.command(epilog="Example: prelabel batch s3://talks/manifest.jsonl --models best")
def batch(
    manifest: Annotated[
        str, typer.Argument(help="JSON Lines: uri, external_id?, duration?, metadata?; or one per line.")
    ],
    models: Models = None,
    language: SpokenLanguage = "auto",
    project: ProjectName = "default",
    shard_hours: Annotated[float, typer.Option(min=0.01, help="Hours of audio per shard.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Give a manifest to the GPU workers of the Prefect server: one flow run per shard."""
    from flows.batch import submit_batch

    run_id, url = submit_batch(
        manifest,
        model_set=models,
        language=None if language == "auto" else language,
        project=project,
        shard_hours=shard_hours,
    )
    _print({"flow_run": run_id, "url": url}, as_json=as_json, text=f"batch {run_id} is scheduled: {url}")


@app.command(epilog="Example: PREFECT_API_URL=http://prefect:4200/api prelabel deploy")
def deploy() -> None:
    """Make the work pools, deployments and recovery automations on the Prefect server."""
    from flows.deploying import deploy_all

    for line in deploy_all():
        typer.echo(line)


@app.command(
    epilog="Example: prelabel export 3f2a91 --format textgrid --out talk.TextGrid\n\n"
    "docs/formats.md says what each format holds."
)
def export(
    draft: Annotated[str, typer.Argument(help="Draft id (or the start of it), or the path of a draft document.")],
    format: Annotated[
        str,
        typer.Option("--format", help="json, jsonl, srt, vtt, textgrid, eaf, rttm, labelstudio or lhotse."),
    ] = "json",
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="PATH", help="File to write; for lhotse a new folder. Default: print."),
    ] = None,
    queue: QueueUrl = None,
) -> None:
    """Print or write a draft in another format."""
    from flows.exporting import exported

    typer.echo(exported(draft, format, queue, out).encode(), nl=False)


@app.command(
    epilog="Examples: prelabel score 3f2a91\n\nprelabel score drafts/3f2a91.json corrected.json --json\n\n"
    "docs/scoring.md explains every figure."
)
def score(
    draft: Annotated[str, typer.Argument(help="Draft id (or the start of it), or the path of a draft document.")],
    correction: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="A correction's document. Default: the latest revision in the queue."),
    ] = None,
    revision: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="A revision of the queue's, not the latest one."),
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """What a correction changed in its draft: edits by kind, error rates, effort, difficulty."""
    from flows.scoring import scored

    _print(*scored(draft, correction, revision, queue), as_json=as_json)


@app.command(
    epilog="Example: prelabel corrections --json\n\n"
    "Exit code: 0 done, 1 something could not be pulled, scored or predicted, or a new pipeline version is worse."
)
def corrections(
    pull: Annotated[
        bool,
        typer.Option(
            "--pull/--no-pull", help="Fetch from Label Studio and from every folder of the exchange first."
        ),
    ] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Try those that could not be scored and were left, too.")
    ] = False,
    fit: Annotated[
        Literal["due", "always", "never"],
        typer.Option(help="When to fit models: where enough is new, in any case, or not now."),
    ] = "due",
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Pull corrections, score them, learn from them, predict anew what waits, and compare pipeline versions.

    The flow `corrections` does the same on a schedule (docs/operations.md).
    """
    from flows.drafting import plainly
    from flows.learning import learn

    learned = learn(queue, plainly, pull=pull, again=again, when=fit)
    _print(learned.to_dict(), as_json=as_json, text=learned.as_text)
    sys.exit(1 if learned.failures or learned.worse else 0)


@difficulty_app.command("show", epilog="Example: prelabel difficulty show 3f2a91")
def difficulty_show(
    draft: Annotated[str, typer.Argument(help="Draft id (or the start of it), or the path of a draft document.")],
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """How hard a draft is expected to be, how much work that is, and why."""
    from flows.difficulty import predicted

    _print(*predicted(draft, queue), as_json=as_json)


@difficulty_app.command(
    "fit",
    epilog="Example: prelabel difficulty fit --language ko\n\n"
    "Exit code: 0 fitted, 1 there was too little to learn from.",
)
def difficulty_fit(
    language: Annotated[
        Optional[Literal["ko", "en", "zh", "ja"]],  # noqa: UP045
        typer.Option(help="Only models of this language. Default: all."),
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Fit models of difficulty and confidence to the scored corrections; only better ones come into use."""
    from flows.difficulty import fitted

    document, text, learned = fitted(language, queue)
    _print(document, as_json=as_json, text=text)
    sys.exit(0 if learned else 1)


@difficulty_app.command("models", epilog="Example: prelabel difficulty models --json")
def difficulty_models(queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Every model that was fitted: what from, how good, and whether it is in use."""
    from flows.difficulty import model_listing

    _print(*model_listing(queue), as_json=as_json)


OnlyProject = Annotated[Optional[str], typer.Option("--project", help="Only drafts of this project.")]  # noqa: UP045
OnlyLanguage = Annotated[
    Optional[Literal["ko", "en", "zh", "ja"]],  # noqa: UP045
    typer.Option("--language", help="Only drafts in this language."),
]


@difficulty_app.command(
    "trend",
    epilog="Example: prelabel difficulty trend --every month --by version\n\n"
    "Exit code: 0, and 1 where a new pipeline version is worse than the one before it.",
)
def difficulty_trend(
    every: Annotated[Literal["day", "week", "month"], typer.Option(help="Length of a period, in Seoul.")] = "week",
    by: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Tell apart by project, source, models or version; several times."),
    ] = None,
    project: OnlyProject = None,
    language: OnlyLanguage = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """How often drafts were wrong over time, and whether a new pipeline version is worse, with intervals."""
    from export.scores import Selection
    from flows.difficulty import trends

    selection = Selection(project=project, language=language)
    document, text, good = trends(every, by or [], selection, queue)
    _print(document, as_json=as_json, text=text)
    sys.exit(0 if good else 1)


@difficulty_app.command("report", epilog="Example: prelabel difficulty report --out difficulty.html --language ko")
def difficulty_report(
    out: Annotated[Path, typer.Option(metavar="FILE", help="HTML file to write.")] = Path("difficulty.html"),
    project: OnlyProject = None,
    language: OnlyLanguage = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """One page, without a network, of how hard drafts were, are expected to be, and what was learned."""
    from export.scores import Selection
    from flows.difficulty import reported

    _print(*reported(out, Selection(project=project, language=language), queue), as_json=as_json)


@evidence_app.command("work", epilog="Example: prelabel evidence work --by worker --language ko")
def evidence_work(
    by: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            help="Tell apart by worker, project, language or source; several times. Default: all together."
        ),
    ] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="With --json: each draft's work as well.")] = False,
    project: OnlyProject = None,
    language: OnlyLanguage = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """How often drafts were left unchanged, done faster than they can be heard, never played, sent back."""
    from export.scores import Selection
    from flows.evidence import work_evidence

    selection = Selection(project=project, language=language)
    _print(*work_evidence(by or [], selection, queue, drafts=drafts), as_json=as_json)


@evidence_app.command("pairs", epilog="Example: prelabel evidence pairs --json")
def evidence_pairs(
    project: OnlyProject = None, language: OnlyLanguage = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """How far two corrections of the same audio are apart: no draft can be nearer to a person than people are."""
    from export.scores import Selection
    from flows.evidence import pair_evidence

    _print(*pair_evidence(Selection(project=project, language=language), queue), as_json=as_json)


@app.command(epilog="Example: prelabel forget 9f86d081884c")
def forget(
    recording: Annotated[
        str, typer.Argument(help="Recording id: the SHA-256 of the file (or the start of it), or its path.")
    ],
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Erase everything of a recording: results, voice, drafts, its pages in reports (copies of --out are yours)."""
    from flows.exporting import forget_recording

    forgotten = forget_recording(recording, queue)
    later = [
        f"\nto be erased by the next push or pull: {one['folder']}: {one['why']}" for one in forgotten["unreached"]
    ]
    text = f"forgotten: {forgotten['recording']} ({forgotten['drafts']} drafts)"
    _print(forgotten, as_json=as_json, text="".join([text, *later]))


@app.command(epilog="Example: prelabel tidy --days 14")
def tidy(
    days: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=36500.0,
            help="Days after acceptance for which sound is kept.",
        ),
    ] = 30.0,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Drop the voices and clips of recordings whose drafts are all accepted; drafts and corrections stay."""
    from flows.exporting import tidied

    done = tidied(days, queue)
    text = f"dropped the sound of {done['recordings']} recordings ({done['bytes'] / 2**20:.1f} MiB)"
    _print(done, as_json=as_json, text=text)


@app.command(epilog="Example: prelabel doctor --models best --json")
def doctor(
    models: Models = None,
    quick: Annotated[
        bool, typer.Option(help="Only what can change while a worker runs; for health checks.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check before a run what would fail during one: GPU, libraries, weights, token, queue, disk, server."""
    from flows.doctor import as_document, examine, worst

    findings = []
    for finding in examine(models, quick=quick):
        findings.append(finding)
        if not as_json:
            typer.echo(finding.as_text())
    if as_json:
        typer.echo(json.dumps(as_document(findings), ensure_ascii=False, indent=1))
    sys.exit(3 if worst(findings) == "error" else 0)


@models_app.command("list", epilog="Example: prelabel models list --json")
def models_list(as_json: AsJson = False) -> None:
    """The model sets, their models, and whether the weights are here."""
    from flows.weights import listing

    _print(*listing(), as_json=as_json)


@models_app.command("pull", epilog="Example: HF_TOKEN=… prelabel models pull --models best")
def models_pull(models: Models = None, as_json: AsJson = False) -> None:
    """Fetch a set's weights and record their commits and hashes in models.lock."""
    from flows.weights import pulled

    _print(*pulled(models), as_json=as_json)


@models_app.command("verify", epilog="Example: prelabel models verify --models offline")
def models_verify(models: Models = None, as_json: AsJson = False) -> None:
    """Hash a set's weights again and compare with models.lock."""
    from flows.weights import verified

    document, text, sound = verified(models)
    _print(document, as_json=as_json, text=text)
    sys.exit(0 if sound else 3)


@queue_app.command("list", epilog="Example: prelabel queue list --state ready --language ko")
def queue_list(
    state: Annotated[Optional[str], typer.Option(help="Only drafts in this state.")] = None,  # noqa: UP045
    language: Annotated[Optional[str], typer.Option(help="Only drafts in this language.")] = None,  # noqa: UP045
    project: Annotated[Optional[str], typer.Option(help="Only drafts of this project.")] = None,  # noqa: UP045
    order: Annotated[
        Literal["received", "difficulty", "-difficulty"],
        typer.Option(help="As they came, the easiest or the hardest first."),
    ] = "received",
    from_scratch: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option(
            "--from-scratch/--not-from-scratch",
            help="Only drafts that are less work to type afresh than to mend; or only the others.",
        ),
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """The drafts in the queue, oldest first, with what they cost and how hard they are expected to be."""
    from flows.exporting import queue_listing

    wanted: dict[str, Any] = {"state": state, "language": language, "project": project}
    _print(*queue_listing(queue, **wanted, order=order, from_scratch=from_scratch), as_json=as_json)


@queue_app.command("show", epilog="Example: prelabel queue show 3f2a91")
def queue_show(
    draft: Annotated[str, typer.Argument(help="Draft id, or the start of it.")],
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """One draft: its state, its history, its sentences."""
    from flows.exporting import queue_entry

    _print(*queue_entry(draft, queue), as_json=as_json)


QueuedDraftId = Annotated[str, typer.Argument(metavar="DRAFT", help="Draft id, or the start of it.")]
Reason = Annotated[Optional[str], typer.Option(help="Why; it stands in the draft's history.")]  # noqa: UP045


def _act(draft: str, action: str, reason: str | None, queue: str | None, as_json: bool) -> None:
    from flows.administering import acted

    _print(*acted(draft, action, reason, queue), as_json=as_json)


@queue_app.command("redrive", epilog="Example: prelabel queue redrive 3f2a91")
def queue_redrive(
    draft: QueuedDraftId, reason: Reason = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Make a dead draft ready again."""
    _act(draft, "redrive", reason, queue, as_json)


@queue_app.command("return", epilog="Example: prelabel queue return 3f2a91 --reason 'the worker left'")
def queue_return(
    draft: QueuedDraftId, reason: Reason = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Take a draft back that was delivered or is in rework, and make it ready for somebody else."""
    _act(draft, "return", reason, queue, as_json)


@queue_app.command("withhold", epilog="Example: prelabel queue withhold 3f2a91")
def queue_withhold(
    draft: QueuedDraftId, reason: Reason = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Keep a ready draft from being given out."""
    _act(draft, "withhold", reason, queue, as_json)


@queue_app.command("release", epilog="Example: prelabel queue release 3f2a91")
def queue_release(
    draft: QueuedDraftId, reason: Reason = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Make a withheld draft ready."""
    _act(draft, "release", reason, queue, as_json)


@queue_app.command("reopen", epilog="Example: prelabel queue reopen 3f2a91 --reason 'numerals'")
def queue_reopen(
    draft: QueuedDraftId, reason: Reason = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Put an accepted draft into review again."""
    _act(draft, "reopen", reason, queue, as_json)


@queue_app.command("withdraw", epilog="Example: prelabel queue withdraw 3f2a91")
def queue_withdraw(
    draft: QueuedDraftId, reason: Reason = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """End a draft for good, whatever its state; its corrections stay."""
    _act(draft, "withdraw", reason, queue, as_json)


@queue_app.command("prioritise", epilog="Example: prelabel queue prioritise 3f2a91 10")
def queue_prioritise(
    draft: QueuedDraftId,
    priority: Annotated[int, typer.Argument(help="Higher ones are given out first; 0 is usual.")],
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Give a draft out sooner or later than others."""
    from flows.administering import prioritised

    _print(*prioritised(draft, priority, queue), as_json=as_json)


@token_app.command(
    "create", epilog="Example: prelabel token create platform --scope read --scope lease --scope submit"
)
def token_create(
    name: Annotated[str, typer.Argument(help="Who will use it; it stands in the events.")],
    scope: Annotated[list[str], typer.Option(help="read, lease, submit, review or admin; several times.")],
    platform: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Whose drafts it takes and hands in, where a platform has several tokens. Default: NAME."
        ),
    ] = None,
    worker: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Whose own it is: this person's work alone can be done with it."),
    ] = None,
    page: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="ADDRESS", help="Where people open the page: shows a link that signs in with the token."
        ),
    ] = None,
    days: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=0.01, max=36500.0, help="Days after which it is refused."),
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for the API and show it, this once."""
    from flows.administering import made_token

    _print(*made_token(name, scope, platform, worker, page, days, queue), as_json=as_json)


@token_app.command("list", epilog="Example: prelabel token list --json")
def token_list(queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Every token that was made, without its secret."""
    from flows.administering import token_listing

    _print(*token_listing(queue), as_json=as_json)


@token_app.command("revoke", epilog="Example: prelabel token revoke platform")
def token_revoke(
    name: Annotated[str, typer.Argument(help="The token's name.")], queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Refuse a token from now on."""
    from flows.administering import revoked_token

    _print(*revoked_token(name, queue), as_json=as_json)


@worker_app.command("list", epilog="Example: prelabel worker list --json")
def worker_list(queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """The language to which each worker keeps (with PRELABEL_SERVE__ONE_LANGUAGE)."""
    from flows.administering import worker_listing

    _print(*worker_listing(queue), as_json=as_json)


@worker_app.command("reset", epilog="Example: prelabel worker reset kim")
def worker_reset(
    worker: Annotated[str, typer.Argument(help="The worker's name, as the platform gives it.")],
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let a worker's next draft decide the language anew."""
    from flows.administering import reset_worker

    _print(*reset_worker(worker, queue), as_json=as_json)


@app.command(epilog="Example: prelabel serve --port 8080")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any that is free.")] = 8080,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Sample drafts in a queue of their own, gone at the end: to try the API."),
    ] = False,
) -> None:
    """Serve the API: drafts go out, corrections come back (docs/platform.md)."""
    from flows.serving import serve_api, serve_sandbox

    if sandbox:
        serve_sandbox(host, port)
    else:
        serve_api(host, port, processes)


_LABELS_EXIT = "\n\nExit code: 0 done, 2 wrong usage, 3 Label Studio or something on this machine is missing."
Files = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--files",
        metavar="DIR",
        help="Label Studio's document root for local files; clips are put there. "
        "Default: PRELABEL_LABEL_STUDIO__FILES.",
    ),
]


@labels_app.command("init", epilog="Example: prelabel labels init --files /srv/label-studio/files" + _LABELS_EXIT)
def labels_init(
    project: ProjectName = "default", files: Files = None, queue: QueueUrl = None, as_json: AsJson = False
) -> None:
    """Make the Label Studio project of a project, with its labelling interface; once, however often it is run."""
    from flows.labelling import initialised

    _print(*initialised(project, queue, files), as_json=as_json)


@labels_app.command("push", epilog="Example: prelabel labels push --files /srv/label-studio/files" + _LABELS_EXIT)
def labels_push(
    project: ProjectName = "default",
    files: Files = None,
    audio_base: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="URL", help="Address under which browsers find the clips as DRAFT_ID.m4a."),
    ] = None,
    most: Annotated[
        Optional[int], typer.Option(min=1, help="Push at most so many drafts. Default: all that wait.")  # noqa: UP045
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Push waiting drafts as tasks with predictions, and what reviewers want changed; nothing twice."""
    from flows.labelling import pushed

    _print(*pushed(project, queue, audio_base=audio_base, files=files, most=most), as_json=as_json)


@labels_app.command("pull", epilog="Example: prelabel labels pull --json" + _LABELS_EXIT)
def labels_pull(
    project: ProjectName = "default",
    everything: Annotated[
        bool, typer.Option("--all", help="Look at every annotated task, not only at those changed since last time.")
    ] = False,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take annotations back as revisions of corrections; what does not fit is reported, kept and tried again."""
    from flows.labelling import pulled

    _print(*pulled(project, queue, everything=everything), as_json=as_json)


@labels_app.command("status", epilog="Example: prelabel labels status --project interviews" + _LABELS_EXIT)
def labels_status(project: ProjectName = "default", queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """What waits, what lies in Label Studio, and which annotations could not be taken."""
    from flows.labelling import standing

    _print(*standing(project, queue), as_json=as_json)


EndpointName = Annotated[str, typer.Argument(metavar="NAME", help="The endpoint's name.")]


@webhook_app.command(
    "add", epilog="Example: prelabel webhook add https://platform.example/hooks --kinds enqueued,accepted"
)
def webhook_add(
    url: Annotated[str, typer.Argument(help="Where to post; https, unless --allow-private.")],
    name: Annotated[Optional[str], typer.Option(help="Its name. Default: the host.")] = None,  # noqa: UP045
    kinds: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Kinds of events, with commas between or several times. Default: all."),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="It lies inside our network: inner addresses and http are good.")
    ] = False,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Post events to a URL from now on, and show the secret by which they are signed, this once."""
    from flows.notifying import added

    _print(*added(url, name, kinds or [], allow_private, queue), as_json=as_json)


@webhook_app.command("list", epilog="Example: prelabel webhook list --json")
def webhook_list(queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Every endpoint, how much waits for it, and what was given up."""
    from flows.notifying import listing

    _print(*listing(queue), as_json=as_json)


@webhook_app.command("test", epilog="Example: prelabel webhook test platform.example")
def webhook_test(name: EndpointName, queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Post a signed `prelabel.ping` and show how it is answered; exit code 1 where that is not 2xx."""
    from flows.notifying import tested

    document, text, good = tested(name, queue)
    _print(document, as_json=as_json, text=text)
    sys.exit(0 if good else 1)


@webhook_app.command("rotate", epilog="Example: prelabel webhook rotate platform.example")
def webhook_rotate(name: EndpointName, queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Make another secret; the old one signs alongside for 24 hours."""
    from flows.notifying import rotated

    _print(*rotated(name, queue), as_json=as_json)


@webhook_app.command("disable", epilog="Example: prelabel webhook disable platform.example")
def webhook_disable(name: EndpointName, queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Post nothing more to an endpoint; what happens meanwhile waits for it."""
    from flows.notifying import switched

    _print(*switched(name, False, queue), as_json=as_json)


@webhook_app.command("enable", epilog="Example: prelabel webhook enable platform.example")
def webhook_enable(name: EndpointName, queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Post again at once, to an endpoint that is disabled or fails, beginning with what waited."""
    from flows.notifying import switched

    _print(*switched(name, True, queue), as_json=as_json)


@webhook_app.command("remove", epilog="Example: prelabel webhook remove platform.example")
def webhook_remove(name: EndpointName, queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Drop an endpoint and all that waits for it."""
    from flows.notifying import removed

    _print(*removed(name, queue), as_json=as_json)


@webhook_app.command("redrive", epilog="Example: prelabel webhook redrive platform.example")
def webhook_redrive(name: EndpointName, queue: QueueUrl = None, as_json: AsJson = False) -> None:
    """Have everything that was given up for an endpoint sent again."""
    from flows.notifying import redriven

    _print(*redriven(name, queue), as_json=as_json)


@webhook_app.command("send", epilog="Example: prelabel webhook send --follow")
def webhook_send(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until stopped. `prelabel serve` does so.")
    ] = False,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Post what is due now."""
    from flows.notifying import sent

    try:
        _print(*sent(follow, queue), as_json=as_json)
    except KeyboardInterrupt:
        _leave(130)


ExchangeFolder = Annotated[str, typer.Argument(metavar="FOLDER", help="A folder, or an s3, gs or az address.")]


@exchange_app.command("push", epilog="Example: prelabel exchange push s3://talks/exchange --format srt")
def exchange_push(
    folder: ExchangeFolder,
    format: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--format", help="Format beside draft.json; several times."),
    ] = None,
    project: Annotated[Optional[str], typer.Option(help="Only drafts of this project.")] = None,  # noqa: UP045
    language: Annotated[
        Optional[Literal["ko", "en", "zh", "ja"]],  # noqa: UP045
        typer.Option(help="Only drafts in this language."),
    ] = None,
    most: Annotated[Optional[int], typer.Option(min=1, help="Write at most so many drafts.")] = None,  # noqa: UP045
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write the drafts that wait into FOLDER/out; exit code 1 where one cannot be written."""
    from flows.exchanging import pushed

    document, text, good = pushed(folder, format or [], project, language, most, queue)
    _print(document, as_json=as_json, text=text)
    sys.exit(0 if good else 1)


@exchange_app.command("pull", epilog="Example: prelabel exchange pull s3://talks/exchange --json")
def exchange_pull(
    folder: ExchangeFolder,
    settle: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=0.0, help="Seconds for which a file without checksum must have been left alone; 10."),
    ] = None,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take the corrections in FOLDER/in and leave a receipt beside each; exit code 1 where one is refused."""
    from flows.exchanging import pulled

    document, text, good = pulled(folder, settle, queue)
    _print(document, as_json=as_json, text=text)
    sys.exit(0 if good else 1)


@exchange_app.command("status", epilog="Example: prelabel exchange status s3://talks/exchange --now")
def exchange_status(
    folder: ExchangeFolder,
    now: Annotated[bool, typer.Option("--now", help="Write reconciliation.json now, not once a day.")] = False,
    queue: QueueUrl = None,
    as_json: AsJson = False,
) -> None:
    """What was sent to FOLDER, is held, came back."""
    from flows.exchanging import status

    _print(*status(folder, now, queue), as_json=as_json)


def _print(document: Any, text: str | Callable[[], str], *, as_json: bool) -> None:
    """The same answer for a program or for a person."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        typer.echo(text() if callable(text) else text)
