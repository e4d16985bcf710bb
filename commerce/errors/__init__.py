"""
What can go wrong, by who must act:

* Refusal               the person asked for something the rules do not allow; tell them why
  x AlreadyJoined, NotJoined, NotActive
  x BadNickname, NoSuchCode, CodeClosed
  x InviterFixed, InvitesSelf, MakesALoop, SeatsFull, TooDeep, NoSeatOffer
  x NoSuchVideo, VideoRefused, TooManyVideos, AlreadyReviewed, OwnCase
  x NotStaff, NoSuchMember, NoSuchCase
  x NotReturnable, ReturnTooLate, OpenedGoods, NoSuchAfterSale, AfterSaleDecided
  x NoSuchHold, AlreadyJudged, NoSuchBonus, VideoNotApproved, NoSuchQuestion
  x InsufficientBalance, NothingToRefund, SoldOut
  x OfferStands, OfferPricesOutOfOrder, TooFewPieces, BelowCost, SubsidyUsedUp
  x SeatGone, OneEach, OfferClosed, NotForYou, PriceNotKept
  x NoSuchProduct, NotOnSale, NeedsRank, NotYetOnSale, OfferGone, Insolvent
  x PapersMissing, PricesOutOfOrder, CommissionOutside, DiscountOutside, StockBelowReserved
  x NoMarkup, OwnPriceOutside
  x BadQuantity, BadRecipient
  x PaymentClosed, NoSuchOrder, TooLateToChange, CouponsGone
  x UnknownOrder, SeveralOrders, CannotShip, BadParcel
  x BelowMinimum, MoreThanAvailable, TooManyToday, MonthLimit, AboveBillLimit
  x NeedsRealName, BadRealName, NoPayee, DebtPausesWithdrawals, TermsChanged, KeyTaken
  x NoSuchLive, LiveTitleRefused, PlannedInThePast, NotConfirmed, LiveNotStarted, LiveIsOver
  x LiveCancelled, LiveHasStarted, LiveNotApproved, LiveReviewed, LiveTextRefused, LiveTooLong
  x TooManyGoods, NotInLive
  x BookingClosed, NothingBooked, LotteryTooLate, BadLottery, PrizeTooDear, PrizeBudgetUsed
  x NoPrize, PrizeLapsed, ClaimsPaused, NoSuchPrize
  x AssistsOff, NoAssist
  x NoSuchRoom, NoSuchPost, NoSuchTemplate, PostDecided, PostLacks, PostRefused
  x NoSuchWithdrawal, NothingToCancel, PayoutStarted, AlreadyDecided, SameApprover
* PlatformError         the other side failed; `retryable` says whether to try again
  x PlatformUnavailable
  x RateLimited
  x Rejected
    x WindowClosed      it may be said later, when the person comes back

A broken invariant is neither: it is an AssertionError, and it stops the act.
No error carries a sentence: sentences are in `handlers/refusals.py`.
"""

from commerce.errors.assists import *  # noqa: F403
from commerce.errors.goods import *  # noqa: F403
from commerce.errors.groups import *  # noqa: F403
from commerce.errors.kinds import *  # noqa: F403
from commerce.errors.lives import *  # noqa: F403
from commerce.errors.lotteries import *  # noqa: F403
from commerce.errors.money import *  # noqa: F403
from commerce.errors.offers import *  # noqa: F403
from commerce.errors.people import *  # noqa: F403
from commerce.errors.trust import *  # noqa: F403
