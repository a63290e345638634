"""What the page asks of its server, and what it is answered: all routes."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from echoscope.emergence.checks import makes_mp4
from echoscope.errors import SettingError, listed
from echoscope.lab import doing, layers, studying
from echoscope.lab.controls import Asked, controls
from echoscope.lab.files import Files
from echoscope.lab.framing import explained
from echoscope.lab.trying import Tries
from echoscope.lab.work import Work, Works
from echoscope.settings import Json, JsonValue, json_value
from echoscope.store import Store

TRAINING, EMERGENCE, MEASUREMENT, SWEEP = "training", "emergence", "measurement", "study"
STATIC = Path(__file__).parent / "static"
LISTED = 30  # runs of the store
FILMS = {"gif": "image/gif", "mp4": "video/mp4", "png": "image/png"}  # as the web names them
PAUSE = 0.15  # seconds between two events
QUIET = 10.0  # seconds after which a stream of events gives a sign of life
COLUMNS = (
    "id",
    "created",
    "preset",
    "task",
    "model",
    "units",
    "vocab_size",
    "seed",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "chance",
    "outcome",
    "steps",
)


@dataclass
class Lab:
    """A lab with this store, in which these layers can be measured: what it answers."""

    store: Store
    works: Works
    layers: Sequence[str] = ()
    tries: Tries = field(init=False)
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.tries, self.files = Tries(self.store), Files()

    async def page(self, _: Request) -> Response:
        """The page itself."""
        return FileResponse(STATIC / "index.html")

    async def train(self, request: Request) -> Response:
        """Begin a training."""
        asked = Asked.of(await _json(request), self.files)
        do = await run_in_threadpool(doing.training, asked, self.store)
        about = doing.about(asked)
        return JSONResponse(self.works.begin(TRAINING, asked.to_json(), do, about).since())

    async def emerge(self, request: Request) -> Response:
        """Begin an echo that emerges."""
        asked = Asked.of(await _json(request), self.files)
        do = await run_in_threadpool(doing.emergence, asked)
        about = doing.about(asked)
        return JSONResponse(self.works.begin(EMERGENCE, asked.to_json(), do, about).since())

    async def measure(self, request: Request) -> Response:
        """Begin to measure a layer."""
        asked = await _object(request, "layer", "units", "budget")
        do = await run_in_threadpool(layers.measurement, asked, self.layers)
        return JSONResponse(self.works.begin(MEASUREMENT, asked, do).since())

    async def sweep(self, request: Request) -> Response:
        """Begin a small study."""
        asked = await _object(request, "preset", "fit", "axes", "seeds")
        do, about = await run_in_threadpool(studying.sweep, asked, self.store)
        return JSONResponse(self.works.begin(SWEEP, asked, do, about).since())

    async def report(self, _: Request) -> Response:
        """The report of all runs, a page of its own."""
        return HTMLResponse(await run_in_threadpool(studying.report_page, self.store))

    async def inspect(self, request: Request) -> Response:
        """What a file holds, without any training."""
        content, asked = await request.body(), request.query_params
        names = (asked.get(name, "") for name in ("name", "column", "bins", "header"))
        return JSONResponse(await run_in_threadpool(self.files.inspected, content, *names))

    async def inspection(self, request: Request) -> Response:
        """The page of an inspection."""
        return HTMLResponse(self.files.find(request.path_params["data"]).page)

    async def all_works(self, _: Request) -> Response:
        """All work, without what was told of it."""
        return JSONResponse([work.since(len(work.items)) for work in self.works.all()])

    async def events(self, request: Request) -> Response:
        """What is told of work, as it is told."""
        work = self.works.find(request.path_params["name"])
        return StreamingResponse(_events(work, self.works), media_type="text/event-stream")

    async def film(self, request: Request) -> Response:
        """The frames of an emergence as a film, or as a picture."""
        work, ending = self.works.find(request.path_params["name"]), request.url.path[-3:]
        content = await run_in_threadpool(doing.film, work, ending)
        return Response(content, media_type=FILMS[ending])

    async def stop(self, request: Request) -> Response:
        """Stop work at its next slice."""
        work = self.works.find(request.path_params["name"])
        work.stop()
        return JSONResponse(work.since(len(work.items)))

    async def explain(self, request: Request) -> Response:
        """What a task asks."""
        asked = Asked.of(await _json(request), self.files)
        return JSONResponse(json_value(await run_in_threadpool(explained, asked)))

    async def predict(self, request: Request) -> Response:
        """What a network predicts for typed symbols."""
        asked = await _object(request, "run", "symbols")
        identity, text = _text(asked, "run"), _text(asked, "symbols")
        return JSONResponse(await run_in_threadpool(self.tries.predicted, identity, text))

    async def step(self, request: Request) -> Response:
        """What a network says of the next symbol."""
        asked = await _object(request, "run", "read")
        read = asked.get("read")
        if not isinstance(read, list) or not all(isinstance(part, str) for part in read):
            raise SettingError("read must be a list of texts: all symbols so far, in order.")
        identity = _text(asked, "run")
        return JSONResponse(await run_in_threadpool(self.tries.stepped, identity, read))

    async def runs(self, request: Request) -> Response:
        """The newest runs, with the one that is asked for."""
        wanted = request.query_params.get("run", "")
        return JSONResponse(await run_in_threadpool(_runs, self.store, wanted))

    async def example(self, request: Request) -> Response:
        """Symbols to begin with."""
        identity = request.path_params["run"]
        return JSONResponse(await run_in_threadpool(self.tries.example, identity))

    async def known(self, _: Request) -> Response:
        """All controls, and what there is."""
        more = {
            "version": version("echoscope"),
            "store": str(self.store.path),
            "layers": [*dict.fromkeys((*self.layers, *layers.measured_models()))],
            "budgets": layers.BUDGETS,
            "makes_mp4": makes_mp4(),
        }
        return JSONResponse(controls() | more)

    @property
    def routes(self) -> list[Route | Mount]:
        """All routes."""
        return [
            Route("/", self.page),
            Route("/api/controls", self.known),
            Route("/api/explain", self.explain, methods=["POST"]),
            Route("/api/trainings", self.train, methods=["POST"]),
            Route("/api/emergences", self.emerge, methods=["POST"]),
            Route("/api/measurements", self.measure, methods=["POST"]),
            Route("/api/sweeps", self.sweep, methods=["POST"]),
            Route("/report/all", self.report),
            Route("/report/file/{data}", self.inspection),
            Route("/api/files", self.inspect, methods=["POST"]),
            Route("/api/works", self.all_works),
            Route("/api/works/{name}/events", self.events),
            *(
                Route(f"/api/works/{{name}}/film.{ending}", self.film, name=ending)
                for ending in FILMS
            ),
            Route("/api/works/{name}/stop", self.stop, methods=["POST"]),
            Route("/api/runs", self.runs),
            Route("/api/runs/{run}/example", self.example),
            Route("/api/predict", self.predict, methods=["POST"]),
            Route("/api/step", self.step, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]


async def _events(work: Work, works: Works) -> AsyncIterator[str]:
    """Work from its beginning to its end, as server-sent events: what is new in each, and an
    end where the server goes.
    """
    told, waited, begun = 0, 0.0, False
    while not works.leaving.is_set():
        news = work.since(told)
        if news["items"] or news["over"] or waited >= QUIET or not begun:
            told, waited, begun = news["told"], 0.0, True
            yield f"data: {json.dumps(news)}\n\n"
        if news["over"]:
            return
        await asyncio.sleep(PAUSE)
        waited += PAUSE


def _runs(store: Store, wanted: str) -> list[Json]:
    """The newest runs, the latest first, and the one that is wanted, whenever it was made."""
    columns = store.table(limit=LISTED, names=COLUMNS)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if wanted and not any(row["id"] == wanted for row in rows):
        found = store.find(wanted)
        one = store.table(f"id = '{found.id}'", names=COLUMNS)
        rows.insert(0, {name: value[0] for name, value in one.items()})
    return json_value(rows[::-1])


async def _json(request: Request) -> JsonValue:
    try:
        return json.loads((await request.body()).decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise SettingError("the request must be JSON.") from None


def _no_number(text: str) -> JsonValue:
    raise ValueError(text)


async def _object(request: Request, *names: str) -> Json:
    """A JSON object that has nothing but these."""
    values = await _json(request)
    if not isinstance(values, dict) or not values.keys() <= {*names}:
        raise SettingError(f"the request must be a JSON object of {listed(names)}.")
    return values


def _text(values: Json, name: str) -> str:
    text = values.get(name)
    if not isinstance(text, str):
        raise SettingError(f"{name} must be a text.")
    return text
