"""Keeps the texts of all languages together: derives traditional from simplified Chinese, adds, compiles."""
