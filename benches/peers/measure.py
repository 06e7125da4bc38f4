"""Runs programs side by side and says what they took: wall and CPU seconds, and peak memory.

A process of its own, and a small one: what a child's peak memory is counted from is the memory of its parent, since
the kernel carries the peak of the process that spawned it over.
"""
import os
import sys
import time


def main(arguments):
    """`measure.py ERRORS PROGRAM ARGUMENT... [--- PROGRAM ARGUMENT...]...`"""
    errors, rest = arguments[0], arguments[1:]
    programs = [[]]
    for argument in rest:
        if argument == "---":
            programs.append([])
        else:
            programs[-1].append(argument)
    quiet = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
    ]
    start = time.perf_counter()
    children = [os.posix_spawn(program[0], program, os.environ, file_actions=quiet) for program in programs]
    ended = [os.wait4(child, 0) for child in children]
    wall = time.perf_counter() - start
    cpu = sum(usage.ru_utime + usage.ru_stime for _, _, usage in ended)
    memory = sum(usage.ru_maxrss for _, _, usage in ended)
    code = max(abs(os.waitstatus_to_exitcode(status)) for _, status, _ in ended)
    print(code, wall, cpu, memory)


main(sys.argv[1:])
