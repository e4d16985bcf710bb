"""The `qianxing` command: every subcommand says what it does, and errors are one clear line."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from dotenv import dotenv_values

from qianxing import logs

if TYPE_CHECKING:
    from commerce.rules import Rules
    from qianxing.settings import Settings

FOUND_WRONG = 1
WRONG_USAGE = 2


class Program(click.Group):
    """Turns what goes wrong into one line on stderr; a traceback only with --debug."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from commerce.rules import ConfigError

            if isinstance(error, ConfigError):
                for problem in error.problems:
                    click.echo(str(problem), err=True)
                ctx.exit(FOUND_WRONG)
            if ctx.params.get("debug"):
                raise
            first = (str(error).splitlines() or [""])[0]
            click.echo(f"{type(error).__name__}: {first}", err=True)
            ctx.exit(FOUND_WRONG)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="qianxing")
def main(debug: bool) -> None:
    """千星 Qianxing: a chatbot-first WeChat application for private-domain commerce."""
    logs.start(debug=debug)


@main.command()
@click.option("--port", default=8000, show_default=True, help="The application's port.")
@click.option("--sandbox-port", default=8100, show_default=True, help="The phone's port.")
@click.option("--data", default=Path("var"), type=click.Path(path_type=Path), show_default=True)
@click.option("--fresh", is_flag=True, help="Start anew: what is in the data folder is deleted.")
def run(port: int, sandbox_port: int, data: Path, fresh: bool) -> None:
    """Application, worker and sandbox on this machine, until Ctrl-C."""
    from qianxing import run as running

    code = running.run(port, sandbox_port, data, fresh=fresh, say=click.echo)
    sys.exit(code)


@main.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(port: int, host: str) -> None:
    """The web process: callbacks, pages, health."""
    import uvicorn

    from qianxing import app
    from qianxing import serve as serving

    house = app.build(*_startable())
    uvicorn.run(
        serving.web(house),
        host=host,
        port=port,
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@main.command()
def worker() -> None:
    """The worker: runs what is due, and looks for it every second."""
    from jobs import queue, tick
    from qianxing import app

    settings, rules = _startable()
    if settings.redis_url is None:
        raise click.ClickException("REDIS_URL: 没有设置 · 写 redis://…，或用 qianxing run 自带的")
    house = app.build(settings, rules)
    tick.install(house.shop)
    house.begin()
    queue.work(settings.redis_url.get_secret_value(), house.tick)


@main.command()
def aibot() -> None:
    """The AI bot of internal groups: its long connection to WeCom."""
    from qianxing import aibot as talking
    from qianxing import app

    settings, rules = _startable()
    bot = settings.wecom.bot if settings.wecom else None
    if bot is None:
        raise click.ClickException("WECOM_BOT_ID: 没有设置 · 从企业微信后台「智能机器人」复制")
    talking.serve(app.build(settings, rules), bot)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """The other side of the wire: a WeChat on your desk (--help for its options)."""
    sys.exit(subprocess.run([sys.executable, "-m", "sandbox", *arguments], check=False).returncode)


@main.command()
@click.option("--config", type=click.Path(path_type=Path), help="Another config.yaml.")
def check(config: Path | None) -> None:
    """Validates configuration, connections and solvency, and shows the compliance page."""
    from commerce.rules import ConfigError
    from qianxing import check as checking
    from qianxing import solvency
    from qianxing.settings import rules_for

    try:
        settings = _settings()
        rules = rules_for(settings, config)
    except ConfigError as error:
        click.echo(checking.render(checking.refused(error.problems)))
        sys.exit(FOUND_WRONG)
    probes = _probes(settings, rules)
    findings = checking.check(settings, rules, probes)
    click.echo(f"{solvency.pages(rules, probes.products())}\n")
    click.echo(checking.render(findings))
    sys.exit(FOUND_WRONG if checking.failed(findings) else 0)


@main.command()
def migrate() -> None:
    """Brings the database to the current schema."""
    click.echo(_migrate(_settings()))


@main.command()
@click.argument("text")
@click.option("--as", "name", required=True, help="Who says it; a new name follows first.")
@click.option(
    "--door", default="official", type=click.Choice(["official", "wecom", "app", "group"])
)
@click.option("--group", help="The group's name, with --door group.")
@click.option("--wait", default=5.0, show_default=True, help="Seconds to wait for replies.")
@click.option("--json", "as_json", is_flag=True, help="All messages, pushes included.")
@click.option("--sandbox", "url", envvar="QIANXING_SANDBOX_URL", help="The sandbox's address.")
def say(text: str, url: str | None, **options: Any) -> None:
    """Sends one real, signed message through the sandbox and prints the replies."""
    from qianxing.say import say as speak

    if (options["door"] == "group") != bool(options["group"]):
        raise click.UsageError("--door group 和 --group 群名 要一起写")
    url = url or _kept().get("QIANXING_SANDBOX_URL") or "http://127.0.0.1:8100"
    click.echo(speak(text, url=url.rstrip("/"), **options))


@main.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True)
def understand(text: str, as_json: bool) -> None:
    """Which intent the bot hears. TEXT - reads one text a line from stdin."""
    from qianxing.hearing import hearing

    hear: Callable[[str], str] = hearing(_rules(), as_json=as_json)
    for line in sys.stdin if text == "-" else [text]:
        click.echo(hear(line.rstrip("\n")))


