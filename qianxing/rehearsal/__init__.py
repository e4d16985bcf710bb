"""
Rehearsal: a story told in a file, played by the real core on a database of its own.

    plays = play(read_scenario(Path("tonight.yaml")), rules)
    plays.report["members"]["A"]["pending_fen"]

`scenario` reads the file, `stage` is the house it is played in, `acts` does one event, `playing`
lets the time pass, `report` says what came of it, `page` says it to a shop owner.
"""
