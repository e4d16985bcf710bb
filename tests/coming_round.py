"""What the house plans for itself again and again: there is always a next one."""

COMES_ROUND = (
    *("settle_night", "prove_books", "reconcile_bill", "release"),
    *("tidy_up", "hide_expired_goods", "find_idle_seats"),
    *("find_rooms", "find_joined", "find_colleagues", "end_ways", "prepare_welcome"),
    *("sweep_kf", "pull_kf", "find_kf_accounts"),
)
