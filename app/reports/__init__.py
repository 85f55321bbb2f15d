"""Reports: questions to the books, in the chapters of the dictionary. They read, they never write.

A report is a class: what it asks (parameters), what it shows (figures), one SELECT, and the entity whose rule says whose
rows it counts. Screens, exports, roles, translations and tests read these classes (docs/decisions/reports.md).
"""
