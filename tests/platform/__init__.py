"""The platform that every chapter leans on: logs of changes, files, messages, rights, sessions, backups."""
