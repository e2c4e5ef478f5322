"""What a command does: the only room that reads, loops and assembles. The command line and other programs call the
same functions."""
