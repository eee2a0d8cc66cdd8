"""The kinds of senders' handshakes: a catalogue entry names those of its sender.

No kind may help an attacker to get something signed or shown in a browser: a returned challenge is text or JSON that no browser treats as
anything else, a signed text is short and can never be a body, and calls that anyone could make are verified first.
"""
