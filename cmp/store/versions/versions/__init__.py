"""One module a step; its `down_revision` names the one before it."""
