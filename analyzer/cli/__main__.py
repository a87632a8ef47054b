"""`python -m analyzer.cli`: the command where its script is not on the path."""

from analyzer.cli.main import main

if __name__ == "__main__":
    main()
