"""The demo: the real server with a populated tenant, and a freeze told from beginning to end.

command.py   one run from the first check to Ctrl-C
server.py    the server, a process of its own
house.py     the data folder, the operators and their tokens
people.py    who lives in the tenants, and from where
week.py      what they did in the past week, as events
story.py     what happens while one watches; after.py: its second half
mailbox.py   where notices arrive (SMTP), page.py: where one reads them (HTTP)
client.py    the public API, as anybody would call it
voice.py     how it looks in a terminal, words.py: what it says in both languages
"""

from frostgate.demo.command import run

__all__ = ["run"]
