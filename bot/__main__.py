"""`python -m bot`: a call process of the server, or Pipecat's own runner (`-t webrtc`, evals at `/ws`)."""

import argparse
import sys


def main() -> None:
    """Runs whichever of the two the command line asks for."""
    if "--control-fd" in sys.argv:
        parser = argparse.ArgumentParser(prog="python -m bot")
        parser.add_argument("--control-fd", type=int, required=True, help="inherited control socket")
        parser.add_argument("--session", default="bot.session", help="module that holds the call")
        args = parser.parse_args()

        from bot.supervisor.child import main as hold_call

        hold_call(args.control_fd, args.session)
        return

    # Looks for the function `bot` in the package `bot`.
    from pipecat.runner.run import main as run_pipecat

    run_pipecat()


if __name__ == "__main__":
    main()
