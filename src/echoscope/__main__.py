"""`python -m echoscope` is the command, where its own name is not on the path."""

from echoscope.start import main

if __name__ == "__main__":
    main()
