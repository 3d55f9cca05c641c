"""A process that imports what one of the bot's commands imports of others, and nothing of the bot.

``python -m benchmarks.third_party`` reads a JSON list of modules, imports them in that order, says
so in a line, and waits to be killed.
"""

import importlib
import json
import signal
import sys
from contextlib import suppress

if __name__ == "__main__":
    for name in json.loads(sys.stdin.readline()):
        with suppress(ImportError):  # some a library only tries to import
            importlib.import_module(name)
    print("imported", flush=True)
    signal.pause()
