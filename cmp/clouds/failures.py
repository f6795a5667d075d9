"""Words the failures of clouds: one sentence with cloud, call and request id, in our error tree."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.clouds.patience import Unreachable
from cmp.errors import CmpError, Conflict, Invalid, NothingFits, Refused, TryLater


@dataclass(frozen=True, slots=True)
class Call:
    """A call that failed: which cloud, what was asked, the request's id where the cloud gave one."""

    cloud: str
    asked: str
    request: str = ""

    def sentence(self, what: str) -> str:
        """Say what happened to the call."""
        request = f" (request {self.request})" if self.request else ""
        return f"cloud {self.cloud}: {self.asked}: {what.strip().rstrip('.')}{request}"


def unreachable(call: Call, why: str) -> CmpError:
    """Nothing answers at the cloud's address."""
    return Unreachable(call.sentence(f"cannot be reached: {why}"), hint="bring the cloud up, then run again")


def not_configured(call: Call, why: str) -> CmpError:
    """The access data do not say how to reach the cloud."""
    return Invalid(call.sentence(why), hint="correct the cloud's binding or its access file")


def bad_credentials(call: Call, why: str) -> CmpError:
    """The account or its secret is wrong."""
    return Refused(
        call.sentence(f"the credentials are not accepted: {why}"), hint="put right the cloud's access file"
    )


def clocks_differ(call: Call, why: str) -> CmpError:
    """A signature or token just made is not valid: clocks are apart."""
    return Refused(
        call.sentence(f"fresh credentials are not valid there: {why}"),
        hint="compare the clocks of this machine and the cloud's services",
    )


def not_allowed(call: Call, why: str) -> CmpError:
    """The account lacks a right."""
    return Refused(
        call.sentence(f"the account may not do this: {why}"), hint="give the account the right or use another"
    )


def over_quota(call: Call, why: str) -> CmpError:
    """The account's quota is used up."""
    return Refused(call.sentence(why), hint="raise the quota or free something")


def no_host(call: Call, why: str) -> CmpError:
    """No host takes the server."""
    return NothingFits(
        call.sentence(f"no host takes it: {why}"),
        hint="compare the pool's real capacity with the estate's; take back moves that switched hosts off",
    )


def no_room(call: Call, why: str) -> CmpError:
    """The named host does not take the server."""
    return NothingFits(
        call.sentence(why), hint="free room on that host, or let it choose another: propose the moves again"
    )


def host_down(call: Call, why: str) -> CmpError:
    """The named host does not answer its cloud."""
    return TryLater(call.sentence(why), hint="bring the host up, then run the same command again")


def switched_off(call: Call, why: str) -> CmpError:
    """The named host takes no servers at the moment, because somebody said so."""
    return Conflict(call.sentence(why), hint="let the host take servers again, or choose another")


def gave_up(call: Call, why: str) -> CmpError:
    """The cloud began something and did not finish it; all is as it was before."""
    return Refused(
        call.sentence(why), hint="the cloud's operator finds the reason under the server's last action"
    )


def in_use(call: Call, why: str) -> CmpError:
    """Something stands in the way: it is in use, or being changed by somebody else."""
    return Conflict(call.sentence(why), hint="run again; if it stays, look what uses it")


def taken(call: Call, why: str) -> CmpError:
    """The name belongs to something else."""
    return Refused(call.sentence(why), hint="choose another name, or remove or adopt what has it")


def busy(call: Call, why: str) -> CmpError:
    """The cloud does not manage it now."""
    return TryLater(call.sentence(why), hint="run again later")


def not_understood(call: Call, why: str) -> CmpError:
    """The cloud says that the request is wrong."""
    return Invalid(call.sentence(why), hint="correct what is asked for")


def missing(call: Call, why: str) -> CmpError:
    """Something that the request names is not there."""
    return Invalid(
        call.sentence(why), hint="it may have been deleted behind our back: refresh, then run again"
    )


def broken(call: Call, why: str) -> CmpError:
    """What was made failed."""
    return Refused(call.sentence(why), hint="the cloud's operator finds the reason under the request's id")
