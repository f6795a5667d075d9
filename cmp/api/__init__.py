"""Answers programs over HTTP: one router a noun; a handler reads, asks and answers."""
