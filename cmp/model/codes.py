"""Lists the code of every problem an environment can have, each with a sentence; a code is never reused."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A stable name for one kind of problem; `meaning` says it in a sentence."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Make a member of a code and its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    NO_FOLDER = "no-folder", "There is no environment folder of that name."
    MISSING_FILE = (
        "missing-file",
        "A file that an environment must have, or that another file names, is not there.",
    )
    OUTSIDE = "outside", "A file or folder lies outside the environment and what it extends."
    STRAY_FILE = "stray-file", "A file lies where only documents are read, and nothing reads it."
    AMBIGUOUS_FILE = "ambiguous-file", "A document is there as a file and as a folder: only one may be."
    UNREADABLE = (
        "unreadable",
        "A file cannot be read: rights, a loop of links, a device, or it has just vanished.",
    )
    TOO_LARGE = "too-large", "A file or document is larger than any real environment needs."
    NOT_UTF8 = "not-utf8", "A file is not UTF-8 text."
    EMPTY_FILE = "empty-file", "A file has no content; what is meant to be empty says so."
    SYNTAX = "syntax", "A file is not well-formed YAML."
    TOO_DEEP = "too-deep", "Values are nested deeper than any field of the format."
    BAD_ALIAS = "bad-alias", "An alias names no anchor, itself, or unfolds without end."
    BAD_MERGE = "bad-merge", "A merge key (<<) takes a mapping or a list of mappings."
    BAD_TAG = "bad-tag", "YAML tags (!name) are not used here."
    BAD_KEY = "bad-key", "A key is not a string."
    BAD_CHARACTER = "bad-character", "A string holds a control character."
    BAD_NUMBER = "bad-number", "A number is too long or too large to be held."
    DUPLICATE_KEY = (
        "duplicate-key",
        "A key stands twice in one mapping, or one field in two files of a document.",
    )
    UNKNOWN_FIELD = "unknown-field", "The format has no such field."
    MISSING_FIELD = "missing-field", "A field that must be there is not."
    WRONG_TYPE = "wrong-type", "A value is of another type than the field."
    UNKNOWN_CHOICE = "unknown-choice", "A value is none of those the field knows."
    BAD_FORM = "bad-form", "A string has not the form the field asks for."
    OUT_OF_RANGE = "out-of-range", "A number or length lies outside what the field allows."
    IMPOSSIBLE = "impossible", "Values contradict each other or describe what cannot be."
    BAD_EXTENDS = "bad-extends", "`extends` names no environment, or one that leads back to itself."
    NOT_SELECTED = "not-selected", "A selected workload needs one that is not selected."
    NOTHING_DECLARED = "nothing-declared", "A list that no environment can do without is empty."
    DUPLICATE_ID = "duplicate-id", "Two things of one kind have the same id."
    DUPLICATE_ENTRY = "duplicate-entry", "The same entry stands twice in a list."
    DANGLING = "dangling", "A name refers to nothing that is declared."
    WRONG_KIND = "wrong-kind", "A name refers to something of another kind than the field asks for."
    DUPLICATE_LINK = "duplicate-link", "Two links connect the same centers."
    IMPOSSIBLE_LINK = "impossible-link", "A link is faster than light between two locations."
    CENTER_ROLE = "center-role", "A center's role contradicts its location."
    BINDING = "binding", "A cloud's binding does not fit its kind or is used twice."
    BINDINGS_MODE = "bindings-mode", "`bindings` is neither lab nor external."
    KUBERNETES_OVERCOMMIT = "kubernetes-overcommit", "A Kubernetes pool promises more than its nodes have."
    NO_CONTAINERS = "no-containers", "`containers` is said of a cloud that runs none."
    ZONES_MIXED = (
        "zones-mixed",
        "A cluster serves an isolated zone beside others, from which its addresses do not tell it.",
    )
    STATE_SECRET = "state-secret", "State secrets are not managed by this product."
    UNKNOWN_GRADE = "unknown-grade", "The recovery framework does not define the grade."
    WEAKER_PROMISE = "weaker-promise", "A workload depends hard on one that promises to survive less."
    SELF_REFERENCE = "self-reference", "Something depends on itself or is to stand together with itself."
    QUORUM = (
        "quorum",
        "A quorum has more members than its centers may hold, or falls with one promised failure.",
    )
    ISOLATED_ZONE = "isolated-zone", "A component in an isolated zone is exposed to the internet."
    INIT_FILE = (
        "init-file",
        "A component's init file lies outside the environment or is too large for clouds.",
    )
    CONTAINER_FIELD = (
        "container-field",
        "A field does not fit what carries the component: a server, a container, one that keeps no data.",
    )
    CONTAINER_LIMIT = "container-limit", "What a container is given is above what Kubernetes takes."
    WRONG_UNIT = "wrong-unit", "A size is many times what any host has: it was written in a smaller unit."
    SPREAD_TOO_WIDE = (
        "spread-too-wide",
        "Replicas or members that may not share a center or pool are more than there are.",
    )
    NEEDED_STAYS = "needed-stays", "What somebody needs is declared to stop for a recovery: it does not."
    CONTRADICTION = "contradiction", "Two wishes of one component cannot both be met."
    REPLICATION_UNSAID = (
        "replication-unsaid",
        "A component keeps data and does not say how they reach its other sides: taken as logical.",
    )
    LARGER_THAN_HOSTS = "larger-than-hosts", "A replica is larger than any host, so nothing can ever hold it."
    NO_SUCH_SIDE = "no-such-side", "A grade asks for a side in a place that the estate does not have."
    ZONE_NOT_SERVED = "zone-not-served", "No cloud of a center serves a zone that is needed there."
    UNKNOWN_DSCP = "unknown-dscp", "A traffic class has no known DSCP name."
    ADDRESS_RANGE = "address-range", "A range of the address plan is not usable for hosts."
    PREFIX_LENGTH = "prefix-length", "Prefix lengths of the plan or an allocation do not fit each other."
    OUTSIDE_PLAN = "outside-plan", "An allocation lies outside the address plan."
    OVERLAP = "overlap", "Two allocations share addresses."
    PLAN_TOO_SMALL = "plan-too-small", "The address plan has fewer blocks than centers and zones need."
    OVERLAP_NOTE = (
        "overlap-note",
        "A private network overlaps another or the plan: it moves only by renumbering.",
    )
    OUTSIDE_NETWORK = "outside-network", "A host or gateway address lies outside its private network."
    DUPLICATE_ADDRESS = "duplicate-address", "Two hosts of a private network have the same address."
    UNUSABLE_ADDRESS = (
        "unusable-address",
        "An address is no host's: network, broadcast, multicast, mapped or loopback.",
    )
    DOCUMENTATION_PREFIX = "documentation-prefix", "A production environment uses a prefix for documentation."
    BENCHMARK_PREFIX = "benchmark-prefix", "A production environment uses a prefix for measurements in labs."
    RETIRED_RANGE = "retired-range", "A prefix lies in a range that was given up: 6to4 or site-local."
    UNIQUE_LOCAL = "unique-local", "A unique local prefix is not fd and a random Global ID."
    NIBBLE_BORDER = "nibble-border", "An IPv6 prefix to be delegated in reverse DNS ends inside a digit."
    SITE_LENGTH = "site-length", "A site has less than the usual /48."
    SUBNET_LENGTH = "subnet-length", "A subnet with hosts is no /64."
    ROUTER_LINK = "router-link", "A link between routers is no /127."
    LOOPBACK = "loopback", "A loopback is no single address out of one /64."
    OVERUSED = "overused", "More than half of a subnet is given away."
    RESERVED_IDENTIFIER = "reserved-identifier", "A host has an interface identifier that is reserved."
    LOCAL_NAME = "local-name", "A unique local address has a name of global DNS."
    PREF64 = "pref64", "A translator's prefix has not the form that can stand for IPv4."
    PREF64_PRIVATE = "pref64-private", "The well-known translation prefix stands for private addresses."
