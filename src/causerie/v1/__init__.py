"""The generated code of ``proto/causerie/v1``: messages and stubs, for this server and its clients.

Made by ``make proto``; never edited.
"""