@main.command()
@click.option("--json", "as_json", is_flag=True)
def audit(as_json: bool) -> None:
    """Proves the ledger; exit 1 and the places when something does not add up."""
    from qianxing import auditing, parts

    settings = _settings()
    report = auditing.audit(parts.office(settings, _rules()))
    click.echo(auditing.as_json(report) if as_json else auditing.as_text(report))
    sys.exit(0 if report.is_whole else FOUND_WRONG)


@main.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--plan", "plans", multiple=True, type=click.Path(path_type=Path), metavar="FILE")
@click.option("--against", type=click.Path(path_type=Path), metavar="FILE")
def rehearse(scenario: Path, as_json: bool, plans: tuple[Path, ...], against: Path | None) -> None:
    """Plays a scenario on a database of its own: what will tonight's plan really pay out?

    --plan FILE plays it under what FILE says below `plan:`. Two of them, or --against FILE, put two
    plans side by side.
    """
    from commerce.rules import ConfigError
    from qianxing.rehearsal import command

    if len(plans) + (against is not None) > 2:
        raise click.UsageError("最多比两个计划")
    sides = [*plans, *([against] if against else [])]
    rules = _rules()
    try:
        told = command.rehearse(scenario, rules, sides, compare=bool(against), as_json=as_json)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(WRONG_USAGE)
    click.echo(told)


