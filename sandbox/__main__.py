"""`python -m sandbox --port P --data DIR --app-url URL`: runs the sandbox until it is stopped."""

import argparse
import os
import shlex
import sys
from pathlib import Path

import uvicorn

from sandbox import corp, http_client
from sandbox.account import from_environment
from sandbox.server import application
from sandbox.store import open_store
from sandbox.world import Limits, World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("sandbox", description="a WeChat on your desk")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="directory of everything kept")
    parser.add_argument("--app-url", required=True, help="where the application listens")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--account-name", default="千星计划")
    parser.add_argument("--answer-within", type=float, default=5.0, help="seconds, a callback")
    parser.add_argument("--retry-after", type=float, default=1.0, help="seconds, a failed attempt")
    parser.add_argument(
        "--grants-replace",
        action="store_true",
        help="a tap, follow or scan replaces a longer message window instead of keeping it",
    )
    parser.add_argument("--evening", default="", help="the command that plays an evening here")
    return parser.parse_args()


def _world(arguments: argparse.Namespace) -> World:
    """ValueError or OSError when the arguments or the environment do not allow a start."""
    clock_file = os.environ.get("QIANXING_CLOCK_FILE")
    return World(
        from_environment(os.environ, arguments.account_name),
        open_store(arguments.data / "sandbox.sqlite3"),
        Path(clock_file) if clock_file else arguments.data / "clock",
        http_client.peer(arguments.app_url),
        f"http://{arguments.host}:{arguments.port}",
        Limits(arguments.answer_within, arguments.retry_after, arguments.grants_replace),
        corp.from_environment(os.environ),
    )


def main() -> int:
    arguments = _arguments()
    try:
        world = _world(arguments)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    uvicorn.run(
        application(world, tuple(shlex.split(arguments.evening))),
        host=arguments.host,
        port=arguments.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
