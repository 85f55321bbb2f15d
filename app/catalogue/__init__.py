"""The catalogue of screens, a chapter a file: what each one lists, searches, sums, asks; `app.views` is the menu."""
