"""
`/api/v1/lives`: the shop's machines plan, start, end and cancel lives.

What they plan is the shop's own and approved at once. Every call may be repeated: a step happens
once, and creating with the same `Idempotency-Key` gives the same live.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import SecretStr

from commerce.errors import NoSuchMember, Refusal
from commerce.lives import channel, hosting, programme, shown
from commerce.lives.lives import Live, State
from commerce.people import members
from commerce.people.members import Member
from commerce.work import Office, Work
from web.api.answers import refused
from web.api.live_models import Event, Number, Plan, Reason, Shown, as_shown
from web.api.machines import only_ours
from web.bodies import Bounded

MOST = 100
REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"description": "another token"},
    403: {"description": "no token is set: the interface is closed"},
    404: {"description": "{code, words}: there is none"},
    409: {"description": "{code, words}: the rules do not allow it"},
}
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=70)]
Does = Callable[[Callable[[Work], Live | None]], Any]


def routes(office: Office, token: SecretStr | None, hurry: Callable[[], None]) -> APIRouter:
    """`hurry` is called after a commit: what became due is queued now."""
    ours = [Depends(only_ours(token))]
    router = APIRouter(prefix="/api/v1", dependencies=ours, responses=REFUSED, route_class=Bounded)

    def does(act: Callable[[Work], Live | None]) -> Any:
        def done(work: Work) -> Shown | None:
            live = act(work)
            return None if live is None else as_shown(work, live)

        try:
            answer = office.do(done)
        except Refusal as refusal:
            return refused(refusal)
        hurry()
        return answer

    _looking(router, office)
    _planning(router, does)
    _stepping(router, does)
    return router


def _looking(router: APIRouter, office: Office) -> None:
    @router.get("/lives", summary="Lives, the latest plan first")
    def listed(state: State | None = None) -> list[Shown]:
        with office.reading() as work:
            return [as_shown(work, live) for live in hosting.newest(work, state, MOST)]

    @router.get("/lives/{number}", response_model=Shown, summary="One live")
    def one(number: Number) -> Any:
        try:
            with office.reading() as work:
                return as_shown(work, hosting.find(work, number))
        except Refusal as refusal:
            return refused(refusal)


def _planning(router: APIRouter, does: Does) -> None:
    @router.post("/lives", response_model=Shown, status_code=201, summary="Plan a live")
    def create(plan: Plan, key: Key = None) -> Any:
        return does(lambda work: _create(work, plan, f"api:{key}" if key else None))

    @router.post("/lives/{number}/cancel", response_model=Shown, summary="It will not take place")
    def cancel(number: Number, body: Reason) -> Any:
        return does(lambda work: _cancel(work, number, body.reason))


def _stepping(router: APIRouter, does: Does) -> None:
    @router.post("/lives/{number}/start", response_model=Shown, summary="On the air")
    def start(number: Number) -> Any:
        return does(lambda work: _step(work, number, hosting.start))

    @router.post("/lives/{number}/end", response_model=Shown, summary="Off the air")
    def end(number: Number) -> Any:
        return does(lambda work: _step(work, number, hosting.end))

    @router.post("/live-events", response_model=Shown, summary="What the video channel does")
    def event(said: Event) -> Any:
        """204 for a live that nobody has named."""
        answer = does(lambda work: channel.follow(work, said.live, channel.Step(said.step)))
        return Response(status_code=204) if answer is None else answer


def _create(work: Work, plan: Plan, key: str | None) -> Live:
    if work.session.get(Member, plan.host) is None:
        raise NoSuchMember(plan.host)
    host = members.get(work, plan.host)
    live = hosting.create(
        work, host, plan.title, plan.planned_at, ends_at=plan.ends_at, for_shop=True, key=key
    )
    if plan.goods and not shown.goods_ids(work, live):
        programme.show(work, live.id, plan.goods, by=None)
    if plan.script and not live.script:
        programme.write_script(work, live.id, plan.script, by=None)
    return live


def _step(work: Work, number: int, step: Callable[..., bool]) -> Live:
    step(work, number, by=None)
    return hosting.find(work, number)


def _cancel(work: Work, number: int, reason: str) -> Live:
    hosting.cancel(work, number, reason, by=None)
    return hosting.find(work, number)
