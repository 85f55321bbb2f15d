"""The data dictionary, a chapter a file; `app.models` is its table of contents."""
