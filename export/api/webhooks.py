"""Routes of webhooks: where events are posted, what waits there, what was given up. All need the scope `admin`.

An address inside our network is taken by command only: here a caller from outside could have us knock at its doors.
A secret is in the answer that made it and nowhere else, so no Idempotency-Key keeps that answer. A name is there
once instead, and If-Match says that a secret has been rotated already.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from core.errors import EndpointUnreachable
from export.api.documents import (
    DeliveryEntry,
    DeliveryPage,
    DeliveryState,
    EndpointEntry,
    EndpointList,
    EndpointRequest,
    EndpointSecret,
    PingAnswered,
    Redriven,
)
from export.api.drafts import MOST_LISTED
from export.api.service import (
    IfMatch,
    MayAdminister,
    Served,
    cursor,
    etag,
    place_of,
    refuse_other_types,
    refuse_unknown_parameters,
    wanted_version,
)
from export.entries import Place
from export.webhooks.deliveries import Delivery, list_deliveries, redrive
from export.webhooks.endpoints import (
    Endpoint,
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    find_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
)
from export.webhooks.sending import ping_endpoint

router = APIRouter(
    prefix="/v1/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(refuse_unknown_parameters), Depends(refuse_other_types)],
)

EndpointName = Annotated[str, Path(max_length=64, examples=["platform"])]


@router.get("")
def list_webhooks(service: Served, _token: MayAdminister) -> EndpointList:
    """Every endpoint, and how it stands."""
    return EndpointList(endpoints=[_entry(one) for one in list_endpoints(service.queue)])


@router.post("", status_code=201)
def add_webhook(
    service: Served, _token: MayAdminister, wanted: EndpointRequest, response: Response
) -> EndpointSecret:
    """Post events to an address from now on. The secret by which they are signed is in this answer alone."""
    endpoint, secret = add_endpoint(service.queue, wanted.name, wanted.url, kinds=wanted.kinds)
    return EndpointSecret(secret=secret, endpoint=_answered(response, endpoint))


@router.get("/{name}")
def get_webhook(service: Served, _token: MayAdminister, name: EndpointName, response: Response) -> EndpointEntry:
    """One endpoint. Its ETag is what If-Match wants below."""
    return _answered(response, find_endpoint(service.queue, name))


@router.delete("/{name}", status_code=204, response_class=Response)
def remove_webhook(service: Served, _token: MayAdminister, name: EndpointName, if_match: IfMatch = None) -> None:
    """Drop an endpoint and all that waits for it."""
    remove_endpoint(service.queue, name, wanted_version(if_match))


@router.post("/{name}/rotate")
def rotate_webhook(
    service: Served, _token: MayAdminister, name: EndpointName, response: Response, if_match: IfMatch = None
) -> EndpointSecret:
    """Make a new secret. For a day posts are signed with the one before it as well, and with no older one.

    Send If-Match: where the answer got lost and the request comes again, it is refused and does not end that day.
    """
    endpoint, secret = rotate_secret(service.queue, name, wanted_version(if_match))
    return EndpointSecret(secret=secret, endpoint=_answered(response, endpoint))


@router.post("/{name}/disable")
def disable_webhook(
    service: Served, _token: MayAdminister, name: EndpointName, response: Response, if_match: IfMatch = None
) -> EndpointEntry:
    """Post nothing more; what happens meanwhile waits."""
    return _answered(response, disable_endpoint(service.queue, name, version=wanted_version(if_match)))


@router.post("/{name}/enable")
def enable_webhook(
    service: Served, _token: MayAdminister, name: EndpointName, response: Response, if_match: IfMatch = None
) -> EndpointEntry:
    """Post again, at once and beginning with what waited: to one that is disabled, and to one that fails."""
    return _answered(response, enable_endpoint(service.queue, name, wanted_version(if_match)))


@router.post("/{name}/test")
def ping_webhook(service: Served, _token: MayAdminister, name: EndpointName) -> PingAnswered:
    """Post a signed `prelabel.ping` and say how it is answered, within ten seconds."""
    try:
        return PingAnswered(status=ping_endpoint(service.queue, name), error=None)
    except EndpointUnreachable as error:
        return PingAnswered(status=None, error=error.why)


@router.get("/{name}/deliveries")
def list_webhook_deliveries(
    service: Served,
    _token: MayAdminister,
    name: EndpointName,
    state: DeliveryState | None = None,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
) -> DeliveryPage:
    """What the endpoint has not got: what waits, what was given up and why."""
    dead = None if state is None else state == "dead"
    place = place_of(after) or Place(0)
    found = list_deliveries(service.queue, name, dead=dead, after=place.seq, limit=limit)
    return DeliveryPage(
        deliveries=[_delivery(one) for one in found],
        next=cursor(Place(found[-1].event)) if len(found) == limit else None,
    )


@router.post("/{name}/redrive")
def redrive_webhook(service: Served, _token: MayAdminister, name: EndpointName) -> Redriven:
    """Send everything again that was given up. Doing it twice changes nothing more."""
    return Redriven(redriven=redrive(service.queue, name))


def _answered(response: Response, endpoint: Endpoint) -> EndpointEntry:
    """The entry of an endpoint; the answer gets its ETag."""
    response.headers["ETag"] = etag(endpoint)
    return _entry(endpoint)


def _entry(endpoint: Endpoint) -> EndpointEntry:
    return EndpointEntry(
        name=endpoint.name,
        url=endpoint.url,
        kinds=list(endpoint.kinds),
        private=endpoint.private,
        version=endpoint.version,
        created_at=endpoint.created_at,
        disabled_reason=endpoint.disabled_reason,
        failing_since=endpoint.failing_since,
        next_at=endpoint.next_at,
        waiting=endpoint.waiting,
        dead=endpoint.dead,
    )


def _delivery(delivery: Delivery) -> DeliveryEntry:
    return DeliveryEntry(
        event=delivery.event,
        state="dead" if delivery.next_at is None else "waiting",
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        error=delivery.error,
    )
