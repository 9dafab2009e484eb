"""What an operator wants to know of an installation: reads of every app's tables, of the servers and of the disk.

`report.inspect` gathers, `findings.find` judges, `text.lines` words it; nothing here writes.
"""
