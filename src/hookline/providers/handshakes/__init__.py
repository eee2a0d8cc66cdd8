"""How senders shake hands, by kind: a catalogue entry names those of its sender.

No kind may help an attacker to get something signed or shown in a browser: what is echoed is text or JSON that no browser
takes for anything else, what is signed is short and could never be a body, and what could come from anyone is proved first.
"""
