"""Holds cloud-neutral components: arguments and a component resource each."""
