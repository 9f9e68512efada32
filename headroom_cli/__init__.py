"""The engine and the command line of Headroom. `import headroom` is the public library."""

__version__ = "0.1.0"
