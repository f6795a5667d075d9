"""Lists every command of `tricenter` with its sentence, without importing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cli.shelf import Offer, Shelf


class Commands(Shelf):
    """Every command, in the order in which one comes to need them."""

    offers: ClassVar[Mapping[str, Offer]] = {
        "init": Offer(
            "beginning:init",
            "Write an environment to begin with: commented YAML that validates, plans and is yours.",
        ),
        "schema": Offer(
            "schemas:schema",
            "Print the JSON Schema of a kind of file, list all, or write them for an editor.",
        ),
        "validate": Offer("estate:validate", "Parse and cross-check an environment and lint its addresses."),
        "plan": Offer("estate:plan", "Place everything; what cannot be placed is listed, with exit code 3."),
        "explain": Offer(
            "describe:explain",
            "Tell for every pool each constraint, and what would help where something is refused.",
        ),
        "prove": Offer(
            "describe:prove", "Prove what the loss of something does; exit code 3 where a promise breaks."
        ),
        "after": Offer(
            "aftermath:after",
            "Plan for the time after a loss: what takes over, what is placed anew, what is promised no more.",
        ),
        "diff": Offer(
            "comparing:diff", "Compare two Plans: rows, objective, promises, drains; changes nothing."
        ),
        "preview": Offer(
            "apply:preview",
            "Show what carrying a Plan out would change and which policies it would break; changes nothing.",
        ),
        "apply": Offer(
            "apply:apply",
            "Carry a Plan out on all clouds, then verify it through their APIs; exit code 4 on a mismatch.",
        ),
        "destroy": Offer("apply:destroy", "Delete everything of an environment from all clouds."),
        "up": Offer("up:up", "Bring the estate up: lab, validate, plan, prove, preview, apply, verify."),
        "down": Offer("up:down", "Delete everything of an environment from all clouds, then stop its lab."),
        "inventory": Offer("clouds:inventory", "List what is really there, from the clouds' own APIs."),
        "drift": Offer(
            "clouds:drift",
            "Compare what is declared with what the clouds list; exit code 4 where they differ.",
        ),
        "secret": Offer(
            "secret:secret",
            "Keep a secret that environments name by reference; it is asked for, or read from a pipe.",
        ),
        "systems": Offer(
            "clouds:systems",
            "Tell system by system where it runs and what stands by; exit code 4 where not all stand.",
        ),
        "audit": Offer("auditing:app", "Who changed an environment, when and why."),
        "consent": Offer("consenting:app", "Who agreed to what, by its hash, and until when."),
        "rebalance": Offer(
            "moving:rebalance",
            "Propose moves that pay back, with cost, gain, break-even and the way back; carry them out.",
        ),
        "maintain": Offer(
            "moving:maintain",
            "Say how a host, pool or center is freed with every promise kept, and filled again; free a host.",
        ),
        "serve": Offer(
            "serving:serve",
            "Run the service, which carries out what others ask for; ends with Ctrl-C or SIGTERM.",
        ),
        "backup": Offer(
            "serving:backup",
            "Copy the records of a service into a file, and check the copy; the service may run.",
        ),
        "restore": Offer(
            "serving:restore",
            "Put a checked copy back where no service runs; what was in flight waits until somebody looked.",
        ),
        "login": Offer(
            "serving:login",
            "Log in at the service of --server, by a token on standard input or a one-time code.",
        ),
        "logout": Offer("serving:logout", "Log out: the token is not good any more, here or there."),
        "push": Offer(
            "serving:push",
            "Upload an environment as its next revision; refused where its parent is not the newest.",
        ),
        "approve": Offer(
            "serving:approve", "Agree to an operation that waits for consent; nobody does who is behind it."
        ),
        "reject": Offer("serving:reject", "Reject an operation that waits for consent."),
        "operations": Offer("operations:app", "Operations of a service."),
        "schedules": Offer("schedules:app", "Schedules of a service."),
        "accounts": Offer("operations:accounts", "Accounts of a service."),
        "doctor": Offer(
            "machine:doctor",
            "Tell what this machine has and lacks, and how to get it; changes nothing unless asked to.",
        ),
        "engine": Offer("machine:app", "The Pulumi engine, which carries Plans out."),
        "lab": Offer("labs:app", "The embedded clouds and hosts of an environment."),
        "net": Offer("net:app", "The move of a private network onto the extranet."),
        "ipam": Offer("ipam:app", "Addresses of both families: who holds what."),
        "bench": Offer("bench:app", "Benchmarks of the engine."),
    }
