"""The floor of the flash offers, in a process of its own: `asks` or `knows`, port, database."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


def floor(what: str, port: int, url: str) -> None:
    """FastAPI and one database function for every try; or, `knows`, a flag alone."""
    free: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()
    known = {"full": what == "knows"}

    @contextlib.asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        for _ in range(8):
            free.put_nowait(await psycopg.AsyncConnection.connect(url, autocommit=True))
        yield

    app = FastAPI(lifespan=connected)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.post("/api/v1/offers/{offer}/orders")
    async def claim(offer: int, request: Request) -> JSONResponse:
        buyer = int(request.headers["authorization"].split(" ")[1].split("-")[0])
        if known["full"]:
            return JSONResponse({"code": "sold_out"}, 409)
        connection = await free.get()
        try:
            cursor = await connection.execute("SELECT floor_claim(%s)", (buyer,))
            row = await cursor.fetchone()
        finally:
            free.put_nowait(connection)
        seat_no = row[0] if row else 0
        return JSONResponse({"seat_no": seat_no}, 200 if seat_no > 0 else 409)

    uvicorn.run(app, port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    floor(sys.argv[1], int(sys.argv[2]), sys.argv[3])
