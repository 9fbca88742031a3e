"""`python -m bot`: a process of the server, or Pipecat's own runner (`-t webrtc`, evals at `/ws`)."""

import argparse
import sys


def main() -> None:
    """Runs whatever the command line asks for."""
    if {"--control-fd", "--template-fd"} & set(sys.argv):
        parser = argparse.ArgumentParser(prog="python -m bot")
        role = parser.add_mutually_exclusive_group(required=True)
        role.add_argument("--control-fd", type=int, help="inherited control socket of a call process")
        role.add_argument("--template-fd", type=int, help="inherited control socket of the template")
        parser.add_argument("--session", default="bot.session", help="module that holds the call")
        args = parser.parse_args()
        if args.template_fd is not None:
            from bot.supervisor.template import main as serve_forks

            serve_forks(args.template_fd, args.session)
            return

        from bot.supervisor.child import main as hold_call

        hold_call(args.control_fd, args.session)
        return

    # Looks for the function `bot` in the package `bot`.
    from pipecat.runner.run import main as run_pipecat

    run_pipecat()


if __name__ == "__main__":
    main()
