"""`python -m loadgen`: locust's command line, with its requests traced."""

from loadgen.plugin import main

if __name__ == "__main__":
    main()