@main.command("import")
@click.argument("what", type=click.Choice(["products", "orders", "plays"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Reads and checks everything, writes nothing.")
def import_table(what: str, file: Path, dry_run: bool) -> None:
    """Takes products, orders of the WeChat shop, or plays from a CSV or XLSX file.

    Rows that cannot be taken are refused with line, column and reason, all of them in
    FILE.refused.csv; importing a file twice changes nothing."""
    from qianxing import importing, parts, sheets

    office = parts.office(_settings(), _rules())
    kind = importing.KINDS[what]
    try:
        known = importing.table(kind, sheets.read(file))
    except sheets.BadFile as error:
        click.echo(f"{file}：{error}", err=True)
        sys.exit(WRONG_USAGE)
    refused = file.with_name(f"{file.name}.refused.csv")
    with click.progressbar(length=known.length, label=kind.title, file=sys.stderr) as bar:
        report = importing.run(office, kind, known, refused, dry_run=dry_run, advance=bar.update)
    click.echo(importing.render(kind, report, refused, dry_run=dry_run))
    sys.exit(FOUND_WRONG if report.refused else 0)


@main.group()
def lottery() -> None:
    """Draws of booking lotteries."""


@lottery.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commit", metavar="HEX", help="The fingerprint you saw when you booked.")
@click.option("--digest", metavar="HEX", help="The list's fingerprint, seen before the draw.")
def verify_draw(file: Path, **noted: str | None) -> None:
    """Recomputes a draw from its published record; exit 1 and the reasons when it is not true."""
    from qianxing import lottery as lotteries

    told, holds = lotteries.verify(file, {name: seen for name, seen in noted.items() if seen})
    click.echo(told, err=not holds)
    sys.exit(0 if holds else FOUND_WRONG)


@main.group()
def staff() -> None:
    """People who work here."""


@staff.command("invite")
@click.option("--role", required=True, type=click.Choice(["reviewer", "finance", "host", "admin"]))
def invite(role: str) -> None:
    """Prints a one-time code; whoever types it in chat has the role."""
    click.echo(_staff_code(role))


@main.group()
def menu() -> None:
    """The official account's menu."""


@menu.command("push")
def push_menu() -> None:
    """Creates the menu from config.yaml."""
    from qianxing import menus, parts

    settings, rules = _settings(), _rules()
    parts.wechat(settings, parts.redis(settings)).create_menu(menus.payload(rules))
    click.echo("菜单已更新")


@main.group()
def demo() -> None:
    """Stories played in the sandbox of a running `qianxing run`."""


@demo.command()
@click.option("--sandbox", "url", envvar="QIANXING_SANDBOX_URL", help="The sandbox's address.")
@click.option("--size", default="full", type=click.Choice(["full", "small"]), show_default=True)
@click.option("--data", envvar="QIANXING_DATA", default="var", help="That of `qianxing run`.")
def evening(url: str | None, size: str, data: str) -> None:
    """A whole live evening: bookings, a draw, offers, a thousand orders, the settlement."""
    from qianxing import demo_evening
    from qianxing.evening_goods import restock, world_of
    from qianxing.evening_size import SIZES
    from qianxing.stage import NoStage, Stage

    url = url or world_of(Path(data)).get("QIANXING_SANDBOX_URL") or "http://127.0.0.1:8100"
    stage = Stage(url.rstrip("/"))
    try:
        fill = partial(restock, url=stage.url, data=Path(data))
        told = demo_evening.play(stage, SIZES[size], click.echo, fill)
    except NoStage as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_USAGE)
    click.echo(told)


def _env_file() -> Path | None:
    """`.env`, or what `qianxing run` keeps in its data folder."""
    data = Path(os.environ.get("QIANXING_DATA", "var"))
    files = (Path(".env"), data / "sandbox.env")
    return next((file for file in files if file.exists()), None)


def _kept() -> dict[str, str | None]:
    file = _env_file()
    return dotenv_values(file) if file else {}


def _settings() -> "Settings":
    from qianxing.settings import load_settings

    return load_settings(os.environ, _env_file())


def _rules() -> "Rules":
    from commerce.rules import load_rules

    kept = os.environ.get("QIANXING_CONFIG") or _kept().get("QIANXING_CONFIG")
    return load_rules(Path(kept or "config.yaml"))


def _startable() -> "tuple[Settings, Rules]":
    """Settings and rules a process may start with. ConfigError otherwise."""
    from commerce.rules import ConfigError
    from qianxing.check import start_problems
    from qianxing.settings import rules_for

    settings = _settings()
    rules = rules_for(settings)
    problems = start_problems(settings, rules)
    if problems:
        raise ConfigError(problems)
    return settings, rules


def _migrate(settings: "Settings") -> str:
    from commerce.store import migrate as schema
    from qianxing import parts
    from qianxing.settings import rules_for

    engine = parts.office(settings, rules_for(settings)).engine
    schema.upgrade(engine)
    stands_at, _ = schema.revisions(engine)
    return f"数据库在版本 {stands_at}"


def _staff_code(role: str) -> str:
    from commerce.people import staff as people
    from qianxing import parts
    from qianxing.settings import rules_for

    settings = _settings()
    return parts.office(settings, rules_for(settings)).do(
        lambda work: people.invite(work, people.Role(role))
    )


def _probes(settings: "Settings", rules: "Rules") -> Any:
    from commerce.store import migrate as schema
    from qianxing import parts
    from qianxing.check import Probes
    from qianxing.solvency import verdicts

    office, redis = parts.office(settings, rules), parts.redis(settings)

    def appendonly() -> bool:
        assert redis is not None
        found: Any = redis.config_get("appendonly")
        return bool(found.get("appendonly") == "yes")

    products = cache(lambda: verdicts(office))
    return Probes(lambda: schema.revisions(office.engine), appendonly, products)


if __name__ == "__main__":
    main()
