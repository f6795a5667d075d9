"""Finds the value of a secret by its reference, in the moment in which an object that holds it is made."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cmp.clouds.binding import Files
from cmp.ports.secrets import Secrets
from cmp.store.sealed_secrets import MadeUpSecrets
from cmp.store.secret_keepers import secrets_here
from stacks.objects.contents import Reveal


def revealer(access: Files, environ: Mapping[str, str] = os.environ) -> Reveal:
    """What answers references: by the lab's folder where the clouds are a lab's, else whoever keeps them."""
    return _secrets(access, environ).reveal


def _secrets(access: Files, environ: Mapping[str, str]) -> Secrets:
    if access.made_up_secrets is not None:
        return MadeUpSecrets(access.made_up_secrets)
    return secrets_here(environ)
